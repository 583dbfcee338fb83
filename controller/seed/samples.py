"""Readings of a stretch of time, in vectorised blocks of bounded size."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from controller.seed.blocks import (
    DAY,
    HOUR,
    Block,
    Floats,
    Stretch,
    Times,
    blank,
    daily,
    grid,
    laid_out,
    of_profiles,
)
from controller.seed.chance import noise
from controller.seed.line_samples import TESTED_HOURS, probes, tests, uplinks
from controller.seed.options import History
from controller.seed.watched import Curves, Watched, milliseconds

#: Samples in one block, about.
BLOCK: Final = 1_000_000
#: Vitals change slowly.
_VITALS_SECONDS: Final = 900
_LONGEST: Final = 28 * DAY
#: From so much going on, lessons are given.
_TAUGHT: Final = 0.45
#: Minutes of a day that are probed, evenings among them.
_PROBED: Final = 13 * 60


def stretches(watched: Watched) -> list[Stretch]:
    """All there is to load, rising in time."""
    spec = watched.spec
    begin, recent, until = map(milliseconds, (spec.begin, spec.recent, spec.until))
    every, vitals = spec.every * 1000, max(spec.every, _VITALS_SECONDS) * 1000
    schools = len(watched.lines.line)
    found = list(_cut("tests", begin, until, schools, 5 * len(TESTED_HOURS) / DAY))
    if spec.history is not History.tests:
        found += _cut("uplinks", recent, until, schools, 2 / every)
    if spec.history in (History.sample, History.all):
        found += _cut("probes", milliseconds(spec.probed), until, schools, 2 * _PROBED / DAY)
    for name in ("gauges", "ramps", "usages"):
        found += _cut(name, recent, until, len(getattr(watched, name).names), 1 / vitals)
    return sorted(found, key=lambda one: (one.start, one.what, one.first))


def _cut(what: str, begin: int, end: int, rows: int, rate: float) -> Iterator[Stretch]:
    """Stretches of whole days of so many samples a row and millisecond."""
    if not rows or begin >= end:
        return
    a_day = rows * rate * DAY
    length = int(min(_LONGEST, max(1, BLOCK // a_day) * DAY))
    at_once = int(max(1, min(rows, BLOCK / (rate * length))))
    start = begin
    while start < end:
        # Days begin at midnight UTC, so that whatever is cut is cut at the same times.
        over = min(end, (start // DAY * DAY) + length)
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
    of_lines = {"tests": tests, "uplinks": uplinks, "probes": probes}
    if stretch.what in of_lines:
        return of_lines[stretch.what](watched, stretch, dice)
    times = grid(stretch, max(spec.every, _VITALS_SECONDS) * 1000)
    curves: Curves = getattr(watched, stretch.what)
    rows = slice(stretch.first, stretch.last)
    values = {"gauges": _gauges, "ramps": _ramps, "usages": _usages}[stretch.what](
        curves, rows, times, dice
    )
    blank(values, curves.gaps, stretch, times, np.nan)
    return laid_out(curves.names[rows], times, values)


def _gauges(curves: Curves, rows: slice, times: Times, dice: np.random.Generator) -> Floats:
    base, gain, spread, low, high, digits = (curves.column(place, rows) for place in range(6))
    shape = of_profiles(curves.profile[rows], times)
    values = base + gain * shape * daily(times, len(shape), dice)
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
    hours = times // HOUR
    first = int(hours[0])
    # A screen that is lit is seen on the network, too: curves of one device share their throws.
    subjects = [subject for subject, _, _ in curves.names[rows]]
    place = {subject: n for n, subject in enumerate(dict.fromkeys(subjects))}
    thrown = dice.random((len(place), int(hours[-1]) - first + 1))
    thrown = thrown[[place[subject] for subject in subjects]]
    taught = of_profiles(curves.profile[rows], times) >= _TAUGHT
    used: Floats = (taught & (thrown[:, hours - first] < curves.column(0, rows))).astype(np.float64)
    return used
