"""Rules over a city: processor time of one round of ``judge_alerts``, which runs every 20 s.

Run ``python benchmarks/rules.py [--devices 200000]``. The register holds schools with a hundred
devices each, one device in a hundred failing with an alert already, and a line with a speed test
each. Measured are a round in which nothing is new, and one in which a thousand devices have just
failed. The peer is a look at the state of every device, which rules need not take.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from alerts.evaluation import evaluate, to_judge
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block, Outcome
from inventory import migrations
from inventory.database import make_engine, read_only, session_factory, unit_of_work
from inventory.models import Device, DeviceState, Level, Line, Organisation, School
from inventory.scope import Scope
from inventory.standards.keeping import apply_standard, known_standard

EACH = 100
FAILED = 100
NEWLY = 1_000
#: Processor seconds of a round in which nothing is new: a twentieth of a core.
BUDGET = 1.0


def build(session: Session, schools: int, now: datetime) -> None:
    session.add(Organisation(code="33", name="City", level=Level.city, path="/33/"))
    session.flush()
    codes = [f"SCH-{number:05d}" for number in range(schools)]
    session.execute(
        insert(School),
        [{"code": c, "name": c, "organisation_code": "33", "path": f"/33/{c}/"} for c in codes],
    )
    devices = [
        {"id": f"d{place:08d}", "school_code": codes[place // EACH], "name": f"d{place:08d}"}
        for place in range(schools * EACH)
    ]
    session.execute(insert(Device), devices)
    states = [
        {
            "device_id": one["id"],
            "school_code": one["school_code"],
            "outcome": Outcome.ok if place % FAILED else Outcome.timeout,
            "failures": 0 if place % FAILED else 9,
            "taken_at": now,
            "since": now - timedelta(hours=1),
        }
        for place, one in enumerate(devices)
    ]
    session.execute(insert(DeviceState), states)
    fee = {"provider": "x", "down_mbps": Decimal(300), "up_mbps": Decimal(50)}
    lines = [
        {"id": f"l{n:08d}", "school_code": code, "yearly_fee_cny": Decimal(1), **fee}
        for n, code in enumerate(codes)
    ]
    session.execute(insert(Line), lines)
    apply_standard(
        session,
        Scope.everything(),
        known_standard(session, Scope.everything(), "national"),
        at="33",
        valid_from=date(2021, 1, 1),
        by="-",
    )


def tests(store: DuckDbStore, schools: int, now: datetime) -> None:
    """A day of hourly speed tests of every line, each within its contract."""
    figures = {
        "speedtest_download_bits_per_second": [3e8],
        "speedtest_upload_bits_per_second": [5e7],
        "speedtest_outcome": [0.0],
    }
    for hour in range(24, 0, -1):
        at = int((now - timedelta(hours=hour)).timestamp() * 1_000)
        rows = tuple(
            Rows(f"l{number:08d}", at, (Block(("server",), dict(figures)),))
            for number in range(schools)
        )
        store.append([Append(BatchKey("a", "e", hour), rows)])


def timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measure(folder: Path, devices: int) -> bool:
    url, schools = f"sqlite:///{folder}/fleet.db", devices // EACH
    now, scope = datetime.now(UTC), Scope.everything()
    migrations.upgrade(url)
    engine = make_engine(url)
    sessions = session_factory(engine)
    store = DuckDbStore(folder / "metrics")
    with unit_of_work(sessions) as session:
        build(session, schools, now)
    tests(store, schools, now)

    def round_() -> int:
        with read_only(sessions) as session:
            found = list(to_judge(session, store, now, scope))
        for start in range(0, len(found), 500):
            with unit_of_work(sessions) as session:
                evaluate(session, store, now, scope, subjects=found[start : start + 500])
        return len(found)

    def peer() -> None:
        with read_only(sessions) as session:
            list(session.execute(select(DeviceState.device_id, DeviceState.failures)))

    first = timed(round_)
    quiet = min(timed(round_) for _ in range(3))
    with unit_of_work(sessions) as session:
        some = [f"d{place * 7 + 1:08d}" for place in range(NEWLY)]
        session.execute(
            update(DeviceState)
            .where(col(DeviceState.device_id).in_(some))
            .values(outcome=Outcome.timeout, failures=9)
        )
    storm = timed(round_)
    whole = timed(peer)
    store.close()
    engine.dispose()
    kept = quiet <= BUDGET
    print(
        f"{devices:,} devices, {schools:,} lines: a round with nothing new {quiet * 1000:.0f} ms"
        f" processor time, with {devices // FAILED:,} new faults {first:.1f} s, with {NEWLY:,}"
        f" {storm:.1f} s; looking at every state {whole * 1000:.0f} ms"
        f" (budget: {BUDGET * 1000:.0f} ms): {'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rules-"))
    try:
        return 0 if measure(folder, asked.devices) else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
