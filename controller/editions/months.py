"""The months an edition signs: the rows that lists and trends show, kept as a part of it.

What is computed later, by the job or for another edition, may say otherwise; when the edition is
frozen, its own rows take that place (:func:`inventory.verdicts.signing.sign_months`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from inventory.editions.documents import JSON, Made
from inventory.models import MonthTargetVerdict, MonthVerdict
from inventory.verdicts.signing import Row

#: Its name among the parts of an edition.
MONTHS = "months.json"
FORMAT = "campus-fleet/months/1"


class Months(NamedTuple):
    """Rows of schools and of their targets."""

    verdicts: list[Row]
    targets: list[Row]


class _Rows(msgspec.Struct):
    columns: list[str]
    rows: list[list[Any]]


class _Document(msgspec.Struct):
    format: str
    verdicts: _Rows
    targets: _Rows


# Made before there are threads; see inventory.standards.documents.
_DOCUMENTS = msgspec.json.Decoder(_Document)


def months_document(months: Months) -> Made:
    """The rows as they are kept."""
    document = _Document(FORMAT, _packed(months.verdicts), _packed(months.targets))
    return Made(MONTHS, JSON, msgspec.json.encode(document))


def read_months(made: Made) -> Months:
    """The rows that :func:`months_document` wrote.

    Raises:
        ValueError: it is none.
    """
    found = _DOCUMENTS.decode(made.content)
    if found.format != FORMAT:
        raise ValueError(f"no months of this format: {found.format[:60]!r}")
    return Months(
        [_row(found.verdicts.columns, one, MonthVerdict) for one in found.verdicts.rows],
        [_row(found.targets.columns, one, MonthTargetVerdict) for one in found.targets.rows],
    )


def _packed(rows: Iterable[Row]) -> _Rows:
    told = list(rows)
    names = list(told[0]) if told else []
    return _Rows(names, [[row[name] for name in names] for row in told])


def _row(names: Sequence[str], values: Sequence[Any], model: Any) -> Mapping[str, Any]:
    known = model.__table__.c
    row = {name: value for name, value in zip(names, values, strict=True) if name in known}
    row["month"] = date.fromisoformat(row["month"])
    if "computed_at" in row:
        row["computed_at"] = datetime.fromisoformat(row["computed_at"])
    return row
