"""A workbook's bytes as rows."""

from collections.abc import Iterator, Sequence

from inventory.exchange.limits import Limits
from inventory.exchange.xlsx.package import open_package
from inventory.exchange.xlsx.sheet import Value, sheet_rows
from inventory.exchange.xlsx.workbook import open_workbook


def xlsx_rows(content: bytes, limits: Limits) -> Iterator[tuple[int, Sequence[Value]]]:
    """Rows of the first visible sheet with their numbers; empty cells are ``None``.

    Raises:
        FileRefused: damaged, protected, or beyond the limits.
    """
    with open_package(content, limits) as package:
        yield from sheet_rows(package, open_workbook(package, limits), limits)
