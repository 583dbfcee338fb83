"""What stands in a simulated school, and what its box reads there: the same every time.

A reading is a function of device, minute and a stock of values made once, so that a batch is made
for next to nothing and whoever checks a store afterwards can make it again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.readings import (
    OUTCOME_METRIC,
    OUTCOMES,
    Block,
    Facts,
    Identity,
    Kind,
    Outcome,
    Poll,
    Port,
)
from inventory.models import Protocol

#: Different answers of one kind of device; which one it is changes with device and minute.
STOCK = 32
#: Beats between two looks at tables, and between two at the inventory: 300 s and 6 h at 60 s.
TABLES, INVENTORY = 5, 360
_RATES = (
    "port_in_bits_per_second",
    "port_out_bits_per_second",
    "port_in_unicast_packets_per_second",
    "port_out_unicast_packets_per_second",
)
_LINE = _RATES[:2]
_FAULTS = (
    "port_in_errors_per_second",
    "port_out_errors_per_second",
    "port_in_discards_per_second",
    "port_out_discards_per_second",
)
_USED = 0.6
_GOLDEN = 0.6180339887498949
_GIGABIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Equipment:
    """A kind of device: what it is, and what it tells at every beat and at every fifth.

    Args:
        ports: of a switch; each tells ten figures.
        beat, tables: metric, lowest and highest value; whole numbers where they are whole.
        uplink: the port of the school's line, read at every beat.
    """

    kind: Kind
    protocol: Protocol
    ports: int = 0
    beat: tuple[tuple[str, float, float], ...] = ()
    tables: tuple[tuple[str, float, float], ...] = ()
    uplink: bool = False


_UPTIME = ("uptime_seconds", 1e3, 3e7)
_HEALTH = (
    ("cpu_ratio", 0.02, 0.6),
    ("memory_used_ratio", 0.2, 0.7),
    ("temperature_celsius", 30.0, 60.0),
)
_ONLINE = ("online", 1.0, 1.0)
_SWITCH = Equipment(Kind.switch, Protocol.snmp, ports=28, beat=(_UPTIME,), tables=_HEALTH)
_GATEWAY = Equipment(
    Kind.router, Protocol.snmp, ports=8, beat=(_UPTIME,), tables=_HEALTH, uplink=True
)
_ACCESS_POINT = Equipment(
    Kind.access_point,
    Protocol.snmp,
    beat=(_UPTIME,),
    tables=(*_HEALTH, ("wireless_clients", 0, 60), ("radio_utilization_ratio", 0.0, 0.9)),
)
_UPS = Equipment(
    Kind.ups,
    Protocol.snmp,
    beat=(_UPTIME,),
    tables=(
        ("battery_charge_ratio", 0.9, 1.0),
        ("battery_runtime_seconds", 600, 3_600),
        ("load_ratio", 0.1, 0.7),
        ("voltage_volts", 218.0, 236.0),
    ),
)
_PRINTER = Equipment(
    Kind.printer,
    Protocol.snmp,
    beat=(_UPTIME,),
    tables=(("printer_supply_ratio", 0.1, 1.0), ("printer_pages_total", 1e3, 1e5)),
)
_WHITEBOARD = Equipment(
    Kind.whiteboard,
    Protocol.mqtt,
    beat=(_ONLINE, ("cpu_ratio", 0.02, 0.9), ("temperature_celsius", 30.0, 70.0)),
)
_PROJECTOR = Equipment(
    Kind.projector,
    Protocol.pjlink,
    beat=(_ONLINE,),
    tables=(("lamp_ok", 1.0, 1.0), ("filter_hours", 10, 4_000)),
)
_TERMINAL = Equipment(Kind.terminal, Protocol.presence, beat=(_ONLINE,))

#: A school of a hundred devices, those that matter most first.
_HUNDRED = (
    (_GATEWAY, 1),
    (_SWITCH, 7),
    (_UPS, 2),
    (_ACCESS_POINT, 14),
    (_PRINTER, 4),
    (_WHITEBOARD, 40),
    (_PROJECTOR, 6),
    (_TERMINAL, 26),
)


class Stock:
    """Answers of one kind of device, made once and handed out again and again."""

    def __init__(self, equipment: Equipment, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - values, no secrets
        self.equipment = equipment
        self.parts = tuple(f"GigabitEthernet0/0/{n}" for n in range(1, equipment.ports + 1))
        self._used = [self._draw.random() < _USED for _ in self.parts]
        self.beats = [self._beat() for _ in range(STOCK)]
        self.tables = [self._tables() for _ in range(STOCK)]
        self.facts = Facts(
            Identity(kind=equipment.kind, vendor="Huawei", model="S5735", version="V200R021"),
            ports=tuple(
                Port(
                    index=n + 1,
                    name=name,
                    type=6,
                    speed_bits_per_second=_GIGABIT,
                    admin="up",
                    oper="up" if used else "down",
                )
                for n, (name, used) in enumerate(zip(self.parts, self._used, strict=True))
            ),
        )

    def _beat(self) -> tuple[Block, ...]:
        columns: dict[str, list[float | None]] = {
            OUTCOME_METRIC: [float(OUTCOMES.index(Outcome.ok))]
        }
        blocks = [Block(("",), columns | self._gauges(self.equipment.beat))]
        if self.equipment.uplink:
            blocks.append(Block(self.parts[:1], {metric: [self._rate(1e9)] for metric in _LINE}))
        return tuple(blocks)

    def _tables(self) -> tuple[Block, ...]:
        blocks = []
        if self.equipment.tables:
            blocks.append(Block(("",), self._gauges(self.equipment.tables)))
        if self.parts:
            columns = self._ports()
            if self.equipment.uplink:
                # Those of the line came with the beat already.
                for metric in _LINE:
                    columns[metric][0] = None
            blocks.append(Block(self.parts, columns))
        return tuple(blocks)

    def _gauges(
        self, gauges: tuple[tuple[str, float, float], ...]
    ) -> dict[str, list[float | None]]:
        return {
            metric: [
                float(self._draw.randint(int(low), int(high)))
                if isinstance(high, int)
                else round(self._draw.uniform(low, high), 2)
            ]
            for metric, low, high in gauges
        }

    def _ports(self) -> dict[str, list[float | None]]:
        used = self._used
        columns: dict[str, list[float | None]] = {
            "port_up": [float(one) for one in used],
            "port_enabled": [1.0 for _ in used],
        }
        for metric in _RATES:
            top = 1e8 if "bits" in metric else 1e4
            columns[metric] = [self._rate(top) if one else 0.0 for one in used]
        for metric in _FAULTS:
            columns[metric] = [
                round(self._draw.uniform(0, 2), 3) if one and self._draw.random() < 0.05 else 0.0
                for one in used
            ]
        return columns

    def _rate(self, top: float) -> float:
        return round(top * self._draw.random() ** 4, 1)


class Estate:
    """The equipment of every school of a city: the first ``devices`` of a hundred, or more.

    Args:
        devices: a school.
        beat: seconds between two looks at a device.
    """

    def __init__(self, devices: int = 100, beat: float = 60.0) -> None:
        hundred = [(Stock(one, seed), n) for seed, (one, n) in enumerate(_HUNDRED)]
        row = [stock for stock, count in hundred for _ in range(count)]
        self.devices = [row[n % len(row)] for n in range(devices)]
        self._beat_ms = round(beat * 1000)
        # Spread so that any stretch of the beat holds devices of every kind.
        self._phases = [int(n * _GOLDEN % 1 * self._beat_ms) for n in range(devices)]

    def series(self, ids: list[str]) -> Iterator[tuple[str, str, str]]:
        """Device, metric and part of everything a box reads in its school."""
        for subject, stock in zip(ids, self.devices, strict=True):
            blocks = stock.beats[0] + stock.tables[0]
            yield from {
                (subject, metric, part): None
                for block in blocks
                for metric in block.columns
                for part in block.parts
            }

    def polls(self, school: str, ids: list[str], after: int, until: int) -> Iterator[Poll]:
        """What a box reads in ``(after, until]``, in milliseconds since the epoch."""
        beat, number = self._beat_ms, int(school)
        for n, (stock, phase) in enumerate(zip(self.devices, self._phases, strict=True)):
            count = (until - phase) // beat
            at = count * beat + phase
            while at > after:
                # Numbers without a common divisor: no two neighbours tell the same.
                chosen = (count * 7 + n * 13 + number) % STOCK
                blocks, facts = stock.beats[chosen], None
                turn = count + n + number
                if turn % TABLES == 0:
                    blocks += stock.tables[chosen]
                if turn % INVENTORY == 0:
                    facts = stock.facts
                yield Poll(ids[n], school, at, Outcome.ok, blocks=blocks, facts=facts)
                count -= 1
                at -= beat
