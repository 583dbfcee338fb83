"""What agents are told to do at once, what came of it, and that their plans have changed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum, utc_now


class CommandKind(StrEnum):
    """What an agent can be told to do."""

    poll_now = "poll_now"
    rediscover = "rediscover"
    back_up_configuration = "back_up_configuration"
    run_speed_test = "run_speed_test"
    send_log_bundle = "send_log_bundle"
    restart = "restart"
    enable_port = "enable_port"
    disable_port = "disable_port"
    cycle_poe = "cycle_poe"


class CommandState(StrEnum):
    """How far a command has come."""

    queued = "queued"
    sent = "sent"
    done = "done"
    failed = "failed"
    refused = "refused"
    expired = "expired"


class AgentCommand(SQLModel, table=True):
    """One command to one agent. Of an order to a port it is the audit record, kept for good."""

    __tablename__ = "agent_command"
    __table_args__ = (
        Index("ix_agent_command_agent_id_created_at", "agent_id", "created_at"),
        Index("ix_agent_command_subject_created_at", "subject", "created_at"),
        Index("ix_agent_command_state", "state"),
    )

    id: str = Field(primary_key=True, max_length=20)
    agent_id: str = Field(foreign_key="agent.id", max_length=20)
    kind: CommandKind = Field(sa_type=text_enum(CommandKind))
    #: Device or line it is about; none for the box itself.
    subject: str | None = Field(default=None, max_length=20)
    #: Of the subject.
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    #: A JSON object of texts.
    arguments: str = "{}"
    #: Log-in of the person, kept as text: it outlives the account.
    created_by: str = ""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    state: CommandState = Field(default=CommandState.queued, sa_type=text_enum(CommandState))
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    detail: str = ""
    #: What it brought back: a JSON object of texts.
    result: str = "{}"
    attachment_bytes: int = 0


class CommandAttachment(SQLModel, table=True):
    """A file a command brought back; kept for a week."""

    __tablename__ = "command_attachment"

    command_id: str = Field(primary_key=True, foreign_key="agent_command.id", max_length=20)
    kept_at: datetime = Field(sa_type=UtcDateTime)
    content: bytes


class PlanChange(SQLModel, table=True):
    """Something that plans are made of was written: agents that wait for news are told."""

    __tablename__ = "plan_change"
    __table_args__ = (Index("ix_plan_change_school_code_at", "school_code", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    #: None: plans of every school may be other ones now, unless an agent is named.
    school_code: str | None = Field(default=None, max_length=32)
    #: The only agent whose plan may be another one. A controller that does not know the column
    #: takes the row for one about every school.
    agent_id: str | None = Field(default=None, max_length=20)
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
