"""What ``/standards`` takes and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from controller.api.schemas import Schema
from inventory.models import Medium, SchoolForm, Setting, Stage
from inventory.standards.bound import Bound
from inventory.standards.documents import fingerprint
from inventory.standards.keeping import Known
from inventory.standards.model import Comparison, Flow, Holder, Measure, Question, Target, Unit

Code = Annotated[str, Field(min_length=1, max_length=32)]
_Share = Annotated[Decimal, Field(ge=Decimal("0.5"), le=1, max_digits=5, decimal_places=4)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TargetScopeOut(Schema):
    """Kinds of schools; an empty list says nothing."""

    stages: list[Stage]
    settings: list[Setting]
    forms: list[SchoolForm]
    public: bool | None


class TargetOut(Schema):
    """One demand of a plan."""

    id: str
    quote: str
    translation: str
    measure: Measure
    value: Decimal
    unit: Unit
    comparison: Comparison
    holder: Holder
    scope: TargetScopeOut
    flow: Flow | None
    medium: Medium | None
    effective_from: date | None
    effective_until: date | None
    needs: list[str]
    baseline: bool
    caveat: str
    caveat_translation: str


class QuestionOut(Schema):
    """What a person has to confirm before targets that need it are judged."""

    id: str
    kind: str
    text: str
    translation: str


class StandardSummaryOut(Schema):
    """One version of a standard; ``id`` is empty until it is first applied or confirmed."""

    id: str
    code: str
    version: int
    plan: str
    plan_translation: str
    shipped: bool
    organisation_code: str | None
    targets: int
    questions: int
    fingerprint: str

    @classmethod
    def of(cls, known: Known) -> "StandardSummaryOut":
        return cls(**_summary(known))


class StandardOut(StandardSummaryOut):
    """The same with everything it says."""

    year: int | None
    caveats: list[str]
    caveats_translation: list[str]
    copied_from: str
    asked: list[QuestionOut]
    demands: list[TargetOut]

    @classmethod
    def of(cls, known: Known) -> "StandardOut":
        standard = known.standard
        return cls(
            **_summary(known),
            year=standard.year,
            caveats=list(standard.caveats),
            caveats_translation=list(standard.caveats_translation),
            copied_from=known.row.copied_from if known.row else "",
            asked=[question_out(one) for one in standard.questions],
            demands=[target_out(one) for one in standard.targets],
        )


class CopyIn(_Body):
    """A standard of one's own out of another one."""

    code: Code
    title: Annotated[str, Field(min_length=1, max_length=500)]
    organisation_code: Code | None = None
    version: int | None = None


class DocumentIn(_Body):
    """The whole text of a standard of one's own, as its YAML has it."""

    document: dict[str, Any]


class BindingIn(_Body):
    """A standard, and for whom it holds: a school, or the schools of a kind below a bureau."""

    standard: Code
    version: int | None = None
    at: Code
    valid_from: date
    valid_until: date | None = None
    stage: Stage | None = None
    setting: Setting | None = None
    form: SchoolForm | None = None
    is_public: bool | None = None


class BindingEndIn(_Body):
    """The last day of a binding; one before its first day undoes it."""

    valid_until: date


class BindingOut(Schema):
    """One binding."""

    id: str
    standard: str
    version: int
    school_code: str | None
    organisation_code: str | None
    stage: Stage | None
    setting: Setting | None
    form: SchoolForm | None
    is_public: bool | None
    valid_from: date
    valid_until: date | None
    made_at: datetime
    made_by: str


class AnswerIn(_Body):
    """What a person of a bureau confirms."""

    question: Annotated[str, Field(max_length=48)]
    answer: Annotated[str, Field(max_length=48)]
    organisation_code: Code
    note: Annotated[str, Field(max_length=500)] = ""


class AnswerOut(Schema):
    """What was confirmed, by whom and when."""

    id: str
    question: str
    answer: str
    organisation_code: str
    note: str
    answered_at: datetime
    answered_by: str


class PolicyIn(_Body):
    """The tolerance a bureau adopts; 80/80 unless said otherwise."""

    organisation_code: Code
    name: Annotated[str, Field(min_length=1, max_length=100)]
    document_number: Annotated[str, Field(max_length=100)] = ""
    test_share: _Share = Decimal("0.8")
    pass_share: _Share = Decimal("0.8")
    adopted_on: date
    adopted_by: Annotated[str, Field(min_length=1, max_length=100)]
    valid_from: date
    valid_until: date | None = None


class PolicyOut(Schema):
    """An adopted policy."""

    id: str
    organisation_code: str
    name: str
    document_number: str
    test_share: Decimal
    pass_share: Decimal
    adopted_on: date
    adopted_by: str
    valid_from: date
    valid_until: date | None


class BoundTargetOut(Schema):
    """A target that holds for a school; ``pending`` questions keep it from being judged."""

    standard: str
    version: int
    plan: str
    pending: list[str]
    confirmed: list[str]
    first: date
    last: date | None
    target: TargetOut

    @classmethod
    def of(cls, bound: Bound) -> "BoundTargetOut":
        return cls(
            standard=bound.standard.code,
            version=bound.standard.version,
            plan=bound.standard.plan,
            pending=list(bound.pending),
            confirmed=list(bound.confirmed),
            first=bound.first,
            last=bound.last,
            target=target_out(bound.target),
        )


def target_out(target: Target) -> TargetOut:
    return TargetOut.model_validate(target)


def question_out(question: Question) -> QuestionOut:
    return QuestionOut.model_validate(question)


def _summary(known: Known) -> dict[str, Any]:
    standard, row = known.standard, known.row
    return {
        "id": row.id if row else "",
        "code": standard.code,
        "version": standard.version,
        "plan": standard.plan,
        "plan_translation": standard.plan_translation,
        "shipped": known.is_shipped,
        "organisation_code": row.organisation_code if row else None,
        "targets": len(standard.targets),
        "questions": len(standard.questions),
        "fingerprint": row.fingerprint if row else fingerprint(standard),
    }
