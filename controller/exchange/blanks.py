"""Empty workbooks to fill in and bring: one a table, in the reader's language.

Columns that hold keys are texts, so that Excel loses no digit; days are days; a choice is a list to
pick from. What every row needs is marked with a star, which reading takes no notice of.
"""

from collections.abc import Mapping, Sequence
from typing import IO, Any

import xlsxwriter

from controller.exchange.words import choices, heading
from controller.language import N_, Language
from inventory.exchange.layout import Column, Holds, Layout

_WORDS = N_("Words")
#: Rows that are ready to be filled in.
_ROWS = 5_000
_WIDTH = 16
_FORMATS: Mapping[Holds, str] = {
    Holds.text: "@",
    Holds.number: "@",
    Holds.day: "yyyy-mm-dd",
    Holds.last_day: "yyyy-mm-dd",
    Holds.money: "#,##0.00",
}


def write_blank(file: IO[bytes], layout: Layout, lang: Language) -> None:
    """Write the empty workbook of a table; its words are on a second sheet.

    Args:
        file: to write to, seekable.
        layout: the table, with the fields of one's own.
        lang: of headings and words.
    """
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet(lang.gettext(layout.title))
        words = book.add_worksheet(lang.gettext(_WORDS))
        head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
        formats = {code: book.add_format({"num_format": code}) for code in set(_FORMATS.values())}
        lists = 0
        for place, column in enumerate(layout.columns):
            page.write_string(0, place, heading(lang, column) + "*" * column.needed, head)
            page.set_column(place, place, _WIDTH, formats.get(_FORMATS.get(column.holds, "")))
            allowed = _allowed(lang, column)
            if allowed:
                words.write_column(0, lists, [heading(lang, column), *allowed])
                _offer(page, words.get_name(), (place, lists), len(allowed))
                lists += 1
        page.freeze_panes(1, 0)


def _allowed(lang: Language, column: Column) -> Sequence[str]:
    if column.holds is Holds.choice:
        return choices(lang, column.choice)
    return (lang.gettext("Yes"), lang.gettext("No")) if column.holds is Holds.truth else ()


def _offer(page: Any, sheet: str, places: tuple[int, int], count: int) -> None:
    """A list in the column of a page, of the words in a column of another sheet."""
    place, words = places
    first, last = (
        xlsxwriter.utility.xl_rowcol_to_cell(row, words, row_abs=True, col_abs=True)
        for row in (1, count)
    )
    source = f"='{sheet}'!{first}:{last}"
    page.data_validation(1, place, _ROWS, place, {"validate": "list", "source": source})
