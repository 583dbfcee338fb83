"""Hours of a week as people write them and as rows keep them."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise

from inventory.calendars.calendar import Span, Week
from inventory.calendars.spans import union
from inventory.errors import Invalid

_DAYS = 7
_HOUR = 60
_MIDNIGHT = 24 * _HOUR
#: Spans of one day; nobody has more.
_MOST = 12
_BETWEEN = re.compile(r"[,;，；、\s]+")
_TIME = re.compile(r"(\d{1,2})[:：.](\d{2})")
_SPAN = re.compile(r"(\d{1,2})[:：.](\d{2})[-–—~～至](\d{1,2})[:：.](\d{2})")


def read_spans(field: str, text: str) -> tuple[Span, ...]:
    """Spans of a day as they are typed: ``8:20-11:40, 13:40-16:10``; an empty text is none.

    Raises:
        Invalid: no times, an end before its beginning, or spans that overlap.
    """
    joined = re.sub(r"\s*([-–—~～至])\s*", r"\1", text.strip())
    parts = [part for part in _BETWEEN.split(joined) if part]
    spans = sorted(_span(field, part) for part in parts)
    if len(spans) > _MOST:
        raise Invalid(field=field, reason=f"{len(spans)} (0 – {_MOST})")
    for one, after in pairwise(spans):
        if after[0] < one[1]:
            raise Invalid(field=field, reason=text.strip())
    return union(spans)


def _span(field: str, text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Invalid(field=field, reason=f"{text} (8:20-11:40)")
    numbers = [int(digits) for digits in found.groups()]
    begin, end = _minute(*numbers[:2]), _minute(*numbers[2:])
    if numbers[1] >= _HOUR or numbers[3] >= _HOUR or not begin < end <= _MIDNIGHT:
        raise Invalid(field=field, reason=text)
    return begin, end


def _minute(hour: int, minute: int) -> int:
    return _HOUR * hour + minute


def read_clock(field: str, text: str) -> int:
    """The minute of a time of day, ``24:00`` included.

    Raises:
        Invalid: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    hour, minute = (int(digits) for digits in found.groups()) if found else (_MIDNIGHT, 0)
    if minute >= _HOUR or _minute(hour, minute) > _MIDNIGHT:
        raise Invalid(field=field, reason=f"{text} (8:20)")
    return _minute(hour, minute)


def clock(minute: int) -> str:
    """``08:20`` of 500."""
    return f"{minute // _HOUR:02d}:{minute % _HOUR:02d}"


def spans_text(spans: Sequence[Span]) -> str:
    """Spans of a day as ``read_spans`` reads them."""
    return ", ".join(f"{clock(begin)}-{clock(end)}" for begin, end in spans)


def read_week(field: str, days: Sequence[str]) -> Week:
    """Seven days as they are typed, Monday first.

    Raises:
        Invalid: not seven, or one of them is no spans; ``field`` gets the number of the day.
    """
    if len(days) != _DAYS:
        raise Invalid(field=field, reason=f"{len(days)} (7)")
    return tuple(read_spans(f"{field}.{n}", text) for n, text in enumerate(days, start=1))


def kept_week(week: Week | None) -> str | None:
    """A week as a row keeps it."""
    return None if week is None else json.dumps(week, separators=(",", ":"))


def week_kept(text: str | None) -> Week | None:
    """The week a row keeps."""
    if text is None:
        return None
    return tuple(tuple((begin, end) for begin, end in day) for day in json.loads(text))
