"""What a table may look like: columns, what they may be called, and what they hold."""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Holds(StrEnum):
    """What the cells of a column are read as."""

    text = "text"
    #: A text that is a key: full-width digits and letters are written as usual ones.
    number = "number"
    whole = "whole"
    #: The year a school year begins in: ``2026``, ``2026-2027学年``.
    year = "year"
    decimal = "decimal"
    money = "money"
    day = "day"
    #: The last day of a month that is told without a day.
    last_day = "last_day"
    truth = "truth"
    choice = "choice"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        field: of the row that comes out.
        heading: in English, as we write it ourselves.
        zh: the same in Chinese.
        also: what else it is called, in either language.
        holds: how cells are read.
        needed: no row without it.
        longest: characters of a text.
        choice: name of the vocabulary of a choice.
        words: further words of ledgers for a choice, with the value each stands for.
        digits: places of a decimal before and after the point.
        most: the largest whole number or amount.
        priced: only shown to who may read costs.
        private: only shown to who may change such rows.
    """

    field: str
    heading: str
    zh: str
    also: Sequence[str] = ()
    holds: Holds = Holds.text
    needed: bool = False
    longest: int = 255
    choice: str = ""
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    digits: tuple[int, int] = (12, 2)
    most: int = 10_000_000
    priced: bool = False
    private: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """A kind of table.

    Args:
        name: as in ``fleet import NAME``.
        title: in English, a message id.
        columns: in the order in which they are written out.
        key: fields that say which row of the register is meant.
    """

    name: str
    title: str
    columns: Sequence[Column]
    key: Sequence[str]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.field == name)


def priced_fields(layout: Layout) -> frozenset[str]:
    """Fields that only those who may read costs are shown."""
    return frozenset(column.field for column in layout.columns if column.priced)


_BETWEEN = re.compile(r"[\s　_\-/\\:：·.]+")
_REMARK = re.compile(r"[(\[【<《].*?[)\]】>》]")


def plain(text: str) -> str:
    """A heading or a word as it is compared: widths, cases, spaces and remarks do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("*", "")
    without = _BETWEEN.sub("", _REMARK.sub("", folded))
    return without or _BETWEEN.sub("", folded)
