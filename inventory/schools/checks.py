"""What every entry about a school is held to."""

from datetime import date
from typing import TypeVar

from inventory.errors import Invalid, NotFound, SchoolClosed
from inventory.models import School

Found = TypeVar("Found")


def check_text(field: str, text: str, longest: int, *, needed: bool = False) -> str:
    """The text without blanks around it.

    Raises:
        Invalid: longer than ``longest``, or empty where it is needed.
    """
    clean = text.strip()
    if needed and not clean:
        raise Invalid(field=field, reason="-")
    if len(clean) > longest:
        raise Invalid(field=field, reason=f"> {longest}")
    return clean


def check_number(field: str, number: int | None, least: int, most: int) -> None:
    """Let a number pass that is missing or within ``least`` to ``most``.

    Raises:
        Invalid: it is not.
    """
    if number is not None and not least <= number <= most:
        raise Invalid(field=field, reason=f"{number} ({least} – {most})")


def check_open(school: School, on: date) -> School:
    """Let something come to a school that is open on that day; the day it closes on is its last.

    Raises:
        SchoolClosed: it has closed before.
    """
    if school.closed_on is not None and school.closed_on < on:
        raise SchoolClosed(key=school.code)
    return school


def known(what: str, key: str, row: Found | None) -> Found:
    """The row.

    Raises:
        NotFound: there is none within the scope.
    """
    if row is None:
        raise NotFound(what=what, key=key)
    return row
