"""From raw counters to rates: gaps where the truth is not known, never a spike.

The interval is the device's own sysUpTime, so a late answer costs no accuracy. Sources:
RFC 2578 (Counter32 and Counter64 wrap, TimeTicks wrap after 497 days), RFC 2863 (counters
restart when the device does or at ifCounterDiscontinuityTime).
"""

from array import array
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import cast

import msgspec

from drivers.readings import Block

#: ifHC counters are 64 bits wide; everything else wraps here.
_TURN_32 = 1 << 32
#: TimeTicks a second.
_TICKS = 100
#: How far (in ticks) the agent's clock and the device's may differ when a wrapped sysUpTime is
#: told from a reboot. A reboot within these ten minutes of day 497 is taken for a wrap.
_WRAP_SLACK = 600 * _TICKS
#: No port is believed above ten times its nominal speed: virtual and aggregated ports exceed
#: theirs, broken counters exceed everything. The floor is for ports that understate (10 Mbit/s
#: is what many virtual adapters claim).
_OVER_SPEED = 10.0
_LEAST_LIMIT = 10e9
_UNKNOWN_LIMIT = 10e12
#: The smallest Ethernet frame in bits: turns a limit in bits into one in packets.
_SMALLEST_FRAME = 512
#: Stands for "no value" in the compact store; no counter stays at it.
_NONE = (1 << 64) - 1
_GAP = b"\xff" * 8


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
        speeds: nominal speed in bit/s a position, None where unknown.
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


class RateKeeper:
    """Remembers the last counters of every device and makes rates of two polls in a row."""

    def __init__(self) -> None:
        self._last: dict[str, _Sample] = {}

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
        broken = _broken_parts(counters, last.uptime)
        rates: dict[str, list[float | None]] = {}
        for column in counters.columns:
            name = _column_key(column)
            packed = last.columns.get(name)
            if packed is None:
                continue
            if place is None and packed == sample.columns[name] and _GAP not in packed:
                values: list[float | None] = [0.0] * len(counters.parts)  # errors, mostly
            else:
                before: Sequence[int] = array("Q", packed)
                if place is not None:
                    before = [_NONE if at is None else before[at] for at in place]
                values = _column_rates(column, before, ticks / _TICKS, counters.speeds)
            for position in broken:
                values[position] = None
            known = rates.get(column.metric)
            if known is None:
                rates[column.metric] = values
            else:
                rates[column.metric] = [
                    second if first is None else first
                    for first, second in zip(known, values, strict=True)
                ]
        return Block(counters.parts, rates) if rates else None

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
                "Q", [_NONE if v is None or not 0 <= v < _NONE else v for v in column.values]
            )
        packed[_column_key(column)] = cells.tobytes()
    return packed


def _elapsed_ticks(before: int, now: int, agent_milliseconds: int) -> int:
    """TimeTicks between two polls; 0 when the device restarted in between or stood still."""
    agent_ticks = agent_milliseconds // 10
    if now >= before:
        # Up for less than the time since the last poll: it restarted and has overtaken itself.
        return 0 if now + _TICKS < agent_ticks else now - before
    wrapped = now - before + _TURN_32
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
    if uptime < last_uptime:  # sysUpTime wrapped: nothing can be said
        return []
    return [
        position
        for position, broke_at in enumerate(counters.discontinuities)
        if broke_at is not None and last_uptime < broke_at <= uptime
    ]


def _limit(speed: int | None, bits: bool) -> float:
    limit = max(speed * _OVER_SPEED, _LEAST_LIMIT) if speed else _UNKNOWN_LIMIT
    return limit if bits else limit / _SMALLEST_FRAME


def _column_rates(
    column: CounterColumn, before: Sequence[int], seconds: float, speeds: Sequence[int | None]
) -> list[float | None]:
    factor = (8 if column.bits else 1) / seconds
    try:
        deltas = list(map(sub, cast("list[int]", column.values), before))
    except TypeError:
        return _careful_rates(column, before, factor, speeds)
    # Nearly always every counter grew a little; one look at the extremes says so.
    if deltas and min(deltas) >= 0 and max(deltas) * factor <= _limit(1, column.bits):
        return [delta * factor for delta in deltas]
    return _careful_rates(column, before, factor, speeds)


def _careful_rates(
    column: CounterColumn, before: Sequence[int], factor: float, speeds: Sequence[int | None]
) -> list[float | None]:
    rates: list[float | None] = []
    for now, then, speed in zip(column.values, before, speeds, strict=True):
        if now is None or then == _NONE:
            rates.append(None)
            continue
        limit = _limit(speed, column.bits)
        delta = now - then
        if delta < 0 and not column.wide and speed:
            # One turn of a 32-bit counter is believed only within the speed of the port.
            delta += _TURN_32
            limit = speed if column.bits else speed / _SMALLEST_FRAME
        rate = delta * factor
        rates.append(rate if 0 <= rate <= limit else None)
    return rates
