"""Planned tests of a place for people: each one that was due, and how many are to come.

Moments to come are told to the box alone: whoever knew them could keep the line free.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from inventory.errors import NotFound
from inventory.models import PlannedState
from inventory.orchestration.repository import Planned, PlannedTestRepository
from inventory.orchestration.school_time import begin_of, milliseconds
from inventory.repositories.organisations import OrganisationRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class DueTests:
    """Tests of some days.

    Args:
        rows: those whose moment is over, by school and time.
        to_come: how many are planned besides.
    """

    rows: Sequence[Planned]
    to_come: int

    @property
    def scheduled(self) -> int:
        """Of the schedule, of which it is known what became of them."""
        known = (one for one in self.rows if one.attempt == 0)
        return sum(one.state is not PlannedState.planned for one in known)

    @property
    def states(self) -> Counter[PlannedState]:
        """Tests of the schedule by what became of them."""
        return Counter(one.state for one in self.rows if one.attempt == 0)

    @property
    def made_up_for(self) -> int:
        """Missed tests of the schedule one of whose follow-ups was made."""
        missed = {
            (one.line_id, one.at)
            for one in self.rows
            if one.attempt == 0 and one.state is PlannedState.missed
        }
        stand_ins = {
            (one.line_id, one.stands_for)
            for one in self.rows
            if one.attempt and one.state is PlannedState.made
        }
        return len(missed & stand_ins)


def due_tests(
    session: Session, scope: Scope, at: str, first: date, last: date, *, now: datetime
) -> DueTests:
    """Planned tests of the schools below a bureau, or of one school.

    Args:
        session: to read the register with.
        scope: of who asks.
        at: code of the bureau or the school.
        first: day of the schools' calendar.
        last: likewise, included.
        now: aware; later moments are counted and not told.

    Raises:
        NotFound: no such bureau or school within the scope.
    """
    bureau = OrganisationRepository(session, scope).get(at)
    school = None if bureau is not None else SchoolRepository(session, scope).get(at)
    if bureau is None and school is None:
        raise NotFound(what="organisation", key=at)
    under = bureau.path if bureau is not None else school.path if school is not None else ""
    rows = PlannedTestRepository(session, scope).below(under, begin_of(first), begin_of(last, 1))
    over = milliseconds(now)
    due = [one for one in rows if one.at <= over]
    return DueTests(due, len(rows) - len(due))
