"""Lists of a school that somebody is to look through: one alert each, however long it is. Pure.

What hits a whole delivery on one day, such as the end of its warranty, is one thing to do.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from alerts.judging.conditions import Ending, Ends, Listed, Work
from alerts.judging.facts import Key, Quiet
from alerts.judging.rules import Definition, RuleSet
from alerts.judging.site import Open
from alerts.severity import Severity
from drivers.readings import Kind

#: Things that are named in the alert; the others are counted.
MOST_NAMED = 5
#: Characters of a mark.
MARK = 10
#: What has joined a list since it was told of is told of together, no sooner than so many seconds
#: after that: new devices are found one after the other.
GATHERED: Mapping[Severity, float] = {Severity.warning: 86_400.0, Severity.critical: 3_600.0}


class Entry(NamedTuple):
    """One thing on a list.

    Args:
        name: what people call it.
        at: since when it waits, or when its term ends; seconds since 1970.
        day: the last day of its term, ``2026-06-30``.
        subject: id of the device, for maintenance and silences; empty for what is none.
        kind, model, tags: of the device.
    """

    name: str
    at: float
    day: str = ""
    subject: str = ""
    kind: Kind = Kind.unknown
    model: str = ""
    tags: frozenset[str] = frozenset()


class Told(NamedTuple):
    """What an open alert has told of.

    Args:
        marks: of the things, as :func:`mark` makes them.
        at: when it last did.
    """

    marks: frozenset[str]
    at: float


class Grown(NamedTuple):
    """An open alert whose list has grown.

    Args:
        arguments: of the alert from now on.
        joined: marks of what has joined, with their names.
    """

    key: Key
    arguments: Mapping[str, str | int | float]
    joined: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolLists:
    """What is on the lists of a school.

    Args:
        subject: what alerts of the school itself are kept under.
        path: of the school within the register.
        waiting: by list. One that is not here is not known now: it neither begins nor ends.
        ends: terms that have not ended yet.
        quiets: maintenance and silences.
        standing: open alerts, with the moment each was opened.
        told: what these have told of; one that is not here is left as it is.
    """

    subject: str
    path: str
    waiting: Mapping[Work, Sequence[Entry]] = field(default_factory=dict)
    ends: Mapping[Ends, Sequence[Entry]] = field(default_factory=dict)
    quiets: Sequence[Quiet] = ()
    standing: Mapping[Key, float] = field(default_factory=dict)
    told: Mapping[Key, Told] = field(default_factory=dict)


def judge_lists(school: SchoolLists, rules: RuleSet, now: float) -> tuple[list[Open], list[Key]]:
    """Which alerts of a school's lists open, and which end.

    Of what ends the part is the last month an alert tells of: whoever looks for the first time has
    one list to see to, not one a month.
    """
    found = _found(school, rules)
    told: dict[Key, dict[str, Sequence[_Due]]] = defaultdict(dict)
    covered = set()
    for key, its in found.items():
        by = _covering(school.standing, key)
        if by is not None:
            covered.add(by)
        elif to_tell := _to_tell(school, key, its, now):
            told[key._replace(part="")][key.part] = to_tell
    opens = [
        _open(key._replace(part=max(months)), [one for its in months.values() for one in its])
        for key, months in told.items()
    ]
    ends = [key for key in school.standing if key not in covered and _is_known(school, rules, key)]
    return opens, ends


def grown_lists(school: SchoolLists, rules: RuleSet, now: float) -> list[Grown]:
    """Open alerts whose lists have grown, once it is time to tell."""
    due: dict[Key, list[_Due]] = defaultdict(list)
    for key, its in _found(school, rules).items():
        by = _covering(school.standing, key)
        if by is not None and by in school.told:
            due[by] += _to_tell(school, key, its, now)
    found = []
    for key, entries in due.items():
        marks, at = school.told[key]
        joined = {mark(one): one.name for _, one in entries if mark(one) not in marks}
        if joined and now - at >= min(GATHERED[rule.severity] for rule, _ in entries):
            every = sorted(marks.union(joined))
            arguments = {**_open(key, entries).arguments, "told": "".join(every), "told_at": now}
            found.append(Grown(key, arguments, joined))
    return found


def mark(one: Entry) -> str:
    """What tells an entry from others of a list, whatever it is called by now."""
    return sha256((one.subject or one.name).encode()).hexdigest()[:MARK]


def _covering(standing: Mapping[Key, float], key: Key) -> Key | None:
    """The open alert that tells of a month: that of the same rule with the next part not before."""
    parts = sorted(one.part for one in standing if one._replace(part=key.part) == key)
    place = bisect_left(parts, key.part)
    return key._replace(part=parts[place]) if place < len(parts) else None


#: A thing with the rule that is about it.
_Due = tuple[Definition, Entry]


def _found(school: SchoolLists, rules: RuleSet) -> Mapping[Key, Sequence[_Due]]:
    """Alerts there may be, with what is on their lists."""
    found: dict[Key, list[_Due]] = defaultdict(list)
    for work, entries in school.waiting.items():
        for one in entries:
            for rule, listed in rules.of(Listed, school.path, one.kind, one.model, one.tags):
                if listed.work is work:
                    found[Key(rule.rule, school.subject)].append((rule, one))
    for what, entries in school.ends.items():
        for one in entries:
            for rule, ending in rules.of(Ending, school.path, one.kind, one.model, one.tags):
                if ending.ends is what:
                    found[Key(rule.rule, school.subject, one.day[:7])].append((rule, one))
    return found


def _to_tell(school: SchoolLists, key: Key, told: Sequence[_Due], now: float) -> Sequence[_Due]:
    """What an alert that begins is about; nothing while none does."""
    quiets = [one for one in school.quiets if one.begin <= now < one.end]
    if any(quiet.covers(key.subject, key.rule) for quiet in quiets):
        return ()
    heard = [
        (rule, one)
        for rule, one in told
        if not any(one.subject and quiet.covers(one.subject, key.rule) for quiet in quiets)
    ]
    due = [(rule, one) for rule, one in heard if _is_due(rule, one, now)]
    if not due:
        return ()
    condition = due[0][0].condition
    if isinstance(condition, Listed):
        return due if len(due) >= condition.least else ()
    # Who looks after one that ends this month looks after all that do.
    return heard


def _is_due(rule: Definition, one: Entry, now: float) -> bool:
    condition = rule.condition
    if isinstance(condition, Listed):
        return now - one.at >= condition.hold
    return isinstance(condition, Ending) and one.at - now <= condition.within


def _open(key: Key, told: Sequence[_Due]) -> Open:
    ordered = sorted(told, key=lambda one: (one[1].at, one[1].name))
    rule, first = ordered[0]
    names = list(dict.fromkeys(one.name for _, one in ordered))
    arguments: dict[str, str | int | float] = {
        "count": len(ordered),
        "names": "、".join(names[:MOST_NAMED]),
        "told": "".join(sorted({mark(one) for _, one in told})),
    }
    if first.day:
        arguments["day"] = first.day
    return Open(
        key=key,
        severity=rule.severity,
        since=first.at,
        definition=(rule.id, rule.version),
        arguments=arguments,
    )


def _is_known(school: SchoolLists, rules: RuleSet, key: Key) -> bool:
    """Whether nothing was found because nothing is there, and not because nobody looked."""
    conditions = [one.condition for one in rules.definitions if one.rule == key.rule]
    return all(one.work in school.waiting for one in conditions if isinstance(one, Listed))
