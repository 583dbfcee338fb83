"""``/planned-tests``: what has become of the speed tests that were planned."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from controller.api.schemas import PROBLEMS, Limit, Offset, Schema
from controller.deps import DbSession, ReadScope
from controller.language import from_milliseconds
from drivers.readings import LineTestOutcome
from inventory.days import day_of
from inventory.errors import Invalid
from inventory.models import NetworkPath, PlannedState
from inventory.models.base import utc_now
from inventory.orchestration.listing import due_tests
from inventory.orchestration.repository import Planned

router = APIRouter(tags=["planned tests"], responses=PROBLEMS)
#: Days that are listed at once.
_MOST_DAYS = 31
_At = Annotated[str, Query(max_length=32, description="Code of a bureau or a school.")]
_Day = Annotated[date | None, Query(description="Day of the schools' calendar; today.")]
_Last = Annotated[date | None, Query(alias="to", description="Last day, included; the same one.")]


class PlannedTestOut(Schema):
    """A planned test whose moment is over; ``outcome`` is what the agent said of it, if anything.

    ``attempt`` is 0 of the schedule itself; a follow-up stands for the moment it tells. ``path`` is
    what the test goes through: each has a schedule of its own.
    """

    school_code: str
    line_id: str
    at: datetime
    attempt: int
    stands_for: datetime | None
    state: PlannedState
    outcome: str | None
    path: NetworkPath


class PlannedTestsOut(Schema):
    """Planned tests of some days; those ``to_come`` are counted and their moments not told.

    ``scheduled`` counts those of the schedule of which it is known what became of them, ``made``
    and ``missed`` these by state, and ``made_up_for`` missed ones a follow-up of which was made.
    """

    items: list[PlannedTestOut]
    total: int
    to_come: int
    scheduled: int
    made: int
    missed: int
    made_up_for: int


@router.get("/planned-tests")
def list_planned_tests(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At,
    day: _Day = None,
    last: _Last = None,
    state: PlannedState | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> PlannedTestsOut:
    """Planned tests of a school or of a bureau's schools, by school and time."""
    now = utc_now()
    first = day or day_of(now)
    until = last or first
    if not 0 <= (until - first).days < _MOST_DAYS:
        raise Invalid(field="to", reason=f"{first} – {until}")
    found = due_tests(session, scope, at, first, until, now=now)
    rows = [one for one in found.rows if state in (None, one.state)]
    return PlannedTestsOut(
        items=[_shown(one) for one in rows[offset : offset + limit]],
        total=len(rows),
        to_come=found.to_come,
        scheduled=found.scheduled,
        made=found.states[PlannedState.made],
        missed=found.states[PlannedState.missed],
        made_up_for=found.made_up_for,
    )


def _shown(test: Planned) -> PlannedTestOut:
    return PlannedTestOut(
        school_code=test.school_code,
        line_id=test.line_id,
        at=from_milliseconds(test.at),
        attempt=test.attempt,
        stands_for=from_milliseconds(test.stands_for) if test.stands_for else None,
        state=test.state,
        outcome=None if test.outcome is None else LineTestOutcome(test.outcome).name,
        path=NetworkPath.outside if test.outside else NetworkPath.inside,
    )
