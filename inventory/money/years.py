"""Fiscal years (January to December) and school years (September to August): never mixed.

Both have a number, but 2026 means twelve other months in each, so they are types of their own:
comparing one with the other is an error.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Self, TypeAlias

_SCHOOL_BEGINS = 9


class Calendar(StrEnum):
    """By which years somebody counts."""

    fiscal = "fiscal"
    school = "school"


@dataclass(frozen=True, order=True, slots=True)
class FiscalYear:
    """A budget year (财政年度): that of the calendar."""

    number: int
    calendar: ClassVar[Calendar] = Calendar.fiscal

    @classmethod
    def containing(cls, on: date) -> Self:
        return cls(on.year)

    @property
    def first(self) -> date:
        return date(self.number, 1, 1)

    @property
    def last(self) -> date:
        return date(self.number, 12, 31)

    @property
    def label(self) -> str:
        return str(self.number)


@dataclass(frozen=True, order=True, slots=True)
class SchoolYear:
    """A school year (学年), named by the calendar year it begins in: 2025 is 2025-2026."""

    number: int
    calendar: ClassVar[Calendar] = Calendar.school

    @classmethod
    def containing(cls, on: date) -> Self:
        return cls(on.year if on.month >= _SCHOOL_BEGINS else on.year - 1)

    @property
    def first(self) -> date:
        return date(self.number, _SCHOOL_BEGINS, 1)

    @property
    def last(self) -> date:
        return date(self.number + 1, _SCHOOL_BEGINS - 1, 31)

    @property
    def label(self) -> str:
        return f"{self.number}-{self.number + 1}"


Year: TypeAlias = FiscalYear | SchoolYear


def year_of(calendar: Calendar, number: int) -> Year:
    return FiscalYear(number) if calendar is Calendar.fiscal else SchoolYear(number)


def year_containing(calendar: Calendar, on: date) -> Year:
    kind = FiscalYear if calendar is Calendar.fiscal else SchoolYear
    return kind.containing(on)
