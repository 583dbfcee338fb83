"""Sheets of a workbook: tables under their headings, with formulas where a reader may recount."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, NamedTuple, TypeAlias

from controller.language import Language, from_milliseconds
from controller.reports.columns import NUMBERS, Column, Form, Table, Value
from inventory.exchange.xlsx.writer import write_text

#: A formula and what it comes to, so that programs that do not calculate show it, too.
Formula: TypeAlias = tuple[str, Value]
#: The formula of a cell, given its row in the sheet (1 is the first) and the row's values.
Made: TypeAlias = Callable[[int, Sequence[Value]], Formula]
_MEGA = 1_000_000
_FORMATS = {
    Form.whole: "#,##0",
    Form.number: "#,##0.##",
    Form.rate: "#,##0.00",
    Form.share: "0.00%",
    Form.latency: "#,##0.0",
    Form.day: "yyyy-mm-dd",
    Form.moment: "yyyy-mm-dd hh:mm",
}
_WIDEST, _NARROWEST, _PER_WEIGHT = 48, 9, 10


class Styles(NamedTuple):
    """Formats of one workbook."""

    head: Any
    title: Any
    strong: Any
    wrapped: Any
    of: Mapping[Form, Any]
    texts: Mapping[type, Any]
    zone: tzinfo


def styles_of(book: Any, zone: tzinfo) -> Styles:
    """Make the formats of a workbook whose times are of a zone."""
    return Styles(
        head=book.add_format(
            {"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True, "valign": "top"}
        ),
        title=book.add_format({"bold": True, "font_size": 16}),
        strong=book.add_format({"bold": True, "num_format": "#,##0"}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        of={form: book.add_format({"num_format": text}) for form, text in _FORMATS.items()},
        texts={
            str: book.add_format({"num_format": "@", "quote_prefix": True}),
            object: book.add_format(),
        },
        zone=zone,
    )


def write_table(
    page: Any,
    table: Table,
    styles: Styles,
    lang: Language,
    *,
    formulas: Mapping[str, Made] | None = None,
    top: int = 0,
) -> int:
    """Write a table with a heading that stays in sight and a filter on every column.

    Args:
        page: a worksheet, of which nothing below ``top`` is written.
        table: its rows are read once.
        styles: of the workbook.
        lang: of the headings.
        formulas: by column name, in place of the table's own value.
        top: row of the headings, 0 is the first.

    Returns:
        The last row that was written, 0 is the first.
    """
    made = formulas or {}
    line = top
    for at, column in enumerate(table.columns):
        page.set_column(at, at, _width(column))
        write_text(
            page, (top, at), lang.gettext(column.heading), {**styles.texts, str: styles.head}
        )
        page.write_string(top, at, lang.gettext(column.heading), styles.head)
    page.freeze_panes(top + 1, 0)
    for line, row in enumerate(table.rows, start=top + 1):
        for at, column in enumerate(table.columns):
            make = made.get(column.name)
            if make is None:
                write_value(page, (line, at), row[at], column.form, styles)
            else:
                formula, value = make(line + 1, row)
                page.write_formula(
                    line, at, formula, styles.of.get(column.form), _number(value, Form.number)
                )
    page.autofilter(top, 0, max(line, top + 1), len(table.columns) - 1)
    return line


def write_value(
    page: Any, place: tuple[int, int], value: Value, form: Form, styles: Styles
) -> None:
    """Write one value as a number, a day or a text; what is not known leaves the cell empty."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        write_text(page, place, value, styles.texts)
    elif isinstance(value, date):
        page.write_datetime(*place, value, styles.of[Form.day])
    elif form is Form.moment:
        at = from_milliseconds(int(value)).astimezone(styles.zone).replace(tzinfo=None)
        page.write_datetime(*place, at, styles.of[form])
    else:
        page.write_number(*place, _number(value, form), styles.of.get(form, styles.of[Form.number]))


def letters(at: int) -> str:
    """A column as formulas name it: 0 is ``A``."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _number(value: Value, form: Form) -> Any:
    if isinstance(value, str) or value is None or isinstance(value, date):
        return "" if value is None else value
    shown = {Form.rate: 1 / _MEGA, Form.latency: 1000.0}.get(form)
    return value if shown is None else float(value) * shown


def _width(column: Column) -> float:
    least = _NARROWEST if column.form in NUMBERS else _NARROWEST + 1
    return min(_WIDEST, max(least, _PER_WEIGHT * column.weight))
