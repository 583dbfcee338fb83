"""Readings of lines: what their uplinks carried, whether probes were answered, speed tests."""

from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.seed.blocks import (
    DAY,
    HOUR,
    Block,
    Floats,
    Stretch,
    Times,
    blank,
    column,
    daily,
    grid,
    laid_out,
    of_profiles,
)
from controller.seed.faults import GOODPUT
from controller.seed.shapes import Profile, shapes
from controller.seed.terms import CHINA, DayKind, day_kind, is_vacation
from controller.seed.watched import Lines, Watched, milliseconds
from drivers.readings import LineTestOutcome
from inventory.calendars.statutory import statutory_days

#: Where tests and probes go to. Names that nobody has (RFC 2606).
TEST_SERVER: Final = "https://speedtest.example"
REFERENCE: Final = "reference.example"
#: 08:00 - 22:00 in China, in hours of UTC; only where pupils live there is the evening tested.
TESTED_HOURS: Final = range(14)
_DAY_HOURS: Final = 10
#: Above this share of its capacity a busy line slows tests down.
_BUSY: Final = 0.45
_MINUTE: Final = 60_000
#: A box tests one way after the other.
_LATER: Final = 6 * _MINUTE
#: Minutes of the day in China: lessons, and evenings where pupils live there.
_LESSONS: Final = (8 * 60, 17 * 60 + 30)
_EVENING: Final = (18 * 60, 21 * 60 + 30)
_OFFSET: Final = int(CHINA.utcoffset(None).total_seconds() * 1000)
_FIRST: Final = date(1970, 1, 1)


def uplinks(watched: Watched, stretch: Stretch, dice: np.random.Generator) -> Block:
    """What came and went through the ports that lines arrive on."""
    lines, rows = watched.lines, slice(stretch.first, stretch.last)
    times = grid(stretch, watched.spec.every * 1000)
    shape = of_profiles(lines.profile[rows], times)
    busy = np.exp(0.22 * dice.standard_normal(shape.shape)) * daily(times, len(shape), dice)
    carries = column(lines.carries_down[rows])
    down = np.minimum(column(lines.peak[rows]) * shape * busy + 2e4, 0.97 * carries)
    share = dice.uniform(0.08, 0.24, len(shape))[:, None]
    up = down * share * np.exp(0.3 * dice.standard_normal(shape.shape))
    up = np.minimum(up, 0.97 * column(lines.carries_up[rows]))
    blank(down, lines.outages, stretch, times, 0.0)
    up[down == 0.0] = 0.0
    names = list(zip(lines.gateway[rows], lines.port[rows], strict=True))
    series = [(device, "port_in_bits_per_second", port) for device, port in names]
    series += [(device, "port_out_bits_per_second", port) for device, port in names]
    values = [np.rint(down), np.rint(up)]
    _hide(watched, stretch, times, values)
    return laid_out(series, times, np.concatenate(values))


def probes(watched: Watched, stretch: Stretch, dice: np.random.Generator) -> Block:
    """Round trips and losses: each minute of school hours, at other times as often as traffic.

    Traffic is not told of the days before ``CitySpec.recent``, and neither are probes at night.
    """
    lines, rows = watched.lines, slice(stretch.first, stretch.last)
    minutes = grid(stretch, _MINUTE)
    recent, every = milliseconds(watched.spec.recent), watched.spec.every * 1000
    often = (minutes >= recent) & (minutes % every == 0)
    lessons, evening = _taught(minutes)
    boards = np.array(lines.profile[rows]) == Profile.boarding_school
    chosen = often | lessons | (evening & boards.any())
    times, often, evening = minutes[chosen], often[chosen], evening[chosen]
    if not len(times):
        return laid_out([], times, np.empty((0, 0)))
    shape = of_profiles(lines.profile[rows], times)
    use = column(lines.peak[rows]) * shape / column(lines.carries_down[rows])
    full = np.maximum(0.0, np.minimum(use * daily(times, len(shape), dice), 0.97) - 0.8)
    trip = column(lines.latency[rows]) * (1 + 18 * full + 0.12 * dice.random(shape.shape))
    loss = np.where((full > 0.1) & (dice.random(shape.shape) < 0.4), 0.2, 0.0)  # noqa: PLR2004
    blank(trip, lines.outages, stretch, times, np.nan)
    blank(loss, lines.outages, stretch, times, 1.0)
    values = [np.round(trip, 5), loss]
    _hide(watched, stretch, times, values)
    if boards.any():
        asleep = ~boards[:, None] & (evening & ~often)[None, :]
        for some in values:
            some[asleep] = np.nan
    series = [(line, "ping_round_trip_seconds", REFERENCE) for line in lines.line[rows]]
    series += [(line, "ping_loss_ratio", REFERENCE) for line in lines.line[rows]]
    return laid_out(series, times, np.concatenate(values))


def _taught(times: Times) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which times are lessons, and which are evenings of self-study."""
    local = times + _OFFSET
    days, minutes = local // DAY, local % DAY // _MINUTE
    first, last = int(days.min()), int(days.max())
    known = [(_FIRST + timedelta(days=day)) for day in range(first, last + 1)]
    lessons, evenings = (
        np.array([kind(day) for day in known])[days - first] for kind in (_has_lessons, _has_study)
    )
    return (
        lessons & (minutes >= _LESSONS[0]) & (minutes < _LESSONS[1]),
        evenings & (minutes >= _EVENING[0]) & (minutes < _EVENING[1]),
    )


def _has_lessons(day: date) -> bool:
    """Also on Saturdays and Sundays that are worked for a holiday elsewhere (调休)."""
    return day_kind(day) is DayKind.lessons or (day in _worked(day.year) and not is_vacation(day))


def _has_study(day: date) -> bool:
    """Pupils come back on the evening before lessons."""
    return not is_vacation(day)


@cache
def _worked(year: int) -> frozenset[date]:
    return frozenset(statutory_days(year, year).worked)


def _hide(watched: Watched, stretch: Stretch, times: Times, values: list[Floats]) -> None:
    """Nothing is known while a box is silent, or was away."""
    lines = watched.lines
    silent = times[None, :] >= np.array(lines.silent[stretch.first : stretch.last])[:, None]
    for some in values:
        some[silent] = np.nan
        blank(some, lines.gaps, stretch, times, np.nan)


def tests(watched: Watched, stretch: Stretch, dice: np.random.Generator) -> Block:
    """One test an hour at a minute of its own; each row of a line has its own times."""
    lines, rows = watched.lines, slice(stretch.first, stretch.last)
    days = np.arange(stretch.start // DAY * DAY, stretch.end, DAY, dtype=np.int64)
    hours = (days[:, None] + np.array(TESTED_HOURS, dtype=np.int64)[None, :] * HOUR).ravel()
    size = len(lines.line[rows]), len(hours)
    times = hours[None, :] + dice.integers(0, 3_600, size) * 1000
    every = shapes(times.ravel()).reshape(len(Profile), *size)
    profile = np.array(lines.profile[rows], dtype=np.int64)
    shape = np.take_along_axis(every, profile[None, :, None], axis=0)[0]
    carries, rises = column(lines.carries_down[rows]), column(lines.carries_up[rows])
    use = column(lines.peak[rows]) * shape * np.exp(0.15 * dice.standard_normal(size)) / carries
    room = np.clip(1.05 - 0.9 * np.maximum(0.0, use - _BUSY), 0.3, 1.0)
    # Now and then a test is disturbed by something that nobody will ever know.
    room = np.where(dice.random(size) < 0.015, room * dice.uniform(0.3, 0.85, size), room)  # noqa: PLR2004
    down = carries * GOODPUT * room * (1 - np.abs(0.008 * dice.standard_normal(size)))
    up = rises * GOODPUT * np.sqrt(room) * (1 - np.abs(0.008 * dice.standard_normal(size)))
    latency = column(lines.latency[rows]) * (1 + 6 * np.maximum(0, use - 0.8))
    latency = latency * (1 + 0.1 * dice.random(size))
    jitter = latency * dice.uniform(0.03, 0.2, size)
    outcome = np.zeros(size)
    dead = np.zeros(size, dtype=bool)
    for off in lines.outages:
        row = off.first - stretch.first
        if 0 <= row < size[0] and off.begin < stretch.end and off.end > stretch.start:
            dead[row] |= (times[row] >= off.begin) & (times[row] < off.end)
    outcome[dead] = LineTestOutcome.line_down
    down[dead] = up[dead] = 0.0
    latency[dead] = jitter[dead] = np.nan
    busy = ~dead & (dice.random(size) < 0.004)  # noqa: PLR2004
    outcome[busy] = LineTestOutcome.server_busy
    down[busy] = up[busy] = np.nan
    port = column(lines.box_port[rows])
    weak = np.isfinite(port[:, 0])
    # What a port lets through of its rate, in any direction.
    down, up = (np.minimum(rate, port * GOODPUT * (0.99 + 0.01 * room)) for rate in (down, up))
    known = (
        (times >= stretch.start)
        & (times < stretch.end)
        & (times < np.array(lines.silent[rows])[:, None])
        & (dice.random(size) < column(lines.tested[rows]))
    )
    boards = profile == Profile.boarding_school
    known &= boards[:, None] | np.tile(np.array(TESTED_HOURS) < _DAY_HOURS, len(days))[None, :]
    for off in lines.gaps:
        row = off.first - stretch.first
        if 0 <= row < size[0]:
            known[row] &= (times[row] < off.begin) | (times[row] >= off.end)
    metrics = {
        "speedtest_download_bits_per_second": np.rint(down),
        "speedtest_upload_bits_per_second": np.rint(up),
        "speedtest_latency_seconds": np.round(latency, 5),
        "speedtest_jitter_seconds": np.round(jitter, 5),
        "speedtest_outcome": outcome,
    }
    names = [(line, metric, TEST_SERVER) for metric in metrics for line in lines.line[rows]]
    parts = [*metrics.values(), np.repeat(port[weak], size[1], axis=1)]
    names += [
        (line, "speedtest_box_port_bits_per_second", TEST_SERVER)
        for line, is_weak in zip(lines.line[rows], weak, strict=True)
        if is_weak
    ]
    chosen = [np.tile(known, (len(metrics), 1)), known[weak]]
    at = [np.tile(times, (len(metrics), 1)), times[weak]]
    across = _across(lines, stretch, times, known, (down, up, outcome), dice=dice)
    names += across.names
    index = np.repeat(np.arange(len(names), dtype=np.int32), size[1])
    there = np.concatenate([*chosen, across.known]).ravel()
    moments = np.concatenate([*at, across.at]).ravel()
    values = np.concatenate([*parts, across.values]).ravel()
    return Block(names, moments[there], index[there], values[there])


class _Across(NamedTuple):
    """Rows of tests across the outlet: names, and which of them are known, when and what."""

    names: list[tuple[str, str, str]]
    known: NDArray[np.bool_]
    at: Times
    values: Floats


def _across(
    lines: Lines,
    stretch: Stretch,
    times: Times,
    known: NDArray[np.bool_],
    rates: tuple[Floats, Floats, Floats],
    *,
    dice: np.random.Generator,
) -> _Across:
    """The same lines a little later to a server outside; what comes through is the outlet's."""
    beyond = np.array(lines.outside[stretch.first : stretch.last])
    crosses = np.isfinite(beyond)
    chosen = [line for line, one in zip(lines.line[stretch.first :], crosses, strict=False) if one]
    down, up, outcome = (rate[crosses] for rate in rates)
    through = beyond[crosses][:, None] * (1 - np.abs(0.02 * dice.standard_normal(down.shape)))
    later = times[crosses] + _LATER
    told = ("download_bits_per_second", "upload_bits_per_second", "outcome")
    return _Across(
        [(line, f"speedtest_{name}", lines.outside_server) for name in told for line in chosen],
        np.tile(known[crosses] & (later < stretch.end), (len(told), 1)),
        np.tile(later, (len(told), 1)),
        np.concatenate([*(np.rint(np.minimum(rate, through)) for rate in (down, up)), outcome]),
    )
