"""The report of a campaign as a table, and the digest that a signature holds to."""

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import datetime

from inventory.models import StockResult

#: Names of columns, in their order. They and the codes in them are the same in every language, so
#: that a file can be held against its digest wherever it was fetched.
COLUMNS = (
    "position",
    "school_code",
    "outcome",
    "device_id",
    "asset_number",
    "serial",
    "name",
    "code",
    "expected_room",
    "seen_room",
    "seen_at",
    "counted_by",
    "disputed",
    "decision",
    "decided_by",
    "decided_at",
    "note",
)
#: Spreadsheets take a cell that begins with these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_csv(results: Iterable[StockResult]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, which spreadsheets need; times are UTC."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in results:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def digest_of(results: Iterable[StockResult]) -> str:
    """SHA-256 of :func:`report_csv`, in hex: what ``sha256sum`` says of the file."""
    return hashlib.sha256(report_csv(results)).hexdigest()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
