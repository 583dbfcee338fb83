"""Target standards: the list, one version, whom it binds, how it is read, which tolerance holds."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.record_form import AnyForm, Field, body_of
from controller.pages.views.standard_forms import (
    END_FIELDS,
    REPLACE_FIELDS,
    AnswerForm,
    BindingEndIn,
    BindingForm,
    CopyIn,
    PolicyForm,
    ReplacingForm,
    answer_fields,
    binding_fields,
    copy_fields,
    policy_fields,
)
from controller.pages.views.standard_history import history_of
from controller.pages.views.target_standards import (
    question_words,
    standard_page,
    standards_page,
    title_of,
)
from inventory.models import KeptStandard, StandardBinding, TolerancePolicy
from inventory.scope import Scope
from inventory.standards.keeping import (
    Kinds,
    Known,
    adopt_policy,
    apply_standard,
    confirm,
    copy_standard,
    end_binding,
    known_standard,
)
from inventory.standards.model import Question
from inventory.standards.replacing import replace_versions
from inventory.standards.repository import StandardRepository

router = APIRouter(prefix="/standards")
_HOME = "/standards"
_Said = Annotated[AnyForm, Form()]
_Version = Annotated[int | None, Query(ge=1)]
_Place = Annotated[str, Query(max_length=32)]


@router.get("")
def every_standard(look: Looking) -> Response:
    """Standards that came with the software and own ones, bindings, tolerances."""
    return look.show("target_standards", standards_page(look))


@router.get("/policies/new")
def policy_form(look: Looking) -> Response:
    """The form of a tolerance a bureau adopts.

    Raises:
        PermissionDenied: the caller may not keep the inventory anywhere.
    """
    today = look.today.isoformat()
    values = {"name": "80/80", "test_share": "80", "pass_share": "80"}
    return shown(look, _policy(look), values | {"adopted_on": today, "valid_from": today})


@router.post("/policies/new")
def add_policy(look: Looking, form: _Said) -> Response:
    """Adopt a tolerance, or say on the form what is wrong with it."""
    filled = _policy(look)

    def act() -> None:
        body = body_of(PolicyForm, filled.fields, form.said)
        adopt_policy(look.session, _scope(look), TolerancePolicy(id="", **body.model_dump()))

    return kept(look, filled, form.said, act)


@router.get("/bindings/{binding_id}/end")
def end_form(binding_id: str, look: Looking) -> Response:
    """The form of a binding's last day.

    Raises:
        NotFound: no such binding within the scope.
    """
    return shown(look, _ending(look, _binding(look, binding_id)), {"valid_until": f"{look.today}"})


@router.post("/bindings/{binding_id}/end")
def end(binding_id: str, look: Looking, form: _Said) -> Response:
    """Let a standard hold no longer."""
    filled = _ending(look, _binding(look, binding_id))

    def act() -> None:
        body = body_of(BindingEndIn, filled.fields, form.said)
        if isinstance(body, BindingEndIn):
            end_binding(look.session, _scope(look), binding_id, body.valid_until)

    return kept(look, filled, form.said, act)


@router.get("/{code}")
def one_standard(code: str, look: Looking, version: _Version = None) -> Response:
    """One version: every target with its quote, the questions, whom it binds.

    Raises:
        NotFound: no such standard within the scope.
    """
    view = standard_page(look, code, version)
    return look.show("target_standard", view, history=history_of(look, code))


@router.get("/{code}/apply")
def binding_form(
    *, code: str, look: Looking, version: _Version = None, school: _Place = "", bureau: _Place = ""
) -> Response:
    """The form that lets a standard hold."""
    filled = _applying(look, _known(look, code, version))
    return shown(look, filled, {"valid_from": f"{look.today}", "school": school, "bureau": bureau})


@router.post("/{code}/apply")
def apply(code: str, look: Looking, form: _Said, version: _Version = None) -> Response:
    """Let a standard hold for a school or a bureau's schools, or say what is wrong."""
    known = _known(look, code, version)
    filled = _applying(look, known)

    def act() -> None:
        body = body_of(BindingForm, filled.fields, form.said)
        if isinstance(body, BindingForm):
            apply_standard(
                look.session,
                _scope(look),
                known,
                at=body.school or body.bureau or "",
                valid_from=body.valid_from,
                valid_until=body.valid_until,
                kinds=Kinds(body.stage, body.setting, body.form, body.is_public),
                by=login_of(look.caller),
            )

    return kept(look, filled, form.said, act)


@router.get("/{code}/replace")
def replacing_form(code: str, look: Looking, version: _Version = None) -> Response:
    """The form that puts a version in the place of the older ones, wherever these are bound."""
    known = _known(look, code, version)
    return shown(look, _replacing(look, known), {"since": f"{look.today}"})


@router.post("/{code}/replace")
def replace(code: str, look: Looking, form: _Said, version: _Version = None) -> Response:
    """Let a version hold wherever an older one does, or say what is wrong."""
    known = _known(look, code, version)
    filled = _replacing(look, known)

    def act() -> None:
        body = body_of(ReplacingForm, filled.fields, form.said)
        if isinstance(body, ReplacingForm):
            replace_versions(
                look.session, _scope(look), known, since=body.since, by=login_of(look.caller)
            )

    return kept(look, filled, form.said, act)


@router.get("/{code}/questions/{question}")
def answer_form(code: str, question: str, look: Looking, version: _Version = None) -> Response:
    """The form that confirms how a plan is read.

    Raises:
        NotFound: the standard has no such question.
    """
    known = _known(look, code, version)
    return shown(look, _answering(look, known, _question(known, question)), {})


@router.post("/{code}/questions/{question}")
def answer(
    code: str, question: str, look: Looking, form: _Said, version: _Version = None
) -> Response:
    """Confirm how a plan is read, or say what is wrong with the answer."""
    known = _known(look, code, version)
    filled = _answering(look, known, _question(known, question))

    def act() -> None:
        body = body_of(AnswerForm, filled.fields, form.said).model_dump()
        confirm(
            look.session, _scope(look), known, question=question, **body, by=login_of(look.caller)
        )

    return kept(look, filled, form.said, act)


@router.get("/{code}/copy")
def copy_form(code: str, look: Looking, version: _Version = None) -> Response:
    """The form that makes a standard of one's own out of another one."""
    known = _known(look, code, version)
    return shown(look, _copying(look, known), {"title": known.standard.plan})


@router.post("/{code}/copy")
def copy(code: str, look: Looking, form: _Said, version: _Version = None) -> Response:
    """Make a standard of one's own, or say what is wrong with its code or name."""
    known = _known(look, code, version)
    filled = _copying(look, known)
    made: list[KeptStandard] = []

    def act() -> None:
        body = body_of(CopyIn, filled.fields, form.said)
        if isinstance(body, CopyIn):
            made.append(
                copy_standard(
                    look.session,
                    _scope(look),
                    known,
                    code=body.code,
                    title=body.title,
                    organisation_code=body.organisation_code,
                    by=login_of(look.caller),
                )
            )

    response = kept(look, filled, form.said, act)
    if made:
        response.headers["location"] = f"{_HOME}/{made[0].code}/form"
    return response


def _policy(look: Look) -> PlainForm:
    return PlainForm(
        look.lang.gettext(N_("Adopt a tolerance")),
        _above(look),
        f"{_HOME}/policies/new",
        policy_fields(look, _scope(look)),
        f"{_HOME}#policies",
    )


def _ending(look: Look, binding: StandardBinding) -> PlainForm:
    standard = look.session.get_one(KeptStandard, binding.standard_id)
    return PlainForm(
        look.lang.gettext(N_("End a binding")),
        [*_above(look), (standard.title, _page(standard.code, standard.version))],
        f"{_HOME}/bindings/{binding.id}/end",
        END_FIELDS,
        _page(standard.code, standard.version),
    )


def _applying(look: Look, known: Known) -> PlainForm:
    return _about(
        look, known, N_("Apply the standard"), "apply", binding_fields(look, _scope(look))
    )


def _replacing(look: Look, known: Known) -> PlainForm:
    return _about(look, known, N_("Put in the place of older versions"), "replace", REPLACE_FIELDS)


def _copying(look: Look, known: Known) -> PlainForm:
    return _about(look, known, N_("Copy the standard"), "copy", copy_fields(look, _scope(look)))


def _answering(look: Look, known: Known, question: Question) -> PlainForm:
    title = question_words(look.lang, question)
    fields = answer_fields(look, _scope(look), question)
    return _about(look, known, title, f"questions/{question.id}", fields)


def _about(look: Look, known: Known, title: str, act: str, fields: Sequence[Field]) -> PlainForm:
    standard = known.standard
    page = _page(standard.code, standard.version)
    return PlainForm(
        look.lang.gettext(title),
        [*_above(look), (title_of(look.lang, known), page)],
        f"{_HOME}/{standard.code}/{act}?version={standard.version}",
        fields,
        page,
    )


def _above(look: Look) -> list[tuple[str, str]]:
    return [(look.lang.gettext(N_("Target standards")), _HOME)]


def _page(code: str, version: int) -> str:
    return f"{_HOME}/{code}?version={version}"


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_inventory)


def _known(look: Look, code: str, version: int | None) -> Known:
    return known_standard(look.session, _scope(look), code, version)


def _question(known: Known, name: str) -> Question:
    question = known.standard.question(name)
    if question is None:
        raise NotFound
    return question


def _binding(look: Look, binding_id: str) -> StandardBinding:
    binding = StandardRepository(look.session, _scope(look)).binding(binding_id)
    if binding is None:
        raise NotFound
    return binding
