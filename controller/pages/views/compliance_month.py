"""Which month a page of compliance is about, and its neighbours."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

#: ``2026-09``; nothing is the running month.
MonthText = Annotated[str, Query(pattern=r"^$|^20\d\d-(0[1-9]|1[0-2])(-01)?$", max_length=10)]


@dataclass(frozen=True, slots=True)
class MonthShown:
    """A month, as far as it has come.

    Args:
        first: its first day.
        last: its last day, or yesterday while it runs.
        runs: it is not over yet.
    """

    first: date
    last: date
    runs: bool

    @property
    def text(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def previous(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def following(self) -> str:
        """The month after it; empty where that has not begun."""
        return "" if self.runs else f"{self.first + timedelta(days=31):%Y-%m}"


def month_shown(text: str, today: date) -> MonthShown:
    """The month that is named; one that has not begun is the running one."""
    running = today.replace(day=1)
    named = date(int(text[:4]), int(text[5:7]), 1) if text else running
    first = min(named, running)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    if first == running:
        # Of the running day something is still to be measured: it is not missing yet.
        last = max(first, today - timedelta(days=1))
    return MonthShown(first, last, runs=first == running)
