"""How far a device's own clock is off: hrSystemDate (RFC 2790), a DateAndTime (RFC 2579)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from drivers.base import SnmpSession, Value

HR_SYSTEM_DATE: Final = (1, 3, 6, 1, 2, 1, 25, 1, 2, 0)
_PLAIN, _WITH_ZONE = 8, 11
_MOST_HOURS, _MOST_MINUTES = 14, 59
#: Without a zone: what is off by less is meant in the zone we expect, by more is wrong in any.
#: In between it may be another zone's, and nothing can be said.
_NEAR, _ANY_ZONE = 1_800.0, 26 * 3_600.0


async def read_clock_error(
    session: SnmpSession, now: float, utc_offset_seconds: int
) -> float | None:
    """Seconds the device's clock is off, either way; ``None`` where it says nothing sure.

    Args:
        session: asks the device once.
        now: seconds since the epoch.
        utc_offset_seconds: of the zone that devices which name none are taken to be in.

    Raises:
        DriverError: the device does not answer.
    """
    found = await session.get([HR_SYSTEM_DATE])
    return clock_error(found.get(HR_SYSTEM_DATE), now, utc_offset_seconds)


def clock_error(value: Value | None, now: float, utc_offset_seconds: int) -> float | None:
    """The same of a value as it was sent."""
    if not isinstance(value, bytes) or len(value) not in (_PLAIN, _WITH_ZONE):
        return None
    zone = _zone(value[_PLAIN:]) if len(value) == _WITH_ZONE else None
    try:
        told = datetime(
            int.from_bytes(value[:2], "big"),
            value[2],
            value[3],
            value[4],
            value[5],
            min(value[6], 59),  # 60 is a leap second
            tzinfo=zone or timezone(timedelta(seconds=utc_offset_seconds)),
        )
    except (ValueError, OverflowError):
        return None  # a clock that was never set says 0-0-0
    error = abs((told - datetime.fromtimestamp(now, UTC)).total_seconds())
    if zone is None and _NEAR < error < _ANY_ZONE:
        return None
    return error


def _zone(told: bytes) -> timezone | None:
    """``+`` or ``-``, hours and minutes; ``None`` for what is no zone."""
    sign = {ord("+"): 1, ord("-"): -1}.get(told[0])
    hours, minutes = told[1], told[2]
    if sign is None or hours > _MOST_HOURS or minutes > _MOST_MINUTES:
        return None
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
