"""Lists of devices on SQLite: by which indices they are read, and how much of the register.

SQLite plans by the figures of a city that every upgrade plants, not by what is there, so the plans
of a small register are those of 200,000 devices. What is many and few is made small with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text, update
from sqlmodel import Session

import inventory.summaries
from alerts.repositories import ACTIVE, TicketRepository, ticket_words
from controller.counting import count_ahead
from controller.finding import EVERY_SOURCE
from controller.jobs import Jobs, LongJob
from controller.metrics.memory import MemoryStore
from controller.telemetry import Telemetry
from inventory.database import make_engine, read_only, session_factory, unit_of_work
from inventory.migrations.figures import FIGURES, plant
from inventory.models import SummaryTime
from inventory.models.base import metadata
from inventory.repositories import DeviceRepository, DeviceSort, device_page
from inventory.search import in_lists
from inventory.search.upkeep import mark_everything, write_stale
from tests.inventory.list_questions import CITY, COUNTY, LISTS
from tests.register import Size, fill

CADENCE = timedelta(days=1)
SMALL = Size(schools=20, past_alerts=100, past_tickets=100, events=100, proposals=20)


@pytest.fixture(scope="module")
def register(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """2,000 devices, searched and counted ahead as if they were a city's."""
    file = tmp_path_factory.mktemp("register") / "fleet.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{file}")
    sessions = session_factory(engine)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        fill(connection, SMALL, datetime.now(UTC))
    with unit_of_work(sessions) as session:
        waiting = mark_everything(session, EVERY_SOURCE)
        assert write_stale(session, EVERY_SOURCE, most=waiting) == waiting
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory.summaries, "LIVE_UP_TO", 100)
        patch.setattr(device_page, "MANY", 100)
        patch.setattr(device_page, "MANY_OF_PLACES", 250)
        patch.setattr(device_page, "LISTED", 100)
        patch.setattr(in_lists.Words.few, "__kwdefaults__", {**_WORDS, "most": 100})
        jobs = Jobs((), sessions, Telemetry())
        assert jobs.run_once(LongJob("count_ahead", 15.0, count_ahead(MemoryStore(), CADENCE)))
        yield engine
    engine.dispose()


_WORDS: dict[str, Any] = in_lists.Words.few.__kwdefaults__ or {}


def _counted(engine: Engine) -> datetime:
    now = datetime.now(UTC)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(update(SummaryTime).values(at=now))
    return now


@contextmanager
def planned(session: Session) -> Iterator[list[tuple[str, list[str]]]]:
    """Every SELECT with the steps of its plan."""
    plans: list[tuple[str, list[str]]] = []
    connection = session.connection()

    def before(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked = connection.connection.cursor()
            asked.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append((statement, [step for *_, step in asked.fetchall()]))
            asked.close()

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield plans
    finally:
        event.remove(connection, "before_cursor_execute", before)


#: Orders whose index is one of schools and then of their devices.
_JOINED = {DeviceSort.school}


@pytest.mark.parametrize("wanted", LISTS)
def test_a_list_in_any_order_follows_an_index(register: Engine, wanted: str) -> None:
    scope, asked = LISTS[wanted]
    wrong = []
    for sort in DeviceSort:
        now = _counted(register)
        with read_only(session_factory(register)) as session, planned(session) as plans:
            page = DeviceRepository(session, scope).page(
                now=now, cadence=CADENCE, sort=sort, **asked
            )
        assert len(page.items) <= 50
        for statement, steps in plans:
            through = [step for step in steps if _goes_through_a_table(step)]
            # Few are put in order; many come in it.
            sorts = "ORDER BY" in statement and "MATERIALIZED" not in statement
            sorts = sorts and sort not in _JOINED and any("TEMP B-TREE" in one for one in steps)
            if through or sorts:
                wrong.append((sort, through, statement, steps))
    assert wrong == []


@pytest.mark.parametrize("typed", ["device", "SN1234", "S0003", "nowhere"])
def test_tickets_with_words_are_looked_up_by_keys(
    register: Engine, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(ticket_words, "PIECE", 20)
    wrong = []
    for scope, asked in ((CITY, {}), (COUNTY, {"states": ACTIVE}), (CITY, {"severity": "warning"})):
        with read_only(session_factory(register)) as session, planned(session) as plans:
            TicketRepository(session, scope).page(**{"states": (), **asked}, search=typed)
        wrong += [
            (statement, steps)
            for statement, steps in plans
            if any(map(_goes_through_a_table, steps))
            or ("LIKE" in statement and "ticket." in statement)
        ]
    assert wrong == []


def _goes_through_a_table(step: str) -> bool:
    return step.startswith(("SCAN device", "SCAN ticket")) and "INDEX" not in step


def test_every_upgrade_plants_figures_of_every_index(register: Engine) -> None:
    for table in ("device", "device_state"):
        named = {str(index.name) for index in metadata.tables[table].indexes}
        assert named <= set(FIGURES[table]), "figures of a new index are missing"
    with register.connect() as connection:
        rows = connection.execute(text("SELECT tbl, idx FROM sqlite_stat1")).all()
    assert {(table, index) for table, indices in FIGURES.items() for index in indices} == set(rows)


def test_figures_somebody_else_made_are_replaced(register: Engine) -> None:
    with register.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        connection.execute(text("ANALYZE"))
        before = connection.scalar(text("SELECT count(*) FROM sqlite_stat1"))
        plant(connection)
        after = connection.scalar(text("SELECT count(*) FROM sqlite_stat1"))
    assert (before or 0) > (after or 0) == sum(map(len, FIGURES.values()))
