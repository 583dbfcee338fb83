"""The console over a city: every page at 2,000 schools and 200,000 devices, on the server.

Run ``python benchmarks/console.py [--only sqlite|postgresql] [--rounds 40]``. A register is filled
by SQL (``tests/register.py``), counted ahead, and every page is asked for through the application
itself, as somebody of the city bureau and as somebody of one county. Shown are the median and the
95th percentile in milliseconds, beside ``/healthz`` in the same run, which asks nothing of any
database. Budgets: 150 ms for a page, 100 ms for what the overview asks of the database, at the 95th
percentile; exit 1 when one is missed.

PostgreSQL is started here on a free port, as the tests do it.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import event, text
from starlette.testclient import TestClient

import alerts.models  # noqa: F401 - its tables are part of the database
from controller.app import create_app
from controller.counting import count_ahead
from controller.jobs import Jobs, LongJob
from controller.metrics.memory import MemoryStore
from controller.settings import Settings
from controller.telemetry import Telemetry
from inventory.database import make_engine, session_factory
from inventory.migrations import upgrade
from tests.conftest import postgres_server
from tests.register import CITY, CITY_TOKEN, COUNTY_TOKEN, fill

PAGE_BUDGET, OVERVIEW_BUDGET = 150.0, 100.0
#: A day's silence is none here: the rows grow old while the pages are measured.
CADENCE_SECONDS = 86_400.0
PEER = "/healthz"
PAGES = (
    "/",
    "/schools",
    "/schools?q=12",
    "/schools?state=attention&page=3",
    "/schools/S0100",
    "/devices",
    "/devices?page=20",
    "/devices?q=device+1",
    "/devices?q=SN1234",
    "/devices?status=down",
    "/devices?kind=switch",
    "/devices?school=S0100",
    "/devices?sort=school",
    "/devices?sort=address",
    "/devices/d000118",
    "/devices/d000110",
    "/devices/d000110/access",
    "/alerts",
    "/alerts?state=all",
    "/alerts?state=cleared&page=20",
    "/tickets",
    "/tickets?state=all",
    "/tickets?mine=1",
    "/tickets/t060003",
    "/agents",
    "/agents/a0100",
    "/proposals",
    "/proposals?state=accepted&q=10.200.1",
    "/schools/S0100/brokers",
    "/schools/S0100/discovery",
)


def main() -> int:
    """Measure what was asked for; 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "postgresql":
            missed += measure(f"sqlite:///{folder}/city.db", Path(folder), options.rounds)
        if options.only != "sqlite":
            with postgres_server() as url:
                missed += measure(url, Path(folder), options.rounds)
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


def measure(url: str, folder: Path, rounds: int) -> list[str]:
    """Fill a database, ask for every page; returns the budgets that were missed."""
    name = url.partition(":")[0].partition("+")[0]
    upgrade(url)
    began = time.monotonic()
    engine = make_engine(url)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        fill(connection, CITY, datetime.now(UTC))
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    print(f"\n{name}: {CITY.schools:,} schools, {CITY.all_devices:,} devices,", end=" ")
    print(f"filled in {time.monotonic() - began:.0f} s")
    settings = Settings(
        database_url=url,
        secret_key_file=folder / "secret.key",
        metrics_url=f"duckdb:///{folder}/unused",
        jobs=False,
        poll_seconds=CADENCE_SECONDS,
    )
    store = MemoryStore()
    app = create_app(settings, store=store)
    missed: list[str] = []
    with TestClient(app) as client:
        counting = Jobs((), session_factory(app.state.engine), Telemetry())
        job = LongJob("count_ahead", 15.0, count_ahead(store, app.state.cadence))
        for who, token in (("city", CITY_TOKEN), ("county", COUNTY_TOKEN)):
            print(f"{name}, {who:30} {'median':>8} {'p95':>8} {'database':>9}  x {PEER}")
            peer = 0.0
            for path in (PEER, *PAGES):
                counting.run_once(job)
                spent, database = asked(client, app.state.engine, path, token, rounds)
                median, p95 = statistics.median(spent), quantile(spent)
                peer = peer or median
                print(
                    f"{path:40} {median:8.1f} {p95:8.1f} {quantile(database):9.1f}"
                    f"  {median / peer:6.1f}"
                )
                if p95 > PAGE_BUDGET:
                    missed.append(f"{name}, {who}, {path}: {p95:.0f} ms > {PAGE_BUDGET:.0f} ms")
                if path == "/" and quantile(database) > OVERVIEW_BUDGET:
                    missed.append(
                        f"{name}, {who}, what the overview asks: {quantile(database):.0f}"
                    )
    return missed


def asked(
    client: TestClient, engine: object, path: str, token: str, rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer, and of them in statements; the first one is a warm-up."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
    spent, database = [], []
    for _ in range(rounds + 1):
        with clock(engine) as statements:
            began = time.perf_counter()
            answer = client.get(path, headers=headers, follow_redirects=False)
            spent.append((time.perf_counter() - began) * 1_000)
        database.append(sum(statements))
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    return spent[1:], database[1:]


@contextmanager
def clock(engine: object) -> Iterator[list[float]]:
    """Milliseconds of every statement of the body."""
    statements: list[float] = []
    begun: dict[int, float] = {}

    def before(_c: object, cursor: object, *_: object) -> None:
        begun[id(cursor)] = time.perf_counter()

    def after(_c: object, cursor: object, *_: object) -> None:
        # One that began before us belongs to somebody else: the lookout looks every second.
        if id(cursor) in begun:
            statements.append((time.perf_counter() - begun.pop(id(cursor))) * 1_000)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def quantile(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


if __name__ == "__main__":
    sys.exit(main())
