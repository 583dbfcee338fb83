"""A plan becomes budget lines of a programme (设备升级与维护…纳入年度预算)."""

from collections.abc import Sequence

from sqlmodel import Session

from inventory.errors import Invalid
from inventory.models import BudgetLine
from inventory.money.programmes import plan_line
from inventory.money.repository import MoneyRepository
from inventory.money.years import Calendar
from inventory.renewal.plan import Plan
from inventory.scope import Scope


def budget_lines(
    session: Session, scope: Scope, programme_id: str, *, category: str, plan: Plan, note: str
) -> Sequence[BudgetLine]:
    """Plan what a renewal plan spends, year by year, in one category; what stood there goes.

    All or none: a year that the programme does not cover refuses the whole.

    Raises:
        NotFound: no such programme or category within the scope.
        OutsideProgramme: a year of the plan that it does not cover.
        Invalid: it counts by school years, the plan by fiscal years.
    """
    programme = MoneyRepository(session, scope).programme(programme_id)
    if programme.calendar is not Calendar.fiscal:
        raise Invalid(field="calendar", reason=programme.calendar.value)
    with session.begin_nested():
        return [
            plan_line(
                session,
                scope,
                programme_id,
                year=year.year,
                category=category,
                from_cny=year.spent_cny,
                note=note,
            )
            for year in plan.years
        ]
