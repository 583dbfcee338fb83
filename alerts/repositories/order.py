"""What lists of alerts and lists of tickets share."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col


def loudest(severity: Any) -> Any:
    """SQL to sort by: what is critical comes first.

    The words of the severities sort that way by themselves, so an index serves it
    (``tests/alerts/test_order.py`` holds new ones to it).
    """
    return col(severity)


def by_school(rows: Any) -> Mapping[str, int]:
    """Rows of (school code, count) as a mapping."""
    return dict(rows.all())
