"""The ledger of everything that was done about requests, projects, orders, moves and disposals.

Rows are only ever added: a trigger of the database refuses to change or delete one. What was
wrong is put right by a counter-entry (冲销), which names the entry it takes back.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum
from inventory.models.people import Role


class Right(StrEnum):
    """What a step asks of the person who takes it."""

    request = "request"
    approve = "approve"
    manage = "manage"
    receive = "receive"


class Subject(StrEnum):
    """What a step is about."""

    request = "request"
    project = "project"
    order = "order"
    transfer = "transfer"
    disposal = "disposal"


class ProcurementEntry(SQLModel, table=True):
    """One step: who did what, as what, when, and what it changed."""

    __tablename__ = "procurement_entry"
    __table_args__ = (Index("ix_procurement_entry_subject_subject_id", "subject", "subject_id"),)

    #: Grows: a later step has a greater number.
    id: int | None = Field(default=None, primary_key=True)
    subject: Subject = Field(sa_type=text_enum(Subject))
    subject_id: str = Field(max_length=20)
    step: str = Field(max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(foreign_key="app_user.id", max_length=20)
    #: The role the person acted in, and what the step asked of it.
    role: Role = Field(sa_type=text_enum(Role))
    right: Right = Field(sa_type=text_enum(Right))
    comment: str = ""
    #: JSON: for each row its table, its key, and its values before and after; see ``ledger``.
    changes: str = "[]"
    #: The entry this one takes back.
    undoes_id: int | None = Field(default=None, foreign_key="procurement_entry.id", unique=True)
    #: Where it happened: at a school, or at a bureau.
    school_code: str | None = Field(default=None, foreign_key="school.code", index=True)
    organisation_code: str | None = Field(default=None, foreign_key="organisation.code", index=True)


class ProcurementTouch(SQLModel, table=True):
    """A row that a step changed, or that it rests on without changing it."""

    __tablename__ = "procurement_touch"
    __table_args__ = (Index("ix_procurement_touch_row_table_row_key", "row_table", "row_key"),)

    entry_id: int = Field(primary_key=True, foreign_key="procurement_entry.id")
    row_table: str = Field(primary_key=True, max_length=40)
    row_key: str = Field(primary_key=True, max_length=64)
    changed: bool


class ProcurementNumber(SQLModel, table=True):
    """The last number given out of a series, such as requests of 2026."""

    __tablename__ = "procurement_number"

    series: str = Field(primary_key=True, max_length=16)
    last: int
