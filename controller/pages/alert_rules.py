"""Alert rules: the list, one with its history, editing as a form or as text, trying on the past."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from alerts.judging.documents import RulesRefused, read_rule
from alerts.rulebook.errors import RuleFaulty
from alerts.rulebook.keeping import (
    checked,
    copy_rule,
    edit_rule,
    make_rule,
    move_rule,
    remove_rule,
    restore_version,
    switch_rule,
)
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import LONGEST
from controller.api.alert_rule_schemas import TrialOut
from controller.api.alert_rules import own_trial, rule_to_copy
from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller
from controller.errors import InventoryRefused
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.alert_rules import (
    COMMON,
    choices,
    form_of,
    my_bureaus,
    rule_list,
    rule_page,
    text_of_form,
)
from controller.pages.views.record_form import AnyForm
from controller.pages.views.rule_trial import trial_words
from controller.problems import detail_of
from controller.rule_trials import RuleTrials, proposed_rule
from controller.words.rules import sentence, where_words
from inventory.database import read_only
from inventory.errors import InventoryError
from inventory.models import RunState
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(prefix="/alert-rules")
_HOME = "/alert-rules"
_Said = Annotated[AnyForm, Form()]
_PASSED = 412
_NEW = "id: \nrule: \nwhen: threshold\nmetric: \nside: above\nlevel: \nclear: \nhold: 10m\n"


@dataclass(frozen=True, slots=True)
class Editor:
    """Everything on the page of a rule that is written.

    Args:
        rule_id: empty for a new one.
        mode: ``form`` or ``text``.
        said: texts of the form's fields; those nobody filled in are empty.
        document: the text.
        seen: number of the version it was opened from.
        words: what it says, where nothing is wrong with it.
        faults: what is wrong, a line each.
    """

    rule_id: str
    name: str
    mode: str
    said: Mapping[str, str]
    document: str
    seen: str
    bureaus: Sequence[tuple[str, str]]
    options: Mapping[str, Sequence[tuple[str, str]]]
    words: Sequence[str] = ()
    faults: Sequence[str] = field(default_factory=tuple)
    longest: int = LONGEST


@router.get("")
def every_rule(look: Looking) -> Response:
    """Rules of bureaus and those shipped.

    Raises:
        PermissionDenied: the reader sees no alerts.
    """
    return look.show("alert_rules", rule_list(look))


@router.post("/copy")
def copy(look: Looking, form: _Said) -> Response:
    """Make a rule a bureau's own, on or off; one it has already is led to."""
    said, scope = form.said, _scope(look)
    code, source = said.get("bureau", ""), said.get("source", "")
    definition = rule_to_copy(look.session, scope, source)
    existing = RuleRepository(look.session, scope).of_name(code, definition.name)
    if existing is not None and not existing.removed:
        return RedirectResponse(f"{_HOME}/{existing.id}", 303)
    made = copy_rule(
        look.session, scope, code, definition, by=login_of(look.caller), now=look.now,
        enabled=said.get("act") != "off",
    )  # fmt: skip
    return RedirectResponse(f"{_HOME}/{made.id}", 303)


@router.get("/new")
def new_rule(look: Looking, mode: Annotated[str, Query(max_length=8)] = "form") -> Response:
    """The form of a new rule.

    Raises:
        PermissionDenied: the reader keeps no rules.
    """
    _scope(look)
    said = {"when": "threshold", "side": "above", "hold": "10m", "severity": "warning"}
    return _shown(look, "", mode, said, _NEW, seen="")


@router.post("/new")
def make(look: Looking, form: _Said) -> Response:
    """Show what it would say, or keep it."""
    return _worked(look, "", form.said)


@router.post("/trials")
def try_rule(request: Request, caller: CurrentCaller, form: _Said) -> Response:
    """Try what is written on the past; no transaction is held, for that of the trial would wait.

    Raises:
        RuleFaulty: with everything that is wrong.
    """
    said, scope = form.said, caller.require(Permission.manage_alert_rules)
    document = text_of_form(said) if said.get("mode") == "form" else said.get("document", "")
    with read_only(request.app.state.sessions) as session:
        code = said.get("bureau", "")
        if rule_id := said.get("rule_id"):
            code = RuleRepository(session, scope).get(rule_id)[0].organisation_code
        definition = checked(session, scope, code, document)
        bureau, proposed = proposed_rule(session, scope, code, definition)
    trials: RuleTrials = request.app.state.rule_trials
    trial_id = trials.begin(caller.id, bureau, proposed, 30, utc_now())
    return RedirectResponse(f"{_HOME}/trials/{trial_id}", 303)


@router.get("/trials/{trial_id}")
def trial_page(trial_id: str, request: Request, look: Looking) -> Response:
    """How far a trial is, then what it came to.

    Raises:
        NotFound: the caller began no such trial.
    """
    trial = own_trial(request, look.caller, trial_id)
    view = TrialOut.of(request.app.state.rule_trials, trial)
    response = look.show("rule_trial", view, words=trial_words(look, trial))
    if "hx-request" in request.headers and view.state is not RunState.running:
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/trials/{trial_id}/cancel")
def cancel(trial_id: str, request: Request, caller: CurrentCaller) -> Response:
    """End a trial.

    Raises:
        NotFound: the caller began no such trial.
    """
    trials: RuleTrials = request.app.state.rule_trials
    trials.cancel(own_trial(request, caller, trial_id).id)
    return RedirectResponse(f"{_HOME}/trials/{trial_id}", 303)


@router.get("/{alert_rule_id}")
def one_rule(alert_rule_id: str, look: Looking) -> Response:
    """What a rule says, and every version of it.

    Raises:
        NotFound: no such rule within the scope or above it.
    """
    return look.show("alert_rule", rule_page(look, alert_rule_id))


@router.post("/{alert_rule_id}")
def act(alert_rule_id: str, look: Looking, form: _Said) -> Response:
    """Switch, move, take back a version, or take the rule away."""
    scope, said = _scope(look), form.said
    repository = RuleRepository(look.session, scope)
    rule, _, bureau = repository.get(alert_rule_id)
    repository.admitted(bureau.code)
    repository.lock(rule)
    if said.get("seen") not in (None, str(rule.newest)):
        told = N_("Somebody has changed the rule meanwhile: look at it again.")
        response = look.show("alert_rule", rule_page(look, rule.id, look.lang.gettext(told)))
        response.status_code = _PASSED
        return response
    by, now = login_of(look.caller), look.now
    wanted = said.get("act", "")
    acts: dict[str, Callable[[], object]] = {
        "on": lambda: switch_rule(look.session, scope, rule.id, enabled=True, by=by, now=now),
        "off": lambda: switch_rule(look.session, scope, rule.id, enabled=False, by=by, now=now),
        "up": lambda: move_rule(look.session, scope, rule.id, earlier=True, by=by, now=now),
        "down": lambda: move_rule(look.session, scope, rule.id, earlier=False, by=by, now=now),
        "remove": lambda: remove_rule(look.session, scope, rule.id, by=by, now=now),
    }
    number = said.get("number", "")
    if wanted == "restore" and number.isdecimal() and len(number) < 10:  # noqa: PLR2004 - no number
        restore_version(look.session, scope, rule.id, int(number), by=by, now=now)
    elif wanted in acts:
        acts[wanted]()
    return RedirectResponse(f"{_HOME}/{rule.id}", 303)


@router.get("/{alert_rule_id}/edit")
def edit_page(
    alert_rule_id: str, look: Looking, mode: Annotated[str, Query(max_length=8)] = "text"
) -> Response:
    """A rule to change.

    Raises:
        NotFound: no such rule within the scope or above it.
        PermissionDenied: the reader keeps no rules.
    """
    rule, version, _ = RuleRepository(look.session, _scope(look)).get(alert_rule_id)
    said: dict[str, str] = {}
    if mode == "form":
        try:
            said = form_of(read_rule(version.document))
        except RulesRefused:
            mode = "text"
    if mode == "form" and said.get("when") not in COMMON:
        mode = "text"
    return _shown(look, rule.id, mode, said, version.document, seen=str(rule.newest))


@router.post("/{alert_rule_id}/edit")
def edit(alert_rule_id: str, look: Looking, form: _Said) -> Response:
    """Show what it would say, or keep it."""
    return _worked(look, alert_rule_id, form.said)


def _worked(look: Look, rule_id: str, said: Mapping[str, str]) -> Response:
    scope, mode, seen = _scope(look), said.get("mode", "text"), said.get("seen", "")
    document = text_of_form(said) if mode == "form" else said.get("document", "")
    repository = RuleRepository(look.session, scope)
    rule = repository.get(rule_id)[0] if rule_id else None
    code = rule.organisation_code if rule else said.get("bureau", "")
    if said.get("act") == "text":
        return _shown(look, rule_id, "text", said, document, seen=seen)
    try:
        definition = checked(look.session, scope, code, document)
        if rule is not None:
            repository.lock(rule)
            if seen != str(rule.newest):
                told = N_(
                    "Somebody has changed the rule meanwhile. Saving once more puts yours in place."
                )
                faults = [look.lang.gettext(told)]
                return _shown(
                    look, rule_id, mode, said, document,
                    seen=str(rule.newest), faults=faults, status=_PASSED,
                )  # fmt: skip
        if said.get("act") == "save":
            return _saved(look, scope, rule_id, code, document)
    except InventoryError as error:
        told_of = error.problems if isinstance(error, RuleFaulty) else ()
        faults = [str(one) for one in told_of] or [detail_of(InventoryRefused(error), look.lang)]
        return _shown(
            look, rule_id, mode, said, document, seen=seen, faults=faults, status=error.status
        )
    words = [sentence(definition, look.lang), where_words(definition, look.lang, {})]
    return _shown(look, rule_id, mode, said, document, seen=seen, words=words)


def _saved(look: Look, scope: Scope, rule_id: str, code: str, document: str) -> Response:
    by, now = login_of(look.caller), look.now
    with look.session.begin_nested():
        if rule_id:
            rule = edit_rule(look.session, scope, rule_id, document, by=by, now=now)
        else:
            rule = make_rule(look.session, scope, code, document, by=by, now=now)
    return RedirectResponse(f"{_HOME}/{rule.id}", 303)


def _shown(
    look: Look,
    rule_id: str,
    mode: str,
    said: Mapping[str, str],
    document: str,
    *,
    seen: str,
    words: Sequence[str] = (),
    faults: Sequence[str] = (),
    status: int = 200,
) -> Response:
    name = ""
    if rule_id:
        name = RuleRepository(look.session, _scope(look)).get(rule_id)[0].name
    view = Editor(
        rule_id=rule_id,
        name=name,
        mode="form" if mode == "form" else "text",
        said=defaultdict(str, said),
        document=document,
        seen=seen,
        bureaus=my_bureaus(look),
        options=choices(look),
        words=words,
        faults=faults,
    )
    response = look.show("rule_editor", view)
    response.status_code = status
    return response


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_alert_rules)
