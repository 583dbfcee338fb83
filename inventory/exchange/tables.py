"""Files as rows of cells: one reader each for XLSX and CSV, chosen by what the bytes are."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from inventory.exchange.csv_text import csv_rows
from inventory.exchange.errors import FileTooLarge, FileUnreadable
from inventory.exchange.limits import LIMITS, MEGABYTE, Limits
from inventory.exchange.xlsx import BrokenCell, xlsx_rows

#: What a cell holds; ``None`` and ``""`` are empty.
Cell: TypeAlias = str | int | float | bool | datetime | BrokenCell | None
_ZIP = b"PK\x03\x04"
#: Excel 97, and any workbook with a password.
_OLE = b"\xd0\xcf\x11\xe0"


class Row(NamedTuple):
    """One row as it stands in the file."""

    #: As Excel and editors number them, from 1.
    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Source:
    """A file somebody gave.

    Args:
        name: what it is called, for messages.
        content: its bytes.
    """

    name: str
    content: bytes


def read_rows(source: Source, limits: Limits = LIMITS) -> Generator[Row, None, None]:
    """Rows in the order of the file, empty ones left out; read while they are asked for.

    Of a workbook the first visible sheet is read. Whoever does not read to the end closes it.

    Raises:
        FileRefused: one of ``errors``; a broken file may tell so only at its end.
    """
    if len(source.content) > limits.file_bytes:
        raise FileTooLarge(limit=limits.file_bytes // MEGABYTE)
    if source.content.startswith(_OLE):
        raise FileUnreadable
    read = xlsx_rows if source.content.startswith(_ZIP) else csv_rows
    with closing(read(source.content, limits)) as rows:
        for line, cells in rows:
            if any(cell not in (None, "") for cell in cells):
                yield Row(line, cells)
