"""Forms about target standards: whom one holds for, how a plan is read, which tolerance holds."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, StringConstraints

from controller.api.standard_schemas import BindingEndIn, CopyIn, PolicyIn
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options
from controller.pages.views.record_form import Field, choices_of
from controller.pages.views.target_standards import ANSWERS
from controller.words.terms import FORMS, SETTINGS, STAGES
from inventory.models import SchoolForm, Setting, Stage
from inventory.scope import Scope
from inventory.standards.model import Question

__all__ = ["AnswerForm", "BindingEndIn", "BindingForm", "CopyIn", "PolicyForm", "ReplacingForm"]

_HUNDRED = 100


def _share(text: Any) -> Any:
    """Per cent as they are typed; what is no number is left for the model to refuse."""
    try:
        return Decimal(str(text).strip().removesuffix("%")) / _HUNDRED
    except ArithmeticError:
        return text


class BindingForm(BaseModel):
    """A binding as it is typed: a school's code comes before the bureau that is chosen."""

    bureau: str | None = None
    school: Annotated[str, BeforeValidator(str.strip)] = ""
    valid_from: date
    valid_until: date | None = None
    stage: Stage | None = None
    setting: Setting | None = None
    form: SchoolForm | None = None
    is_public: bool | None = None


class ReplacingForm(BaseModel):
    """From which day a version takes the place of the older ones."""

    since: date


class AnswerForm(BaseModel):
    """What is confirmed; which question is in the address."""

    answer: Annotated[str, StringConstraints(max_length=48)]
    organisation_code: str
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class PolicyForm(PolicyIn):
    """A policy with its shares in per cent."""

    test_share: Annotated[Decimal, BeforeValidator(_share)]
    pass_share: Annotated[Decimal, BeforeValidator(_share)]


def binding_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """For whom a standard holds, and when."""
    everyone = look.lang.gettext(N_("All"))
    bureaus = bureau_options(look, scope)
    where = (
        Field("bureau", N_("Schools below the bureau"), "choice", choices=bureaus),
        Field(
            "school",
            N_("or one school"),
            longest=32,
            hint=N_("Its code; leave it empty for the bureau's schools."),
        ),
    )
    return (
        *(where if bureaus else where[1:]),
        Field("stage", N_("Stage"), "choice", choices=choices_of(look, STAGES, empty=everyone)),
        Field(
            "setting",
            N_("Urban or rural"),
            "choice",
            choices=choices_of(look, SETTINGS, empty=everyone),
        ),
        Field("form", N_("Form"), "choice", choices=choices_of(look, FORMS, empty=everyone)),
        Field(
            "is_public",
            N_("Public or private"),
            "choice",
            choices=choices_of(
                look,
                {"true": N_("Public schools"), "false": N_("Private schools")},
                empty=everyone,
            ),
        ),
        Field("valid_from", N_("Valid from"), "date", needed=True),
        Field("valid_until", N_("Valid until"), "date"),
    )


END_FIELDS: Sequence[Field] = (
    Field(
        "valid_until",
        N_("Last day"),
        "date",
        needed=True,
        hint=N_("A day before the first one takes it back altogether."),
    ),
)


REPLACE_FIELDS: Sequence[Field] = (
    Field(
        "since",
        N_("First day"),
        "date",
        needed=True,
        hint=N_("Wherever an older version holds, it ends the day before and this one begins."),
    ),
)


def answer_fields(look: Look, scope: Scope, question: Question) -> Sequence[Field]:
    """How a question of a plan is answered, and for whom."""
    translate = look.lang.gettext
    words = ANSWERS.get(question.kind)
    answers = None if words is None else [(key, translate(text)) for key, text in words.items()]
    answer = (
        Field("answer", N_("Answer"), "date", needed=True)
        if answers is None
        else Field("answer", N_("Answer"), "choice", choices=answers)
    )
    return (
        answer,
        Field(
            "organisation_code",
            N_("For the schools below"),
            "choice",
            choices=bureau_options(look, scope),
        ),
        Field("note", N_("Reason"), longest=500, hint=N_("Who decided so, in which document.")),
    )


def copy_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """What a copy is called, and whose it is."""
    owners = list(bureau_options(look, scope))
    if "/" in scope.prefixes:
        owners.insert(0, ("", look.lang.gettext(N_("All bureaus"))))
    return (
        Field(
            "code",
            N_("Code"),
            needed=True,
            longest=32,
            hint=N_("2 to 32 of a-z, 0-9 and -; it stays for ever."),
        ),
        Field("title", N_("Name"), needed=True, longest=500),
        Field("organisation_code", N_("Whose own it is"), "choice", choices=owners),
    )


def policy_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """A tolerance and who adopts it."""
    return (
        Field("organisation_code", N_("Bureau"), "choice", choices=bureau_options(look, scope)),
        Field("name", N_("Name"), needed=True, longest=100),
        Field("document_number", N_("Document number"), longest=100),
        Field(
            "test_share",
            N_("Share of the target a test must reach (%%)"),
            "number",
            needed=True,
            step="0.01",
        ),
        Field(
            "pass_share",
            N_("Share of tests that must pass (%%)"),
            "number",
            needed=True,
            step="0.01",
        ),
        Field("adopted_by", N_("Adopted by"), needed=True, longest=100),
        Field("adopted_on", N_("Adopted on"), "date", needed=True),
        Field("valid_from", N_("Valid from"), "date", needed=True),
        Field("valid_until", N_("Valid until"), "date"),
    )
