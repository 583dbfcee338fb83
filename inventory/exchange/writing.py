"""Rows as files that no spreadsheet takes for commands.

A text that begins like a formula gets an apostrophe before it, since nothing else in CSV tells a
text from a formula (OWASP, CSV injection); reading takes it away again. In XLSX a cell says itself
that it is a text, and its format says so again for whoever edits it (``xlsx.writer``).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from inventory.exchange.xlsx.writer import DANGEROUS, Shown

__all__ = ["Shown", "csv_chunks", "guarded"]
#: Rows that travel together.
_AT_ONCE = 500
_PLAIN = frozenset({int, Decimal, date})


def guarded(text: str) -> str:
    """The text, harmless at the beginning of a CSV cell."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


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


def _told(value: Shown) -> Shown:
    # Numbers and days are written by the module itself; nothing of them begins a formula.
    kind = type(value)
    if kind in _PLAIN or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return guarded(value) if isinstance(value, str) else value
