"""Planned speed tests of one school: a day's tests one by one, and the month's in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from controller.errors import NotFound
from controller.language import N_, from_milliseconds
from controller.pages.look import Look
from controller.pages.views.line_tests import OUTCOMES
from controller.pages.views.names import school_name
from controller.pages.views.states import Tone
from controller.words.compliance import PATHS
from inventory.models import NetworkPath, PlannedState, School
from inventory.orchestration.listing import due_tests
from inventory.orchestration.repository import Planned
from inventory.repositories import LineRepository, SchoolRepository

_STATES: dict[PlannedState, tuple[str, Tone]] = {
    PlannedState.planned: (N_("Result awaited"), "info"),
    PlannedState.made: (N_("Made"), "good"),
    PlannedState.missed: (N_("Not made"), "warn"),
}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One planned test; texts are in the reader's language.

    Args:
        path: what the test goes through.
        stands_for: the moment of the schedule it follows up.
        outcome: what the agent said of it; empty where nothing came.
    """

    at: datetime
    line: str
    path: str
    stands_for: datetime | None
    word: str
    tone: Tone
    outcome: str


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What the page of a school's planned tests shows.

    Args:
        to_come: tests of that day whose moment is not told yet.
        facts: the month so far: labels (message ids) and numbers.
    """

    school: School
    name: str
    day: date
    before: date
    after: date
    rows: Sequence[PlannedRow]
    to_come: int
    facts: Sequence[tuple[str, int]]


def planned_tests_view(look: Look, code: str, day: date | None) -> PlannedDay:
    """The planned tests of a school.

    Raises:
        NotFound: no such school within the reader's scope.
    """
    school = SchoolRepository(look.session, look.scope).get(code)
    if school is None:
        raise NotFound(what="school", key=code)
    shown = day or look.today
    found = due_tests(look.session, look.scope, code, shown, shown, now=look.now)
    month = due_tests(look.session, look.scope, code, shown.replace(day=1), shown, now=look.now)
    lines = {
        line.id: " · ".join(filter(None, (line.provider, line.circuit)))
        for line in LineRepository(look.session, look.scope).at_school(code)
    }
    return PlannedDay(
        school=school,
        name=school_name(look, school),
        day=shown,
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        rows=[_row(look, one, lines.get(one.line_id, one.line_id)) for one in found.rows],
        to_come=found.to_come,
        facts=(
            (N_("Scheduled"), month.scheduled),
            (N_("Made"), month.states[PlannedState.made]),
            (N_("Not made"), month.states[PlannedState.missed]),
            (N_("Made up for by a later test"), month.made_up_for),
        ),
    )


def _row(look: Look, test: Planned, line: str) -> PlannedRow:
    translate = look.lang.gettext
    word, tone = _STATES[test.state]
    outcome = OUTCOMES.get(-1 if test.outcome is None else test.outcome)
    return PlannedRow(
        at=from_milliseconds(test.at),
        line=line,
        path=translate(PATHS[NetworkPath.outside if test.outside else NetworkPath.inside]),
        stands_for=from_milliseconds(test.stands_for) if test.stands_for else None,
        word=translate(word),
        tone=tone,
        outcome="" if outcome is None else translate(outcome[0]),
    )
