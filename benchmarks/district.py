"""A bureau's figures out of kept verdicts: 2,000 schools, 24 months.

Run ``python -m benchmarks.district [--schools 2000] [--months 24]``. The page of a city asks for
the month with its groups, targets, weakest schools and outlets, and for the trend and equity of
all months. The peer is sqlite3 alone, reading the rows of every month and counting them. The
benchmark fails when figures of months that have not changed since the last look cost more than
twice the peer's processor time: they are the peer's task with a tenth of its rows, and all else.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

import alerts.models  # noqa: F401 - its tables are part of the database
from controller.compliance.district.asking import Wanted, district
from controller.compliance.district.figures import Standing
from controller.compliance.district.months import months_up_to
from inventory.database import SessionFactory, make_engine, read_only, session_factory, unit_of_work
from inventory.migrations import upgrade
from inventory.models import (
    Level,
    MonthTargetVerdict,
    MonthVerdict,
    Organisation,
    School,
    Setting,
    Stage,
)
from inventory.scope import Scope

#: Processor time against the peer's.
BUDGET = 2.0
COUNTIES, LAST = 12, date(2026, 9, 1)
CITY = "3300"
_RUNS = 5
_SHARES = {
    Standing.compliant: 62,
    Standing.marginal: 5,
    Standing.non_compliant: 15,
    Standing.insufficient_data: 10,
    Standing.not_testable: 4,
    Standing.no_target: 2,
    Standing.exempt: 2,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=2_000)
    parser.add_argument("--months", type=int, default=24)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/fleet.db"
        upgrade(url)
        engine = make_engine(url)
        sessions = session_factory(engine)
        with unit_of_work(sessions) as session:
            _build(session, chosen.schools, chosen.months)
        ok = _measure(sessions, chosen.schools, chosen.months)
        engine.dispose()
    return 0 if ok else 1


def _build(session: Session, schools: int, months: int) -> None:
    chance = random.Random(7)  # noqa: S311 - the same city every time
    session.add(Organisation(code=CITY, name="City", level=Level.city, path=f"/{CITY}/"))
    session.flush()
    counties = [f"33{number:02d}C" for number in range(COUNTIES)]
    for code in counties:
        session.add(
            Organisation(
                code=code, name=code, level=Level.county, parent_code=CITY, path=f"/{CITY}/{code}/"
            )
        )
    session.flush()
    rows = []
    for number in range(schools):
        code, county = f"S{number:06d}", counties[number % COUNTIES]
        rows.append(
            School(
                code=code,
                name=f"School {number}",
                organisation_code=county,
                path=f"/{CITY}/{county}/{code}/",
                stage=chance.choice(list(Stage)),
                setting=chance.choice(list(Setting)),
            ).model_dump()
        )
    session.execute(insert(School), rows)
    for month in months_up_to(LAST, months):
        verdicts = [_verdict(row["code"], month, chance) for row in rows]
        session.execute(insert(MonthVerdict), verdicts)
        session.execute(insert(MonthTargetVerdict), [_target(row) for row in verdicts])


def _verdict(code: str, month: date, chance: random.Random) -> dict[str, Any]:
    standing = chance.choices(list(_SHARES), list(_SHARES.values()))[0]
    rate = None if standing is Standing.insufficient_data else chance.lognormvariate(18.4, 0.6)
    return MonthVerdict(
        month=month,
        school_code=code,
        standing=standing.value,
        standard="national",
        target="access_all",
        asked=1e8,
        provider=chance.choice(("A", "B", "C")),
        median_down=rate,
        median_up=rate,
        reached_down=rate,
        reached_up=rate,
        tests=60,
        notes="contract_below" if standing is Standing.non_compliant else "",
        students=chance.randint(50, 2_000),
        computed_at=datetime(2026, 10, 5, tzinfo=UTC),
    ).model_dump()


def _target(verdict: dict[str, Any]) -> dict[str, Any]:
    return MonthTargetVerdict(
        month=verdict["month"],
        school_code=verdict["school_code"],
        standard="national",
        version=1,
        target="access_all",
        fingerprint="0" * 64,
        measure="access",
        state=verdict["standing"],
        provisioned="compliant",
        available="compliant",
    ).model_dump()


def _measure(sessions: SessionFactory, schools: int, months: int) -> bool:
    wanted = Wanted(month=LAST, months=months)

    def ours() -> object:
        with read_only(sessions) as session:
            return district(session, Scope.everything(), wanted)

    def peer() -> object:
        with read_only(sessions) as session:
            raw: Any = session.connection().connection.driver_connection
            counts: dict[tuple[str, str], int] = {}
            rates: dict[str, list[float]] = {}
            for month, standing, down in raw.execute(
                "SELECT month, standing, median_down FROM month_verdict ORDER BY month"
            ).fetchall():
                counts[month, standing] = counts.get((month, standing), 0) + 1
                if down is not None:
                    rates.setdefault(month, []).append(down)
            return counts, [sorted(some)[len(some) // 2] for some in rates.values()]

    first = _spent(ours)
    again, other = (min(_spent(one) for _ in range(_RUNS)) for one in (ours, peer))
    print(
        f"{schools} schools, {months} months: {first * 1000:.0f} ms at first, {again * 1000:.0f} ms"
        f" again; sqlite3 alone {other * 1000:.0f} ms; {again / other:.2f} of it (budget {BUDGET})"
    )
    return again / other <= BUDGET


def _spent(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
