"""What people do with rules. Every change makes a version, which stays, with who made it and when.

All functions flush and never commit. Who may not write a bureau's rules is refused (``NotFound``,
``OutOfScope``).
"""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from alerts.judging.rules import Definition
from alerts.rulebook.errors import RuleNameTaken, RuleRemoved
from alerts.rulebook.models import AlertRule, AlertRuleVersion, RuleAct
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import own_rule, switched, text_of
from inventory.errors import Invalid
from inventory.ids import new_id
from inventory.models import Organisation
from inventory.scope import Scope


def checked(session: Session, scope: Scope, organisation_code: str, document: str) -> Definition:
    """What a text would say as a rule of a bureau.

    Raises:
        RuleFaulty: with everything that is wrong.
    """
    repository = RuleRepository(session, scope)
    bureau = repository.admitted(organisation_code)
    return own_rule(document, lambda codes: repository.below(bureau, codes))


def make_rule(
    session: Session,
    scope: Scope,
    organisation_code: str,
    document: str,
    *,
    by: str,
    now: datetime,
    copied_from: str = "",
) -> AlertRule:
    """Keep a bureau's new rule; it goes behind those it has.

    One that was taken away comes back under its name, with its versions.

    Raises:
        RuleFaulty: with everything that is wrong.
        RuleNameTaken: the bureau has a rule of this id.
    """
    definition = checked(session, scope, organisation_code, document)
    repository = RuleRepository(session, scope)
    rule = repository.of_name(organisation_code, definition.name)
    if rule is not None:
        repository.lock(rule)
        if not rule.removed:
            raise RuleNameTaken(key=definition.name)
        rule.removed = False
        version = _next(rule, RuleAct.made, document, enabled=definition.enabled, by=by, now=now)
        version.copied_from = copied_from
        repository.append(rule, version)
        return rule
    rule = AlertRule(
        id=new_id("r"),
        organisation_code=organisation_code,
        name=definition.name,
        place=repository.last_place(organisation_code) + 1,
        newest=0,
    )
    version = _next(rule, RuleAct.made, document, enabled=definition.enabled, by=by, now=now)
    version.copied_from, rule.newest = copied_from, version.number
    repository.add(rule, version)
    return rule


def copy_rule(
    session: Session,
    scope: Scope,
    organisation_code: str,
    definition: Definition,
    *,
    by: str,
    now: datetime,
    enabled: bool = True,
) -> AlertRule:
    """Make a rule that is shipped, or a bureau's above, a bureau's own; it replaces that below it.

    Raises:
        RuleFaulty: it names bureaus or schools that are not below this one.
        RuleNameTaken: the bureau has a rule of this id.
    """
    text = text_of(replace(definition, enabled=enabled))
    source = f"{definition.id}@{definition.version}"
    return make_rule(session, scope, organisation_code, text, by=by, now=now, copied_from=source)


def edit_rule(
    session: Session, scope: Scope, rule_id: str, document: str, *, by: str, now: datetime
) -> AlertRule:
    """Put another text in place of a rule's; the same text again changes nothing.

    Raises:
        RuleFaulty: with everything that is wrong.
        RuleRemoved: it was taken away.
        Invalid: it would get another id.
    """
    repository, rule, newest, bureau = _own(session, scope, rule_id)
    definition = own_rule(document, lambda codes: repository.below(bureau, codes))
    if definition.name != rule.name:
        raise Invalid(field="id", reason=definition.name)
    if document != newest.document:
        version = _next(rule, RuleAct.edited, document, enabled=definition.enabled, by=by, now=now)
        repository.append(rule, version)
    return rule


def switch_rule(
    session: Session, scope: Scope, rule_id: str, *, enabled: bool, by: str, now: datetime
) -> AlertRule:
    """Switch a rule on or off. One that is off still keeps those above it from what it is about.

    Raises:
        RuleRemoved: it was taken away.
    """
    repository, rule, newest, _ = _own(session, scope, rule_id)
    if newest.enabled is not enabled:
        act = RuleAct.switched_on if enabled else RuleAct.switched_off
        document = switched(newest.document, enabled=enabled)
        repository.append(rule, _next(rule, act, document, enabled=enabled, by=by, now=now))
    return rule


def move_rule(
    session: Session, scope: Scope, rule_id: str, *, earlier: bool, by: str, now: datetime
) -> AlertRule:
    """Let a rule change places with the one of its bureau before or behind it.

    Raises:
        RuleRemoved: it was taken away.
    """
    repository, rule, newest, _ = _own(session, scope, rule_id)
    around = [one for one, _, _ in repository.kept(rule.organisation_code) if not one.removed]
    here = [one.id for one in around].index(rule.id)
    there = here - 1 if earlier else here + 1
    if 0 <= there < len(around):
        other = around[there]
        repository.lock(other)
        rule.place, other.place = other.place, rule.place
        version = _next(
            rule, RuleAct.moved, newest.document, enabled=newest.enabled, by=by, now=now
        )
        repository.append(rule, version)
    return rule


def restore_version(
    session: Session, scope: Scope, rule_id: str, number: int, *, by: str, now: datetime
) -> AlertRule:
    """Let a rule say again what an old version says; also one that was taken away.

    Raises:
        NotFound: no version of that number.
        RuleFaulty: the old text is not taken any more.
    """
    repository, rule, _, bureau = _own(session, scope, rule_id, removed=True)
    old = repository.version(rule, number)
    own_rule(old.document, lambda codes: repository.below(bureau, codes))
    if old.number != rule.newest or rule.removed:
        version = _next(rule, RuleAct.restored, old.document, enabled=old.enabled, by=by, now=now)
        version.restored_from, rule.removed = number, False
        repository.append(rule, version)
    return rule


def remove_rule(session: Session, scope: Scope, rule_id: str, *, by: str, now: datetime) -> None:
    """Let a rule hold no more: what bureaus above say holds again, or what is shipped."""
    repository, rule, newest, _ = _own(session, scope, rule_id, removed=True)
    if not rule.removed:
        rule.removed = True
        version = _next(
            rule, RuleAct.removed, newest.document, enabled=newest.enabled, by=by, now=now
        )
        repository.append(rule, version)


def _own(
    session: Session, scope: Scope, rule_id: str, *, removed: bool = False
) -> tuple[RuleRepository, AlertRule, AlertRuleVersion, Organisation]:
    """A rule the caller may write, locked, with its newest version."""
    repository = RuleRepository(session, scope)
    rule, _, bureau = repository.get(rule_id)
    repository.admitted(bureau.code)
    repository.lock(rule)
    if rule.removed and not removed:
        raise RuleRemoved(key=rule.name)
    return repository, rule, repository.version(rule, rule.newest), bureau


def _next(
    rule: AlertRule, act: RuleAct, document: str, *, enabled: bool, by: str, now: datetime
) -> AlertRuleVersion:
    return AlertRuleVersion(
        id=new_id("r"),
        rule_id=rule.id,
        number=rule.newest + 1,
        act=act,
        document=document,
        enabled=enabled,
        made_at=now,
        made_by=by,
    )
