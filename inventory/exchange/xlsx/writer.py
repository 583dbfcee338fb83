"""Workbooks as XlsxWriter makes them, row by row: texts, numbers, days and amounts.

A text is always written as one, whatever it looks like. XlsxWriter keeps no row in memory
(``constant_memory``) but writes the workbook at its end only, so it goes into a file first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Any, NamedTuple, TypeAlias

import xlsxwriter

#: What a cell that is written out may hold.
Shown: TypeAlias = str | int | Decimal | date | None
#: Told how many rows are written; what it raises ends the writing.
Written: TypeAlias = Callable[[int], None]
#: What begins like a formula, in any width.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What no XML holds (XML 1.0, 2.2).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What Excel takes in one cell.
_LONGEST = 32_767
_WIDTHS = range(8, 41)
_EVERY = 500
#: Characters that no name of a sheet has, and the longest one.
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Sheet(NamedTuple):
    """One table of a workbook: its name, a heading a column, and as many values a row."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Shown]]


def write_sheets(
    file: IO[bytes], sheets: Sequence[Sheet], written: Written = lambda _rows: None
) -> None:
    """Write a workbook of these sheets, with headings that stay in sight and can be filtered by.

    Args:
        file: to write to, seekable.
        sheets: with names that differ; rows of one are read before those of the next.
        written: told now and then how many rows of all sheets are written.
    """
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
        styles: Mapping[type, Any] = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            Decimal: book.add_format({"num_format": "#,##0.00"}),
            # Excel keeps it a text when somebody edits it.
            str: book.add_format({"num_format": "@", "quote_prefix": True}),
            object: book.add_format(),
        }
        done = 0
        for sheet in sheets:
            page = book.add_worksheet(_NO_NAME.sub(" ", sheet.title)[:_LONGEST_NAME])
            for column, heading in enumerate(sheet.headings):
                width = min(_WIDTHS[-1], max(_WIDTHS[0], 2 * len(heading)))
                page.set_column(column, column, width)
                page.write_string(0, column, heading, head)
            page.freeze_panes(1, 0)
            line = 0
            for line, row in enumerate(sheet.rows, start=1):
                _write_row(page, line, row, styles)
                done += 1
                if done % _EVERY == 0:
                    written(done)
            page.autofilter(0, 0, line, max(0, len(sheet.headings) - 1))


def _write_row(page: Any, line: int, row: Sequence[Shown], styles: Mapping[type, Any]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            if value:
                write_text(page, (line, column), value, styles)
        elif isinstance(value, date):
            page.write_datetime(line, column, value, styles[date])
        elif isinstance(value, Decimal):
            page.write_number(line, column, value, styles[Decimal])
        elif value is not None:
            page.write_number(line, column, value)


def write_text(page: Any, place: tuple[int, int], text: str, styles: Mapping[type, Any]) -> None:
    """Write a text into a cell as nothing but a text, whatever it begins with.

    Args:
        page: a worksheet.
        place: row and column.
        text: what is too long for a cell is cut off, what no XML holds left out.
        styles: of ``str``, for a text that looks like a formula, and of ``object``.
    """
    text = text[:_LONGEST]
    if not text.isprintable():
        text = _NOT_XML.sub("", text)
    if text.startswith("<r>"):
        # XlsxWriter would take it for marked-up text of its own, and write it out unescaped.
        page.write_rich_string(*place, text[:1], styles[object], text[1:])
    else:
        page.write_string(*place, text, styles[str] if text.startswith(DANGEROUS) else None)
