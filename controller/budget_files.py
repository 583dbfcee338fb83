"""Budgets as files: CSV that a spreadsheet opens without running anything in it."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from starlette.responses import Response

from controller.language import N_, Language
from inventory.exchange.writing import Shown, csv_chunks
from inventory.models import Programme, ProgrammeCategory
from inventory.money.table import BudgetTable


class FileFormat(StrEnum):
    """What a proposal is written as."""

    xlsx = "xlsx"
    csv = "csv"
    pdf = "pdf"


MEDIA_TYPES: Mapping[FileFormat, str] = {
    FileFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.csv: "text/csv; charset=utf-8",
    FileFormat.pdf: "application/pdf",
}
_HEADINGS = (
    N_("Year"),
    N_("Category"),
    N_("Planned, from (yuan)"),
    N_("Planned, to (yuan)"),
    N_("Spent (yuan)"),
    N_("Left (yuan)"),
)


def csv_file(name: str, rows: Iterable[Sequence[Shown]]) -> Response:
    """A download in UTF-8 with a byte order mark, which Excel needs to read Chinese."""
    headings, *lines = rows
    content = b"".join(csv_chunks([str(heading) for heading in headings], lines))
    return Response(
        content,
        media_type=MEDIA_TYPES[FileFormat.csv],
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

    def rows() -> Iterable[Sequence[Shown]]:
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
