"""In which language a person reads, and how numbers and times look in it.

Message ids are English. ``zh_CN`` is the first language: it is what a reader gets who has not
chosen. A choice is made by ``?lang=``, then the ``lang`` cookie, then the user's own setting.
"""

import gettext as stdlib_gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent

from inventory.days import ZONE

LOCALES = Path(__file__).parent / "locale"
DEFAULT_LANGUAGE = "zh_CN"
#: Code to the name the language has in itself.
LANGUAGES = {"zh_CN": "中文", "en": "English"}
_TIME = "%Y-%m-%d %H:%M"
_Unit = Literal["year", "day", "hour", "minute", "second"]
LENGTHS: Sequence[tuple[_Unit, int]] = (
    ("year", 365 * 86_400),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)


def N_(text: str) -> str:  # noqa: N802  (the name gettext tools know)
    """Mark a message for extraction where it is defined; it is translated where it is shown."""
    return text


#: Units where two of them follow each other.
_SHORT: Mapping[_Unit, str] = {
    "year": N_("{count} y"),
    "day": N_("{count} d"),
    "hour": N_("{count} h"),
    "minute": N_("{count} min"),
    "second": N_("{count} s"),
}


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its messages and its ways of writing."""

    code: str
    locale: Locale
    messages: stdlib_gettext.NullTranslations
    zone: tzinfo

    @property
    def tag(self) -> str:
        """BCP 47 tag for ``<html lang>``."""
        return self.code.replace("_", "-")

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it."""
        return "：" if self.locale.language == "zh" else ": "

    def gettext(self, message: str) -> str:
        return self.messages.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.messages.ngettext(singular, plural, number)

    def number(self, value: float, digits: int = 0) -> str:
        """``12,345.6``; trailing zeros are left out."""
        if isinstance(value, int):
            # Both languages write thousands alike; a page has hundreds of counts.
            return f"{value:,}"
        return format_decimal(round(value, digits), locale=self.locale)

    def percent(self, ratio: float, digits: int = 0) -> str:
        """A ratio (0 to 1) as per cent."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "") + "%"
        return format_percent(ratio, format=pattern, locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Date and time to the minute in the zone of the installation."""
        return at.astimezone(self.zone).strftime(_TIME)

    def day(self, on: date) -> str:
        return on.isoformat()

    def ago(self, at: datetime, now: datetime) -> str:
        """``3 minutes ago``, in words."""
        return format_timedelta(at - now, add_direction=True, threshold=0.9, locale=self.locale)

    def span(self, seconds: float) -> str:
        """A length of time in words, in its two largest units: 90 minutes are not two hours."""
        rounded, (unit, length), (smaller, part) = _in_two(seconds)
        whole, rest = divmod(rounded, length)
        if whole and rest:
            pair = ((unit, whole), (smaller, rest // part))
            return " ".join(self.gettext(_SHORT[name]).format(count=n) for name, n in pair)
        told = timedelta(seconds=rounded)
        return format_timedelta(told, granularity=unit, threshold=inf, locale=self.locale)


def _in_two(seconds: float) -> tuple[int, tuple[_Unit, int], tuple[_Unit, int]]:
    """A length of time rounded to the second of two units, with both of them."""
    for larger, smaller in pairwise(LENGTHS):
        # Rounded first: 59.9 seconds are a minute.
        rounded = round(seconds / smaller[1]) * smaller[1]
        if rounded >= larger[1]:
            return rounded, larger, smaller
    return round(seconds), LENGTHS[-1], LENGTHS[-1]


@cache
def language(code: str) -> Language:
    """The language of a code; an unknown code means the first language."""
    known = code if code in LANGUAGES else DEFAULT_LANGUAGE
    return Language(
        code=known,
        locale=Locale.parse("en" if known == "en" else "zh_Hans_CN"),
        messages=stdlib_gettext.translation("messages", LOCALES, [known], fallback=True),
        zone=ZONE,
    )


def chosen(*candidates: str | None) -> Language:
    """The first candidate we have, else the first language."""
    for candidate in candidates:
        if candidate and (code := candidate.replace("-", "_")) in LANGUAGES:
            return language(code)
    return language(DEFAULT_LANGUAGE)


def from_milliseconds(at: int) -> datetime:
    """Milliseconds since the epoch (what readings carry) as an aware datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)
