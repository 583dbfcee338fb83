"""Tables of a report before they are printed: values, what they are, and how each is written."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from controller.language import Language, from_milliseconds

#: A rate in bit/s, a share 0 to 1, a time in milliseconds, a count, a text that is read as it is.
Value: TypeAlias = str | int | float | Decimal | date | None
#: What is not known, on paper.
UNKNOWN = "—"


class Form(StrEnum):
    """What a column holds, in the units of :mod:`controller.reports.content`."""

    text = "text"
    #: A word of a scale, such as a state.
    word = "word"
    whole = "whole"
    number = "number"
    #: bit/s, written as Mbit/s.
    rate = "rate"
    #: 0 to 1, written in per cent.
    share = "share"
    #: Seconds, written as milliseconds.
    latency = "latency"
    day = "day"
    moment = "moment"


#: Those that stand at the right of their column.
NUMBERS = frozenset({Form.whole, Form.number, Form.rate, Form.share, Form.latency})


#: What a value is multiplied with, digits behind the point, and the sign behind it.
_TIMES = {Form.rate: 1e-6, Form.share: 100.0, Form.latency: 1000.0}
_DIGITS = {Form.whole: 0, Form.latency: 1}
_SIGNS = {Form.share: "%"}


class Column(NamedTuple):
    """A column: a name for machines, a heading as message id, and how wide beside the others."""

    name: str
    heading: str
    form: Form = Form.text
    weight: float = 1.0


class Table(NamedTuple):
    """Rows under columns; ``name`` is for machines, ``title`` a message id."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


def written(value: Value, form: Form, lang: Language) -> str:
    """A value as paper has it."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return lang.day(value)
    if form is Form.moment:
        return lang.moment(from_milliseconds(int(value)))
    return _number(float(value) * _TIMES.get(form, 1), _DIGITS.get(form, 2)) + _SIGNS.get(form, "")


def _number(value: float, digits: int) -> str:
    """``12,345.6``, as both languages write it; trailing zeros are left out."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def printed(table: Table, lang: Language) -> list[list[str]]:
    """Every cell of a table as paper has it."""
    forms = [column.form for column in table.columns]
    return [
        [written(value, form, lang) for value, form in zip(row, forms, strict=True)]
        for row in table.rows
    ]
