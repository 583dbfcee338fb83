"""``/alert-rules``: rules of bureaus, their versions, and what they would have told of."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from alerts.judging.documents import shipped_rules
from alerts.judging.rules import Definition
from alerts.rulebook.in_force import definition_of
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
from alerts.rulebook.models import AlertRule, RuleTrial
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import changes
from alerts.rulebook.trials import trial_of
from controller.api.alert_rule_schemas import (
    ChangeOut,
    CopyIn,
    DocumentIn,
    MoveIn,
    RestoreIn,
    RuleIn,
    RuleOut,
    RuleVersionOut,
    ShippedRuleOut,
    SwitchIn,
    TrialIn,
    TrialOut,
)
from controller.api.conditional import IfMatch, matches
from controller.api.schemas import PROBLEMS, Listed
from controller.api.target_standards import login_of
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import AlertScope, CurrentCaller, DbSession, Within
from controller.errors import RevisionPassed
from controller.rule_trials import RuleTrials, proposed_rule
from inventory.database import read_only
from inventory.errors import NotFound
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["alert-rules"], responses=PROBLEMS)
RuleScope = Annotated[Scope, Depends(Within(Permission.manage_alert_rules))]
Number = Annotated[int, Query(ge=1)]


@router.get("/alert-rules")
def list_rules(
    session: DbSession,
    scope: AlertScope,
    organisation_code: Annotated[str | None, Query(max_length=32)] = None,
    *,
    removed: Annotated[bool, Query(description="Those that were taken away, too.")] = False,
) -> Listed[RuleOut]:
    """Rules of bureaus within the scope and above it; of a bureau in their order."""
    kept = RuleRepository(session, scope).kept(organisation_code)
    found = [RuleOut.of(rule, version) for rule, version, _ in kept if removed or not rule.removed]
    return Listed(items=found, total=len(found))


@router.get("/alert-rules/shipped")
def list_shipped_rules(scope: AlertScope) -> Listed[ShippedRuleOut]:
    """The rules that come with the software, in their order."""
    found = [ShippedRuleOut.of(one) for one in shipped_rules().definitions]
    return Listed(items=found, total=len(found))


@router.post("/alert-rules", status_code=201)
def add_rule(
    session: DbSession, scope: RuleScope, caller: CurrentCaller, response: Response, body: RuleIn
) -> RuleOut:
    """Give a bureau another rule."""
    rule = make_rule(
        session, scope, body.organisation_code, body.document, by=login_of(caller), now=utc_now()
    )
    return _told(session, scope, rule, response)


@router.post("/alert-rules/copies", status_code=201)
def copy(
    session: DbSession, scope: RuleScope, caller: CurrentCaller, response: Response, body: CopyIn
) -> RuleOut:
    """Make a shipped rule, or that of a bureau above, a bureau's own, on or off."""
    rule = copy_rule(
        session,
        scope,
        body.organisation_code,
        rule_to_copy(session, scope, body.source),
        by=login_of(caller),
        now=utc_now(),
        enabled=body.enabled,
    )
    return _told(session, scope, rule, response)


@router.post("/alert-rules/trials", status_code=201)
def begin_trial(
    request: Request, scope: RuleScope, caller: CurrentCaller, body: TrialIn
) -> TrialOut:
    """Try a text on the past of a bureau's schools, in the background."""
    with read_only(request.app.state.sessions) as session:
        said = checked(session, scope, body.organisation_code, body.document)
        bureau, definition = proposed_rule(session, scope, body.organisation_code, said)
    trials: RuleTrials = request.app.state.rule_trials
    trial_id = trials.begin(caller.id, bureau, definition, body.days, utc_now())
    return TrialOut.of(trials, own_trial(request, caller, trial_id))


@router.get("/alert-rules/trials/{trial_id}")
def show_trial(
    request: Request,
    scope: AlertScope,
    caller: CurrentCaller,
    trial_id: str,
) -> TrialOut:
    """How far a trial is, or what it came to; of whoever began it only."""
    return TrialOut.of(request.app.state.rule_trials, own_trial(request, caller, trial_id))


@router.post("/alert-rules/trials/{trial_id}/cancel")
def cancel_trial(
    request: Request,
    scope: RuleScope,
    caller: CurrentCaller,
    trial_id: str,
) -> TrialOut:
    """End a trial."""
    trial = own_trial(request, caller, trial_id)
    trials: RuleTrials = request.app.state.rule_trials
    trials.cancel(trial.id)
    return TrialOut.of(trials, own_trial(request, caller, trial_id))


@router.get("/alert-rules/{alert_rule_id}")
def show_rule(
    session: DbSession, scope: AlertScope, alert_rule_id: str, response: Response
) -> RuleOut:
    """One rule as it is now, with its tag."""
    rule, _, _ = RuleRepository(session, scope).get(alert_rule_id)
    return _told(session, scope, rule, response)


@router.put("/alert-rules/{alert_rule_id}")
def change_rule(
    *,
    session: DbSession,
    scope: RuleScope,
    caller: CurrentCaller,
    response: Response,
    alert_rule_id: str,
    body: DocumentIn,
    if_match: IfMatch = None,
) -> RuleOut:
    """Put another text in place; the version before stays."""
    _require_match(session, scope, alert_rule_id, if_match, body.document)
    rule = edit_rule(
        session, scope, alert_rule_id, body.document, by=login_of(caller), now=utc_now()
    )
    return _told(session, scope, rule, response)


@router.post("/alert-rules/{alert_rule_id}/switch")
def switch(
    *,
    session: DbSession,
    scope: RuleScope,
    caller: CurrentCaller,
    response: Response,
    alert_rule_id: str,
    body: SwitchIn,
    if_match: IfMatch = None,
) -> RuleOut:
    """Switch a rule on or off."""
    _require_match(session, scope, alert_rule_id, if_match)
    rule = switch_rule(
        session, scope, alert_rule_id, enabled=body.enabled, by=login_of(caller), now=utc_now()
    )
    return _told(session, scope, rule, response)


@router.post("/alert-rules/{alert_rule_id}/move")
def move(
    *,
    session: DbSession,
    scope: RuleScope,
    caller: CurrentCaller,
    response: Response,
    alert_rule_id: str,
    body: MoveIn,
    if_match: IfMatch = None,
) -> RuleOut:
    """Let a rule change places with its bureau's rule before or behind it."""
    _require_match(session, scope, alert_rule_id, if_match)
    rule = move_rule(
        session, scope, alert_rule_id, earlier=body.earlier, by=login_of(caller), now=utc_now()
    )
    return _told(session, scope, rule, response)


@router.post("/alert-rules/{alert_rule_id}/restore")
def restore(
    *,
    session: DbSession,
    scope: RuleScope,
    caller: CurrentCaller,
    response: Response,
    alert_rule_id: str,
    body: RestoreIn,
    if_match: IfMatch = None,
) -> RuleOut:
    """Take an old version back; also of a rule that was taken away."""
    _require_match(session, scope, alert_rule_id, if_match)
    rule = restore_version(
        session, scope, alert_rule_id, body.number, by=login_of(caller), now=utc_now()
    )
    return _told(session, scope, rule, response)


@router.delete("/alert-rules/{alert_rule_id}", status_code=204)
def remove(
    session: DbSession,
    scope: RuleScope,
    caller: CurrentCaller,
    alert_rule_id: str,
    if_match: IfMatch = None,
) -> None:
    """Let a rule hold no more; its versions stay."""
    _require_match(session, scope, alert_rule_id, if_match)
    remove_rule(session, scope, alert_rule_id, by=login_of(caller), now=utc_now())


@router.get("/alert-rules/{alert_rule_id}/versions")
def list_versions(
    session: DbSession, scope: AlertScope, alert_rule_id: str
) -> Listed[RuleVersionOut]:
    """Every version of a rule, the newest first."""
    repository = RuleRepository(session, scope)
    rule, _, _ = repository.get(alert_rule_id)
    found = [RuleVersionOut.model_validate(one) for one in repository.versions(rule)]
    return Listed(items=found, total=len(found))


@router.get("/alert-rules/{alert_rule_id}/changes")
def list_changes(
    session: DbSession, scope: AlertScope, alert_rule_id: str, before: Number, after: Number
) -> Listed[ChangeOut]:
    """Fields in which two versions differ."""
    repository = RuleRepository(session, scope)
    rule, _, _ = repository.get(alert_rule_id)
    old, new = (definition_of("", repository.version(rule, number)) for number in (before, after))
    found = [ChangeOut(field=field, before=was, after=now) for field, was, now in changes(old, new)]
    return Listed(items=found, total=len(found))


def rule_to_copy(session: Session, scope: Scope, source: str) -> Definition:
    """A rule by the name alerts know it by: ``switch_hot``, ``33/switch_hot``.

    Raises:
        NotFound: there is none, or not within the scope or above it.
    """
    owner, _, name = source.rpartition("/")
    if not owner:
        for one in shipped_rules().definitions:
            if one.id == name:
                return one
    repository = RuleRepository(session, scope)
    for rule, version, bureau in repository.kept(owner) if owner else ():
        if rule.name == name and not rule.removed:
            return definition_of(bureau.code, version)
    raise NotFound(what="alert_rule", key=source)


def own_trial(request: Request, caller: Caller, trial_id: str) -> RuleTrial:
    """A trial the caller began; no transaction is held while it runs.

    Raises:
        NotFound: there is none of that id.
    """
    with read_only(request.app.state.sessions) as session:
        trial = trial_of(session, caller.id, trial_id)
    if trial is None:
        raise NotFound(what="trial", key=trial_id)
    return trial


def etag_of_rule(rule: AlertRule) -> str:
    """The tag of a rule is the number of its newest version."""
    return f'"{rule.newest}"'


def _require_match(
    session: Session, scope: Scope, rule_id: str, if_match: str | None, document: str | None = None
) -> None:
    """Let a change pass that was made knowing the newest version, which stays locked.

    Raises:
        RevisionPassed: somebody has changed the rule since.
    """
    repository = RuleRepository(session, scope)
    rule, _, bureau = repository.get(rule_id)
    repository.admitted(bureau.code)
    repository.lock(rule)
    if not matches(if_match, etag_of_rule(rule)):
        theirs = repository.version(rule, rule.newest).document
        told = [{"field": "document", "yours": document, "theirs": theirs}]
        raise RevisionPassed(etag_of_rule(rule), told)


def _told(session: Session, scope: Scope, rule: AlertRule, response: Response) -> RuleOut:
    response.headers["ETag"] = etag_of_rule(rule)
    return RuleOut.of(rule, RuleRepository(session, scope).version(rule, rule.newest))
