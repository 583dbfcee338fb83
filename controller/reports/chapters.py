"""What an annual report tells beyond the lines: figures, each as its two numbers and its day."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from inventory.coverage.tally import Stand
from inventory.standards.model import Measure, Unit


class ChapterKind(StrEnum):
    """Chapters of the annual report, in their order."""

    equipment = "equipment"
    procurement = "procurement"
    maintenance = "maintenance"
    administrators = "administrators"


class _Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Base of plain values."""


class Figure(_Plain, frozen=True, kw_only=True):
    """One figure.

    Args:
        name: its code; the words belong to whoever prints.
        key: what it is of within the name, such as a kind of device or a year; empty for all.
        numerator: what there is; with a ``denominator``, what it is held against.
        on: the day or the month it was counted for.
    """

    name: str
    key: str = ""
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    on: date | None = None


class Chapter(_Plain, frozen=True, kw_only=True):
    """Figures of one chapter."""

    kind: ChapterKind
    figures: tuple[Figure, ...]


class MonthTally(_Plain, frozen=True, kw_only=True):
    """A figure of coverage as one month counted it."""

    month: date
    numerator: int
    denominator: int
    unknown: int = 0


class HeldAgainst(_Plain, frozen=True, kw_only=True):
    """A target a figure of coverage is held against.

    Args:
        schools: how many of those it binds stand how.
        stand: of all of them together; ``None`` where the target is shown only.
    """

    plan: str
    target: str
    quote: str
    value: Decimal
    unit: Unit
    plan_en: str = ""
    quote_en: str = ""
    at_most: bool = False
    numerator: int = 0
    denominator: int = 0
    unknown: int = 0
    stand: Stand | None = None
    schools: dict[Stand, int] = {}


class Covered(_Plain, frozen=True, kw_only=True):
    """A figure of coverage: months in order, the last of the period at the end, and its targets.

    Args:
        is_number: a number of things, of which the numerator alone is the figure.
    """

    measure: Measure
    months: tuple[MonthTally, ...]
    targets: tuple[HeldAgainst, ...] = ()
    is_number: bool = False
