"""Tables of the rulebook."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.models import RunState
from inventory.models.base import UtcDateTime, text_enum, utc_now


class RuleAct(StrEnum):
    """What made a version of a rule."""

    made = "made"
    edited = "edited"
    switched_on = "switched_on"
    switched_off = "switched_off"
    moved = "moved"
    restored = "restored"
    removed = "removed"


class AlertRule(SQLModel, table=True):
    """A bureau's own rule; what it says is in its newest version."""

    __tablename__ = "alert_rule"
    __table_args__ = (
        UniqueConstraint("organisation_code", "name", name="uq_alert_rule_organisation_code"),
    )

    id: str = Field(primary_key=True, max_length=20)
    #: The bureau below which it holds.
    organisation_code: str = Field(foreign_key="organisation.code", max_length=32)
    #: The ``id`` in its text.
    name: str = Field(max_length=63)
    #: Of a bureau's rules that find the same fault the one with the lowest place goes first.
    place: int
    #: Number of the newest version.
    newest: int
    #: It holds no more; its versions stay and may be taken back.
    removed: bool = False


class AlertRuleVersion(SQLModel, table=True):
    """What a rule said from one change to the next; never changed, never deleted."""

    __tablename__ = "alert_rule_version"
    __table_args__ = (UniqueConstraint("rule_id", "number", name="uq_alert_rule_version_rule_id"),)

    id: str = Field(primary_key=True, max_length=20)
    rule_id: str = Field(foreign_key="alert_rule.id", max_length=20)
    number: int
    act: RuleAct = Field(sa_type=text_enum(RuleAct))
    #: As somebody wrote it, with their remarks (YAML).
    document: str = Field(sa_type=Text)
    enabled: bool
    #: The rule it was copied from, as alerts name it: ``switch_hot@1``.
    copied_from: str = Field(default="", max_length=128)
    #: Number of the version that was taken back.
    restored_from: int | None = None
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: The login of who made it.
    made_by: str = Field(max_length=100)


class RuleTrial(SQLModel, table=True):
    """A rule tried on the past: how far that is, then what it would have told of."""

    __tablename__ = "rule_trial"

    id: str = Field(primary_key=True, max_length=20)
    #: Only they may look at it; empty for the operator of the machine.
    user_id: str = Field(index=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    #: Its ``id``, and its text (YAML).
    name: str = Field(max_length=63)
    document: str = Field(sa_type=Text)
    days: int
    state: RunState = Field(default=RunState.running, sa_type=text_enum(RunState))
    #: Schools looked at, and schools in all.
    done: int = 0
    total: int = 0
    cancel_asked: bool = False
    #: When whoever does it last said so.
    seen_at: datetime = Field(index=True, sa_type=UtcDateTime)
    #: JSON of ``alerts.rulebook.trial.Outcome``.
    outcome: str = Field(default="", sa_type=Text)
