"""One sheet as rows: a parser that is fed piece by piece and keeps the rows of one piece only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from inventory.exchange.errors import (
    CellTooLong,
    FileTooDense,
    FileUnreadable,
    TooManyColumns,
    TooManyRows,
)
from inventory.exchange.limits import Limits
from inventory.exchange.xlsx.package import Package, local, parser_of
from inventory.exchange.xlsx.workbook import Workbook

_LETTERS = 26
_DIGITS = "0123456789"
_BEFORE_A = ord("A") - 1
_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of a calendar, no instant
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
#: 31 December 9999, the last day a sheet can show.
_LAST_DAY = 2_958_465


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell without a value to take: ``#REF!``, or a formula that was never calculated."""

    shown: str


Value: TypeAlias = str | int | float | bool | datetime | BrokenCell | None


def sheet_rows(
    package: Package, book: Workbook, limits: Limits
) -> Iterator[tuple[int, Sequence[Value]]]:
    """Rows of the workbook's sheet, with their numbers.

    Raises:
        TooManyRows, TooManyColumns, CellTooLong: beyond the limits.
    """
    reader = _Reader(book, limits)
    parser = parser_of(reader)
    for chunk in package.chunks(book.sheet):
        parser.Parse(chunk, False)
        yield from reader.taken()
    parser.Parse(b"", True)
    yield from reader.taken()


class _Reader:
    """State between the calls of the parser."""

    def __init__(self, book: Workbook, limits: Limits) -> None:
        self._book = book
        self._limits = limits
        self._rows: list[tuple[int, Sequence[Value]]] = []
        self._line = 0
        self._cells: list[Value] = []
        self._column = -1
        self._kind = "n"
        self._style = 0
        self._parts: list[str] = []
        self._length = 0
        self._reading = self._formula = self._phonetic = False
        self._elements = 0
        #: Letters of references to the columns they mean.
        self._columns: dict[str, int] = {}

    def taken(self) -> Sequence[tuple[int, Sequence[Value]]]:
        """Rows that are complete since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        # A ledger has a million of them: no call and no look-up that can be done without.
        self._elements += 1
        if self._elements > self._limits.elements:
            raise FileTooDense
        if ":" in name:
            name = local(name)
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v":
            self._reading = True
        elif name == "t":
            self._reading = not self._phonetic
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if name == "c":
            self._end_cell()
        elif name in ("v", "t"):
            self._reading = False
        elif name == "row":
            self._rows.append((self._line, self._cells))
        elif name == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        if self._reading:
            self._length += len(data)
            if self._length > self._limits.cell:
                raise CellTooLong(line=self._line, limit=self._limits.cell)
            self._parts.append(data)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        line = int(attributes.get("r", self._line + 1))
        # Rows and cells only go on: otherwise one of them could be told without end.
        if line <= self._line:
            raise FileUnreadable
        self._line = line
        if self._line > self._limits.rows:
            raise TooManyRows(limit=self._limits.rows)
        self._cells = []
        self._column = -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            column = self._column + 1
        else:
            letters = reference.rstrip(_DIGITS)
            known = self._columns.get(letters)
            column = self._find_column(letters) if known is None else known
        if column <= self._column:
            raise FileUnreadable
        if column >= self._limits.columns:
            raise TooManyColumns(line=self._line, limit=self._limits.columns)
        self._column = column
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0"))
        self._parts = []
        self._length = 0
        self._formula = False

    def _find_column(self, letters: str) -> int:
        column = _column_of(letters)
        if column < self._limits.columns:
            self._columns[letters] = column
        return column

    def _end_cell(self) -> None:
        value = self._value("".join(self._parts))
        if value is None or value == "":
            return
        self._cells.extend([None] * (self._column + 1 - len(self._cells)))
        self._cells[self._column] = value

    def _value(self, text: str) -> Value:
        if not text:
            return BrokenCell("=…") if self._formula and self._kind != "str" else None
        match self._kind:
            case "s":
                return self._book.texts[int(text)]
            case "b":
                return text == "1"
            case "e":
                return BrokenCell(text)
            case "n":
                return self._number(float(text))
        return text

    def _number(self, number: float) -> Value:
        if self._style in self._book.dates and 0 < number <= _LAST_DAY:
            epoch = _EPOCH_1904 if self._book.since_1904 else _EPOCH_1900
            return epoch + timedelta(seconds=round(number * 86_400))
        return int(number) if number.is_integer() else number


def _column_of(letters: str) -> int:
    """``C`` is column 2.

    Raises:
        FileUnreadable: something that is no letter.
    """
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise FileUnreadable
        number = number * _LETTERS + ord(letter) - _BEFORE_A
    return number - 1
