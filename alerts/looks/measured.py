"""What devices measure of themselves: values past a level, states, trends.

Of all series the store is asked for those whose newest value is past a rule's level; windows of
samples are read for these few, and for what is told of already.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, nextafter
from typing import Any, NamedTuple, Protocol

from sqlmodel import col, select

from alerts.judgement import in_chunks
from alerts.judging.conditions import Forecast, Measured, Rate, Side, State, Threshold
from alerts.judging.facts import Key, MeasureFacts
from alerts.looks.asking import Look, finding, verdicts, withdrawn
from alerts.looks.often import watched
from alerts.repositories.sites import SiteRepository
from alerts.rules import Clear, Finding
from drivers.readings import Kind
from inventory.assets.tags import tags_of
from inventory.days import day_of
from inventory.models import Device, Lifecycle, School
from inventory.repositories.schools import stands

#: Metrics of which one part that is bad says all: the hottest sensor, the busiest processor.
_AS_ONE = frozenset(
    {
        "temperature_celsius",
        "cpu_ratio",
        "memory_used_ratio",
        "battery_runtime_seconds",
        "port_in_broadcast_packets_per_second",
        "lamp_ok",
    }
)
#: A value that is older than this says nothing of now, milliseconds.
_NOW = 900_000
#: Clocks of agents may be ahead of ours by this much.
_AHEAD = 3_600_000


class Vitals(Protocol):
    """What this look asks of a metric store; times are milliseconds."""

    def beyond(
        self, metric: str, level: float, *, above: bool, since: int
    ) -> Mapping[tuple[str, str], tuple[int, float]]: ...

    def aggregate(
        self, metric: str, *, start: int, end: int, how: Any
    ) -> Mapping[tuple[str, str], float]: ...

    def samples_of(
        self, metrics: Collection[str], subjects: Collection[str], *, start: int, end: int
    ) -> Mapping[tuple[str, str, str], tuple[Any, Any]]: ...


class _Part(NamedTuple):
    """A part of a device; empty where the worst of all parts counts."""

    device: str
    part: str


class _Place(NamedTuple):
    path: str
    kind: Kind
    model: str
    tags: frozenset[str]


def measured_faults(
    look: Look, store: Vitals, *, but: tuple[type[Measured], ...] = ()
) -> Iterator[Finding | Clear]:
    """What values say that alerts do not say yet.

    Args:
        look: who looks.
        store: the readings.
        but: conditions that are left for another time. Forecasts read weeks and change in hours,
            rates read what all devices measured lately.
    """
    rules: dict[str, list[Measured]] = defaultdict(list)
    for one in look.rules.definitions:
        if isinstance(one.condition, Measured) and one.enabled:
            rules[one.rule].append(one.condition)
    for rule, conditions in rules.items():
        if not any(isinstance(one, but) for one in conditions):
            yield from _of_rule(look, store, rule, conditions)


def _of_rule(
    look: Look, store: Vitals, rule: str, conditions: Sequence[Measured]
) -> Iterator[Finding | Clear]:
    standing = look.standing(rule)
    told = {_Part(key.subject, key.part) for key in standing}
    bad: dict[Measured, set[_Part]] = {one: _past(look, store, one) for one in conditions}
    asked = {one for one in told.union(*bad.values()) if look.asks(one.device)}
    places = _places(look, {one.device for one in asked})
    wanted: dict[Measured, set[str]] = defaultdict(set)
    gone: set[_Part] = set()
    for one in asked:
        place = places.get(one.device)
        condition = None if place is None else _condition(look, rule, place)
        if condition is None:
            gone |= {one} & told
        elif (one in bad.get(condition, ())) is not (one in told):
            # Of what is told of and still bad nothing is new.
            wanted[condition].add(one.device)
    for one in gone:
        yield withdrawn(Key(rule, *one))
    facts: dict[str, list[MeasureFacts]] = defaultdict(list)
    for condition, devices in wanted.items():
        for fact in _facts(look, store, rule, condition, devices):
            is_told = _Part(fact.subject, fact.part) in told
            if condition.clears(fact.samples) if is_told else condition.fires(fact.samples):
                facts[fact.subject].append(fact)
    rows = watched(look, facts)
    repository = SiteRepository(look.session, look.scope, look.rules, look.moments)
    sites = (
        replace(site, measures=[fact for one in site.devices for fact in facts.get(one, ())])
        for site in repository.sites(rows, {}, standing)
    )
    for verdict in verdicts(look, sites, rule):
        yield verdict if isinstance(verdict, Clear) else finding(verdict)


def _past(look: Look, store: Vitals, condition: Measured) -> set[_Part]:
    """Parts of which the newest value alone does not say that all is well."""
    now = int(look.moments.now.timestamp() * 1_000)
    above, level = True, -inf
    if isinstance(condition, Threshold):
        above, level = condition.side is Side.above, condition.level
    elif isinstance(condition, State):
        above, level = False, nextafter(max(condition.values), inf)
    elif isinstance(condition, Forecast) and condition.side is Side.above:
        # A line through nothing below zero that gets there in time has come at least so far.
        level = condition.level / (1 + 2 * condition.within / condition.over) * 0.999
    found = store.beyond(condition.metric, level, above=above, since=now - _NOW)
    if isinstance(condition, State):
        found = {one: what for one, what in found.items() if what[1] in condition.values}
    if isinstance(condition, Rate):
        found = _moved(store, condition, found, now, look.moments.pace)
    return {_part(condition, device, part) for device, part in found}


def _moved(
    store: Vitals,
    condition: Rate,
    found: Mapping[tuple[str, str], tuple[int, float]],
    now: int,
    pace: float,
) -> Mapping[tuple[str, str], tuple[int, float]]:
    """Those that have risen or fallen by enough."""
    rises = condition.side is Side.above
    start = now - int(condition.within * pace * 1_000)
    before = store.aggregate(
        condition.metric, start=start, end=now + _AHEAD, how="min" if rises else "max"
    )
    way = 1 if rises else -1
    return {
        one: what
        for one, what in found.items()
        if one in before and way * (what[1] - before[one]) >= condition.by
    }


def _part(condition: Measured, device: str, part: str) -> _Part:
    return _Part(device, "" if condition.metric in _AS_ONE else part)


def _condition(look: Look, rule: str, place: _Place) -> Measured | None:
    """What the rule looks for at a device; ``None``: nothing."""
    of_device = look.rules.of(Measured, *place)  # type: ignore[type-abstract]
    return next((condition for one, condition in of_device if one.rule == rule), None)


def _facts(
    look: Look, store: Vitals, rule: str, condition: Measured, devices: Collection[str]
) -> Iterator[MeasureFacts]:
    """Samples of devices within a rule's window, by part; of some metrics the worst of all."""
    now, pace = look.moments.now.timestamp(), look.moments.pace
    end = int(now * 1_000)
    start = end - int(condition.window * pace * 1_000)
    found: dict[_Part, dict[int, float]] = defaultdict(dict)
    is_low = isinstance(condition, State) or getattr(condition, "side", "") == Side.below
    worst = min if is_low else max
    for some in in_chunks(devices):
        curves = store.samples_of([condition.metric], some, start=start, end=end + _AHEAD)
        for (device, _, part), (times, values) in curves.items():
            samples = found[_part(condition, device, part)]
            for at, value in zip(times.tolist(), values.tolist(), strict=True):
                samples[at] = worst(samples.get(at, value), value)
    for one, samples in found.items():
        yield MeasureFacts(
            subject=one.device,
            rule=rule,
            part=one.part,
            samples=[(now - (now - at / 1_000) / pace, samples[at]) for at in sorted(samples)],
        )


def _places(look: Look, devices: Collection[str]) -> Mapping[str, _Place]:
    """Where devices are that are in service in open schools within the scope, and what they are."""
    query: Any = (
        select(Device.id, School.path, Device.kind, Device.model)
        .add_columns(col(Device.custom_fields))
        .join(School, col(School.code) == Device.school_code)
        .where(
            col(Device.lifecycle) == Lifecycle.in_service,
            look.scope.condition(col(School.path)),
            stands(day_of(look.moments.now)),
        )
    )
    return {
        device: _Place(path, Kind(kind), model or "", tags_of(fields))
        for some in in_chunks(devices)
        for device, path, kind, model, fields in look.session.exec(
            query.where(col(Device.id).in_(some))
        )
    }
