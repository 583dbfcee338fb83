"""From raw counters to rates: gaps where the truth is not known, never a spike.

The interval is the device's own sysUpTime, so a late answer costs no accuracy. Sources:
RFC 2578 (Counter32 and Counter64 wrap, TimeTicks wrap after 497 days), RFC 2863 (counters
restart when the device does or at ifCounterDiscontinuityTime).
"""

from array import array
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import msgspec

from drivers.readings import Block
from drivers.snmp.plausible import NONE, TURN_32, Verdict, judge

#: TimeTicks a second.
_TICKS = 100
#: How far (in ticks) the agent's clock and the device's may differ when a wrapped sysUpTime is
#: told from a reboot. A reboot within these ten minutes of day 497 is taken for a wrap.
_WRAP_SLACK = 600 * _TICKS
_GAP = b"\xff" * 8
#: Counters that only ever grow on every device; one of them set back speaks for the whole port.
#: Some devices count errors up and down.
_VOUCHING = ("bits_per_second", "unicast_packets_per_second")


@dataclass(slots=True)
class CounterColumn:
    """One counter of every port at one time.

    Args:
        metric: the rate this becomes; several columns may feed one metric, the first that has
            a value for a part wins (64-bit before 32-bit).
        wide: Counter64; its decrease is a discontinuity, never a wrap.
        bits: octets, reported as bits per second; otherwise packets per second.
        values: raw counters in the order of the parts, None where the device gave nothing.
    """

    metric: str
    wide: bool
    bits: bool
    values: list[int | None]


@dataclass(slots=True)
class Counters:
    """Raw counters of one device and its clock.

    Args:
        uptime: sysUpTime in hundredths of a second, None when the device did not say.
        parts: port names, one a position.
        speeds: nominal speed in bit/s a position, None where unknown, 0 where it means nothing.
        discontinuities: ifCounterDiscontinuityTime (sysUpTime of the last break) a position;
            empty where the device does not have it.
    """

    uptime: int | None
    parts: tuple[str, ...]
    speeds: tuple[int | None, ...]
    columns: list[CounterColumn]
    discontinuities: list[int | None] = field(default_factory=list)


class _Sample(msgspec.Struct, array_like=True):
    """What is kept of a device between polls: eight bytes a counter."""

    uptime: int
    taken_at: int
    parts: tuple[str, ...]
    columns: dict[str, bytes]


class _Rates:
    """The rates of one poll, column by column."""

    def __init__(self, set_back: Iterable[int]) -> None:
        self._set_back = set(set_back)
        self._rates: dict[str, list[float | None]] = {}
        self._cells: dict[str, list[int | None]] = {}
        #: Whether a counter grew beyond its port's speed.
        self.beyond = False

    def add(self, column: CounterColumn, verdict: Verdict) -> None:
        self.beyond = self.beyond or bool(verdict.beyond)
        if verdict.fell and column.metric.endswith(_VOUCHING):
            self._set_back.update(verdict.fell)
        preferred = self._rates.get(column.metric)
        if preferred is None:
            self._rates[column.metric] = verdict.rates
            self._cells[column.metric] = column.values
            return
        # Where the first column has a counter, its gap is a gap.
        cells = self._cells[column.metric]
        self._rates[column.metric] = [
            second if cell is None else first
            for first, cell, second in zip(preferred, cells, verdict.rates, strict=True)
        ]

    def block(self, parts: tuple[str, ...]) -> Block | None:
        """What set one counter of a port back has set back all: none of them is believed."""
        for position in self._set_back:
            for values in self._rates.values():
                values[position] = None
        return Block(parts, self._rates) if self._rates else None


class RateKeeper:
    """Remembers the last counters of every device and makes rates of two polls in a row."""

    def __init__(self) -> None:
        self._last: dict[str, _Sample] = {}
        self._doubted: set[str] = set()

    def rates(self, key: str, counters: Counters, taken_at: int) -> Block | None:
        """Rates since the last call for ``key``.

        Args:
            key: the device (or ``device/purpose``, when polled at two cadences).
            counters: what was read now; remembered for the next call.
            taken_at: the agent's clock, milliseconds since the epoch. It only tells a wrapped
                sysUpTime or an unseen reboot; rates never depend on it.

        Returns:
            One block, gaps as None. None when there is nothing to compare with: the first poll,
            a reboot, a device without a clock or one whose clock stands still.
        """
        if counters.uptime is None:
            self._last.pop(key, None)
            return None
        last = self._last.get(key)
        sample = _Sample(counters.uptime, taken_at, counters.parts, _packed(counters.columns))
        self._last[key] = sample
        if last is None:
            return None
        ticks = _elapsed_ticks(last.uptime, counters.uptime, taken_at - last.taken_at)
        if ticks <= 0:
            return None
        place = _places(last.parts, counters.parts)
        made = _Rates(_broken_parts(counters, last.uptime))
        for column in counters.columns:
            name = _column_key(column)
            packed = last.columns.get(name)
            if packed is None:
                continue
            if place is None and packed == sample.columns[name] and _GAP not in packed:
                made.add(column, Verdict([0.0] * len(counters.parts)))  # errors, mostly
                continue
            before: Sequence[int] = array("Q", packed)
            if place is not None:
                before = [NONE if at is None else before[at] for at in place]
            seconds, speeds = ticks / _TICKS, counters.speeds
            made.add(
                column,
                judge(column.values, before, seconds, speeds, wide=column.wide, bits=column.bits),
            )
        if made.beyond:
            self._doubted.add(key)
        return made.block(counters.parts)

    def doubts(self, key: str) -> bool:
        """Whether a counter went beyond its port's speed since this was last asked.

        Either the counter is wrong, or the speed that is known has changed meanwhile.
        """
        doubted = key in self._doubted
        self._doubted.discard(key)
        return doubted

    def forget(self, key: str) -> None:
        """Drop what is known of a device that is no longer polled."""
        self._last.pop(key, None)

    def keep_only(self, devices: Container[str]) -> None:
        """Drop all others, whatever the purpose: also what left the plan while we were off."""
        for key in [key for key in self._last if key.partition("/")[0] not in devices]:
            del self._last[key]

    def keys(self) -> tuple[str, ...]:
        """Devices remembered."""
        return tuple(self._last)

    def export(self, key: str) -> bytes | None:
        """The memory of one device as MessagePack, None when there is none."""
        sample = self._last.get(key)
        return None if sample is None else _encoder.encode(sample)

    def restore(self, key: str, state: bytes) -> bool:
        """Take back what :meth:`export` gave; anything unreadable is ignored (False)."""
        try:
            sample = _decoder.decode(state)
        except msgspec.MsgspecError:
            return False
        if any(len(packed) != 8 * len(sample.parts) for packed in sample.columns.values()):
            return False
        self._last[key] = sample
        return True


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Sample)


def _column_key(column: CounterColumn) -> str:
    return f"{column.metric}/{64 if column.wide else 32}"


def _packed(columns: Sequence[CounterColumn]) -> dict[str, bytes]:
    packed: dict[str, bytes] = {}
    for column in columns:
        try:
            cells = array("Q", cast("list[int]", column.values))
        except (TypeError, OverflowError):
            # A gap, or a negative number from a device that does not know its own types.
            cells = array(
                "Q", [NONE if v is None or not 0 <= v < NONE else v for v in column.values]
            )
        packed[_column_key(column)] = cells.tobytes() if any(cells) else _zeros(len(cells))
    return packed


@lru_cache(maxsize=1_000)
def _zeros(count: int) -> bytes:
    """Counters that have never moved, errors mostly: every device has some, all share one."""
    return bytes(8 * count)


def _elapsed_ticks(before: int, now: int, agent_milliseconds: int) -> int:
    """TimeTicks between two polls; 0 when the device restarted in between or stood still."""
    agent_ticks = agent_milliseconds // 10
    if now >= before:
        # Up for less than the time since the last poll: it restarted and has overtaken itself.
        return 0 if now + _TICKS < agent_ticks else now - before
    wrapped = now - before + TURN_32
    return wrapped if wrapped <= agent_ticks * 1.1 + _WRAP_SLACK else 0


def _places(before: tuple[str, ...], now: tuple[str, ...]) -> list[int | None] | None:
    """Where each part stood in the last sample; None when nothing moved."""
    if before is now or before == now:
        return None
    position = {part: at for at, part in enumerate(before)}
    return [position.get(part) for part in now]


def _broken_parts(counters: Counters, last_uptime: int) -> list[int]:
    """Positions whose counters were restarted since the last poll (ifCounterDiscontinuityTime)."""
    uptime = counters.uptime or 0
    if uptime < last_uptime:  # sysUpTime turned; a break before or behind that moment
        return [
            position
            for position, broke_at in enumerate(counters.discontinuities)
            if broke_at and not uptime < broke_at <= last_uptime
        ]
    return [
        position
        for position, broke_at in enumerate(counters.discontinuities)
        if broke_at is not None and last_uptime < broke_at <= uptime
    ]
