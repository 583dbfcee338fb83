"""Times of the day as people write them, and as minutes."""

import re

from inventory.errors import Invalid

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def minutes_of(text: str) -> int:
    """``22:30`` as minutes of the day; ``24:00`` is its end.

    Raises:
        Invalid: it is no time.
    """
    clock = text.strip().replace("：", ":")
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise Invalid(field="time", reason=text[:20])
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def clock_of(minutes: int) -> str:
    """Minutes of the day as ``22:30``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
