"""Standards (目标标准) as the register keeps them: versions, whom they bind, what was confirmed."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import UtcDateTime, text_enum, utc_now
from inventory.models.organisation import SchoolForm, Setting, Stage


class KeptStandard(SQLModel, table=True):
    """One version of a standard, as ``inventory.standards.documents`` writes it.

    A version that came with the software is kept when it is first applied, so that what it said
    stays readable for ever.
    """

    __tablename__ = "kept_standard"
    __table_args__ = (UniqueConstraint("code", "version", name="uq_kept_standard_code"),)

    id: str = Field(primary_key=True, max_length=20)
    code: str = Field(max_length=32)
    version: int
    title: str = Field(max_length=500)
    #: Whose own it is; none: it came with the software, or is of whoever stands above every bureau.
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    shipped: bool = False
    #: Code and version it was copied from.
    copied_from: str = Field(default="", max_length=48)
    document: str = Field(sa_type=Text)
    #: SHA-256 of the document, in hexadecimal.
    fingerprint: str = Field(max_length=64)
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    made_by: str = Field(default="", max_length=100)


class StandardBinding(SQLModel, table=True):
    """A standard holds for a school, or for the schools of a kind below a bureau, in a time."""

    __tablename__ = "standard_binding"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
    )

    id: str = Field(primary_key=True, max_length=20)
    standard_id: str = Field(foreign_key="kept_standard.id", index=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    #: Narrows it to schools of a kind; empty says nothing.
    stage: Stage | None = Field(default=None, sa_type=text_enum(Stage))
    setting: Setting | None = Field(default=None, sa_type=text_enum(Setting))
    form: SchoolForm | None = Field(default=None, sa_type=text_enum(SchoolForm))
    is_public: bool | None = None
    valid_from: date
    #: Its last day.
    valid_until: date | None = None
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    made_by: str = Field(default="", max_length=100)


class StandardAnswer(SQLModel, table=True):
    """What a person of a bureau confirmed of a standard; the newest of a question counts."""

    __tablename__ = "standard_answer"

    id: str = Field(primary_key=True, max_length=20)
    standard_id: str = Field(foreign_key="kept_standard.id", index=True, max_length=20)
    question: str = Field(max_length=48)
    answer: str = Field(max_length=48)
    #: For the schools below it.
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    note: str = Field(default="", max_length=500)
    answered_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    answered_by: str = Field(max_length=100)


class TolerancePolicy(SQLModel, table=True):
    """What a bureau adopts beside the plans' words; printed on every report (80/80 by default)."""

    __tablename__ = "tolerance_policy"

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str = Field(foreign_key="organisation.code", index=True, max_length=32)
    name: str = Field(max_length=100)
    #: 文号 of the document that adopts it.
    document_number: str = Field(default="", max_length=100)
    #: Share of a target that a test must reach, and of the tests that must reach it.
    test_share: Decimal = Field(default=Decimal("0.8"), max_digits=5, decimal_places=4)
    pass_share: Decimal = Field(default=Decimal("0.8"), max_digits=5, decimal_places=4)
    adopted_on: date
    adopted_by: str = Field(max_length=100)
    valid_from: date
    #: Its last day; empty until another one follows.
    valid_until: date | None = None
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
