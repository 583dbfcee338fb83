"""What ``/report-editions`` takes and answers."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from controller.api.schemas import Schema
from inventory.editions.appeals import MAX_TEXT
from inventory.editions.desk import MAX_COMMENT, MAX_REASON
from inventory.models import AppealRemedy, AppealState, EditionKind, EditionState, RunState

_Code = Annotated[str, Field(max_length=32)]
_Comment = Annotated[str, Field(max_length=MAX_COMMENT)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EditionIn(_Body):
    """An edition to be opened: the month or year that ``day`` is in."""

    place: _Code
    kind: EditionKind = EditionKind.month
    day: date
    #: Why a frozen edition is corrected.
    reason: Annotated[str, Field(max_length=MAX_REASON)] = ""
    #: A year's report tells amounts of money to whoever may read it.
    tells_amounts: bool = False


class EditionCommentIn(_Body):
    """Why a step is taken."""

    comment: _Comment = ""


class EditionDraftIn(_Body):
    """The last day of feedback, in Beijing time."""

    appeals_until: date


class EditionIssueIn(_Body):
    """What a signature says: 文号, the bureau, 签发人, the day on the document, 抄送, 印发机关."""

    document_number: Annotated[str, Field(max_length=100)]
    issuer: Annotated[str, Field(max_length=200)]
    signer: Annotated[str, Field(max_length=100)] = ""
    issued_on: date | None = None
    copies_to: Annotated[str, Field(max_length=1_000)] = ""
    printed_by: Annotated[str, Field(max_length=200)] = ""


class AppealIn(_Body):
    """What a school says against its verdict."""

    school_code: _Code
    text: Annotated[str, Field(max_length=MAX_TEXT)]


class AppealExclusionIn(_Body):
    """Time of the school that is left out."""

    begins_at: datetime
    ends_at: datetime
    reason: Annotated[str, Field(max_length=500)]


class AppealAnswerIn(_Body):
    """The answer to an appeal."""

    upheld: bool
    answer: _Comment
    exclusion: AppealExclusionIn | None = None


class EditionOut(Schema):
    """An edition of a report."""

    id: str
    place: str
    kind: EditionKind
    first_day: date
    last_day: date
    number: int
    state: EditionState
    round: int
    reason: str
    supersedes_id: str | None
    superseded_by: str | None = None
    appeals_until: date | None
    document_number: str
    issuer: str
    signer: str
    issued_on: date | None
    copies_to: str
    printed_by: str
    tells_amounts: bool
    schools: int
    states: dict[str, int]
    opened_at: datetime
    computed_at: datetime | None
    frozen_at: datetime | None
    sha256: str


class EditionStepOut(Schema):
    """One step: when, by whom, from where to where; its address is in the audit trail."""

    round: int
    before: EditionState | None
    after: EditionState
    at: datetime
    by_name: str
    comment: str


class EditionFileOut(Schema):
    """A part of an edition, or a scan beside it."""

    name: str
    media_type: str
    size: int
    sha256: str


class EditionScanOut(EditionFileOut):
    """A scan of the stamped paper."""

    id: str
    uploaded_name: str
    uploaded_at: datetime


class EditionAppealOut(Schema):
    """An appeal, and its answer."""

    id: str
    round: int
    school_code: str
    text: str
    filed_name: str
    filed_at: datetime
    state: AppealState
    remedy: AppealRemedy | None
    exclusion_id: str | None
    answer: str
    answered_name: str
    answered_at: datetime | None


class EditionRunOut(Schema):
    """How far the work in the background is."""

    state: RunState
    phase: str
    done: int
    total: int
    fault: str


class EditionDetailOut(Schema):
    """An edition with all that belongs to it."""

    edition: EditionOut
    steps: list[EditionStepOut]
    appeals: list[EditionAppealOut]
    documents: list[EditionFileOut]
    scans: list[EditionScanOut]
    run: EditionRunOut | None


class EditionPartOut(Schema):
    """What an edition says of one school; figures of others are not told."""

    edition_id: str
    school_code: str
    kind: EditionKind
    first_day: date
    last_day: date
    number: int
    edition_state: EditionState
    appeals_until: date | None
    document_number: str
    sha256: str
    #: State of the verdict; empty where no target is judged.
    state: str


class EditionSchoolOut(EditionPartOut):
    """The same with the verdict and the school's appeals."""

    verdict: dict[str, Any]
    appeals: list[EditionAppealOut]


class EditionDifferenceOut(Schema):
    """Something that is not as it was frozen."""

    where: str
    said: str
    found: str


class EditionVerificationOut(Schema):
    """Whether every part of a frozen edition is as it was frozen."""

    sha256: str
    identical: bool
    differences: list[EditionDifferenceOut]
