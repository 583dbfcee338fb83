"""Causes that meet at one school: each is told of once, as somebody who knew both would tell them.

The days of these schools are those of the simulated year, in which causes keep out of each other's
way.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random

import pytest

from alerts.judging.facts import Quiet
from tests.alerts.year.county import School, build_hours, build_school, moment
from tests.alerts.year.living import Year, _Group
from tests.alerts.year.planting import DAY, HOUR

MINUTE = 60.0
FIRST, DAYS = date(2025, 9, 1), 5
#: A Tuesday morning.
BEGIN = moment(FIRST) + 1.4 * DAY
SILENT, LINE, MAINS = "agent_silent agent", "line_down line", "power_cut ups"
Event = tuple[object, ...]
Story = Callable[[School], Iterable[Event]]


def dead(device: str, since: float, until: float) -> list[Event]:
    """Hours after the beginning in which a device is dead."""
    return [(since, "fault", device, 1), (until, "fault", device, -1)]


def cut(school: School, since: float, until: float) -> list[Event]:
    return [(since, "line", school, True), (until, "line", school, False)]


def dark(school: School, since: float, until: float) -> Event:
    return (since, "mains", school, BEGIN + until * HOUR)


def quiet(school: School, until: float, *devices: str) -> Event:
    span = Quiet(BEGIN, BEGIN + until * HOUR, frozenset(devices))
    return (-1 / 60, "quiet", school, [span])


def switched_on(school: School, at: float) -> list[Event]:
    return [(at, "switch", name, True) for name in school.devices]


def sw(school: School, number: int) -> str:
    return f"{school.code}-sw{number}"


def leaf(school: School) -> str:
    """A camera on the first switch."""
    kinds = {name: school.devices[name].kind.value for name in school.children[sw(school, 0)]}
    return next(name for name, kind in kinds.items() if kind == "camera")


def restarts(school: School) -> Iterable[Event]:
    for turn in range(12):
        yield (turn / 6, "agent", 1)
        yield (turn / 6 + 0.05, "agent", -1)


def flapping_line(school: School) -> Iterable[Event]:
    for turn in range(6):
        yield from cut(school, turn / 5, turn / 5 + 8 / 60)


#: Names, place of the school (4: polled from its neighbour's), what happens, what is told.
STORIES: dict[str, tuple[int, Story, list[str]]] = {
    "switch dies in a cut": (
        0,
        lambda s: [*cut(s, 0, 2), *dead(sw(s, 0), 1, 5)],
        [SILENT, "device_down sw0"],
    ),
    "and is back before": (0, lambda s: [*cut(s, 0, 2), *dead(sw(s, 0), 0.5, 1)], [SILENT]),
    "switch dies in a cut, polled from elsewhere": (
        4,
        lambda s: [*cut(s, 0, 2), *dead(sw(s, 0), 1, 5)],
        [LINE, "device_down sw0"],
    ),
    "switch dies just before the line": (
        4,
        lambda s: [*cut(s, 0, 2), *dead(sw(s, 0), -0.01, 5)],
        [LINE, "device_down sw0"],
    ),
    "leaf dies with its switch and stays": (
        0,
        lambda s: [*dead(sw(s, 0), 0, 1), *dead(leaf(s), 0.01, 9)],
        ["device_down sw0", "device_down leaf"],
    ),
    "leaf dies in a power cut": (
        0,
        lambda s: [dark(s, 0, 2), *dead(leaf(s), 1, 9)],
        [MAINS, "device_down leaf"],
    ),
    "leaf was dead before": (
        0,
        lambda s: [dark(s, 0, 2), *dead(leaf(s), -1, 9)],
        [MAINS, "device_down leaf"],
    ),
    "mains away for three days": (0, lambda s: [dark(s, 0, 70)], [MAINS]),
    "mains away for three days, polled from elsewhere": (4, lambda s: [dark(s, 0, 70)], [MAINS]),
    "mains away twice": (
        0,
        lambda s: [dark(s, 0, 0.5), dark(s, 0.55, 1.2), *switched_on(s, 1.5)],
        [MAINS],
    ),
    "battery dies with the mains, then a switch": (
        0,
        lambda s: [dark(s, 0, 2), *dead(f"{s.code}-ups", 1, 70), *dead(sw(s, 1), 10, 48)],
        [MAINS, "device_down ups", "device_down sw1"],
    ),
    "dead after maintenance": (
        0,
        lambda s: [quiet(s, 2, sw(s, 0)), *dead(sw(s, 0), 1, 5)],
        ["device_down sw0"],
    ),
    "leaf of a switch in maintenance": (
        0,
        lambda s: [quiet(s, 2, sw(s, 0)), *dead(sw(s, 0), 1, 1.5), *dead(leaf(s), 1, 5)],
        ["device_down leaf"],
    ),
    "dies as maintenance ends": (
        0,
        lambda s: [quiet(s, 2), *dead(sw(s, 0), 1.995, 5)],
        ["device_down sw0"],
    ),
    "box restarts while a switch dies": (
        0,
        lambda s: [(0, "agent", 1), (0.05, "agent", -1), *dead(sw(s, 0), 0.01, 3)],
        ["device_down sw0"],
    ),
    "box restarts again and again": (
        0,
        lambda s: [*restarts(s), *dead(sw(s, 0), 0.01, 3)],
        ["device_down sw0"],
    ),
    "two switches within a minute": (
        0,
        lambda s: [*dead(sw(s, 0), 0, 3), *dead(sw(s, 1), 0.01, 3)],
        ["device_down sw0", "device_down sw1"],
    ),
    "core and a switch": (
        0,
        lambda s: [*dead(f"{s.code}-core", 0, 2), *dead(sw(s, 1), 0.01, 5)],
        [SILENT, "device_down sw1"],
    ),
    "line comes and goes": (0, flapping_line, [SILENT]),
    "line and mains, told by another way": (
        1,
        lambda s: [*cut(s, 0, 4), dark(s, 1, 3)],
        [LINE, MAINS],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_each_cause_is_told_of_once(name: str) -> None:
    place, story, expected = STORIES[name]
    random, start, year = Random(1), moment(FIRST), Year([])  # noqa: S311
    hours, _ = build_hours(FIRST, FIRST + timedelta(days=DAYS))
    schools = [build_school(one, random, 100, start) for one in sorted({place - place // 4, place})]
    school = schools[-1]
    group = _Group(schools, year, random, start, hours)
    group.at(start + HOUR, "lost", f"{school.code}-core")
    for at, what, *arguments in story(school):
        group.at(BEGIN + float(at) * HOUR, str(what), *arguments)  # type: ignore[arg-type]
    group.live(moment(FIRST + timedelta(days=DAYS)))
    names = {leaf(school): "leaf"}
    told = [
        f"{one.key.rule} {names.get(one.key.subject, one.key.subject.rpartition('-')[2])}"
        for one in year.told
    ]
    assert sorted(told) == sorted(expected)
    assert not any(one.standing for one in group.watches.values())
