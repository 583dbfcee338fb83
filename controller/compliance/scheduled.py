"""How many tests the controller has planned for schools, within the hours that count."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import numpy as np
from sqlmodel import Session

from controller.compliance.collecting import HoursOf
from controller.compliance.excluded import Approved
from controller.compliance.hours import inside, without
from controller.compliance.register import schools_at
from inventory.orchestration.repository import PlannedTestRepository
from inventory.orchestration.school_time import begin_of
from inventory.scope import Scope


def scheduled_tests(
    session: Session, scope: Scope, hours: HoursOf, first: date, last: date, *, under: str = "/"
) -> Mapping[str, int]:
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
    planned: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = PlannedTestRepository(session, scope).scheduled(
        begin_of(first), begin_of(last, 1), under
    )
    for school, line, at in rows:
        planned[school][line].append(at)
    if not planned:
        return {}
    approved = Approved(session, scope, first, last)
    found = {}
    for one in schools_at(session, scope, under, last):
        if one.kind.code in planned:
            windows = hours(one.kind.path, one.kind.stage).windows
            taken = [(each.begin, each.end) for each in approved.exclusions(one.kind)]
            counted = without(windows, taken) if taken else windows
            found[one.kind.code] = max(
                int(inside(counted, np.array(at, dtype=np.int64)).sum())
                for at in planned[one.kind.code].values()
            )
    return found
