"""What goes wrong in a year, and what only looks like it: planted, so that it can be counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from alerts.judging.facts import DeviceFacts, Key
from drivers.readings import Kind
from tests.alerts.year.county import CLASSROOM, School

HOUR, DAY = 3_600.0, 86_400.0
#: How often each root is planted, of three hundred.
SHARES = {
    "device": 75,
    "classroom": 40,
    "switch": 45,
    "line": 45,
    "power": 45,
    "port": 35,
    "agent": 15,
}


@dataclass(frozen=True)
class Planted:
    """One root, with every name an alert may rightly have."""

    what: str
    school: School
    subject: str
    begin: float
    end: float
    names: frozenset[Key]


@dataclass(frozen=True)
class Maintenance:
    """Devices that are taken down within hours that were announced."""

    school: School
    devices: tuple[str, ...]
    begin: float
    end: float


class Span(NamedTuple):
    """The time that is lived through, and its days of school."""

    begin: float
    end: float
    school_days: Sequence[tuple[float, float]]


def plant(schools: Sequence[School], random: Random, span: Span, roots: int) -> list[Planted]:
    """``roots`` faults; those of one school do not hide each other."""
    found: list[Planted] = []
    total = sum(SHARES.values())
    wanted = [what for what, share in SHARES.items() for _ in range(round(roots * share / total))]
    wanted += ["device"] * (roots - len(wanted))
    for what in wanted[:roots]:
        one = None
        while one is None or any(_near(one, other) for other in found):
            start = random.uniform(span.begin + DAY, span.end - 4 * DAY)
            one = _PLANTED[what](random.choice(schools), random, start, span)
        found.append(one)
    return sorted(found, key=lambda one: one.begin)


def plan_maintenance(
    schools: Sequence[School], random: Random, span: Span, planted: Sequence[Planted]
) -> Iterator[Maintenance]:
    """One for every five roots, away from them."""
    count = len(planted) // 5 + 1
    while count:
        school = random.choice(schools)
        start = random.uniform(span.begin + DAY, span.end - DAY)
        one = Maintenance(
            school,
            tuple(random.sample(school.access, 2)) if random.random() < 0.7 else (),
            start,
            start + random.uniform(1, 3) * HOUR,
        )
        if not any(
            other.school.agent_school == school.agent_school
            and start < other.end + 6 * HOUR
            and other.begin < one.end + 6 * HOUR
            for other in planted
        ):
            count -= 1
            yield one


def _near(one: Planted, other: Planted) -> bool:
    """Whether one could be seen in the light of the other only."""
    if one.school.agent_school != other.school.agent_school:
        return False
    if "classroom" in (one.what, other.what) and one.subject != other.subject:
        return False
    return one.begin < other.end + 6 * HOUR and other.begin < one.end + 6 * HOUR


def _leaves(school: School) -> list[DeviceFacts]:
    return [one for one in school.devices.values() if one.id not in school.children]


def _device(school: School, random: Random, start: float, _: Span) -> Planted:
    never = (*CLASSROOM, Kind.ups)
    device = random.choice([one.id for one in _leaves(school) if one.kind not in never])
    names = {Key("device_down", device)}
    if device == f"{school.code}-fw":
        # Nothing of the school is heard without it.
        names.add(Key("agent_silent", school.agent))
    end = start + random.uniform(0.5, 96) * HOUR
    return Planted("device", school, device, start, end, frozenset(names))


def _classroom(school: School, random: Random, start: float, span: Span) -> Planted | None:
    """Repaired after a week of school, however long the holidays are."""
    device = random.choice([one.id for one in _leaves(school) if one.kind in CLASSROOM])
    later = [day for day in span.school_days if day[0] > start]
    if len(later) < 9 or later[8][1] > span.end - DAY:
        return None
    names = frozenset({Key("device_down", device)})
    return Planted("classroom", school, device, start, later[7][1] + HOUR, names)


def _switch(school: School, random: Random, start: float, _: Span) -> Planted:
    is_core = random.random() < 0.15 and not school.is_remote
    switch = f"{school.code}-core" if is_core else random.choice(school.access)
    names = {Key("device_down", switch)}
    if is_core:
        names.add(Key("agent_silent", school.agent))
    end = start + random.uniform(0.4, 72) * HOUR
    return Planted("switch", school, switch, start, end, frozenset(names))


def _line(school: School, random: Random, start: float, _: Span) -> Planted:
    is_told = school.is_remote or school.has_other_way
    name = Key("line_down", school.line) if is_told else Key("agent_silent", school.agent)
    end = start + random.uniform(0.4, 10) * HOUR
    return Planted("line", school, school.line, start, end, frozenset({name}))


def _power(school: School, random: Random, start: float, _: Span) -> Planted:
    name = Key("power_cut", f"{school.code}-ups")
    if not school.has_ups:
        is_remote = school.is_remote
        name = Key("line_down", school.line) if is_remote else Key("agent_silent", school.agent)
    end = start + random.uniform(0.3, 6) * HOUR
    return Planted("power", school, school.code, start, end, frozenset({name}))


def _port(school: School, random: Random, start: float, _: Span) -> Planted:
    points = [one for one in _leaves(school) if one.kind is Kind.access_point]
    device = random.choice(points)
    way = device.uplinks[0]
    names = {Key("port_flapping", way.device, way.port), Key("device_down", device.id)}
    end = start + random.uniform(1.5, 10) * HOUR
    return Planted("port", school, device.id, start, end, frozenset(names))


def _agent(school: School, random: Random, start: float, _: Span) -> Planted | None:
    if school.is_remote:
        return None
    names = frozenset({Key("agent_silent", school.agent)})
    end = start + random.uniform(0.3, 48) * HOUR
    return Planted("agent", school, school.agent, start, end, names)


_PLANTED: Mapping[str, Callable[[School, Random, float, Span], Planted | None]] = {
    "device": _device,
    "classroom": _classroom,
    "switch": _switch,
    "line": _line,
    "power": _power,
    "port": _port,
    "agent": _agent,
}
