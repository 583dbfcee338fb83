"""Alerts and tickets. One fault, one ticket: the key is (subject, rule, part), never a title."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from alerts.severity import Severity
from inventory.models.base import UtcDateTime, text_enum
from inventory.models.money import Yuan

__all__ = ["Alert", "Severity", "Ticket", "TicketEvent", "TicketNumber", "TicketState"]

_OPEN = text("cleared_at IS NULL")
_RECORDED = text("record_number IS NOT NULL")


class TicketState(StrEnum):
    """ITIL incident states."""

    new = "new"
    assigned = "assigned"
    in_progress = "in_progress"
    waiting = "waiting"
    resolved = "resolved"
    closed = "closed"
    reopened = "reopened"


class Alert(SQLModel, table=True):
    """One fault from its beginning to its end; open while ``cleared_at`` is empty."""

    __table_args__ = (
        # At most one open alert a fault, whoever judges at the same moment.
        Index(
            "uq_alert_open",
            "subject",
            "rule",
            "part",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_alert_open_school_code_severity",
            "school_code",
            "severity",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_alert_opened_at_id", "opened_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    #: Inventory id of a device or of a line.
    subject: str = Field(index=True, max_length=20)
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    line_id: str | None = Field(default=None, foreign_key="line.id", index=True)
    rule: str = Field(max_length=64)
    part: str = ""
    severity: Severity = Field(sa_type=text_enum(Severity))
    #: Values for the rule's message, JSON; the text is made in the reader's language.
    arguments: str = "{}"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = Field(default=None, foreign_key="app_user.id")
    ticket_id: str | None = Field(default=None, foreign_key="ticket.id", index=True)


class Ticket(SQLModel, table=True):
    """A repair. ``fault_key`` is ``subject|rule|part`` for faults found by rules, else empty."""

    __table_args__ = (
        Index("ix_ticket_severity_opened_at_number", "severity", "opened_at", "number"),
        Index(
            "uq_ticket_school_code_record_number",
            "school_code",
            "record_number",
            unique=True,
            sqlite_where=_RECORDED,
            postgresql_where=_RECORDED,
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: Short number people say on the phone; counts up within the installation.
    number: int = Field(unique=True, index=True)
    school_code: str = Field(foreign_key="school.code", index=True)
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    line_id: str | None = Field(default=None, foreign_key="line.id", index=True)
    fault_key: str = Field(default="", index=True, max_length=200)
    rule: str = ""
    arguments: str = "{}"
    #: Words of a person, for tickets that a person opened.
    title: str = ""
    description: str = ""
    severity: Severity = Field(default=Severity.warning, sa_type=text_enum(Severity))
    state: TicketState = Field(default=TicketState.new, index=True, sa_type=text_enum(TicketState))
    assignee_id: str | None = Field(default=None, foreign_key="app_user.id", index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Number in the school's own repair log, of repairs that were brought from there.
    record_number: str | None = Field(default=None, max_length=64)
    #: What the repair cost, where that log says so.
    cost_cny: Decimal | None = Field(default=None, sa_type=Yuan)


class TicketEvent(SQLModel, table=True):
    """One line of a ticket's log; never changed, never deleted."""

    __tablename__ = "ticket_event"

    #: Counts up, so that what happened at one time keeps its order.
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    #: opened, recurred, recovered, withdrawn, reopened, assigned, started, waiting, resolved,
    #: closed, commented.
    kind: str = Field(max_length=32)
    actor_id: str | None = Field(default=None, foreign_key="app_user.id")
    text: str = ""


class TicketNumber(SQLModel, table=True):
    """The last number given to a ticket: one row, whose lock also makes judging one at a time."""

    __tablename__ = "ticket_number"

    id: int = Field(primary_key=True)
    last: int = 0
