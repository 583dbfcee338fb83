"""The planned moments of an agent's lines, from today on, as its plan tells them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import Session, col

from drivers.plan import LineTest, PlannedMoments
from inventory.models import LineSchedule, PlannedTest
from inventory.orchestration.school_time import begin_of

# Built once: they are asked for every plan of every box.
_LINES: BindParameter[Any] = bindparam("lines", expanding=True)
_SCHEDULES = select(col(LineSchedule.line_id), col(LineSchedule.planned_until)).where(
    col(LineSchedule.line_id).in_(_LINES)
)
_TESTS = (
    select(col(PlannedTest.line_id), col(PlannedTest.outside), col(PlannedTest.at))
    .where(col(PlannedTest.line_id).in_(_LINES), col(PlannedTest.at) >= bindparam("since"))
    .order_by(col(PlannedTest.line_id), col(PlannedTest.at))
)


class Moments:
    """When lines are to be tested, and until when the controller has said so; truthy if it has.

    Whatever has become of them, moments stay in the plan until their day is over: a result changes
    no plan.
    """

    def __init__(self, session: Session, lines: Sequence[str], today: date) -> None:
        self._until: dict[str, int] = {}
        self._at: dict[tuple[str, bool], list[int]] = defaultdict(list)
        if not lines:
            return
        session.flush()  # as a query of the mapper would
        connection = session.connection()
        for line, until in connection.execute(_SCHEDULES, {"lines": lines}):
            if until >= today:
                self._until[line] = begin_of(until, 1)
        if self._until:
            since = {"lines": list(self._until), "since": begin_of(today)}
            for line, outside, at in connection.execute(_TESTS, since):
                self._at[line, outside].append(at)

    def __bool__(self) -> bool:
        return bool(self._until)

    def on(self, test: LineTest, *, outside: bool = False) -> LineTest:
        """The test with the moments of its line, if the controller plans them.

        Args:
            test: of a line.
            outside: it crosses the outlet; each way has moments of its own.
        """
        until = self._until.get(test.line)
        if until is None:
            return test
        planned = PlannedMoments(until, tuple(self._at.get((test.line, outside), ())))
        return msgspec.structs.replace(test, planned=planned)
