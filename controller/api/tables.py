"""Lists as tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

#: What spreadsheets take for a formula at the beginning of a cell.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(name: str, head: Iterable[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download as CSV: UTF-8 with a byte order mark, as spreadsheets expect.

    Args:
        name: of the file; ASCII.
        head: names of the columns.
        rows: their values; text that begins like a formula gets an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
