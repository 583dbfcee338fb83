"""Editions of reports (年度发展报告, monthly reports): how they were signed, and what was signed.

A frozen edition never changes: triggers of the database refuse it, whoever writes. A correction is
a new edition that names the one it supersedes.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inventory.models.base import PATH, UtcDateTime, text_enum, utc_now
from inventory.models.exchange import RunState


class EditionKind(StrEnum):
    """Which time an edition is about."""

    month = "month"
    #: The annual development report.
    year = "year"


class EditionState(StrEnum):
    """How far an edition is on its way to the seal; ``inventory.editions.flow`` has the steps."""

    #: Its verdicts are being collected.
    computing = "computing"
    computed = "computed"
    #: Open to its schools' appeals.
    draft = "draft"
    review = "review"
    #: Signed (签发): it has its document number.
    issued = "issued"
    frozen = "frozen"
    #: Given up before it was signed.
    withdrawn = "withdrawn"


class AppealState(StrEnum):
    """What became of a school's appeal (申诉)."""

    open = "open"
    upheld = "upheld"
    rejected = "rejected"


class AppealRemedy(StrEnum):
    """What an appeal that was upheld leads to, before the edition is computed anew."""

    #: Time is left out.
    exclusion = "exclusion"
    #: The register or the calendar was put right.
    recomputation = "recomputation"


class ReportEdition(SQLModel, table=True):
    """A report on a place and a period in one edition."""

    __tablename__ = "report_edition"
    __table_args__ = (
        CheckConstraint("(organisation_code IS NULL) <> (school_code IS NULL)", name="one_owner"),
        CheckConstraint("first_day <= last_day", name="forwards"),
        UniqueConstraint("path", "kind", "first_day", "number", name="uq_report_edition_path"),
        Index("ix_report_edition_opened_at", "opened_at"),
    )

    id: str = Field(primary_key=True, max_length=20)
    organisation_code: str | None = Field(
        default=None, foreign_key="organisation.code", index=True, max_length=32
    )
    school_code: str | None = Field(
        default=None, foreign_key="school.code", index=True, max_length=32
    )
    #: Of the place when the edition was opened.
    path: str = Field(sa_type=PATH)
    kind: EditionKind = Field(sa_type=text_enum(EditionKind))
    first_day: date
    last_day: date
    #: 1, and one more with each further edition of the same place and period.
    number: int
    state: EditionState = Field(
        default=EditionState.computing, sa_type=text_enum(EditionState), index=True
    )
    #: How often it was computed; documents and verdicts are kept by it.
    round: int = 0
    #: The frozen edition this one corrects, and why.
    supersedes_id: str | None = Field(
        default=None, foreign_key="report_edition.id", index=True, max_length=20
    )
    reason: str = Field(default="", max_length=1000)
    opened_by: str = Field(default="", max_length=20)
    opened_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    computed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: Last day of feedback, in Beijing time, included.
    appeals_until: date | None = None
    #: Who began the review; never the one who signs.
    reviewed_by: str = Field(default="", max_length=20)
    #: 文号.
    document_number: str = Field(default="", max_length=100)
    #: The bureau whose document it is, and who signed it (签发人): id, and name as printed.
    issuer: str = Field(default="", max_length=200)
    signed_by: str = Field(default="", max_length=20)
    signer: str = Field(default="", max_length=100)
    issued_on: date | None = None
    #: Who else is sent the paper (抄送), and who has printed it (印发机关), for its imprint (版记).
    copies_to: str = Field(default="", max_length=1000)
    printed_by: str = Field(default="", max_length=200)
    #: Whether a year's amounts of money are told to whoever reads it; chosen when it is opened.
    tells_amounts: bool = False
    #: Schools it is about, and how many are in which state (JSON).
    schools: int = 0
    states: str = "{}"
    #: JSON that names every frozen part with its SHA-256; its own is the edition's.
    manifest: str = Field(default="", sa_type=Text)
    sha256: str = Field(default="", max_length=64)
    frozen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EditionStep(SQLModel, table=True):
    """One step of an edition: when, by whom, from where to where. Rows never change."""

    __tablename__ = "edition_step"
    __table_args__ = (Index("ix_edition_step_edition_id_at", "edition_id", "at"),)

    id: str = Field(primary_key=True, max_length=20)
    edition_id: str = Field(foreign_key="report_edition.id", max_length=20)
    round: int
    before: EditionState | None = Field(default=None, sa_type=text_enum(EditionState))
    after: EditionState = Field(sa_type=text_enum(EditionState))
    at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    #: Id of the user, and the name as it was then; both empty for machines.
    by_id: str = Field(default="", max_length=20)
    by_name: str = Field(default="", max_length=100)
    comment: str = Field(default="", max_length=2000)


class EditionSchool(SQLModel, table=True):
    """What an edition says of one school: its own part, which it sees and may appeal against."""

    __tablename__ = "edition_school"

    edition_id: str = Field(foreign_key="report_edition.id", primary_key=True, max_length=20)
    round: int = Field(primary_key=True)
    school_code: str = Field(foreign_key="school.code", primary_key=True, index=True, max_length=32)
    #: State of the verdict; empty where no target is judged.
    state: str = Field(default="", max_length=32)
    #: The verdict as JSON, zstd.
    verdict: bytes = Field(sa_type=LargeBinary)


class EditionDocument(SQLModel, table=True):
    """A part of an edition: its content, evidence, and the files that are printed of it."""

    __tablename__ = "edition_document"

    edition_id: str = Field(foreign_key="report_edition.id", primary_key=True, max_length=20)
    round: int = Field(primary_key=True)
    #: Such as ``content.json``, ``evidence/330483.json``, ``report.pdf``.
    name: str = Field(primary_key=True, max_length=100)
    media_type: str = Field(max_length=100)
    #: Bytes, and their SHA-256, as they are handed out.
    size: int
    sha256: str = Field(max_length=64)
    #: Whether they are kept as zstd.
    is_packed: bool = False
    content: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class EditionAppeal(SQLModel, table=True):
    """What a school says against its verdict, and what was answered."""

    __tablename__ = "edition_appeal"
    __table_args__ = (Index("ix_edition_appeal_edition_id_round", "edition_id", "round"),)

    id: str = Field(primary_key=True, max_length=20)
    edition_id: str = Field(foreign_key="report_edition.id", max_length=20)
    round: int
    school_code: str = Field(foreign_key="school.code", index=True, max_length=32)
    text: str = Field(sa_type=Text)
    filed_by: str = Field(default="", max_length=20)
    filed_name: str = Field(default="", max_length=100)
    filed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    state: AppealState = Field(default=AppealState.open, sa_type=text_enum(AppealState))
    remedy: AppealRemedy | None = Field(default=None, sa_type=text_enum(AppealRemedy))
    exclusion_id: str | None = Field(
        default=None, foreign_key="measurement_exclusion.id", max_length=20
    )
    answer: str = Field(default="", sa_type=Text)
    answered_by: str = Field(default="", max_length=20)
    answered_name: str = Field(default="", max_length=100)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EditionScan(SQLModel, table=True):
    """A scan of the signed and stamped paper, put beside the frozen edition. Rows never change."""

    __tablename__ = "edition_scan"

    id: str = Field(primary_key=True, max_length=20)
    edition_id: str = Field(foreign_key="report_edition.id", index=True, max_length=20)
    name: str = Field(max_length=200)
    #: Found out from its first bytes, never told.
    media_type: str = Field(max_length=80)
    size: int
    sha256: str = Field(max_length=64)
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_by: str = Field(default="", max_length=20)
    uploaded_name: str = Field(default="", max_length=100)
    uploaded_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class EditionRun(SQLModel, table=True):
    """How far the work on an edition is that is done in the background."""

    __tablename__ = "edition_run"

    edition_id: str = Field(foreign_key="report_edition.id", primary_key=True, max_length=20)
    state: RunState = Field(default=RunState.running, sa_type=text_enum(RunState))
    #: ``collect``, ``print``; pieces done, and in all.
    phase: str = Field(default="collect", max_length=16)
    done: int = 0
    total: int = 0
    cancel_asked: bool = False
    #: When whoever does it last said so.
    seen_at: datetime = Field(sa_type=UtcDateTime)
    #: Why nothing came of it, in words.
    fault: str = Field(default="", max_length=500)
