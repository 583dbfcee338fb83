"""The audit trail: what people changed in the register."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum


class ChangeAction(StrEnum):
    """What was done to a row."""

    insert = "insert"
    update = "update"
    delete = "delete"


class ChangeOrigin(StrEnum):
    """By which way a change came."""

    page = "page"
    api = "api"
    cli = "cli"
    import_ = "import"


class AuditChange(SQLModel, table=True):
    """One row of the register that somebody wrote, changed or took away; never written by polls.

    ``fields`` is a JSON object: of each field that changed, ``[before, after]``. Secrets are
    masked. The place is kept as it was then, so that a list is filtered without other tables.
    """

    __tablename__ = "audit_change"
    __table_args__ = (
        Index("ix_audit_change_school_code_at", "school_code", "at", "id"),
        Index("ix_audit_change_table_name_key_at", "table_name", "key", "at"),
        Index("ix_audit_change_device_id_at", "device_id", "at", "id"),
        Index("ix_audit_change_actor_id_at", "actor_id", "at", "id"),
        Index("ix_audit_change_at_id", "at", "id"),
    )

    #: SQLite counts by itself only what is called INTEGER, which holds 64 bits there.
    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite")
    )
    #: The same for all that was written in one transaction.
    act: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    #: Who: the id and the log-in name as it was then; both empty for the operator of the machine.
    actor_id: str = Field(default="", max_length=20)
    actor: str = Field(default="", max_length=64)
    origin: ChangeOrigin = Field(sa_type=text_enum(ChangeOrigin))
    #: Network address the request came from; empty for commands on the machine itself.
    address: str = Field(default="", max_length=64)
    action: ChangeAction = Field(sa_type=text_enum(ChangeAction))
    table_name: str = Field(max_length=63)
    #: Primary key; the parts of a compound one are joined by ``/``.
    key: str = Field(max_length=255)
    #: What the row is called.
    label: str = Field(default="", max_length=120)
    #: The school, or else the bureau, the row belongs to; neither for what belongs to everybody.
    school_code: str | None = Field(default=None, max_length=32)
    organisation_code: str | None = Field(default=None, max_length=32)
    #: The device it is, or is a part of.
    device_id: str | None = Field(default=None, max_length=20)
    fields: str = "{}"
