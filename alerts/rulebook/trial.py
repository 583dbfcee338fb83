"""A rule tried on the past of schools before it is switched on: what would it have told of?

What is measured is looked at sample by sample, silences of devices with all that excuses them
(``alerts.judging``). What no store remembers, such as a cut line, is not tried: the alerts there
were are counted instead.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
import numpy as np
from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.judging.conditions import Absence, Clock, Measured
from alerts.judging.engine import Watch
from alerts.judging.hours import NONE, Hours
from alerts.judging.rules import Definition, RuleSet
from alerts.models import Alert
from alerts.rulebook.replay import (
    Episode,
    GivenUp,
    Times,
    Values,
    episodes,
    silences,
    transitions,
    usual_pace,
)
from alerts.school_past import Devices, as_all_answered, asked_devices
from drivers.readings import ALIVE, OUTCOME_METRIC, OUTCOMES
from inventory.assets.tags import tags_of
from inventory.calendars import school_hours
from inventory.calendars.loading import Calendars
from inventory.days import day_of
from inventory.models import Device, School
from inventory.scope import Scope

#: Schools a rule is tried on; of a larger bureau the first by code.
MOST_SCHOOLS = 200
#: Faults that are told one by one; the others are only counted.
MOST_TOLD = 200
#: Devices whose samples are in memory at once.
_AT_ONCE = 50
_ALIVE = np.array([place for place, one in enumerate(OUTCOMES) if one in ALIVE])


class Past(Protocol):
    """What is asked of a metric store; milliseconds since 1970."""

    def samples(
        self, metric: str, subjects: Collection[str], *, start: int, end: int
    ) -> Mapping[tuple[str, str], tuple[Any, Any]]: ...


class Fired(msgspec.Struct, frozen=True):
    """One fault it would have told of; ``ended`` is empty where it still stands."""

    school_code: str
    school: str
    device_id: str
    device: str
    part: str
    began: datetime
    ended: datetime | None
    value: float | None = None


class Side(msgspec.Struct):
    """What a rule came to.

    Args:
        rules: names and versions of the rules, ``3304/switch_hot@2``.
        fired: how often, in all.
        schools: in how many schools.
        seconds: for how long in all, those that still stand until the end.
        told: the first of them, in order.
    """

    rules: list[str] = []
    fired: int = 0
    schools: int = 0
    seconds: float = 0.0
    told: list[Fired] = []


class Outcome(msgspec.Struct):
    """What a trial came to.

    Args:
        begin, end: of the past that was looked at.
        tried: whether the stores remember what the rule looks for.
        schools: that were looked at.
        left_out: schools beyond the most that are.
        given_up: schools with too much to look at.
        devices: the rule would be about.
        proposed: the rule that was tried.
        in_force: the rules that count for the same fault of the same devices now.
        alerts: of this fault there were in these schools, as they were told.
    """

    begin: datetime
    end: datetime
    tried: bool = True
    schools: int = 0
    left_out: int = 0
    given_up: int = 0
    devices: int = 0
    proposed: Side = msgspec.field(default_factory=Side)
    in_force: Side = msgspec.field(default_factory=Side)
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule and where it is tried.

    Args:
        definition: under the name alerts would know it by.
        path: of the bureau.
        days: of the past.
        now: their end.
        rules: in force now.
    """

    definition: Definition
    path: str
    days: int
    now: datetime
    rules: RuleSet

    @property
    def begin(self) -> datetime:
        return self.now - timedelta(days=self.days)

    @property
    def proposed(self) -> RuleSet:
        """As if it were switched on: in its place, or else behind its bureau's other rules."""
        rule, above = replace(self.definition, enabled=True), self.path.strip("/").split("/")
        told = self.rules.definitions
        if any(one.id == rule.id for one in told):
            return RuleSet(tuple(rule if one.id == rule.id else one for one in told))
        nearer = [one for one in told if one.owner and one.owner not in above[:-1]]
        return RuleSet((*nearer, rule, *(one for one in told if one not in nearer)))


def schools_of(session: Session, trial: Trial) -> tuple[list[School], int]:
    """The schools it is tried on, and how many more there are."""
    path = col(School.path)
    found = session.exec(
        select(School)
        .where(Scope((trial.path,)).condition(path), col(School.closed_on).is_(None))
        .order_by(col(School.code))
    ).all()
    named = trial.definition.where.organisations
    about = [one for one in found if not named or not named.isdisjoint(one.path.split("/"))]
    return about[:MOST_SCHOOLS], max(len(about) - MOST_SCHOOLS, 0)


def is_remembered(definition: Definition) -> bool:
    """Whether the stores remember what a rule looks for."""
    return isinstance(definition.condition, Absence | Measured)


def try_school(
    session: Session, store: Past, trial: Trial, school: School, outcome: Outcome
) -> None:
    """Add what a rule would have told of in one school."""
    outcome.schools += 1
    outcome.alerts += _alerts_of(session, trial, school)
    devices = asked_devices(session, school.code)
    about = [one for one, _ in devices if _definition(trial.proposed, trial, school, one)]
    outcome.devices += len(about)
    if not about or not is_remembered(trial.definition):
        return
    look = _silent if isinstance(trial.definition.condition, Absence) else _measured
    sides = ((trial.proposed, outcome.proposed), (trial.rules, outcome.in_force))
    try:
        found = look(session, store, trial, school, devices, sets=[rules for rules, _ in sides])
    except GivenUp:
        outcome.given_up += 1
        return
    ids = {one.id for one in about}
    for (_, side), its in zip(sides, found, strict=True):
        told = [one for one in its if one[1].id in ids]
        _add(side, trial, school, told)


#: The rule's name with its version, the device, the part of it, and when.
_Found = tuple[str, Device, str, Episode]


def _measured(
    _session: Session,
    store: Past,
    trial: Trial,
    school: School,
    devices: Devices,
    *,
    sets: Sequence[RuleSet],
) -> list[list[_Found]]:
    found: list[list[_Found]] = []
    for rules in sets:
        its: list[_Found] = []
        chosen: dict[Definition, list[Device]] = {}
        for device, _ in devices:
            definition = _counting(rules, trial, school, device)
            if definition is not None:
                chosen.setdefault(definition, []).append(device)
        for definition, some in chosen.items():
            condition = definition.condition
            if not isinstance(condition, Measured):
                continue
            begin = trial.begin - timedelta(seconds=condition.window)
            by_id = {one.id: one for one in some}
            for (subject, part), times, values in _samples(
                store, condition.metric, by_id, begin, trial.now
            ):
                its += [
                    (_name(definition), by_id[subject], part, one)
                    for one in episodes(condition, times, values, trial.begin.timestamp())
                ]
        found.append(sorted(its, key=lambda one: one[3].begin))
    return found


def _silent(
    session: Session,
    store: Past,
    trial: Trial,
    school: School,
    devices: Devices,
    *,
    sets: Sequence[RuleSet],
) -> list[list[_Found]]:
    by_id = {one.id: one for one, _ in devices}
    news: list[tuple[float, str, bool]] = []
    paces: dict[str, Times] = {}
    for (subject, _), times, values in _samples(
        store, OUTCOME_METRIC, by_id, trial.begin, trial.now
    ):
        paces[subject] = times[:100]
        alive = np.isin(values.astype(np.int64), _ALIVE)
        news += [(at, subject, is_alive) for at, is_alive in transitions(times, alive)]
    news.sort()
    hours = _hours(session, trial, school, sets)
    facts = list(as_all_answered(session, school.code, devices, trial.begin.timestamp()))
    found: list[list[_Found]] = []
    for rules in sets:
        watch = Watch(
            school.code, rules, facts, path=school.path, hours=hours, every=usual_pace(paces)
        )
        found.append(
            [
                (f"{one.definition[0]}@{one.definition[1]}", by_id[one.key.subject], "", episode)
                for one, episode in silences(watch, news, trial.now.timestamp())
                if one.key.rule == trial.definition.rule and one.key.subject in by_id
            ]
        )
    return found


def _hours(session: Session, trial: Trial, school: School, sets: Iterable[RuleSet]) -> Hours:
    """School hours, where anything counts only then."""
    conditions = (one.condition for rules in sets for one in rules.definitions)
    if not any(isinstance(one, Absence) and one.clock is Clock.school for one in conditions):
        return NONE
    first = day_of(trial.begin)
    last = day_of(trial.now) + timedelta(days=8)
    calendars = Calendars(session, Scope.everything(), first, last).of_schools([school])
    hours = school_hours(calendars[school.code], first, last)
    windows = (*hours.windows, *hours.unknown)
    return Hours((one.begins_at.timestamp(), one.ends_at.timestamp()) for one in windows)


def _samples(
    store: Past, metric: str, subjects: Collection[str], begin: datetime, end: datetime
) -> Iterator[tuple[tuple[str, str], Times, Values]]:
    ordered = sorted(subjects)
    for start in range(0, len(ordered), _AT_ONCE):
        found = store.samples(
            metric,
            ordered[start : start + _AT_ONCE],
            start=round(begin.timestamp() * 1000),
            end=round(end.timestamp() * 1000),
        )
        for key, (times, values) in found.items():
            yield key, times.astype(np.float64) / 1000, values


def _counting(rules: RuleSet, trial: Trial, school: School, device: Device) -> Definition | None:
    """The definition that counts for the fault of a device."""
    condition: Any = type(trial.definition.condition)
    if issubclass(condition, Measured):
        condition = Measured
    tags = tags_of(device.custom_fields)
    told = rules.of(condition, school.path, device.kind, device.model or "", tags)
    return next((one for one, _ in told if one.rule == trial.definition.rule), None)


def _definition(rules: RuleSet, trial: Trial, school: School, device: Device) -> Definition | None:
    found = _counting(rules, trial, school, device)
    return found if found is not None and found.id == trial.definition.id else None


def _alerts_of(session: Session, trial: Trial, school: School) -> int:
    query = select(func.count(col(Alert.id))).where(
        Alert.school_code == school.code,
        Alert.rule == trial.definition.rule,
        col(Alert.opened_at) >= trial.begin,
    )
    return session.exec(query).one()


def _add(side: Side, trial: Trial, school: School, found: Sequence[_Found]) -> None:
    side.fired += len(found)
    side.schools += bool(found)
    end = trial.now.timestamp()
    for name, device, part, episode in found:
        if name not in side.rules:
            side.rules.append(name)
        side.seconds += (end if episode.end is None else episode.end) - episode.begin
        if len(side.told) < MOST_TOLD:
            side.told.append(
                Fired(
                    school_code=school.code,
                    school=school.name,
                    device_id=device.id,
                    device=device.name,
                    part=part,
                    began=datetime.fromtimestamp(episode.begin, UTC),
                    ended=None if episode.end is None else datetime.fromtimestamp(episode.end, UTC),
                    value=episode.value,
                )
            )


def _name(definition: Definition) -> str:
    return f"{definition.id}@{definition.version}"
