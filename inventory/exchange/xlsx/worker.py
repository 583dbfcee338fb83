"""The process that reads one workbook: the file comes on stdin, frames go out, and then it ends.

It bounds itself before it looks at anything. A sheet is laid out by python-calamine as a full
rectangle, so two cells in opposite corners ask for more memory than there is: the process dies of
it, and whoever waits for it says so in one line. The same holds for whatever panics.
"""

import resource
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import chain
from typing import Any

import msgspec
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from inventory.exchange.limits import MEGABYTE, Limits
from inventory.exchange.xlsx.broken import broken_cells
from inventory.exchange.xlsx.frames import Ended, Frame, Line, Lines, Refusal, Refused

_ENCRYPTED = 1
_AT_ONCE = 500
_DAY = timedelta(days=1)
_FILES = 16


class _Stop(Exception):
    """The file is not taken."""

    def __init__(self, why: Refusal, line: int = 0) -> None:
        self.frame = Refused(why, line)
        super().__init__(why)


def main() -> None:
    """Read what stdin holds; the only argument is ``Limits`` as JSON."""
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    for frame in _frames(sys.stdin.buffer.read(), limits):
        body = msgspec.msgpack.encode(frame)
        sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()


def _frames(content: bytes, limits: Limits) -> Iterator[Frame]:
    try:
        yield from map(Lines, _together(_lines(content, limits)))
        yield Ended()
    except _Stop as stop:
        yield stop.frame
    except MemoryError:
        yield Refused(Refusal.heavy)
    except Exception:  # noqa: BLE001 - a file may break whatever reads it in any way
        yield Refused(Refusal.unreadable)


def _together(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Rows that travel together."""
    part: list[Line] = []
    length = 0
    for line in lines:
        part.append(line)
        length += sum(len(cell) for cell in line.cells if isinstance(cell, str))
        if len(part) == _AT_ONCE or length > MEGABYTE:
            yield part
            part, length = [], 0
    yield part


def _lines(content: bytes, limits: Limits) -> Iterator[Line]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        _look(archive.infolist(), limits)
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        name = next(
            one.name
            for one in book.sheets_metadata
            if one.visible is SheetVisibleEnum.Visible and one.typ is SheetTypeEnum.WorkSheet
        )
        broken = broken_cells(archive, name)
    if any(number > limits.rows for number in broken):
        raise _Stop(Refusal.rows)
    sheet = book.get_sheet_by_name(name)
    if sheet.end is not None and sheet.end[0] >= limits.rows:
        raise _Stop(Refusal.rows)
    last = max(broken, default=0)
    for number, row in enumerate(_rows(sheet, last), start=1):
        line = _line(number, row, broken.get(number, {}))
        if len(line.cells) > limits.columns:
            raise _Stop(Refusal.columns, number)
        if any(isinstance(cell, str) and len(cell) > limits.cell for cell in line.cells):
            raise _Stop(Refusal.cell, number)
        if line.cells:
            yield line


def _look(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """What the directory says; where it lies, the bounds of this process hold.

    Raises:
        _Stop: it is encrypted, or too much.
    """
    if len(entries) > limits.parts or any(e.flag_bits & _ENCRYPTED for e in entries):
        raise _Stop(Refusal.unreadable)
    if any(e.file_size > MEGABYTE + e.compress_size * limits.ratio for e in entries):
        raise _Stop(Refusal.dense)
    if sum(e.file_size for e in entries) > limits.unpacked_bytes:
        raise _Stop(Refusal.large)


def _rows(sheet: CalamineSheet, last: int) -> Iterator[Sequence[Any]]:
    """Cells of all rows from the first, and on to one that is known to be broken."""
    before = [""] * (sheet.start[1] if sheet.start else 0)
    height = sheet.end[0] + 1 if sheet.end else 0
    return chain(
        (before + row for row in sheet.iter_rows()) if height else (),
        ([] for _ in range(height, last)),
    )


def _line(number: int, row: Sequence[Any], broken: Mapping[int, str]) -> Line:
    line = Line(number, [None if cell == "" else cell for cell in row], {}, dict(broken))
    cells = line.cells
    for index, cell in enumerate(row):
        if isinstance(cell, float):
            # A sheet has no whole numbers; beyond 64 bits MessagePack has none.
            cells[index] = int(cell) if cell.is_integer() and abs(cell) < 2**63 else cell
        elif isinstance(cell, date):
            line.days[index] = cell.isoformat()
            cells[index] = None
        elif isinstance(cell, time):
            since = datetime.combine(date.min, cell) - datetime.min  # noqa: DTZ901 - no instant
            cells[index] = since / _DAY
        elif isinstance(cell, timedelta):
            days = cell / _DAY
            cells[index] = int(days) if days.is_integer() else days
    longest = max((i + 1 for i, cell in enumerate(cells) if cell is not None), default=0)
    needed = max(longest, *(i + 1 for i in (*line.days, *broken)), 0)
    line.cells[:] = [*cells[:needed], *[None] * (needed - len(cells))]
    return line


if __name__ == "__main__":
    main()
