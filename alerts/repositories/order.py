"""What lists of alerts and lists of tickets share."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, case

from alerts.severity import Severity


def loudest(severity: Any) -> ColumnElement[int]:
    """SQL to sort by: what is critical comes first."""
    return case({Severity.critical.value: 0}, value=severity, else_=1)


def by_school(rows: Any) -> Mapping[str, int]:
    """Rows of (school code, count) as a mapping."""
    return dict(rows.all())
