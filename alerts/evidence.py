"""What the rules are shown: windows made from the inventory and from readings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from alerts.rules import BandwidthWindow, Direction
from inventory.standards.access import AccessTarget

#: Metric of the active tests, by direction.
SPEED = {
    Direction.down: "speedtest_download_bits_per_second",
    Direction.up: "speedtest_upload_bits_per_second",
}
#: Tests older than this say nothing about a line of today.
LOOK_BACK = timedelta(days=7)
#: The newest tests that are judged; the smallest number in the verdict's table.
TESTS = 14
#: Clocks of agents may be ahead of ours by this much.
_AHEAD = 3_600_000


class Curve(Protocol):
    """Values over time of one metric of one part."""

    @property
    def part(self) -> str: ...
    @property
    def times(self) -> Sequence[int]: ...
    @property
    def values(self) -> Sequence[float | None]: ...


class Readings(Protocol):
    """What the rules ask of a metric store; times are milliseconds since the epoch, UTC."""

    def series(
        self, subject: str, metrics: Collection[str], *, start: int, end: int
    ) -> Sequence[Curve]: ...

    def latest(
        self, subjects: Collection[str], metrics: Collection[str], *, since: int
    ) -> Mapping[tuple[str, str, str], tuple[int, float]]: ...


def newest_tests(
    store: Readings, lines: Collection[str], now: int, outside: Collection[str] = ()
) -> Mapping[tuple[str, Direction], float]:
    """The newest test of every line in either direction, bit/s.

    Args:
        store: the readings.
        lines: their ids.
        now: milliseconds.
        outside: servers beyond the outlet to the Internet; tests to them count where there are no
            others, for they say nothing bad of a school's access.
    """
    ways = {metric: direction for direction, metric in SPEED.items()}
    since = now - LOOK_BACK // timedelta(milliseconds=1)
    newest: dict[tuple[str, Direction], tuple[bool, int, float]] = {}
    for (line, metric, server), test in store.latest(lines, SPEED.values(), since=since).items():
        key, ranked = (line, ways[metric]), (server not in outside, *test)
        newest[key] = max(ranked, newest.get(key, ranked))
    return {key: value for key, (_, _, value) in newest.items()}


def bandwidth_window(
    store: Readings,
    line: str,
    direction: Direction,
    target: float,
    now: int,
    *,
    outside: Collection[str] = (),
    without: Sequence[tuple[int, int]] = (),
) -> BandwidthWindow:
    """The last ``TESTS`` tests of a line within ``LOOK_BACK``; of servers as newest tests are.

    Tests made in one of the stretches ``without`` (milliseconds, ends not included) do not count.
    """
    since = now - LOOK_BACK // timedelta(milliseconds=1)
    curves = store.series(line, [SPEED[direction]], start=since, end=now + _AHEAD)
    within = [curve for curve in curves if curve.part not in outside]
    tests = sorted(
        (at, value)
        for curve in within or curves
        for at, value in zip(curve.times, curve.values, strict=True)
        if value is not None and not any(begin <= at < end for begin, end in without)
    )
    return BandwidthWindow(
        subject=line,
        direction=direction,
        target=target,
        measured=[value for _, value in tests[-TESTS:]],
    )


def demanded(target: AccessTarget | None) -> dict[Direction, float]:
    """Bit/s that access targets ask for, by the directions they speak of."""
    if target is None:
        return {}
    asked = {Direction.down: target.down, Direction.up: target.up}
    return {way: float(mbps) * 1_000_000 for way, mbps in asked.items() if mbps is not None}
