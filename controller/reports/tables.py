"""A report as CSV and as JSON, for programs and spreadsheets."""

import csv as stdlib_csv
import io
from collections.abc import Iterable, Sequence

import msgspec

from controller.language import Language
from controller.reports.columns import Form, Value, written
from controller.reports.content import ReportContent, encode
from controller.reports.school_tables import schools, targets
from inventory.exchange.xlsx.writer import DANGEROUS


def csv(content: ReportContent, lang: Language) -> bytes:
    """One row for each target of each school, UTF-8 with a byte order mark.

    Rates are Mbit/s, shares per cent, latency milliseconds, as the headings say; a school without
    a judged target has one row.
    """
    told = targets(content, lang)
    by_school: dict[object, list[Sequence[Value]]] = {}
    for row in told.rows:
        by_school.setdefault(row[0], []).append(row)
    whole = schools(content, lang)
    rest = len(told.columns) - 2
    forms = [column.form for column in (*whole.columns, *told.columns[2:])]
    rows = (
        (*school, *target[2:])
        for school in whole.rows
        for target in by_school.get(school[0], [(None,) * (rest + 2)])
    )
    head = [lang.gettext(column.heading) for column in (*whole.columns, *told.columns[2:])]
    return csv_bytes(
        head,
        (
            [_plain(value, form, lang) for value, form in zip(row, forms, strict=True)]
            for row in rows
        ),
    )


def json(content: ReportContent) -> bytes:
    """All of the content, as it is kept, in lines that people can read."""
    return msgspec.json.format(encode(content), indent=1)


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as UTF-8 with a byte order mark; what begins like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = stdlib_csv.writer(out)
    writer.writerow(head)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(value: object) -> object:
    text = isinstance(value, str) and value.startswith(DANGEROUS)
    return f"'{value}" if text else "" if value is None else value


def _plain(value: Value, form: Form, lang: Language) -> Value:
    """A number without the signs that only people read."""
    if value is None or isinstance(value, str):
        return value
    text = written(value, form, lang)
    return text if form in (Form.day, Form.moment) else text.replace(",", "")
