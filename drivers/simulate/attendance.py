"""When a simulated panel or PC without a voice of its own is switched on."""

import zlib
from typing import Final

from drivers.simulate.schoolday import DAY_SECONDS, SchoolDay

_HOUR: Final = 3_600.0
#: (from, until) in hours; the first spreads over 40 minutes, the second over 80.
_COMES, _LEAVES = 7.2, 15.9
_LUNCH: Final = (12.1, 13.6)


def is_on(name: str, day: SchoolDay, now: float) -> bool:
    """Whether a device is switched on at a real time; each has habits of its own.

    On before the first lesson, off after the last; every second one sleeps over lunch.
    """
    seed = zlib.crc32(name.encode())
    hour = day.simulated(now) % DAY_SECONDS / _HOUR
    comes, leaves = _COMES + seed % 40 / 60, _LEAVES + seed // 40 % 80 / 60
    sleeps = seed % 2 == 0 and _LUNCH[0] <= hour < _LUNCH[1]
    return comes <= hour < leaves and not sleeps
