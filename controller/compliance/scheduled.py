"""How many tests the controller has planned for schools, within the hours that count."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from sqlmodel import Session

from controller.compliance.collecting import HoursOf, Scheduled
from controller.compliance.excluded import Approved
from controller.compliance.hours import inside, without
from controller.compliance.inputs import Window
from controller.compliance.register import schools_at
from inventory.orchestration.repository import PlannedTestRepository
from inventory.orchestration.school_time import begin_of
from inventory.scope import Scope


def scheduled_tests(
    session: Session, scope: Scope, hours: HoursOf, first: date, last: date, *, under: str = "/"
) -> Mapping[str, Scheduled]:
    """Tests of the schedule of which it is known what became of them, by school code.

    Follow-ups stand in for what is missing and are not counted. Of a school with several lines it
    is the line with the most tests. A school without planned tests is left out.

    Args:
        session: to read the register with.
        scope: of who asks.
        hours: school hours of the period.
        first: day of the period.
        last: its last one.
        under: path of a bureau or a school.
    """
    planned: dict[str, dict[bool, dict[str, list[int]]]] = defaultdict(
        lambda: {way: defaultdict(list) for way in (False, True)}
    )
    rows = PlannedTestRepository(session, scope).scheduled(
        begin_of(first), begin_of(last, 1), under
    )
    for school, line, outside, at in rows:
        planned[school][outside][line].append(at)
    if not planned:
        return {}
    approved = Approved(session, scope, first, last)
    found: dict[str, Scheduled] = {}
    for one in schools_at(session, scope, under, last):
        if one.kind.code in planned:
            windows = hours(one.kind.path, one.kind.stage).windows
            taken = [(each.begin, each.end) for each in approved.exclusions(one.kind)]
            counted = without(windows, taken) if taken else windows
            ways = planned[one.kind.code]
            found[one.kind.code] = Scheduled(
                _most(ways[False], counted), _most(ways[True], counted)
            )
    return found


def _most(by_line: Mapping[str, Sequence[int]], counted: Sequence[Window]) -> int:
    """Of several lines that with the most tests within the hours."""
    numbers = (inside(counted, np.array(at, dtype=np.int64)).sum() for at in by_line.values())
    return max(map(int, numbers), default=0)
