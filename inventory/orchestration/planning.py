"""Random minutes for the tests of a day: inside school hours, under the cap, every hour in turn.

Pure. A test has a minute of its own: two directions of 15 s each fit into it, and it begins at a
random second that leaves them room. Minutes are drawn by an HMAC of the line and the day, so that
whoever knows the key can draw them again and nobody else can foresee them.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from math import ceil
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from inventory.orchestration.load import Load

#: From and until just before: milliseconds since 1970.
Span = tuple[int, int]
#: Minutes since 1970, from and until just before.
Minutes = tuple[int, int]
#: China keeps UTC+8 all year, and an installation serves one city (``inventory.calendars``).
_OFFSET_MINUTES = 8 * 60
_MINUTE, _HOUR, _DAY = 60_000, 60, 24 * 60
#: A test takes at most so long, both directions together; the minute's rest is for its beginning.
TEST_SECONDS = 40
#: Minutes between the beginnings of two tests from one box.
APART = 5
#: Minutes that are drawn blindly before the free ones of the hour are counted.
_DRAWS = 12


class Count(NamedTuple):
    """What of a month is planned for a line: tests by hour of the day, and of the weekday."""

    hours: dict[int, int]
    pairs: dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class LineDay:
    """A line on one day.

    Args:
        line: its id, and the way where it is not the inner one: what is drawn for.
        box: what tests it; two tests from one box are kept apart.
        bits_per_second: a test carries at most, a direction.
        load: whose share it takes, by name.
        spans: school hours of the day that count, in order and apart.
        number: tests wanted.
        count: what the month has already, so that hours take turns.
        taken: minutes of the box's tests that stand already.
        first: hours of the day that are wanted before all others.
    """

    line: str
    box: str
    bits_per_second: int
    spans: Sequence[Span]
    number: int
    count: Count = field(default_factory=lambda: Count({}, {}))
    taken: tuple[int, ...] = ()
    first: frozenset[int] = frozenset()
    load: str = ""


class Moment(NamedTuple):
    """A line is to be tested at ``at``, milliseconds since 1970."""

    line: str
    at: int


def plan_day(
    key: bytes, day: date, lines: Iterable[LineDay], loads: Mapping[str, Load]
) -> list[Moment]:
    """When each line is tested on a day; fewer tests than wanted where the cap leaves no room.

    The order of the lines decides nothing: whose turn it is to draw is drawn as well.

    Args:
        key: secret.
        day: by the schools' clock.
        lines: each line once.
        loads: what stands already, by the share it takes; they take the tests that are placed.
    """
    drawn = sorted(((_seed(key, day, one.line), one) for one in lines), key=lambda pair: pair[0])
    stand: dict[str, set[int]] = {}
    for _, one in drawn:
        stand.setdefault(one.box, set()).update(one.taken)
    taken = {box: list(minutes) for box, minutes in stand.items()}
    return [
        Moment(one.line, at)
        for seed, one in drawn
        for at in _placed(one, Random(seed), loads[one.load], taken[one.box])  # noqa: S311 (secret)
    ]


def number_of_day(wanted: int, planned: int, days_left: int, most: int) -> int:
    """How many tests a day gets, so that the month has enough and no day many more than another.

    Args:
        wanted: in the month.
        planned: of the month's days before this one.
        days_left: school days of the month from this one on.
        most: of one day.
    """
    if days_left <= 0:
        return 0
    return min(most, ceil(max(0, wanted - planned) / days_left))


def minute_of(at: int) -> int:
    """The minute a moment lies in."""
    return at // _MINUTE


def hour_of(at: int) -> tuple[int, int]:
    """Weekday (Monday is 0) and hour of the day of a moment, by the schools' clock."""
    local = at // _MINUTE + _OFFSET_MINUTES
    return (local // _DAY + 3) % 7, local // _HOUR % 24


@lru_cache(maxsize=4096)
def minutes_by_hour(spans: tuple[Span, ...]) -> Mapping[tuple[int, int], tuple[Minutes, ...]]:
    """Whole minutes of spans by weekday and hour of the day."""
    found: dict[tuple[int, int], list[Minutes]] = {}
    for begin, end in spans:
        minute, last = -(-begin // _MINUTE), end // _MINUTE
        while minute < last:
            until = min(last, minute - (minute + _OFFSET_MINUTES) % _HOUR + _HOUR)
            found.setdefault(hour_of(minute * _MINUTE), []).append((minute, until))
            minute = until
    return MappingProxyType({hour: tuple(some) for hour, some in found.items()})


def _seed(key: bytes, day: date, line: str) -> int:
    told = hmac.new(key, f"{day.isoformat()} {line}".encode(), sha256).digest()
    return int.from_bytes(told[:16])


def _placed(one: LineDay, dice: Random, load: Load, taken: list[int]) -> list[int]:
    """Moments of one line's tests; ``taken`` are the box's minutes, these among them afterwards."""
    by_hour = minutes_by_hour(tuple(one.spans))
    ranked = sorted(by_hour, key=lambda hour: (*_turn(hour, by_hour[hour], one), dice.random()))
    found: list[int] = []
    full: set[tuple[int, int]] = set()
    for turn in range(one.number * max(1, len(ranked))):
        if len(found) == one.number or len(full) == len(ranked):
            break
        hour = ranked[turn % len(ranked)]
        minute = None if hour in full else _drawn(by_hour[hour], one, dice, load, taken)
        if minute is None:
            full.add(hour)
            continue
        load.take(minute, one.bits_per_second)
        taken.append(minute)
        found.append(minute * _MINUTE + dice.randrange((60 - TEST_SECONDS) * 1000))
    return sorted(found)


def _turn(hour: tuple[int, int], spans: Sequence[Minutes], one: LineDay) -> tuple[bool | int, ...]:
    """What comes first: what is wanted, whole hours, those never sampled, those sampled least."""
    weekday, of_day = hour
    sampled = one.count.hours.get(of_day, 0)
    is_whole = 2 * sum(until - since for since, until in spans) >= _HOUR
    pairs = one.count.pairs.get((weekday, of_day), 0)
    return of_day not in one.first, not is_whole, sampled > 0, pairs, sampled


def _drawn(
    spans: Sequence[Minutes], one: LineDay, dice: Random, load: Load, taken: Sequence[int]
) -> int | None:
    """A random minute of an hour that is free; ``None`` where there is none."""
    length = sum(until - since for since, until in spans)
    for _ in range(_DRAWS):
        minute = _at(spans, dice.randrange(length))
        if _is_free(minute, one, load, taken):
            return minute
    free = [
        minute
        for since, until in spans
        for minute in range(since, until)
        if _is_free(minute, one, load, taken)
    ]
    return dice.choice(free) if free else None


def _is_free(minute: int, one: LineDay, load: Load, taken: Sequence[int]) -> bool:
    return load.fits(minute, one.bits_per_second) and all(
        abs(minute - other) >= APART for other in taken
    )


def _at(spans: Sequence[Minutes], distance: int) -> int:
    for since, until in spans:
        if distance < until - since:
            return since + distance
        distance -= until - since
    return spans[-1][0]
