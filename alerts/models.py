"""Alerts and tickets. One fault, one ticket: the key is (subject, rule, part), never a title."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, event, false, text, true
from sqlmodel import Field, SQLModel

from alerts.assignment.models import TechnicianProfile
from alerts.notify.models import (
    DutyShift,
    Notice,
    NoticeEvent,
    NotifyChannel,
    NotifyPreference,
)
from alerts.quiet.models import MaintenanceWindow, Silence
from alerts.reporting.models import ReportAttempt, ReportLink, TicketReport
from alerts.rulebook.models import AlertRule, AlertRuleVersion, RuleTrial
from alerts.severity import Severity
from alerts.sla.terms import DEFAULT_TERMS
from alerts.states import TicketState
from alerts.urgency import Impact, Origin, Priority, Urgency, WaitingFor
from alerts.work.models import SparePart, TicketCheck, TicketItem, TicketLink
from inventory.models.base import UtcDateTime, text_enum
from inventory.models.money import Yuan

__all__ = [
    "Alert",
    "AlertRule",
    "AlertRuleVersion",
    "DutyShift",
    "MaintenanceWindow",
    "Notice",
    "NoticeEvent",
    "NotifyChannel",
    "NotifyPreference",
    "ReportAttempt",
    "ReportLink",
    "RuleTrial",
    "ServiceAgreement",
    "Severity",
    "Silence",
    "SparePart",
    "TechnicianProfile",
    "Ticket",
    "TicketCheck",
    "TicketEvent",
    "TicketItem",
    "TicketLink",
    "TicketNumber",
    "TicketReport",
    "TicketState",
    "default_impact",
    "default_urgency",
]

_HELD = text("storm_id IS NOT NULL")
_OF_BUREAU = text("organisation_code IS NOT NULL")
_OPEN = text("cleared_at IS NULL")
_RECORDED = text("record_number IS NOT NULL")
_STALE = text("clock_stale")
_STEPS = text("step IS NOT NULL")
_TO_ESCALATE = text("escalate_at IS NOT NULL")
_TURNED = text("repair_turned")
_UNDONE = text("resolved_at IS NULL")
_UNKEPT = text("settled_at IS NULL")


def default_impact(whole: str | None) -> Impact:
    """How many a fault hits as far as a machine can tell: a line or a bureau all, else a room."""
    return Impact.room if whole is None else Impact.school


def default_urgency(severity: Severity) -> Urgency:
    return Urgency.high if severity is Severity.critical else Urgency.medium


def _made_impact(context: Any) -> Impact:
    told = context.get_current_parameters()
    return told.get("impact") or default_impact(
        told.get("line_id") or told.get("organisation_code")
    )


def _made_urgency(context: Any) -> Urgency:
    told = context.get_current_parameters()
    return told.get("urgency") or default_urgency(Severity(told["severity"]))


def _made_priority(context: Any) -> Priority:
    return DEFAULT_TERMS.priority(_made_impact(context), _made_urgency(context))


def _made_origin(context: Any) -> Origin:
    told = context.get_current_parameters()
    if told.get("rule"):
        return Origin.alert
    return Origin.person if told.get("record_number") is None else Origin.record


def _told(default: Any, server: str) -> dict[str, Any]:
    """A column whose value follows from the row's others where nobody says it."""
    return {"default": default, "server_default": server}


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
        Index("ix_alert_storm_id", "storm_id", sqlite_where=_HELD, postgresql_where=_HELD),
        Index(
            "ix_alert_organisation_code",
            "organisation_code",
            sqlite_where=_OF_BUREAU,
            postgresql_where=_OF_BUREAU,
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: Of a bureau's own alert: the first of its schools, which joins and calendars go by.
    school_code: str = Field(foreign_key="school.code", index=True)
    #: The bureau whose own it is: only who may see all of it may see the alert.
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", max_length=32
    )
    #: The bureau's alert that it is held back behind: no ticket, no message.
    storm_id: str | None = Field(default=None, foreign_key="alert.id", max_length=20)
    #: When it was held back no more, and still open.
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Inventory id of a device or of a line; of a bureau's own its code.
    subject: str = Field(index=True, max_length=20)
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    line_id: str | None = Field(default=None, foreign_key="line.id", index=True)
    rule: str = Field(max_length=64)
    part: str = ""
    #: Id and version of the rule that found it, ``3304/switch_hot@3``; empty for other judges.
    definition: str = Field(default="", max_length=128, sa_column_kwargs={"server_default": ""})
    severity: Severity = Field(sa_type=text_enum(Severity))
    #: Values for the rule's message, JSON; the text is made in the reader's language.
    arguments: str = "{}"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = Field(default=None, foreign_key="app_user.id")
    #: Why it may stay as it is for now, in that person's words.
    acknowledged_text: str = Field(
        default="", max_length=500, sa_column_kwargs={"server_default": ""}
    )
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
        # Lists by what is due next look at the few tickets that are not done.
        Index(
            "ix_ticket_undone_due_at_number",
            "due_at",
            "number",
            sqlite_where=_UNDONE,
            postgresql_where=_UNDONE,
        ),
        Index("ix_ticket_stale", "id", sqlite_where=_STALE, postgresql_where=_STALE),
        Index("ix_ticket_unkept", "id", sqlite_where=_UNKEPT, postgresql_where=_UNKEPT),
        Index("ix_ticket_turned", "settled_at", sqlite_where=_TURNED, postgresql_where=_TURNED),
        Index(
            "ix_ticket_escalate_at",
            "escalate_at",
            sqlite_where=_TO_ESCALATE,
            postgresql_where=_TO_ESCALATE,
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: Short number people say on the phone; counts up within the installation.
    number: int = Field(unique=True, index=True)
    #: Of a bureau's own ticket: the first of its schools, whose hours its clocks count.
    school_code: str = Field(foreign_key="school.code", index=True)
    #: The bureau whose own it is: only who may see all of it may see the ticket.
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", max_length=32
    )
    device_id: str | None = Field(default=None, foreign_key="device.id", index=True)
    line_id: str | None = Field(default=None, foreign_key="line.id", index=True)
    fault_key: str = Field(default="", index=True, max_length=200)
    rule: str = ""
    arguments: str = "{}"
    #: Words of a person, for tickets that a person opened.
    title: str = ""
    description: str = ""
    severity: Severity = Field(default=Severity.warning, sa_type=text_enum(Severity))
    origin: Origin = Field(
        default=None,
        nullable=False,
        sa_type=text_enum(Origin),
        sa_column_kwargs=_told(_made_origin, "person"),
    )
    impact: Impact = Field(
        default=None,
        nullable=False,
        sa_type=text_enum(Impact),
        sa_column_kwargs=_told(_made_impact, "room"),
    )
    urgency: Urgency = Field(
        default=None,
        nullable=False,
        sa_type=text_enum(Urgency),
        sa_column_kwargs=_told(_made_urgency, "medium"),
    )
    #: What follows from both by the terms of the nearest bureau.
    priority: Priority = Field(
        default=None,
        nullable=False,
        sa_type=text_enum(Priority),
        sa_column_kwargs=_told(_made_priority, "p3"),
    )
    state: TicketState = Field(default=TicketState.new, index=True, sa_type=text_enum(TicketState))
    #: Only while it waits.
    waiting_for: WaitingFor | None = Field(default=None, sa_type=text_enum(WaitingFor))
    assignee_id: str | None = Field(default=None, foreign_key="app_user.id", index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: When somebody first took it on.
    responded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_response_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: When the repair is or was due; empty while the clock stands (``clock_left``).
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Seconds of business time that are left while the clock stands.
    clock_left: int | None = None
    #: When its next step of escalation is due; none: never, as far as is known.
    escalate_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalate_step: str | None = Field(default=None, max_length=32)
    #: Something has changed since ``alerts.sla.keeping`` has counted the clocks.
    clock_stale: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    #: What was broken, why, and what helped; codes of ``alerts.codes``.
    category: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    cause: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    remedy: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    #: The ticket that goes on for it, of one that was closed because both are about one fault.
    merged_into_id: str | None = Field(default=None, foreign_key="ticket.id", index=True)
    #: Number in the school's own repair log, of repairs that were brought from there.
    record_number: str | None = Field(default=None, max_length=64)
    #: What the repair cost, where that log says so.
    cost_cny: Decimal | None = Field(default=None, sa_type=Yuan)
    #: Since when what follows holds, which ``alerts.figures.kept`` says by the log; none: not yet.
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: It went on, or was merged, after it had been done.
    repair_turned: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    #: It is a repair of its own.
    repair_counts: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    #: When it was last resolved, if it is; by one person and once; because the fault was gone.
    repaired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fixed_at_once: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    gone_by_itself: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    #: Until the answer and until it was done: by the clock on the wall, and of business time.
    answer_seconds: float | None = None
    repair_seconds: float | None = None
    answer_worked_seconds: float | None = None
    repair_worked_seconds: float | None = None


class TicketEvent(SQLModel, table=True):
    """One line of a ticket's log; never changed, never deleted."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        # Each step of escalation is told once, whoever counts at the same moment.
        Index(
            "uq_ticket_event_ticket_id_step",
            "ticket_id",
            "step",
            unique=True,
            sqlite_where=_STEPS,
            postgresql_where=_STEPS,
        ),
    )

    #: Counts up, so that what happened at one time keeps its order.
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    #: opened, recurred, recovered, withdrawn, reopened, assigned, started, waiting, resolved,
    #: closed, commented, prioritised, merged, absorbed, acknowledged, unacknowledged, silenced,
    #: joined, confirmed, pictured, unpictured.
    kind: str = Field(max_length=32)
    actor_id: str | None = Field(default=None, foreign_key="app_user.id")
    text: str = ""
    #: Of ``assigned``: to whom; of ``put_back``: who has it again, if anybody; of ``escalated``:
    #: who is told, if there is anybody.
    assignee_id: str | None = Field(default=None, foreign_key="app_user.id")
    #: Of ``waiting``.
    waiting_for: WaitingFor | None = Field(default=None, sa_type=text_enum(WaitingFor))
    #: Of ``escalated``: which step, as ``alerts.sla.steps`` names it.
    step: str | None = Field(default=None, max_length=32)


class ServiceAgreement(SQLModel, table=True):
    """What a bureau promises the schools below it; the nearest one above a school counts."""

    __tablename__ = "service_agreement"

    organisation_code: str = Field(primary_key=True, foreign_key="organisation.code", max_length=32)
    #: As ``alerts.sla.terms`` writes them.
    terms: str
    #: The login of who said so.
    entered_by: str = Field(max_length=64)
    entered_at: datetime = Field(sa_type=UtcDateTime)


class ServiceAgreementVersion(SQLModel, table=True):
    """What a bureau promised from a moment on, until the next version; never changed."""

    __tablename__ = "service_agreement_version"

    organisation_code: str = Field(primary_key=True, foreign_key="organisation.code", max_length=32)
    number: int = Field(primary_key=True)
    #: Empty: it left it to the bureau above from then on.
    terms: str
    entered_by: str = Field(max_length=64)
    entered_at: datetime = Field(sa_type=UtcDateTime)


class TicketNumber(SQLModel, table=True):
    """The last number given to a ticket: one row, whose lock also makes judging one at a time."""

    __tablename__ = "ticket_number"

    id: int = Field(primary_key=True)
    last: int = 0


def _state_set(ticket: Ticket, state: TicketState, _before: Any, _initiator: Any) -> None:
    """Whoever moves a ticket, what hung on its old state goes, and its clocks are counted anew."""
    if state is not TicketState.waiting and ticket.waiting_for is not None:
        ticket.waiting_for = None
    if state is not TicketState.closed and ticket.merged_into_id is not None:
        ticket.merged_into_id = None
    ticket.clock_stale = True


def _severity_set(ticket: Ticket, severity: Severity, _before: Any, _initiator: Any) -> None:
    """A fault that has become critical is urgent."""
    if severity is Severity.critical and ticket.urgency not in (None, Urgency.high):
        ticket.urgency = Urgency.high
        ticket.clock_stale = True


event.listen(Ticket.state, "set", _state_set)
event.listen(Ticket.severity, "set", _severity_set)
