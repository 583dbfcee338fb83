"""The verdict on a city's month: inputs collected from both stores, four findings, every school.

Run ``python benchmarks/compliance.py [--schools 2000] [--around-the-clock]``. The planted city of
``tests/planted``: schools of four stages with a line each, a test an hour, a probe of a reference
and of the gateway every minute, an uplink read every minute, as agents do; in school hours alone,
or at night and on Sundays, too. Every kind of failure is planted in every fifty schools. The
benchmark fails when one is not found for its reason, when a healthy school is accused, or when the
verdict takes longer than its budget.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from sqlmodel import Session

import alerts.models  # noqa: F401 - its tables are part of the database
from controller.compliance.collecting import Period, collect
from controller.compliance.school_time import hours_of
from controller.compliance.verdict import judge_all
from controller.metrics.duckdb import DuckDbStore
from inventory.database import make_engine
from inventory.migrations import upgrade
from inventory.scope import Scope
from tests.planted.cases import misjudged
from tests.planted.readings import Cadence, fill
from tests.planted.register import approve, register

#: Seconds from the question to the answer, for 2,000 schools.
BUDGET = 2.0
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
EVERYTHING = Scope.everything()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=2_000)
    parser.add_argument("--probe-seconds", type=int, default=60)
    parser.add_argument("--uplink-seconds", type=int, default=60)
    parser.add_argument("--around-the-clock", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder to make the city in, or to find it in")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        is_there = (folder / "fleet.db").exists()
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder}/fleet.db"
        upgrade(url)
        engine = make_engine(url)
        store = DuckDbStore(folder / "metrics")
        with Session(engine) as session:
            if not is_there:
                _build(session, store, chosen)
            ok = _judge(session, store, chosen)
        store.close()
        engine.dispose()
    return 0 if ok else 1


def _build(session: Session, store: DuckDbStore, chosen: argparse.Namespace) -> None:
    cadence = Cadence(
        probes=chosen.probe_seconds,
        uplinks=chosen.uplink_seconds,
        around_the_clock=chosen.around_the_clock,
    )
    begun = time.perf_counter()
    register(session, chosen.schools)
    hours = hours_of(session, EVERYTHING, FIRST, LAST)
    approve(session, chosen.schools, hours, FIRST)
    readings = fill(store, hours, chosen.schools, cadence)
    store.tidy(int(time.time() * 1000) + 2 * 86_400_000)
    print(f"{readings:,} readings loaded and sorted in {time.perf_counter() - begun:.0f} s")


def _judge(session: Session, store: DuckDbStore, chosen: argparse.Namespace) -> bool:
    period = Period(first=FIRST, last=LAST, probe_seconds=chosen.probe_seconds)
    spent = []
    for _ in range(3):
        session.expire_all()
        begun, busy = time.perf_counter(), time.process_time()
        hours = hours_of(session, EVERYTHING, FIRST, LAST)
        found = collect(session, store, EVERYTHING, period, hours)
        middle = time.perf_counter()
        verdicts = judge_all(found)
        ended = time.perf_counter(), time.process_time()
        spent.append((ended[0] - begun, ended[1] - busy, ended[0] - middle))
    elapsed, cpu, judged = min(spent)
    wrong = [one for n, verdict in enumerate(verdicts) if (one := misjudged(n, verdict))]
    states = Counter(str(one.state) for one in verdicts)
    print(f"states: {dict(states)}; misjudged: {len(wrong)} {wrong[:5]}")
    print(
        f"{chosen.schools} schools, a month: {elapsed:.2f} s (budget {BUDGET}), of which"
        f" {judged:.2f} s judging; {cpu:.2f} s of processor time"
    )
    return not wrong and elapsed <= BUDGET


if __name__ == "__main__":
    sys.exit(main())
