"""What the process that reads a workbook says: MessagePack with a length before each frame.

Whoever takes a frame decodes it into these types and nothing else, so a file can say nothing but
texts, numbers and truths.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec

#: Bytes before each frame that say its length, and the longest one: 500 rows, or a megabyte of
#: text and one row more.
HEAD = 4
LONGEST = 64 << 20


class Refusal(StrEnum):
    """Why a workbook is not taken."""

    unreadable = "unreadable"
    dense = "dense"
    large = "large"
    heavy = "heavy"
    rows = "rows"
    columns = "columns"
    cell = "cell"


class Line(msgspec.Struct, array_like=True, gc=False):
    """One row that is not empty.

    Args:
        number: as Excel counts, from 1.
        cells: without days and broken ones, to the last that holds anything.
        days: dates and times by the index of the cell, ISO 8601.
        broken: what is shown by the index of the cell: ``#REF!``, a formula without a result.
    """

    number: int
    cells: list[str | int | float | bool | None]
    days: dict[int, str] = {}
    broken: dict[int, str] = {}


class Lines(msgspec.Struct, array_like=True, tag="lines"):
    """Some rows, in their order."""

    lines: list[Line]


class Refused(msgspec.Struct, array_like=True, tag="refused"):
    """Nothing more is read."""

    why: Refusal
    line: int = 0


class Ended(msgspec.Struct, array_like=True, tag="ended"):
    """That was all of it."""


Frame: TypeAlias = Lines | Refused | Ended
