"""Readings of a planted city: what agents would have sent in a period, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.compliance.collecting import HoursOf
from controller.metrics.store import MetricStore
from drivers.readings import LineTestOutcome
from tests.planted.cases import Case, case_of
from tests.planted.loading import Loading
from tests.planted.register import CITY, FAR, NEAR, STAGES, stage_of

Floats = NDArray[np.float64]
HOUR = 3_600_000
DAY = 24 * HOUR
#: China keeps UTC+8 all year.
_OFFSET = 8 * HOUR
_MBIT = 1e6
HOSTS = ("r1", "r2", "gateway")
PINGED = ("ping_loss_ratio", "ping_round_trip_seconds")
READ = ("port_in_bits_per_second", "port_out_bits_per_second")
TESTED = (
    "speedtest_download_bits_per_second",
    "speedtest_upload_bits_per_second",
    "speedtest_outcome",
    "speedtest_box_port_bits_per_second",
    "speedtest_port_seconds",
    "speedtest_received_bytes",
    "speedtest_port_in_bytes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often is read what.

    Args:
        probes: seconds between two probes of a line.
        uplinks: seconds between two readings of its port.
        around_the_clock: also at night and on days without school, as agents do.
    """

    probes: int = 60
    uplinks: int = 60
    around_the_clock: bool = False


class _Day(NamedTuple):
    """One day of schools of one stage.

    Args:
        numbers: of the schools.
        cases: one a school.
        windows: school hours; none on days without school.
        place: of the day among school days.
        begin: of the day, local midnight.
    """

    numbers: Sequence[int]
    cases: Sequence[Case]
    windows: Sequence[tuple[int, int]]
    place: int
    begin: int

    def column(self, field: str) -> Floats:
        """A field of the cases, as a column."""
        return np.array([[getattr(one, field)] for one in self.cases], dtype=np.float64)

    @property
    def dead(self) -> NDArray[np.bool_]:
        return bool(self.windows) & (self.column("dead_days") > self.place)

    @property
    def absent(self) -> NDArray[np.bool_]:
        return bool(self.windows) & (self.column("absent") > 0) & (self.place % 2 == 0)


def fill(store: MetricStore, hours: HoursOf, schools: int, cadence: Cadence) -> int:
    """Load the readings of a period; returns how many.

    Args:
        store: empty.
        hours: school hours of the period.
        schools: how many the city has.
        cadence: how often is read what.
    """
    chance, loading = np.random.default_rng(7), Loading(store)
    _introduce(store, schools)
    for stage in STAGES:
        numbers = [n for n in range(schools) if stage_of(n) is stage and case_of(n).contract]
        cases = [case_of(n) for n in numbers]
        days: dict[int, list[tuple[int, int]]] = {}
        for window in hours(f"/{CITY}/X/", stage).windows:
            days.setdefault((window[0] + _OFFSET) // DAY, []).append(window)
        taught = sorted(days)
        for day in range(taught[0], taught[-1] + 1) if cadence.around_the_clock else taught:
            place = sum(one < day for one in taught)
            its = _Day(numbers, cases, days.get(day, ()), place, day * DAY - _OFFSET)
            _tests(loading, its, chance)
            _watched(loading, its, cadence, chance)
    loading.flush()
    return loading.total


def _introduce(store: MetricStore, schools: int) -> None:
    """Have series numbered as agents bring them: one school's after the other's."""
    names = [
        name
        for n in range(schools)
        if case_of(n).contract
        for name in (
            *((f"l{n:05d}", metric, host) for host in HOSTS for metric in PINGED),
            *((f"d{n:05d}", metric, "wan") for metric in READ),
            *((f"l{n:05d}", metric, NEAR) for metric in TESTED),
        )
    ]
    store.load(names, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))


def _tests(loading: Loading, day: _Day, chance: np.random.Generator) -> None:
    """A test in every school hour, each school's at a minute of its own."""
    hours = [(a, b, hour) for a, b in day.windows for hour in range(a // HOUR * HOUR, b, HOUR)]
    spans = [(max(a, hour), min(b, hour + HOUR)) for a, b, hour in hours]
    begins = np.array([a for a, b in spans if 2 * (b - a) >= HOUR], dtype=np.int64)
    if not len(begins):
        return
    size = len(day.numbers), len(begins)
    at = begins[None, :] + chance.integers(0, 25, size) * 60_000
    count = np.arange(size[1])[None, :] + day.place
    outcome = np.full(size, float(LineTestOutcome.ok))
    rates = []
    for field in ("down", "up"):
        rate = day.column(field) * _MBIT * (1 + 0.002 * chance.random(size))
        rate[_every(day.column("fails"), count)] = 40e6
        rate[np.broadcast_to(day.dead, size)] = 0.0
        rates.append(rate)
    outcome[np.broadcast_to(day.dead, size)] = float(LineTestOutcome.line_down)
    turned_away = _every(day.column("server_busy"), count)
    outcome[turned_away] = float(LineTestOutcome.server_busy)
    tested = day.column("tested_days")
    missing = np.broadcast_to(day.absent | ((tested > 0) & (tested <= day.place)), size)
    for rate in rates:
        rate[turned_away] = np.nan
    seconds = np.full(size, 10.0)
    received = np.nan_to_num(rates[0]) * 10 / 8
    others = np.broadcast_to(day.column("busy") * _MBIT * 10 / 8, size)
    box = np.broadcast_to(day.column("box") * _MBIT, size)
    columns = (*rates, outcome, box, seconds, received, 1.05 * received + others)
    lines = [f"l{n:05d}" for n in day.numbers]
    for metric, column in zip(TESTED, columns, strict=True):
        names = [(line, metric, NEAR) for line in lines]
        loading.add(names, at, np.where(missing, np.nan, column))
    _beyond(loading, day, at + 60_000, chance)


def _beyond(
    loading: Loading, day: _Day, at: NDArray[np.int64], chance: np.random.Generator
) -> None:
    """Tests across the outlet, where there are any; nothing else is wrong with them."""
    rates = day.column("outside")
    chosen = [place for place, rate in enumerate(rates.ravel()) if rate]
    if not chosen:
        return
    its, rate = at[chosen], rates[chosen] * _MBIT * (1 + 0.002 * chance.random(at[chosen].shape))
    for metric in TESTED[:2]:
        names = [(f"l{day.numbers[place]:05d}", metric, FAR) for place in chosen]
        loading.add(names, its, rate)


def _watched(loading: Loading, day: _Day, cadence: Cadence, chance: np.random.Generator) -> None:
    """Probes of the lines and readings of their ports."""
    windows = [(day.begin, day.begin + DAY)] if cadence.around_the_clock else day.windows
    lines = [f"l{n:05d}" for n in day.numbers]
    probes = _times(windows, cadence.probes)
    size = len(lines), len(probes)
    # Agents do not all ask at the same second.
    at = probes[None, :] + np.array([[n * 37 % 50 * 1000] for n in day.numbers], dtype=np.int64)
    count = np.arange(size[1])[None, :] + day.place
    trip = 0.01 + 0.01 * chance.random(size)
    trip[_every(day.column("slow"), count)] = 0.15
    dead = day.dead | _every(day.column("lost"), count)
    absent = np.broadcast_to(day.absent, size)
    noon = day.begin + 12 * HOUR
    several = day.column("references") > 1
    away_from = (several & (at < noon), np.where(several, at >= noon, np.nan), np.zeros(size))
    for host, away in zip(HOSTS, away_from, strict=True):
        # The gateway answers however dead the line behind it is.
        silent = np.zeros(size, dtype=np.bool_) if host == "gateway" else dead | (away > 0)
        unknown = absent | np.isnan(away)
        lost = np.where(silent, 1.0, 0.0)
        answered = np.where(unknown | silent, np.nan, trip)
        for metric, column in zip(PINGED, (np.where(unknown, np.nan, lost), answered), strict=True):
            loading.add([(line, metric, host) for line in lines], at, column)
    readings = _times(windows, cadence.uplinks)
    used = day.column("used") * _MBIT * (1 + 0.1 * chance.random((len(lines), len(readings))))
    used[np.broadcast_to(day.absent, used.shape)] = np.nan
    devices = [f"d{n:05d}" for n in day.numbers]
    when = np.broadcast_to(readings[None, :], used.shape)
    for metric in READ:
        loading.add([(one, metric, "wan") for one in devices], when, np.rint(used))


def _times(windows: Sequence[tuple[int, int]], seconds: int) -> NDArray[np.int64]:
    return np.concatenate([np.arange(a, b, seconds * 1000, dtype=np.int64) for a, b in windows])


def _every(nth: Floats, count: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of some things are every so-many-th; none where that is 0."""
    found: NDArray[np.bool_] = (nth > 0) & (count % np.maximum(nth, 1) == nth // 2)
    return found
