"""Which growth of a counter is believed: gaps where the truth is not known.

A 32-bit octet counter of a gigabit port turns in 34 seconds; after a minute nobody knows how often
it did, and the difference is a number that means nothing. A counter that fell was either turned or
set back; it is taken for turned only where the port could have carried that much. And no port
carries more than its speed. Sources: RFC 2578 (wraps), RFC 2863 section 3.1.6 (counter sizes).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import sub
from typing import Final, cast

#: ifHC counters are 64 bits wide; everything else turns here.
TURN_32: Final = 1 << 32
#: Stands for "no value" in the compact store; no counter stays at it.
NONE: Final = (1 << 64) - 1
#: Devices update counters every few seconds and their clock at once, so a rate may come out a
#: little above the speed of the port; not more.
_MARGIN = 1.25
#: A claim of 10 Mbit/s is what virtual adapters make who do not know better.
_NO_CLAIM = 10_000_000
_LEAST_LIMIT = 10e9
#: Where no port of the device has a speed: beyond it is damage.
_UNKNOWN_LIMIT = 10e12
#: The speed a port of unknown speed is taken to have when its 32 bits may have turned.
_ASSUMED_SPEED = 1_000_000_000
#: The smallest Ethernet frame in bits: turns a limit in bits into one in packets.
_SMALLEST_FRAME = 512
#: Nothing that counts packets in 32 bits gets further round than this between two polls.
_MOST_PACKETS_TURNED = 1 << 30


@dataclass(slots=True)
class Verdict:
    """What became of one column.

    Args:
        rates: a second, in the order of the parts; None where the truth is not known.
        fell: positions whose counter was set back.
        beyond: positions whose counter grew beyond the speed of the port.
    """

    rates: list[float | None]
    fell: list[int] = field(default_factory=list)
    beyond: list[int] = field(default_factory=list)


def judge(
    values: Sequence[int | None],
    before: Sequence[int],
    seconds: float,
    speeds: tuple[int | None, ...],
    *,
    wide: bool,
    bits: bool,
) -> Verdict:
    """Rates of one column of counters.

    Args:
        values: raw counters now, None where the device gave nothing.
        before: raw counters at the last poll, ``NONE`` where there was none.
        seconds: between the two, by the device's own clock.
        speeds: of the ports, in bit/s; None where unknown, 0 where it means nothing.
        wide: Counter64; it never turns.
        bits: octets, to become bits per second; otherwise packets.
    """
    factor = (8 if bits else 1) / seconds
    try:
        deltas = list(map(sub, cast("list[int]", values), before))
    except TypeError:
        return _one_by_one(values, before, seconds, speeds, wide=wide, bits=bits)
    # Nearly always every counter grew a little; one look at the extremes says so.
    lowest, fastest = _extremes(speeds)
    clear = wide or not bits or fastest * seconds < TURN_32 * 8
    if clear and deltas and min(deltas) >= 0:
        limit = lowest if bits else lowest / _SMALLEST_FRAME
        if max(deltas) * factor <= limit:
            return Verdict([delta * factor for delta in deltas])
    return _one_by_one(values, before, seconds, speeds, wide=wide, bits=bits)


def _one_by_one(
    values: Sequence[int | None],
    before: Sequence[int],
    seconds: float,
    speeds: tuple[int | None, ...],
    *,
    wide: bool,
    bits: bool,
) -> Verdict:
    factor = (8 if bits else 1) / seconds
    _, fastest = _extremes(speeds)
    verdict = Verdict([])
    for at, (now, then, speed) in enumerate(zip(values, before, speeds, strict=True)):
        rate: float | None = None
        if now is not None and then != NONE:
            delta = now - then
            if delta == 0:
                rate = 0.0
            elif bits and not wide and (speed or fastest) * seconds >= TURN_32 * 8:
                rate = None  # it may have turned, and nobody knows how often
            elif delta > 0:
                rate = delta * factor
                if rate > _limit(speed, speeds, bits=bits):
                    rate = None
                    verdict.beyond.append(at)
            else:
                rate = None if wide else _turned(delta + TURN_32, speed, seconds, bits=bits)
                if rate is None:
                    verdict.fell.append(at)
        verdict.rates.append(rate)
    return verdict


def _turned(delta: int, speed: int | None, seconds: float, *, bits: bool) -> float | None:
    """The rate of a counter that turned once, None where the port could not have done it."""
    if not speed:
        return None
    if bits:
        rate = delta * 8 / seconds
        return rate if rate <= speed else None
    rate = delta / seconds
    return rate if delta <= _MOST_PACKETS_TURNED and rate <= speed / _SMALLEST_FRAME else None


def _limit(speed: int | None, speeds: tuple[int | None, ...], *, bits: bool) -> float:
    limit = _most(speed, speeds)
    return limit if bits else limit / _SMALLEST_FRAME


def _most(speed: int | None, speeds: tuple[int | None, ...]) -> float:
    """Bits a second nothing goes beyond."""
    if speed:
        return _LEAST_LIMIT if speed <= _NO_CLAIM else speed * _MARGIN
    return _most_of_all(speeds)


@lru_cache(maxsize=1024)
def _most_of_all(speeds: tuple[int | None, ...]) -> float:
    """What a port without a speed of its own may carry: all that the others can, together."""
    together = sum(_most(speed, ()) for speed in speeds if speed)
    return max(together, _LEAST_LIMIT) if together else _UNKNOWN_LIMIT


@lru_cache(maxsize=1024)
def _extremes(speeds: tuple[int | None, ...]) -> tuple[float, int]:
    """The lowest limit of any port, and the highest speed (assumed where none is known)."""
    known = [speed for speed in speeds if speed]
    lowest = min((_most(speed, speeds) for speed in speeds), default=_UNKNOWN_LIMIT)
    fastest = max(known, default=_ASSUMED_SPEED)
    return lowest, fastest
