"""Workbooks as Excel and others make them."""

from collections.abc import Callable, Sequence
from io import BytesIO

import openpyxl
import pytest

Workbook = Callable[..., bytes]


@pytest.fixture
def workbook() -> Workbook:
    """Bytes of a workbook with these rows; ``change`` may do more to the sheet."""

    def make(
        rows: Sequence[Sequence[object]],
        change: Callable[[openpyxl.Workbook], None] = lambda _book: None,
    ) -> bytes:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        change(book)
        kept = BytesIO()
        book.save(kept)
        return kept.getvalue()

    return make
