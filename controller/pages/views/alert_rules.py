"""Alert rules as pages show them: lists, one rule with its history, a form of common conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import yaml

from alerts.judging.conditions import Absence, Rate, Side, Threshold
from alerts.judging.documents import RulesRefused, shipped_rules
from alerts.judging.rules import Definition
from alerts.rulebook.in_force import definition_of
from alerts.rulebook.models import AlertRule, AlertRuleVersion, RuleTrial
from alerts.rulebook.repository import RuleRepository
from alerts.rulebook.text import said_of
from alerts.rulebook.trials import outcome_of, trials_of_rule
from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureaus_known
from controller.pages.views.names import names_of_logins
from controller.words.rules import ACTS, change_words, sentence, where_words
from controller.words.terms import KINDS, SEVERITIES
from drivers.dictionary import METRICS

FIRED_DAYS = 30
#: Conditions the form knows; the others are written as text.
COMMON = (Threshold.WORD, Absence.WORD, Rate.WORD)
_LISTS = ("organisations", "models", "tags")
_FIELDS = ("id", "rule", "when", "metric", "side", "level", "clear", "by", "within", "polls",
           "hold", "clock", "clear_after", "severity")  # fmt: skip
_NUMBERS = {"level", "clear", "by", "polls"}
_OF: Mapping[str, frozenset[str]] = {
    Threshold.WORD: frozenset({"metric", "side", "level", "clear", "hold", "clear_after"}),
    Rate.WORD: frozenset({"metric", "side", "by", "clear", "within"}),
    Absence.WORD: frozenset({"polls", "hold", "clock", "clear_after"}),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the list.

    Args:
        key: what alerts and copies know it by.
        rule: the row of a bureau's own.
        words, where: what it says and what it is about.
        bureau: whose own it is; empty where it is shipped.
        fired: alerts of the last days within the reader's scope.
        is_mine: the reader may change it.
    """

    key: str
    name: str
    rule: AlertRule | None
    words: str
    where: str
    severity: str
    tone: str
    bureau: str
    version: int
    enabled: bool
    fired: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class RuleList:
    """Everything on the page; ``bureaus``: where the reader may keep rules."""

    own: Sequence[RuleRow]
    shipped: Sequence[RuleRow]
    removed: Sequence[AlertRule]
    bureaus: Sequence[tuple[str, str]]
    days: int = FIRED_DAYS


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version, and what it changed of the one before."""

    number: int
    act: str
    made_at: datetime
    made_by: str
    restored_from: int | None
    changes: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial the reader made; ``fired`` is empty while it runs, and of what cannot be tried."""

    id: str
    at: datetime
    days: int
    fired: int | None


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule with its versions, the newest first."""

    row: RuleRow
    rule: AlertRule
    document: str
    copied_from: str
    versions: Sequence[VersionRow]
    trials: Sequence[TrialRow]
    fault: str = ""


def rule_list(look: Look) -> RuleList:
    """Rules of the reader's bureaus and those above, then those shipped."""
    scope = look.caller.require(Permission.read_alerts)
    repository = RuleRepository(look.session, scope)
    fired = repository.fired(look.now - timedelta(days=FIRED_DAYS))
    kept = repository.kept()
    own = [_own_row(look, rule, version, fired) for rule, version, _ in kept if not rule.removed]
    mine = look.caller.scope(Permission.manage_alert_rules)
    return RuleList(
        own=own,
        shipped=[_row(look, one, fired) for one in shipped_rules().definitions],
        removed=[rule for rule, _, bureau in kept if rule.removed and mine.covers(bureau.path)],
        bureaus=my_bureaus(look),
    )


def my_bureaus(look: Look) -> list[tuple[str, str]]:
    """Bureaus whose rules the reader may write: code and name."""
    mine = look.caller.scope(Permission.manage_alert_rules)
    known = bureaus_known(look)
    return [(code, one.name) for code, one in known.items() if mine.covers(one.path)]


def rule_page(look: Look, rule_id: str, fault: str = "") -> RulePage:
    """One rule.

    Raises:
        NotFound: no such rule within the scope or above it.
    """
    repository = RuleRepository(look.session, look.caller.require(Permission.read_alerts))
    rule, version, _ = repository.get(rule_id)
    fired = repository.fired(look.now - timedelta(days=FIRED_DAYS))
    versions = repository.versions(rule)
    changed = [_changes(old, new) for new, old in pairwise(versions)]
    people = names_of_logins(look, [one.made_by for one in versions])
    rows = [
        VersionRow(
            one.number, look.lang.gettext(ACTS[one.act]), one.made_at, people.get(one.made_by, ""),
            one.restored_from, its,
        )
        for one, its in zip(versions, [*changed, []], strict=True)
    ]  # fmt: skip
    row = _own_row(look, rule, version, fired)
    copied = next((one.copied_from for one in versions if one.copied_from), "")
    code = rule.organisation_code
    made = trials_of_rule(look.session, look.caller.id, code, rule.name)
    trials = [TrialRow(one.id, one.seen_at, one.days, _fired(one)) for one in made]
    return RulePage(row, rule, version.document, copied, rows, trials, fault)


def _fired(trial: RuleTrial) -> int | None:
    """How often it would have fired; ``None`` while that is not known."""
    outcome = outcome_of(trial)
    return outcome.proposed.fired if outcome is not None and outcome.tried else None


def form_of(definition: Definition) -> dict[str, str]:
    """Texts of the form's fields for a rule; kinds are fields of their own."""
    said = said_of(definition)
    texts = {name: str(said[name]) for name in _FIELDS if name in said}
    texts |= {name: ", ".join(said[name]) for name in _LISTS if name in said}
    return texts | {f"kind-{kind}": "1" for kind in said.get("kinds", ())}


def text_of_form(said: Mapping[str, str]) -> str:
    """The YAML a filled form stands for; what is missing or wrong is found by reading it."""
    when = said.get("when", "")
    mine = {"id", "when", "severity", *_OF.get(when, ())}
    if when != Absence.WORD:
        mine.add("rule")
    made: dict[str, Any] = {}
    for name in _FIELDS:
        text = said.get(name, "").strip()
        if text and name in mine:
            made[name] = _number(text) if name in _NUMBERS else text
    for name in _LISTS:
        parts = [one.strip() for one in said.get(name, "").replace("，", ",").split(",")]
        if any(parts):
            made[name] = [one for one in parts if one]
    kinds = [name.removeprefix("kind-") for name in said if name.startswith("kind-")]
    if kinds:
        made["kinds"] = kinds
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False)


def choices(look: Look) -> dict[str, list[tuple[str, str]]]:
    """What the form's lists offer, in the reader's language."""
    chinese = look.lang.code == "zh_CN"
    metrics = [
        (one.name, f"{one.zh if chinese else one.en} ({one.name})") for one in METRICS.values()
    ]
    kinds = [(kind.value, look.lang.gettext(text)) for kind, text in KINDS.items()]
    severities = [(one.value, look.lang.gettext(text)) for one, text in SEVERITIES.items()]
    return {
        "metric": metrics,
        "kinds": kinds,
        "severity": severities,
        "side": [(one.value, one.value) for one in Side],
    }


def _own_row(
    look: Look,
    rule: AlertRule,
    version: AlertRuleVersion,
    fired: Mapping[tuple[str, str], int],
) -> RuleRow:
    try:
        definition = definition_of(rule.organisation_code, version)
    except RulesRefused as refused:
        known = bureaus_known(look)[rule.organisation_code]
        return RuleRow(
            key=rule.name, name=rule.name, rule=rule, words=str(refused), where="", severity="",
            tone="bad", bureau=known.name, version=version.number, enabled=False, fired=0,
            is_mine=look.caller.scope(Permission.manage_alert_rules).covers(known.path),
        )  # fmt: skip
    return _row(look, definition, fired, rule)


def _row(
    look: Look,
    definition: Definition,
    fired: Mapping[tuple[str, str], int],
    rule: AlertRule | None = None,
) -> RuleRow:
    known = bureaus_known(look)
    names = {code: one.name for code, one in known.items()}
    bureau = known.get(definition.owner)
    mine = look.caller.scope(Permission.manage_alert_rules)
    return RuleRow(
        key=definition.id,
        name=definition.name,
        rule=rule,
        words=sentence(definition, look.lang),
        where=where_words(definition, look.lang, names),
        severity=look.lang.gettext(SEVERITIES[definition.severity]),
        tone="bad" if definition.severity.value == "critical" else "warn",
        bureau=bureau.name if bureau else definition.owner,
        version=definition.version,
        enabled=definition.enabled,
        fired=fired.get((definition.id, definition.rule), 0),
        is_mine=bureau is not None and mine.covers(bureau.path),
    )


def _changes(old: AlertRuleVersion, new: AlertRuleVersion) -> list[tuple[str, str, str]]:
    try:
        return change_words(definition_of("", old), definition_of("", new))
    except RulesRefused:
        return []


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
