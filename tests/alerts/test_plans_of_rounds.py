"""What runs by the clock reads large tables by their indices, on both databases.

SQLite plans by the figures of a city that every upgrade plants. PostgreSQL is told not to read
tables from one end to the other: where it does so nevertheless, or goes through all of an index,
none serves the question.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlmodel import Session, col, update

from alerts.figures.reading import FigureRepository, Grouping
from alerts.notify.claims import claim, due_targets
from alerts.notify.planning import Planner, anything_happened
from controller.jobs import LongJob, judge_alerts, judge_measured, review_alerts
from controller.metrics.memory import MemoryStore
from controller.notifying import READERS
from controller.ticket_clocks import keep_clocks
from controller.ticket_jobs import escalate_tickets, give_out_tickets
from drivers.readings import Outcome
from inventory.models import DeviceState, Neighbour
from inventory.scope import Scope
from tests.register import Size, fill

SMALL = Size(schools=20, ports=1, past_alerts=200, past_tickets=200, events=200, proposals=20)
#: Tables that grow with the city or with its years.
LARGE = frozenset(
    {"device", "device_state", "device_event", "device_mac", "neighbour"}
    | {"alert", "ticket", "ticket_event", "notice", "notice_event", "stale_history"}
)
QUIET = timedelta(hours=24)
#: Indices of few rows whatever the city: nothing is left out of them that a round has to look at.
OF_FEW = frozenset(
    {"ix_device_state_failing", "ix_ticket_stale", "ix_ticket_escalate_at", "uq_alert_open"}
    | {"ix_notice_event_unplanned", "ix_notice_waiting", "ix_alert_open_school_code_severity"}
    | {"ix_alert_organisation_code", "ix_ticket_unkept"}
)
_FULL = re.compile(r"^SCAN (\w+)\b(?: USING (?:COVERING )?INDEX (\w+))?")


@dataclass
class OneSession:
    """Transactions of a job in a session that is undone."""

    session: Session

    def reading(self) -> AbstractContextManager[Session]:
        return nullcontext(self.session)

    def writing(self) -> AbstractContextManager[Session]:
        return nullcontext(self.session)


@pytest.fixture
def city(session: Session) -> Session:
    """A small one with a year behind it, in which a device of each school has just failed."""
    connection, now = session.connection(), datetime.now(UTC)
    fill(connection, SMALL, now)
    failing = [f"d{number:06}" for number in range(8, SMALL.all_devices, SMALL.devices)]
    session.execute(
        update(DeviceState)
        .where(col(DeviceState.device_id).in_(failing))
        .values(outcome=Outcome.timeout, failures=9, taken_at=now)
    )
    session.execute(insert(Neighbour), list(_uplinks(now)))
    if connection.dialect.name == "postgresql":
        session.execute(text("ANALYZE neighbour"))
        for way in ("seqscan", "hashjoin", "mergejoin"):
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        # Rows with numbers of their own: the next ones come after them.
        session.execute(
            text(
                "SELECT setval(pg_get_serial_sequence('ticket_event', 'id'), max(id))"
                " FROM ticket_event"
            )
        )
    return session


def _uplinks(now: datetime) -> Iterator[dict[str, Any]]:
    """The first switch of each school is seen by the others."""
    for number in range(0, SMALL.all_devices, 10):
        if number % SMALL.devices:
            yield {
                "device_id": f"d{number:06}",
                "place": 0,
                "local_port": "GE0/0/1",
                "remote_name": "Device 0",
                "protocol": "lldp",
                "seen_at": now,
            }


@contextmanager
def read_whole(session: Session) -> Iterator[list[tuple[str, str]]]:
    """Large tables that are read from one end to the other, with the statement that does."""
    found: list[tuple[str, str]] = []
    connection = session.connection()
    is_postgres = connection.dialect.name == "postgresql"
    explain = "EXPLAIN (FORMAT JSON)" if is_postgres else "EXPLAIN QUERY PLAN"

    def before(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if not statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            return
        asked = connection.connection.cursor()
        asked.execute(f"{explain} {statement}", values[0] if isinstance(values, list) else values)
        rows = asked.fetchall()
        asked.close()
        whole = _of_postgres(rows[0][0]) if is_postgres else _of_sqlite(row[-1] for row in rows)
        found.extend((table, statement) for table in whole)

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", before)


def _of_sqlite(steps: Iterator[str]) -> Iterator[str]:
    for step in steps:
        through = _FULL.match(step)
        if through and through[1] in LARGE and through[2] not in OF_FEW:
            yield through[1]


def _of_postgres(document: Any) -> Iterator[str]:
    told = json.loads(document) if isinstance(document, str) else document
    yield from _nodes(told[0]["Plan"])


def _nodes(node: Mapping[str, Any], above: str = "") -> Iterator[str]:
    table = node.get("Relation Name", above)
    index = node.get("Index Name")
    is_scan = node["Node Type"] == "Seq Scan" or (index is not None and "Index Cond" not in node)
    if is_scan and table in LARGE and index not in OF_FEW:
        yield table
    for below in node.get("Plans", ()):
        yield from _nodes(below, table)


def test_no_round_goes_through_a_large_table(city: Session) -> None:
    store = MemoryStore()
    jobs = (
        LongJob("judge_alerts", 20.0, judge_alerts(store, QUIET)),
        LongJob("judge_measured", 60.0, judge_measured(store, QUIET)),
        LongJob("review_alerts", 20.0, review_alerts(store, QUIET)),
        LongJob("keep_clocks", 5.0, keep_clocks),
        LongJob("give_out_tickets", 15.0, give_out_tickets),
        LongJob("escalate_tickets", 30.0, escalate_tickets),
        LongJob("figures", 60.0, lambda of, now: _figures(of.session, now)),  # type: ignore[attr-defined]
        LongJob("notices", 2.0, lambda of, now: _tell(of.session, now)),  # type: ignore[attr-defined]
    )
    now = datetime.now(UTC)
    wrong = []
    for turn in ("news", "none"):
        for job in jobs:
            with read_whole(city) as found:
                job.run(OneSession(city), now)
            wrong += [(turn, job.name, *one) for one in found]
    assert wrong == []


def _figures(session: Session, now: datetime) -> None:
    for scope in (Scope.everything(), Scope.of(["/3300/3303C/"])):
        FigureRepository(session, scope).groups(now - timedelta(hours=2), now, Grouping.school)


def _tell(session: Session, now: datetime) -> None:
    if anything_happened(session):
        Planner(READERS).plan(session, now)
    for target in due_targets(session, now):
        claim(session, target, now)
