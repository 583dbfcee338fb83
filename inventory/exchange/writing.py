"""Rows as CSV and XLSX that no spreadsheet takes for commands.

A text that begins like a formula gets an apostrophe before it in CSV, where nothing else tells a
text from a formula (OWASP, CSV injection); reading takes it away again. In XLSX a cell says itself
that it is a text, and its format says so again for whoever edits it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, TypeAlias

import xlsxwriter

#: What a cell that is written out may hold.
Shown: TypeAlias = str | int | Decimal | date | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Rows that travel together.
_AT_ONCE = 500
_WIDTHS = range(8, 41)
#: What Excel takes in one cell.
_LONGEST = 32_767


def guarded(text: str) -> str:
    """The text, harmless at the beginning of a CSV cell."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def csv_chunks(headings: Sequence[str], rows: Iterable[Sequence[Shown]]) -> Iterator[bytes]:
    """CSV in UTF-8 with the mark that Excel needs, some hundred rows at a time."""
    kept = StringIO(newline="")
    writer = csv.writer(kept)
    kept.write("\ufeff")
    writer.writerow([guarded(heading) for heading in headings])
    for count, row in enumerate(rows, start=1):
        writer.writerow([_told(value) for value in row])
        if count % _AT_ONCE == 0:
            yield kept.getvalue().encode()
            kept.seek(0)
            kept.truncate()
    yield kept.getvalue().encode()


def write_xlsx(
    file: IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[Shown]]
) -> None:
    """One sheet with a heading that stays and a filter; rows go to the disk as they come.

    Args:
        file: where the workbook goes.
        title: of the sheet.
        headings: one a column.
        rows: as many values each.
    """
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0.00"})
    text = book.add_format({"quote_prefix": True})
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, min(_WIDTHS[-1], max(_WIDTHS[0], 2 * len(heading))))
        sheet.write_string(0, column, heading, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    style = text if value.startswith(_DANGEROUS) else None
                    sheet.write_string(line, column, value[:_LONGEST], style)
            elif isinstance(value, date):
                sheet.write_datetime(line, column, value, day)
            elif isinstance(value, Decimal):
                sheet.write_number(line, column, value, money)
            elif value is not None:
                sheet.write_number(line, column, value)
    book.close()


def _told(value: Shown) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return guarded(value) if isinstance(value, str) else str(value)
