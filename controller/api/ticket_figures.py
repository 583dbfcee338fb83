"""``/ticket-figures``: how soon repairs are answered and done, by school, model or person."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.responses import Response

from alerts.figures.reading import Group, Grouping
from alerts.figures.remembered import remembered_groups
from controller.api.schemas import PROBLEMS, Listed
from controller.api.tables import csv_of
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, TicketScope
from inventory.days import ZONE, day_of
from inventory.errors import Invalid
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["tickets"], responses=PROBLEMS)
#: Days of one question.
LONGEST = 366
_USUAL = timedelta(days=29)
Day = Annotated[date | None, Query(description="In Beijing; the last 30 days unless told.")]


class FiguresOut(BaseModel):
    """Figures of one group; times are seconds, of the clock on the wall unless told."""

    name: str = Field(description="Empty: all together, or none is known.")
    opened: int
    repaired: int
    by_itself: int = Field(description="Resolved because the fault was gone.")
    mtta_seconds: float | None
    mttr_seconds: float | None
    mtta_worked_seconds: float | None = Field(description="Of the school's business hours.")
    mttr_worked_seconds: float | None = Field(
        description="The same, without waits that the promise does not count."
    )
    first_time_fix: float | None
    sla_kept: float | None
    backlog: int = Field(description="Open at the end of the last day.")
    backlog_age_seconds: float | None
    cost_cny: Decimal | None = Field(description="Null for who reads no costs.")
    satisfaction: float | None = Field(
        description="Mean of the points, 1 to 5, that reporters gave in the period."
    )
    satisfaction_answers: int = Field(description="How many gave any.")


@router.get("/ticket-figures")
def ticket_figures(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: TicketScope,
    first: Day = None,
    last: Day = None,
    by: Grouping = Grouping.all,
) -> Listed[FiguresOut]:
    """Figures of a period."""
    items = [figures_told(one, caller) for one in read_groups(session, scope, first, last, by)]
    return Listed(items=items, total=len(items))


@router.get("/ticket-figures.csv")
def ticket_figures_csv(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: TicketScope,
    first: Day = None,
    last: Day = None,
    by: Grouping = Grouping.all,
) -> Response:
    """The same as a table."""
    rows = [figures_told(one, caller) for one in read_groups(session, scope, first, last, by)]
    head = tuple(FiguresOut.model_fields)
    return csv_of("ticket-figures.csv", head, [tuple(row.model_dump().values()) for row in rows])


def read_groups(
    session: Session, scope: Scope, first: date | None, last: date | None, by: Grouping
) -> Sequence[Group]:
    """The groups of a period of whole days.

    Raises:
        Invalid: it ends before it begins, or is longer than a year.
    """
    begin, end = period(first, last)
    return remembered_groups(session, scope, begin, end, by)


def period(first: date | None, last: date | None) -> tuple[datetime, datetime]:
    """The first moment of a period and the first one after it.

    Raises:
        Invalid: it ends before it begins, or is longer than a year.
    """
    last = last or day_of(utc_now())
    first = first or last - _USUAL
    if not 0 <= (last - first).days < LONGEST:
        raise Invalid(field="last", reason=last.isoformat())
    day = timedelta(days=1)
    return (
        datetime.combine(first, time(), ZONE),
        datetime.combine(last, time(), ZONE) + day,
    )


def figures_told(group: Group, caller: Caller) -> FiguresOut:
    """One group as its reader may see it."""
    told = group.figures
    return FiguresOut(
        name=group.name,
        opened=told.opened,
        repaired=told.repaired,
        by_itself=told.by_itself,
        mtta_seconds=told.mtta,
        mttr_seconds=told.mttr,
        mtta_worked_seconds=told.mtta_worked,
        mttr_worked_seconds=told.mttr_worked,
        first_time_fix=told.first_time_fix,
        sla_kept=told.sla_kept,
        backlog=told.backlog,
        backlog_age_seconds=told.backlog_age,
        cost_cny=told.cost if _reads_costs(caller) else None,
        satisfaction=told.satisfaction,
        satisfaction_answers=told.answers,
    )


def _reads_costs(caller: Caller) -> bool:
    """Whether costs of every ticket that is counted are for this reader."""
    priced = caller.scope(Permission.read_costs)
    return all(priced.covers(path) for path in caller.scope(Permission.read_tickets).prefixes)
