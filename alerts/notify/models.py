"""Tables of notifications: channels, wishes, rosters, what happened, who was told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, text, true
from sqlmodel import Field, SQLModel

from alerts.severity import Severity
from inventory.models.base import UtcDateTime, text_enum, utc_now

_UNPLANNED = text("planned_at IS NULL")
_WAITING = text("state = 'waiting'")


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    #: One of the services of Apprise: WeCom, DingTalk, Feishu, SMS gateways, ...
    service = "service"
    #: Our own JSON, signed.
    webhook = "webhook"
    #: What Alertmanager sends to its receivers (version 4), signed as well.
    alertmanager = "alertmanager"


class Follow(StrEnum):
    """What somebody wants to be told of."""

    nothing = "nothing"
    #: Tickets that are theirs.
    mine = "mine"
    #: Those, and what happens while they are on duty.
    duty = "duty"
    #: Whatever happens where they may read alerts.
    everything = "everything"


class NoticeKind(StrEnum):
    """What a notice tells of."""

    alert_opened = "alert_opened"
    alert_cleared = "alert_cleared"
    #: Something has joined a list whose alert is open.
    list_grown = "list_grown"
    ticket_opened = "ticket_opened"
    ticket_assigned = "ticket_assigned"
    ticket_put_back = "ticket_put_back"
    ticket_prioritised = "ticket_prioritised"
    ticket_waiting = "ticket_waiting"
    ticket_resolved = "ticket_resolved"
    ticket_reopened = "ticket_reopened"
    ticket_closed = "ticket_closed"
    ticket_commented = "ticket_commented"
    ticket_escalated = "ticket_escalated"
    #: Somebody tries a channel out.
    test = "test"


class NoticeState(StrEnum):
    """What became of a notice."""

    waiting = "waiting"
    sent = "sent"
    #: Refused for good, or too often.
    failed = "failed"
    #: Nobody needs it any more, or may have it.
    skipped = "skipped"


class NotifyChannel(SQLModel, table=True):
    """A way to tell a bureau, a school or a person; whose address nobody reads again."""

    __tablename__ = "notify_channel"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN organisation_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN school_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_owner",
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    user_id: str | None = Field(default=None, foreign_key="app_user.id", index=True, max_length=20)
    name: str = Field(max_length=100)
    kind: ChannelKind = Field(sa_type=text_enum(ChannelKind))
    #: The address, sealed: whoever has it can write there.
    sealed: str = Field(max_length=4_000)
    #: What messages are signed with, sealed; empty of services.
    sealed_secret: str = Field(default="", max_length=400)
    #: What may be shown of the address: the service, or the host.
    hint: str = Field(default="", max_length=200)
    #: Of a bureau's or a school's; a person's own speaks the person's.
    language: str = Field(default="zh_CN", max_length=16)
    least: Severity = Field(default=Severity.warning, sa_type=text_enum(Severity))
    #: Whether steps of tickets are told, too.
    tickets: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_by: str = Field(default="", max_length=64)
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class NotifyPreference(SQLModel, table=True):
    """What one person wants to be told, and when."""

    __tablename__ = "notify_preference"

    user_id: str = Field(primary_key=True, foreign_key="app_user.id", max_length=20)
    follow: Follow = Field(default=Follow.duty, sa_type=text_enum(Follow))
    least: Severity = Field(default=Severity.warning, sa_type=text_enum(Severity))
    by_mail: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    #: Minutes of the day between which it is quiet; over midnight where the first is later.
    quiet_from: int | None = None
    quiet_to: int | None = None
    #: What is critical is told in quiet hours, too.
    loud_at_night: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    #: Minutes that are told together; 0: at once.
    digest_minutes: int = 0


class DutyShift(SQLModel, table=True):
    """Who is on duty in a bureau, every week."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        UniqueConstraint(
            "organisation_code", "weekday", "starts", "user_id", name="uq_duty_shift_place"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    #: 0 is Monday.
    weekday: int
    #: Minutes of the day; the end is not part of it.
    starts: int
    ends: int
    user_id: str = Field(foreign_key="app_user.id", index=True, max_length=20)


class NoticeEvent(SQLModel, table=True):
    """Something that happened, written in the transaction that decided it."""

    __tablename__ = "notice_event"
    __table_args__ = (
        # An alert that was held back by a storm is told of again by the moment it is released.
        UniqueConstraint("alert_id", "kind", "at", name="uq_notice_event_alert_id_kind_at"),
        UniqueConstraint("ticket_event_id", name="uq_notice_event_ticket_event_id"),
        Index(
            "ix_notice_event_unplanned",
            "id",
            sqlite_where=_UNPLANNED,
            postgresql_where=_UNPLANNED,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: NoticeKind = Field(sa_type=text_enum(NoticeKind))
    school_code: str | None = Field(default=None, foreign_key="school.code", max_length=32)
    alert_id: str | None = Field(default=None, max_length=20)
    ticket_id: str | None = Field(default=None, max_length=20, index=True)
    ticket_event_id: int | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    #: When its notices were written.
    planned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Notice(SQLModel, table=True):
    """One message to one channel, or to one person's mailbox: the log of notifications."""

    __table_args__ = (
        # One an event and receiver, whichever controller thinks of it.
        UniqueConstraint("event_id", "target", name="uq_notice_event_id_target"),
        Index(
            "ix_notice_waiting",
            "target",
            "next_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_notice_target_fault_kind", "target", "fault", "kind"),
        Index("ix_notice_made_at", "made_at"),
    )

    id: str = Field(primary_key=True, max_length=20)
    event_id: int = Field(foreign_key="notice_event.id")
    #: The channel's id, or the person's whose mailbox it is for.
    target: str = Field(max_length=20)
    channel_id: str | None = Field(default=None, foreign_key="notify_channel.id", max_length=20)
    user_id: str | None = Field(default=None, foreign_key="app_user.id", index=True, max_length=20)
    kind: NoticeKind = Field(sa_type=text_enum(NoticeKind))
    #: What it is about: of two that say the same within the window the second one waits.
    fault: str = Field(default="", max_length=220)
    #: It waited for quiet hours, a digest or the window, and is dropped when it is over by then.
    held: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: NoticeState = Field(default=NoticeState.waiting, sa_type=text_enum(NoticeState))
    attempts: int = 0
    #: Not tried before.
    next_at: datetime = Field(sa_type=UtcDateTime)
    #: Of whoever tries it: what was tried last counts, whoever comes late.
    claim: str = Field(default="", max_length=32)
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    detail: str = Field(default="", max_length=200)
