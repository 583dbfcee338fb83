"""Budgets as files: CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from controller.language import N_, Language
from inventory.models import Programme, ProgrammeCategory
from inventory.money.table import BudgetTable

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEADINGS = (
    N_("Year"),
    N_("Category"),
    N_("Planned, from (yuan)"),
    N_("Planned, to (yuan)"),
    N_("Spent (yuan)"),
    N_("Left (yuan)"),
)


def plain(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_file(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """A download in UTF-8 with a byte order mark, which Excel needs to read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([plain(cell) if isinstance(cell, str) else cell for cell in row])
    return Response(
        "\ufeff" + text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def name_of(category: ProgrammeCategory, lang: Language) -> str:
    """The category in the reader's language, where the bureau has given it both names."""
    return category.name_en if lang.code == "en" and category.name_en else category.name


def table_csv(programme: Programme, table: BudgetTable, lang: Language) -> Response:
    """One line a year and category."""

    def rows() -> Iterable[Sequence[object]]:
        yield [lang.gettext(heading) for heading in _HEADINGS]
        for year, cells in zip(table.years, table.rows, strict=True):
            for category, cell in zip(table.categories, cells, strict=True):
                yield (
                    year.label,
                    name_of(category, lang),
                    cell.from_cny if cell.is_planned else "",
                    cell.to_cny if cell.is_planned else "",
                    cell.spent_cny,
                    cell.left_cny,
                )

    return csv_file(f"budget-{programme.id}", rows())
