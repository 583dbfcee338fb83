"""Readings of a stretch of time, in vectorised blocks of bounded size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controller.seed.chance import noise
from controller.seed.faults import GOODPUT
from controller.seed.options import History
from controller.seed.shapes import Profile, shapes
from controller.seed.watched import Curves, Off, Watched, milliseconds
from drivers.readings import LineTestOutcome

Floats: TypeAlias = NDArray[np.float64]
Times: TypeAlias = NDArray[np.int64]

#: Where tests and probes go to. Names that nobody has (RFC 2606).
TEST_SERVER: Final = "https://speedtest.example"
REFERENCE: Final = "reference.example"
#: Samples in one block, about.
BLOCK: Final = 1_000_000
#: Vitals change slowly.
_VITALS_SECONDS: Final = 900
_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
#: 08:00 - 18:00 in China, in hours of UTC.
_TESTED_HOURS: Final = range(10)
_LONGEST: Final = 28 * _DAY
#: Above this share of its capacity a busy line slows tests down.
_BUSY: Final = 0.45
#: From so much going on, lessons are given.
_TAUGHT: Final = 0.45


@dataclass(frozen=True, slots=True)
class Block:
    """Samples as :meth:`controller.metrics.store.MetricStore.load` takes them."""

    series: Sequence[tuple[str, str, str]]
    times: Times
    index: NDArray[np.int32]
    values: Floats

    def __len__(self) -> int:
        """Gaps, which are not stored, are not counted."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the city's past, ``[start, end)`` in milliseconds, and whose readings of it.

    Args:
        what: ``tests``, ``uplinks``, ``gauges``, ``ramps`` or ``usages``.
        first: first row of that, and ``last``, the one after the last.
        samples: about how many there will be.
    """

    what: str
    start: int
    end: int
    first: int
    last: int
    samples: int


def stretches(watched: Watched) -> list[Stretch]:
    """All there is to load, rising in time."""
    spec = watched.spec
    begin, recent, until = map(milliseconds, (spec.begin, spec.recent, spec.until))
    every, vitals = spec.every * 1000, max(spec.every, _VITALS_SECONDS) * 1000
    schools = len(watched.lines.line)
    found = list(_cut("tests", begin, until, schools, 5 * len(_TESTED_HOURS) / _DAY))
    if spec.history is not History.tests:
        curves = 4 if spec.history is not History.uplinks else 2
        found += _cut("uplinks", recent, until, schools, curves / every)
    for name in ("gauges", "ramps", "usages"):
        found += _cut(name, recent, until, len(getattr(watched, name).names), 1 / vitals)
    return sorted(found, key=lambda one: (one.start, one.what, one.first))


def _cut(what: str, begin: int, end: int, rows: int, rate: float) -> Iterator[Stretch]:
    """Stretches of whole days of so many samples a row and millisecond."""
    if not rows or begin >= end:
        return
    a_day = rows * rate * _DAY
    length = int(min(_LONGEST, max(1, BLOCK // a_day) * _DAY))
    at_once = int(max(1, min(rows, BLOCK / (rate * length))))
    start = begin
    while start < end:
        # Days begin at midnight UTC, so that whatever is cut is cut at the same times.
        over = min(end, (start // _DAY * _DAY) + length)
        for first in range(0, rows, at_once):
            last = min(rows, first + at_once)
            yield Stretch(
                what, start, over, first, last, int((last - first) * rate * (over - start))
            )
        start = over


def block_of(watched: Watched, stretch: Stretch) -> Block:
    """The readings of one stretch: the same whenever it is asked for."""
    spec = watched.spec
    dice = noise(spec.seed, stretch.what, stretch.start, stretch.first)
    if stretch.what == "tests":
        return _tests(watched, stretch, dice)
    if stretch.what == "uplinks":
        return _uplinks(watched, stretch, dice)
    times = _grid(stretch, max(spec.every, _VITALS_SECONDS) * 1000)
    curves: Curves = getattr(watched, stretch.what)
    rows = slice(stretch.first, stretch.last)
    values = {"gauges": _gauges, "ramps": _ramps, "usages": _usages}[stretch.what](
        curves, rows, times, dice
    )
    _blank(values, curves.gaps, stretch, times, np.nan)
    return _laid_out(curves.names[rows], times, values)


def _grid(stretch: Stretch, step: int) -> Times:
    return np.arange(-(-stretch.start // step) * step, stretch.end, step, dtype=np.int64)


def _laid_out(names: Sequence[tuple[str, str, str]], times: Times, values: Floats) -> Block:
    """One row a series; gaps are left out."""
    index = np.repeat(np.arange(len(names), dtype=np.int32), len(times))
    return Block(names, np.tile(times, len(names)), index, values.ravel())


def _blank(
    values: Floats, offs: Sequence[Off], stretch: Stretch, times: Times, value: float
) -> None:
    """Put ``value`` wherever rows are off."""
    for off in offs:
        if off.begin >= stretch.end or off.end <= stretch.start:
            continue
        first, last = max(off.first, stretch.first), min(off.last, stretch.last)
        if first < last:
            begin, end = np.searchsorted(times, (off.begin, off.end))
            values[first - stretch.first : last - stretch.first, begin:end] = value


def _of_profiles(profiles: Sequence[int], times: Times) -> Floats:
    """What goes on in each row's school."""
    found: Floats = shapes(times)[np.array(profiles, dtype=np.int64)]
    return found


def _column(numbers: Sequence[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)[:, None]


def _uplinks(watched: Watched, stretch: Stretch, dice: np.random.Generator) -> Block:
    lines, rows = watched.lines, slice(stretch.first, stretch.last)
    times = _grid(stretch, watched.spec.every * 1000)
    shape = _of_profiles(lines.profile[rows], times)
    busy = np.exp(0.22 * dice.standard_normal(shape.shape)) * _daily(times, len(shape), dice)
    carries = _column(lines.carries_down[rows])
    down = np.minimum(_column(lines.peak[rows]) * shape * busy + 2e4, 0.97 * carries)
    share = dice.uniform(0.08, 0.24, len(shape))[:, None]
    up = down * share * np.exp(0.3 * dice.standard_normal(shape.shape))
    up = np.minimum(up, 0.97 * _column(lines.carries_up[rows]))
    _blank(down, lines.outages, stretch, times, 0.0)
    up[down == 0.0] = 0.0
    names = list(zip(lines.gateway[rows], lines.port[rows], strict=True))
    series = [(device, "port_in_bits_per_second", port) for device, port in names]
    series += [(device, "port_out_bits_per_second", port) for device, port in names]
    values = [np.rint(down), np.rint(up)]
    if watched.spec.history is not History.uplinks:
        full = np.maximum(0.0, down / carries - 0.8)
        trip = _column(lines.latency[rows]) * (1 + 18 * full + 0.12 * dice.random(shape.shape))
        loss = np.where((full > 0.1) & (dice.random(shape.shape) < 0.4), 0.2, 0.0)  # noqa: PLR2004
        dead = down == 0.0
        trip[dead], loss[dead] = np.nan, 1.0
        series += [(line, "ping_round_trip_seconds", REFERENCE) for line in lines.line[rows]]
        series += [(line, "ping_loss_ratio", REFERENCE) for line in lines.line[rows]]
        values += [np.round(trip, 5), loss]
    silent = times[None, :] >= np.array(lines.silent[rows])[:, None]
    for some in values:
        some[silent] = np.nan
    return _laid_out(series, times, np.concatenate(values))


def _daily(times: Times, rows: int, dice: np.random.Generator) -> Floats:
    """A factor a day: no two days are alike."""
    days = times // _DAY
    factors: Floats = np.exp(0.12 * dice.standard_normal((rows, int(days[-1] - days[0]) + 1)))
    return factors[:, days - days[0]]


def _tests(watched: Watched, stretch: Stretch, dice: np.random.Generator) -> Block:
    """One test an hour at a minute of its own; each row of a line has its own times."""
    lines, rows = watched.lines, slice(stretch.first, stretch.last)
    days = np.arange(stretch.start // _DAY * _DAY, stretch.end, _DAY, dtype=np.int64)
    hours = (days[:, None] + np.array(_TESTED_HOURS, dtype=np.int64)[None, :] * _HOUR).ravel()
    size = len(lines.line[rows]), len(hours)
    times = hours[None, :] + dice.integers(0, 3_600, size) * 1000
    every = shapes(times.ravel()).reshape(len(Profile), *size)
    profile = np.array(lines.profile[rows], dtype=np.int64)
    shape = np.take_along_axis(every, profile[None, :, None], axis=0)[0]
    carries, rises = _column(lines.carries_down[rows]), _column(lines.carries_up[rows])
    use = _column(lines.peak[rows]) * shape * np.exp(0.15 * dice.standard_normal(size)) / carries
    room = np.clip(1.05 - 0.9 * np.maximum(0.0, use - _BUSY), 0.3, 1.0)
    # Now and then a test is disturbed by something that nobody will ever know.
    room = np.where(dice.random(size) < 0.015, room * dice.uniform(0.3, 0.85, size), room)  # noqa: PLR2004
    down = carries * GOODPUT * room * (1 - np.abs(0.008 * dice.standard_normal(size)))
    up = rises * GOODPUT * np.sqrt(room) * (1 - np.abs(0.008 * dice.standard_normal(size)))
    latency = _column(lines.latency[rows]) * (1 + 6 * np.maximum(0, use - 0.8))
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
    known = (
        (times >= stretch.start)
        & (times < stretch.end)
        & (times < np.array(lines.silent[rows])[:, None])
    )
    metrics = {
        "speedtest_download_bits_per_second": np.rint(down),
        "speedtest_upload_bits_per_second": np.rint(up),
        "speedtest_latency_seconds": np.round(latency, 5),
        "speedtest_jitter_seconds": np.round(jitter, 5),
        "speedtest_outcome": outcome,
    }
    names = [(line, metric, TEST_SERVER) for metric in metrics for line in lines.line[rows]]
    values = np.concatenate(list(metrics.values()))
    index = np.repeat(np.arange(len(names), dtype=np.int32), size[1])
    chosen = np.tile(known, (len(metrics), 1)).ravel()
    at = np.tile(times, (len(metrics), 1)).ravel()
    return Block(names, at[chosen], index[chosen], values.ravel()[chosen])


def _gauges(curves: Curves, rows: slice, times: Times, dice: np.random.Generator) -> Floats:
    base, gain, spread, low, high, digits = (curves.column(place, rows) for place in range(6))
    shape = _of_profiles(curves.profile[rows], times)
    values = base + gain * shape * _daily(times, len(shape), dice)
    values += spread * dice.standard_normal(shape.shape)
    scale = 10.0**digits
    rounded: Floats = np.rint(np.clip(values, low, high) * scale) / scale
    return rounded


def _ramps(curves: Curves, rows: slice, times: Times, _dice: np.random.Generator) -> Floats:
    start, slope, period, phase = (curves.column(place, rows) for place in range(4))
    values: Floats = np.round(start + slope * ((times / 1000 + phase) % period), 3)
    return values


def _usages(curves: Curves, rows: slice, times: Times, dice: np.random.Generator) -> Floats:
    """On for whole hours of lessons, one throw of the dice for each."""
    hours = times // _HOUR
    first = int(hours[0])
    # A screen that is lit is seen on the network, too: curves of one device share their throws.
    subjects = [subject for subject, _, _ in curves.names[rows]]
    place = {subject: n for n, subject in enumerate(dict.fromkeys(subjects))}
    thrown = dice.random((len(place), int(hours[-1]) - first + 1))
    thrown = thrown[[place[subject] for subject in subjects]]
    taught = _of_profiles(curves.profile[rows], times) >= _TAUGHT
    used: Floats = (taught & (thrown[:, hours - first] < curves.column(0, rows))).astype(np.float64)
    return used
