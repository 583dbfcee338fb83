"""Questions about planned speed tests, for thousands of lines at once: plain rows."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from inventory.agent_plans.changes import CONCERNED
from inventory.models import (
    Agent,
    AgentSchool,
    Line,
    LineSchedule,
    PlannedState,
    PlannedTest,
    School,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.repositories.lines import runs_on
from inventory.repositories.schools import stands
from inventory.repositories.scoped import Repository, within

#: Schools whose agents are told one by one; more are told together.
_FEW = 50
_ONE_STATEMENT = 400


class BoxedLine(NamedTuple):
    """A line in force of an open school that has a box of its own."""

    id: str
    school_code: str
    down_mbps: Decimal
    up_mbps: Decimal
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool
    classes: int
    students: int
    teachers: int

    @property
    def code(self) -> str:
        return self.school_code


class Planned(NamedTuple):
    """One planned test; times are milliseconds since 1970."""

    line_id: str
    at: int
    school_code: str
    attempt: int
    stands_for: int
    state: PlannedState
    outcome: int | None
    outside: bool = False

    @property
    def line(self) -> tuple[str, bool]:
        """The line along the way it is tested: what has a schedule of its own."""
        return self.line_id, self.outside


_SCHOOL = tuple(name for name in BoxedLine._fields if name in School.model_fields and name != "id")
_PLANNED: Any = [PlannedTest.__table__.c[name] for name in Planned._fields]  # type: ignore[attr-defined]


class PlannedTestRepository(Repository):
    """Planned tests at the schools within the caller's scope."""

    def boxed_lines(self, on: date) -> Sequence[BoxedLine]:
        """Lines that a box of their school tests, by id."""
        columns = [getattr(School if name in _SCHOOL else Line, name) for name in BoxedLine._fields]
        has_box = (
            select(col(AgentSchool.school_code))
            .join(Agent, col(Agent.id) == AgentSchool.agent_id)
            .where(col(Agent.revoked_at).is_(None))
        )
        query = (
            select(*columns)
            .join(School, col(School.code) == Line.school_code)
            .where(
                self._at_visible_school(Line.school_code),
                runs_on(on),
                stands(on),
                col(School.code).in_(has_box),
            )
            .order_by(col(Line.id))
        )
        return [BoxedLine._make(row) for row in self._session.execute(query)]

    def between(
        self, begin: int, end: int, *, lines: Collection[str] | None = None
    ) -> Sequence[Planned]:
        """Tests from ``begin`` until just before ``end``, by line and time."""
        query = select(*_PLANNED).where(
            self._at_visible_school(PlannedTest.school_code),
            col(PlannedTest.at) >= begin,
            col(PlannedTest.at) < end,
        )
        if lines is not None:
            query = query.where(col(PlannedTest.line_id).in_(sorted(lines)))
        ordered = query.order_by(col(PlannedTest.line_id), col(PlannedTest.at))
        return [Planned._make(row) for row in self._session.execute(ordered)]

    def due(self, begin: int, end: int) -> Sequence[Planned]:
        """The same without those that were made."""
        query = select(*_PLANNED).where(
            self._at_visible_school(PlannedTest.school_code),
            col(PlannedTest.at) >= begin,
            col(PlannedTest.at) < end,
            col(PlannedTest.state) != PlannedState.made,
        )
        ordered = query.order_by(col(PlannedTest.line_id), col(PlannedTest.at))
        return [Planned._make(row) for row in self._session.execute(ordered)]

    def scheduled(
        self, begin: int, end: int, under: str = "/"
    ) -> Sequence[tuple[str, str, bool, int]]:
        """Tests of the schedule of which it is known what became.

        Returns:
            School, line, whether it goes outside, moment; by school and time.
        """
        query = select(
            col(PlannedTest.school_code),
            col(PlannedTest.line_id),
            col(PlannedTest.outside),
            col(PlannedTest.at),
        ).where(
            self._at_visible_school(PlannedTest.school_code),
            col(PlannedTest.at) >= begin,
            col(PlannedTest.at) < end,
            col(PlannedTest.attempt) == 0,
            col(PlannedTest.state) != PlannedState.planned,
        )
        if under != "/":
            below = select(col(School.code)).where(within(col(School.path), under))
            query = query.where(col(PlannedTest.school_code).in_(below))
        ordered = query.order_by(col(PlannedTest.school_code), col(PlannedTest.at))
        return [tuple(row) for row in self._session.execute(ordered)]

    def below(self, under: str, begin: int, end: int) -> Sequence[Planned]:
        """Tests of the schools below a path, by school and time."""
        schools = select(col(School.code)).where(within(col(School.path), under))
        query = select(*_PLANNED).where(
            self._at_visible_school(PlannedTest.school_code),
            col(PlannedTest.school_code).in_(schools),
            col(PlannedTest.at) >= begin,
            col(PlannedTest.at) < end,
        )
        ordered = query.order_by(
            col(PlannedTest.school_code), col(PlannedTest.at), col(PlannedTest.line_id)
        )
        return [Planned._make(row) for row in self._session.execute(ordered)]

    def schedules(self) -> dict[str, date]:
        """The last planned day of every line whose tests are planned."""
        query = select(col(LineSchedule.line_id), col(LineSchedule.planned_until)).where(
            self._at_visible_school(LineSchedule.school_code)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def plan(self, tests: Sequence[Planned]) -> None:
        """Keep new tests; agents of their schools are told."""
        if tests:
            rows = [one._asdict() for one in tests]
            self._session.execute(
                insert(PlannedTest), rows, execution_options=_told({o.school_code for o in tests})
            )

    def withdraw(self, tests: Sequence[Planned]) -> None:
        """Forget tests that are not to be made after all."""
        options = _told({one.school_code for one in tests})
        for one in tests:
            query = delete(PlannedTest).where(
                col(PlannedTest.line_id) == one.line_id, col(PlannedTest.at) == one.at
            )
            self._session.execute(query, execution_options=options)

    def settle(self, tests: Sequence[Planned]) -> None:
        """Write down what has become of tests; it is no part of anybody's plan."""
        for one in tests:
            query = (
                update(PlannedTest)
                .where(col(PlannedTest.line_id) == one.line_id, col(PlannedTest.at) == one.at)
                .values(state=one.state, outcome=one.outcome)
            )
            self._session.execute(query, execution_options={CONCERNED: ()})

    def schedule(self, lines: Sequence[tuple[str, str]], until: date) -> None:
        """Let lines (with their schools) be tested by plan to that day."""
        known = self.schedules()
        changed = [line for line, _ in lines if known.get(line, until) != until]
        for start in range(0, len(changed), _ONE_STATEMENT):
            some = changed[start : start + _ONE_STATEMENT]
            query = update(LineSchedule).where(col(LineSchedule.line_id).in_(some))
            self._session.execute(query.values(planned_until=until))
        new = [
            {"line_id": line, "school_code": school, "planned_until": until}
            for line, school in lines
            if line not in known
        ]
        if new:
            self._session.execute(insert(LineSchedule), new)

    def unschedule(self, lines: Collection[str]) -> None:
        """Leave lines to their agents' own clocks."""
        ordered = sorted(lines)
        for start in range(0, len(ordered), _ONE_STATEMENT):
            some = ordered[start : start + _ONE_STATEMENT]
            self._session.execute(delete(LineSchedule).where(col(LineSchedule.line_id).in_(some)))

    def forget(self, before: int) -> None:
        """Delete tests of a time whose verdicts are closed."""
        query = delete(PlannedTest).where(col(PlannedTest.at) < before)
        self._session.execute(query, execution_options={CONCERNED: ()})


def _told(schools: Collection[str]) -> dict[str, object]:
    return {CONCERNED: sorted(schools)} if len(schools) <= _FEW else {}
