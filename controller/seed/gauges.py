"""What devices of each kind tell of themselves, as numbers to draw curves from."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from controller.seed.equipment import SeedDevice
from drivers.readings import Kind


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that follows what goes on in the school.

    ``base + gain * shape + noise``, between ``low`` and ``high``; ``digits`` behind the point.
    """

    metric: str
    part: str
    base: float
    gain: float
    noise: float
    low: float
    high: float
    digits: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """A value that rises by ``slope`` a second and begins anew after ``period`` seconds.

    Args:
        start: added to it.
        phase: seconds by which it is ahead.
    """

    metric: str
    part: str
    start: float
    slope: float
    period: float
    phase: float


@dataclass(frozen=True, slots=True)
class Usage:
    """1 while somebody uses it, else 0; ``share``: of the busiest lessons' hours."""

    metric: str
    share: float


_DAY: Final = 86_400.0
_NETWORK: Final = frozenset({Kind.router, Kind.firewall, Kind.switch, Kind.wireless_controller})


Curve: TypeAlias = Gauge | Ramp | Usage


def curves_of(device: SeedDevice, dice: random.Random) -> Iterator[Curve]:
    """The curves of one device; none for kinds that tell nothing."""
    yield from _of_the_network(device.kind, dice)
    yield from _of_rooms(device.kind, dice)


def _of_the_network(kind: Kind, dice: random.Random) -> Iterator[Curve]:
    if kind in _NETWORK or kind in (Kind.server, Kind.storage, Kind.access_point):
        heavy = dice.betavariate(2, 6)
        yield Gauge("cpu_ratio", "", 0.05 + heavy / 8, 0.1 + heavy / 2, 0.02, 0.01, 1.0, 3)
        memory = dice.uniform(0.3, 0.72)
        yield Gauge("memory_used_ratio", "", memory, 0.06, 0.008, 0.05, 0.99, 3)
        period = _DAY * dice.uniform(25, 220)
        yield Ramp("uptime_seconds", "", 0, 1.0, period, dice.uniform(0, period))
    if kind in _NETWORK or kind is Kind.server:
        yield Gauge("temperature_celsius", "", dice.gauss(36, 3), 5.0, 0.4, 10, 85, 1)
    if kind is Kind.access_point:
        seats = dice.uniform(18, 55)
        yield Gauge("wireless_clients", "", 0.0, seats, 1.5, 0, 120, 0)
        busy = dice.uniform(0.15, 0.5)
        yield Gauge("radio_utilization_ratio", "5 GHz", 0.04, busy, 0.03, 0.01, 0.98, 3)
    if kind is Kind.ups:
        load = dice.uniform(0.15, 0.45)
        yield Gauge("load_ratio", "", load, 0.12, 0.01, 0.02, 1.0, 3)
        charge = 1.0 if dice.random() < 0.9 else dice.uniform(0.55, 0.8)  # noqa: PLR2004
        yield Gauge("battery_charge_ratio", "", charge, 0, 0.002, 0, 1.0, 3)
        yield Gauge("battery_runtime_seconds", "", charge * 1500 / load, -300, 20, 60, 40_000, 0)
    if kind in (Kind.server, Kind.storage):
        period = _DAY * dice.uniform(90, 300)
        filled = dice.uniform(0.2, 0.5)
        phase = dice.uniform(0, period)
        yield Ramp("storage_used_ratio", "/data", filled, 0.45 / period, period, phase)
    if kind in (Kind.camera, Kind.recorder):
        yield Gauge("ping_round_trip_seconds", "", dice.uniform(0.0006, 0.003), 0.001, 0.0002,
                    0.0002, 0.5, 5)  # fmt: skip


def _of_rooms(kind: Kind, dice: random.Random) -> Iterator[Curve]:
    if kind is Kind.printer:
        pages = dice.uniform(40, 260)
        period = _DAY * 2_600 / pages
        phase = dice.uniform(0, period)
        yield Ramp("printer_supply_ratio", "toner", 1.0, -0.97 / period, period, phase)
    if kind in (Kind.whiteboard, Kind.projector, Kind.display):
        lit = dice.betavariate(5, 3)
        yield Usage("display_on", lit)
        if kind is Kind.whiteboard:
            yield Usage("online", lit + (1 - lit) * 0.6)
    if kind is Kind.terminal:
        yield Usage("online", dice.betavariate(6, 3))
