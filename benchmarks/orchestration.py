"""A day's speed tests of a city planned: random minutes, every hour in turn, under the cap.

Run ``python -m benchmarks.orchestration [--schools 2000]``. Schools of four stages with a line each
in a database; the controller plans the week ahead for the first time, then finds nothing to do. The
benchmark fails when either takes longer than its budget, when a test lies outside school hours or
above the cap, or when the cap leaves out a test of a city whose outlet holds them.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime

from sqlalchemy import insert
from sqlmodel import Session

import alerts.models  # noqa: F401 - its tables are part of the database
from inventory.agent_plans.making import PlanSettings
from inventory.database import make_engine
from inventory.migrations import upgrade
from inventory.models import (
    Agent,
    AgentSchool,
    CalendarEntry,
    CalendarKind,
    Level,
    Line,
    Organisation,
    School,
    Stage,
)
from inventory.orchestration.board import Board
from inventory.orchestration.planning import minute_of
from inventory.orchestration.repository import PlannedTestRepository
from inventory.orchestration.school_time import SchoolTimes
from inventory.orchestration.settings import Orchestration
from inventory.orchestration.ways import Ways
from inventory.scope import Scope
from inventory.standards.keeping import apply_standard, known_standard

#: Processor seconds: of the first week, and of a look that finds everything planned.
FIRST_BUDGET, AGAIN_BUDGET = 5.0, 2.0
#: A Monday, 6:00 in China.
NOW = datetime(2026, 9, 6, 22, tzinfo=UTC)
DAY = date(2026, 9, 7)
EVERYTHING = Scope.everything()
SETTINGS = Orchestration(bits_per_second=3_000_000_000)
_STAGES = (Stage.primary, Stage.junior_secondary, Stage.senior_secondary, Stage.kindergarten)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=2_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/fleet.db"
        upgrade(url)
        engine = make_engine(url)
        with Session(engine) as session:
            _build(session, chosen.schools)
            first, planned = _planned(session)
            again, changed = _planned(session)
            wrong = _wrong(session)
        engine.dispose()
    days = SETTINGS.days_ahead + 1
    print(
        f"{chosen.schools} schools: {planned} tests of {days} days planned in {first:.2f} CPU s"
        f" (budget {FIRST_BUDGET}); looked at again in {again:.2f} CPU s (budget {AGAIN_BUDGET}),"
        f" {changed} changed; {wrong or 'none'} misplaced"
    )
    is_kept = first <= FIRST_BUDGET and again <= AGAIN_BUDGET
    return 0 if is_kept and not wrong and not changed and planned else 1


def _build(session: Session, schools: int) -> None:
    session.add(Organisation(code="33", name="City", level=Level.city, path="/33/"))
    session.flush()
    session.add(
        CalendarEntry(
            id="ce1", organisation_code="33", kind=CalendarKind.term, name="autumn",
            first_day=date(2026, 9, 1), last_day=date(2027, 1, 20),
        )
    )  # fmt: skip
    session.flush()
    codes = [f"SCH-{number:05d}" for number in range(schools)]
    session.execute(
        insert(School),
        [
            {
                "code": code, "name": code, "organisation_code": "33", "path": f"/33/{code}/",
                "stage": _STAGES[number % len(_STAGES)],
            }
            for number, code in enumerate(codes)
        ],
    )  # fmt: skip
    rate = {"provider": "x", "down_mbps": 200, "up_mbps": 200}
    session.execute(
        insert(Line), [{"id": f"l-{code}", "school_code": code, **rate} for code in codes]
    )
    session.execute(insert(Agent), [{"id": f"a-{code}", "name": code} for code in codes])
    session.execute(
        insert(AgentSchool), [{"agent_id": f"a-{code}", "school_code": code} for code in codes]
    )
    known = known_standard(session, EVERYTHING, "national")
    apply_standard(session, EVERYTHING, known, at="33", valid_from=date(2026, 1, 1), by="-")
    session.commit()


def _planned(session: Session) -> tuple[float, int]:
    """Processor seconds, and tests that were planned or withdrawn; every one found a place."""
    begun = time.process_time()
    told = PlanSettings(speedtest_server="http://s", most_bits_per_second=SETTINGS.bits_per_second)
    ways = Ways(session, DAY, DAY, told)
    board = Board(session, NOW, key=b"benchmark", settings=SETTINGS, ways=ways)
    board.plan()
    change = board.write(PlannedTestRepository(session, EVERYTHING))
    session.commit()
    elapsed = time.process_time() - begun
    return elapsed, len(change.planned) + len(change.withdrawn) + change.unplaced


def _wrong(session: Session) -> int:
    """Tests outside school hours, and minutes above the cap."""
    rows = PlannedTestRepository(session, EVERYTHING).between(0, 1 << 60)
    times = SchoolTimes(session, EVERYTHING, date(2026, 9, 1), date(2026, 9, 30))
    lines = {row.id: row for row in PlannedTestRepository(session, EVERYTHING).boxed_lines(DAY)}
    wrong = 0
    carried: Counter[int] = Counter()
    for row in rows:
        line = lines[row.line_id]
        spans = [one for some in times.of(line.path, line.stage).spans.values() for one in some]
        wrong += not any(begin <= row.at < end for begin, end in spans)
        asked = 100 if line.stage is not Stage.kindergarten else 200
        carried[minute_of(row.at)] += asked * 1_100_000
    tests = Counter(minute_of(row.at) for row in rows)
    wrong += sum(bits > SETTINGS.bits_per_second for bits in carried.values())
    return wrong + sum(number > SETTINGS.at_once for number in tests.values())


if __name__ == "__main__":
    sys.exit(main())
