"""What the sampling needs to know of each school, gathered into arrays while it is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from controller.seed.campus import Campus
from controller.seed.cases import THIN, WEAK_PORT, Case, away_spans
from controller.seed.chance import chance
from controller.seed.equipment import SeedDevice
from controller.seed.gauges import Gauge, Ramp, Usage, curves_of
from controller.seed.options import CitySpec, History
from controller.seed.shapes import profile_of
from drivers.readings import Kind
from inventory.models import Lifecycle

#: Where tests across the outlet go to; a name that nobody has (RFC 2606).
OUTSIDE_SERVER: Final = "https://speedtest.example.org"
#: Of so many schools one is tested across the outlet, too, where nothing else is planted.
_TESTED_OUTSIDE: Final = 5
#: Of a line that is not slow, what comes through the outlet at its busiest.
_THROUGH_OUTLET: Final = (0.55, 0.95)
_MEGA: Final = 1e6
#: How many of each kind are sampled in each school: a small, mixed choice.
_SAMPLED: Final = {
    Kind.router: 1, Kind.firewall: 1, Kind.switch: 2, Kind.access_point: 2, Kind.ups: 1,
    Kind.server: 1, Kind.printer: 1, Kind.whiteboard: 2, Kind.terminal: 1, Kind.camera: 1,
}  # fmt: skip
_Names = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Off:
    """Times of which nothing is known of some rows, or a line carried nothing; ms."""

    first: int
    last: int
    begin: int
    end: int


@dataclass(slots=True)
class Lines:
    """One row a school: names of line and uplink, rates in bit/s."""

    line: list[str] = field(default_factory=list)
    gateway: list[str] = field(default_factory=list)
    port: list[str] = field(default_factory=list)
    profile: list[int] = field(default_factory=list)
    carries_down: list[float] = field(default_factory=list)
    carries_up: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    #: Round trip to a host outside while the line is idle, seconds.
    latency: list[float] = field(default_factory=list)
    #: From then on nothing is known.
    silent: list[int] = field(default_factory=list)
    outages: list[Off] = field(default_factory=list)
    #: Nothing is known, for the box was away.
    gaps: list[Off] = field(default_factory=list)
    #: Of the hourly tests, the share that takes place.
    tested: list[float] = field(default_factory=list)
    #: bit/s of the port of a box that is slower than the line; else infinite.
    box_port: list[float] = field(default_factory=list)
    #: bit/s that come through the outlet to a server outside; NaN: it is not tested there.
    outside: list[float] = field(default_factory=list)
    #: Address of that server.
    outside_server: str = OUTSIDE_SERVER


@dataclass(slots=True)
class Curves:
    """One row a curve: its name and its numbers, as :class:`Gauge`, :class:`Ramp` or `Usage`."""

    names: list[_Names] = field(default_factory=list)
    profile: list[int] = field(default_factory=list)
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    gaps: list[Off] = field(default_factory=list)

    def column(self, place: int, rows: slice) -> NDArray[np.float64]:
        """One of the numbers of some rows, as a column to multiply with rows of time."""
        chosen = [numbers[place] for numbers in self.numbers[rows]]
        return np.array(chosen, dtype=np.float64)[:, None]


class Watched:
    """Everything that is sampled. Rows of one school lie together."""

    def __init__(self, spec: CitySpec) -> None:
        self.spec = spec
        self.lines = Lines()
        self.gauges, self.ramps, self.usages = Curves(), Curves(), Curves()

    def add(self, campus: Campus) -> None:
        """Take a school in."""
        spec, lines, rank = self.spec, self.lines, len(self.lines.line)
        dice = chance(spec.seed, "sampled", campus.school.code)
        end = campus.health.silent_since or spec.until
        lines.line.append(campus.line_id)
        lines.gateway.append(campus.gateway.id)
        lines.port.append(campus.gateway.uplink)
        lines.profile.append(int(profile_of(campus.school)))
        lines.carries_down.append(campus.line.carries_down * _MEGA)
        lines.carries_up.append(campus.line.carries_up * _MEGA)
        lines.peak.append(campus.line.peak_down * _MEGA)
        lines.latency.append(dice.uniform(0.003, 0.018))
        lines.silent.append(milliseconds(end))
        for outage in campus.health.outages:
            begin, over = milliseconds(outage.begin), milliseconds(outage.end or spec.until)
            lines.outages.append(Off(rank, rank + 1, begin, over))
        case = campus.school.case
        lines.tested.append(THIN if case is Case.thin_tests else 1.0)
        lines.box_port.append(WEAK_PORT * _MEGA if case is Case.weak_box else np.inf)
        is_beyond = case is Case.ordinary and rank % _TESTED_OUTSIDE == 1
        share = chance(spec.seed, "outside", campus.school.code).uniform(*_THROUGH_OUTLET)
        lines.outside.append(share * lines.carries_down[-1] if is_beyond else np.nan)
        for span in away_spans(case, spec.begin, spec.until):
            lines.gaps.append(Off(rank, rank + 1, *map(milliseconds, span)))
        if spec.history not in (History.sample, History.all):
            return
        for device in _chosen(campus.devices, everything=spec.history is History.all):
            self._add_device(device, campus, end)

    def _add_device(self, device: SeedDevice, campus: Campus, end: datetime) -> None:
        kinds = {Gauge: self.gauges, Ramp: self.ramps, Usage: self.usages}
        begun = {kind: len(curves.names) for kind, curves in kinds.items()}
        profile = int(profile_of(campus.school))
        for curve in curves_of(device, chance(self.spec.seed, "curves", device.serial)):
            table = kinds[type(curve)]
            table.profile.append(profile)
            table.names.append((device.id, curve.metric, getattr(curve, "part", "")))
            table.numbers.append(_numbers(curve))
        spans = [
            (fault.opened, fault.cleared or self.spec.until)
            for fault in campus.health.faults
            if fault.device is device
        ]
        spans += [(end, self.spec.until)] if end < self.spec.until else []
        spans += [(self.spec.begin, device.bought)] if device.bought > self.spec.begin else []
        for kind, curves in kinds.items():
            first, last = begun[kind], len(curves.names)
            if first < last:
                for begin, over in spans:
                    curves.gaps.append(
                        Off(first, last, milliseconds(begin), milliseconds(over) + 1)
                    )


def _chosen(devices: Sequence[SeedDevice], *, everything: bool) -> Iterator[SeedDevice]:
    left = dict(_SAMPLED)
    for device in devices:
        if device.lifecycle is not Lifecycle.in_service:
            continue
        if everything:
            yield device
        elif left.get(device.kind, 0):
            left[device.kind] -= 1
            yield device


def _numbers(curve: Gauge | Ramp | Usage) -> tuple[float, ...]:
    match curve:
        case Gauge():
            return curve.base, curve.gain, curve.noise, curve.low, curve.high, curve.digits
        case Ramp():
            return curve.start, curve.slope, curve.period, curve.phase
        case Usage():
            return (curve.share,)


def milliseconds(at: datetime) -> int:
    """Since the epoch."""
    return int(at.timestamp() * 1000)
