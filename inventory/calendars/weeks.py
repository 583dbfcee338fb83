"""Hours of a week as people write them and as rows keep them."""

import json
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from inventory.calendars.calendar import Span, Week
from inventory.calendars.spans import union
from inventory.errors import Invalid

#: Weekdays of lessons, and of evenings at schools whose students board, where none are named.
LESSONS, EVENINGS = "12345", "12347"
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("1 一 mon monday", "2 二 tue tuesday", "3 三 wed wednesday", "4 四 thu thursday",
         "5 五 fri friday", "6 六 sat saturday", "7 日 天 sun sunday"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
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


def read_weekdays(field: str, text: str) -> str:
    """Weekdays as they are written, as sorted digits: ``135`` of ``周一、周三、周五``.

    Digits are 1 Monday to 7 Sunday; ``1-5``, ``Mon-Fri``, ``周一至周五`` are from one to another;
    an empty text is every day, and so none is named.

    Raises:
        Invalid: it names no weekday.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\s*[-–—~至到]\s*", "-", plain)
    found: set[int] = set()
    for part in filter(None, re.split(r"[,;、和\s]+", plain)):
        names = [_weekday(field, name) for name in part.split("-")] if "-" in part else None
        if names is None:
            digits = part if part.isdecimal() else str(_weekday(field, part))
            found |= {_weekday(field, digit) for digit in digits}
        elif len(names) == 2:  # noqa: PLR2004 - from and to
            found |= _from_to(*names)
        else:
            raise Invalid(field=field, reason=text)
    return "".join(map(str, sorted(found)))


def _from_to(first: int, last: int) -> set[int]:
    """Sunday to Thursday goes over the end of the week."""
    return {(first - 1 + n) % _DAYS + 1 for n in range((last - first) % _DAYS + 1)}


def _weekday(field: str, name: str) -> int:
    bare = re.sub(r"^(星期|礼拜|周)", "", name.strip())
    if bare not in _WEEKDAYS:
        raise Invalid(field=field, reason=f"{name} (1-7)")
    return _WEEKDAYS[bare]


def read_week_text(field: str, text: str, days: str) -> Week:
    """A week in one text: ``1-5 8:20-11:40, 13:40-16:10; 6 8:20-11:40``.

    Parts are parted by semicolons, and each may begin with its weekdays, as ``read_weekdays``
    reads them. A day that nothing is said of has no hours.

    Args:
        field: is named where something is wrong.
        text: as it is typed.
        days: digits of the weekdays of a part that names none.

    Raises:
        Invalid: a part is no weekdays and no spans, or two parts are of one day.
    """
    week: list[tuple[Span, ...]] = [()] * _DAYS
    said: set[str] = set()
    for part in filter(None, (one.strip() for one in re.split(r"[;；\n]", text))):
        begins = _TIME.search(part)
        named = part[: begins.start()].strip(" :：,，") if begins else part
        of = read_weekdays(field, named) if named else days
        spans = read_spans(field, part[begins.start() :] if begins else "")
        if not spans or said & set(of):
            raise Invalid(field=field, reason=part)
        said |= set(of)
        for digit in of:
            week[int(digit) - 1] = spans
    return tuple(week)


def week_text(week: Week) -> str:
    """A week as ``read_week_text`` reads it; weekdays as digits, which every language has."""
    of: dict[tuple[Span, ...], str] = {}
    for number, spans in enumerate(week, start=1):
        if spans:
            of[spans] = of.get(spans, "") + str(number)
    return "; ".join(f"{digits} {spans_text(spans)}" for spans, digits in of.items())


def kept_week(week: Week | None) -> str | None:
    """A week as a row keeps it."""
    return None if week is None else json.dumps(week, separators=(",", ":"))


def week_kept(text: str | None) -> Week | None:
    """The week a row keeps."""
    if text is None:
        return None
    return tuple(tuple((begin, end) for begin, end in day) for day in json.loads(text))
