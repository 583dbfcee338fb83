"""A register of 200,000 devices on PostgreSQL: what pages, jobs and ingest ask reads few rows.

Filled once by SQL. Each question is asked through its repository; every statement it sends is
explained, and no large table may be read from one end to the other.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url, text
from sqlmodel import Session

from alerts.evaluation import to_judge
from alerts.models import Severity, TicketState
from alerts.repositories import AlertRepository, TicketRepository
from controller.counting import count_ahead
from controller.jobs import Jobs, LongJob
from controller.metrics.memory import MemoryStore
from controller.telemetry import Telemetry
from drivers.readings import Kind, Outcome, Poll
from inventory.database import make_engine, read_only, session_factory, unit_of_work
from inventory.intake.ingest import owners_of, record_polls
from inventory.models import Protocol
from inventory.repositories import (
    AgentRepository,
    DeviceRepository,
    DeviceSort,
    LineRepository,
    PlanRepository,
    PortRepository,
    RoomRepository,
    SchoolRepository,
)
from inventory.repositories.commands import CommandRepository
from inventory.repositories.device_page import LISTED
from inventory.repositories.events import EventRepository
from inventory.repositories.proposals import ProposalRepository
from inventory.repositories.summaries import SummaryRepository
from inventory.scope import Scope
from inventory.search.sources import SOURCES
from inventory.search.upkeep import write_stale
from inventory.status import Status
from inventory.summaries import counted_at, forget_figures
from tests.inventory.list_questions import LISTS
from tests.register import FOR_PLANS, fill
from tests.register_documents import fill_documents

CADENCE = timedelta(days=1)
CITY, COUNTY = Scope.everything(), Scope.of(["/3300/3300C/"])
#: Tables that grow with the city.
LARGE = frozenset({"device", "device_state", "device_mac", "device_search", "port", "room"})
LARGE |= {
    "search_document",
    "device_event",
    "alert",
    "ticket",
    "ticket_event",
    "proposal",
    "agent_command",
}


@pytest.fixture(scope="module")
def city(postgres_url: str, postgres_template: str) -> Iterator[tuple[Engine, datetime]]:
    """The register, counted ahead, and the time it was made."""
    server = postgres_url.replace("+psycopg", "")
    with closing(psycopg.connect(server, autocommit=True)) as admin:
        admin.execute(f"CREATE DATABASE fleet_city TEMPLATE {postgres_template}")
        url = make_url(postgres_url).set(database="fleet_city")
        engine = make_engine(url.render_as_string(hide_password=False))
        try:
            now = datetime.now(UTC)
            with engine.begin() as connection:
                fill(connection, FOR_PLANS, now)
                fill_documents(connection, FOR_PLANS)
            _count(engine)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            yield engine, now
        finally:
            engine.dispose()
            admin.execute("DROP DATABASE fleet_city WITH (FORCE)")


def _count(engine: Engine) -> None:
    jobs = Jobs((), session_factory(engine), Telemetry())
    assert jobs.run_once(LongJob("count_ahead", 15.0, count_ahead(MemoryStore(), CADENCE)))


def _counted(engine: Engine) -> datetime:
    """A time at which the count is in use, however long it took to be made."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE summary_time SET at = now()"))
    return datetime.now(UTC)


@dataclass
class Read:
    """What one statement read: rows by table, and the tables it went through from end to end."""

    statement: str
    rows: dict[str, float] = field(default_factory=dict)
    scanned: set[str] = field(default_factory=set)

    def add(self, node: Mapping[str, Any]) -> None:
        table = node.get("Relation Name")
        if table is not None:
            if node["Node Type"] == "Seq Scan":
                self.scanned.add(table)
            dropped = node.get("Rows Removed by Filter", 0) + node.get(
                "Rows Removed by Index Recheck", 0
            )
            read = (node["Actual Rows"] + dropped) * node["Actual Loops"]
            self.rows[table] = self.rows.get(table, 0) + read
        for below in node.get("Plans", ()):
            self.add(below)


@contextmanager
def explained(session: Session, *, totals: bool = True) -> Iterator[list[Read]]:
    """Every SELECT, and every change of states, explained with the very values it is sent with.

    Explaining runs it once more: totals, the longest, are left out where nobody asks.
    """
    reads: list[Read] = []
    connection = session.connection()

    def before(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not totals and "count(" in statement:
            return
        if statement.startswith(("SELECT", "UPDATE device_state")):
            reads.append(Read(statement))
            plan = connection.connection.cursor()
            plan.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
            [(found,)] = plan.fetchall()
            document = json.loads(found) if isinstance(found, str) else found
            reads[-1].add(document[0]["Plan"])
            plan.close()

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield reads
    finally:
        event.remove(connection, "before_cursor_execute", before)


Ask = Callable[[Session, datetime], object]


def _devices(session: Session, now: datetime, **wishes: Any) -> object:
    asked = {"sort": DeviceSort.status, **wishes}
    return DeviceRepository(session, CITY).page(now=now, cadence=CADENCE, **asked)


def _beats(now: datetime, devices: Iterable[int]) -> Iterator[Poll]:
    at = int(now.timestamp() * 1_000)
    for number in devices:
        yield Poll(f"d{number:06}", f"S{number // FOR_PLANS.devices:04}", at, Outcome.ok)


#: Question, rows of large tables it may read at most.
QUESTIONS: Mapping[str, tuple[Ask, int]] = {
    "devices, worst first": (_devices, 250_000),
    "devices that are down": (lambda s, n: _devices(s, n, status=Status.down), 10_000),
    "devices of a kind": (lambda s, n: _devices(s, n, kind=Kind.switch), 35_000),
    "devices by time": (lambda s, n: _devices(s, n, sort=DeviceSort.since), 250_000),
    "devices of a school": (lambda s, n: _devices(s, n, school="S0100"), 1_000),
    "devices by name": (lambda s, n: _devices(s, n, sort=DeviceSort.name), 250_000),
    "devices of one school": (lambda s, n: DeviceRepository(s, CITY).at_school("S0100"), 1_000),
    "one device": (lambda s, n: DeviceRepository(s, COUNTY).row("d000118", n), 1_000),
    "its switch": (lambda s, n: DeviceRepository(s, CITY).attached_to("d000110"), 1_000),
    "its ports": (lambda s, n: PortRepository(s, CITY).of_device("d000110"), 1_000),
    "its alerts": (lambda s, n: AlertRepository(s, CITY).of_device("d000118"), 1_000),
    "its tickets": (lambda s, n: TicketRepository(s, CITY).of_device("d000118"), 1_000),
    "its events": (lambda s, n: EventRepository(s, CITY).page(device="d000118"), 1_000),
    "its addresses": (lambda s, n: DeviceRepository(s, CITY).macs_of(["d000118"]), 1_000),
    "its commands": (lambda s, n: CommandRepository(s, CITY).page(subject="d000110"), 1_000),
    "an agent's commands": (lambda s, n: CommandRepository(s, CITY).page(agent="a0100"), 1_000),
    "commands to send": (lambda s, n: CommandRepository(s, CITY).to_send("a0100", n), 1_000),
    "commands under way": (lambda s, n: CommandRepository(s, CITY).pending_by_agent(), 1_000),
    "counts by school": (lambda s, n: DeviceRepository(s, CITY).count_by_school(n), 0),
    "counts by status": (lambda s, n: DeviceRepository(s, COUNTY).count_by_status(n), 0),
    "figures of schools": (lambda s, n: SummaryRepository(s, COUNTY).figures(n), 0),
    "open alerts": (lambda s, n: AlertRepository(s, CITY).page(), 10_000),
    "open critical alerts": (
        lambda s, n: AlertRepository(s, CITY).page(severity=Severity.critical, limit=8),
        10_000,
    ),
    "open alerts of a school": (lambda s, n: AlertRepository(s, CITY).page(school="S0100"), 1_000),
    "open alerts by school": (lambda s, n: AlertRepository(s, CITY).count_open_by_school(), 5_000),
    "open alerts by severity": (lambda s, n: AlertRepository(s, CITY).count_open(), 5_000),
    "active tickets": (lambda s, n: TicketRepository(s, CITY).page(), 10_000),
    "active tickets by school": (
        lambda s, n: TicketRepository(s, CITY).count_open_by_school(),
        5_000,
    ),
    "new tickets": (
        lambda s, n: TicketRepository(s, CITY).count_by_state(states=[TicketState.new]),
        5_000,
    ),
    "a ticket's log": (lambda s, n: TicketRepository(s, CITY).events("t000100"), 1_000),
    "a ticket by its number": (lambda s, n: TicketRepository(s, CITY).by_number(77), 1_000),
    "proposals to decide": (lambda s, n: ProposalRepository(s, CITY).page(), 10_000),
    "how many proposals wait": (lambda s, n: ProposalRepository(s, CITY).count_open(), 5_000),
    "rooms of a school": (lambda s, n: RoomRepository(s, CITY).at_school("S0100"), 1_000),
    "what an agent polls": (
        lambda s, n: PlanRepository(s, CITY).devices(["S0100"]),
        1_000,
    ),
    "what an agent watches": (
        lambda s, n: DeviceRepository(s, CITY).watched_by(Protocol.snmp, "S0100"),
        1_000,
    ),
    "where an agent may write": (lambda s, n: AgentRepository(s, CITY).authorised_schools("a9"), 0),
    "whose a batch's devices are": (
        lambda s, n: owners_of(s, [f"d{i:06}" for i in range(50)]),
        1_000,
    ),
    "what a batch changes": (
        lambda s, n: record_polls(s, list(_beats(n, range(4_000, 4_100))), n),
        1_000,
    ),
    "whose an address is": (
        lambda s, n: DeviceRepository(s, CITY).having_mac("S0100", ["000000010001"]),
        1_000,
    ),
    "what there is to judge": (lambda s, n: to_judge(s, MemoryStore(), n, CITY), 40_000),
    "one school": (lambda s, n: SchoolRepository(s, COUNTY).get("S0003"), 0),
    "lines of a school": (lambda s, n: LineRepository(s, CITY).at_school("S0100"), 0),
}


def test_no_question_goes_through_a_whole_table(city: tuple[Engine, datetime]) -> None:
    engine, _ = city
    wrong = []
    # Counting everything that fits reads an index from end to end, which no list can do without.
    counting = {"devices, worst first", "devices by name", "devices by time"}
    for name, (ask, most) in QUESTIONS.items():
        now = _counted(engine)
        with read_only(session_factory(engine)) as session, explained(session) as reads:
            ask(session, now)
        for read in reads:
            scanned = read.scanned & LARGE
            if scanned and not (name in counting and "count(" in read.statement):
                wrong.append((name, "goes through", sorted(scanned), read.statement))
        rows = sum(n for read in reads for table, n in read.rows.items() if table in LARGE)
        if rows > most:
            wrong.append((name, "reads", rows, most))
        assert reads, name
    assert wrong == []


#: Rows that a page of devices may read, but for their total: of a county all, and their states.
MOST_OF_A_LIST = 60_000


@pytest.mark.parametrize("wanted", LISTS)
def test_a_list_in_any_order_reads_a_bounded_part(
    city: tuple[Engine, datetime], wanted: str
) -> None:
    engine, _ = city
    scope, asked = LISTS[wanted]
    wrong = []
    for sort in DeviceSort:
        now = _counted(engine)
        with (
            read_only(session_factory(engine)) as session,
            explained(session, totals=False) as reads,
        ):
            page = DeviceRepository(session, scope).page(
                now=now, cadence=CADENCE, sort=sort, **asked
            )
        rows = sum(n for read in reads for table, n in read.rows.items() if table in LARGE)
        if rows > MOST_OF_A_LIST or any(read.scanned & LARGE for read in reads):
            wrong.append((sort, rows, [read.scanned for read in reads]))
        assert len(page.items) <= 50
        assert page.total <= LISTED or not page.more
    assert wrong == []


@pytest.mark.parametrize("scope", [CITY, COUNTY], ids=["city", "county"])
def test_what_was_counted_ahead_is_what_counting_says(
    city: tuple[Engine, datetime], scope: Scope
) -> None:
    engine, _ = city
    sessions = session_factory(engine)
    # Some things change after the first count.
    with engine.begin() as connection:
        for change in (
            "UPDATE device_state SET outcome = 'timeout', failures = 3 WHERE device_id < 'd000040'",
            "UPDATE device SET lifecycle = 'retired' WHERE id BETWEEN 'd000050' AND 'd000060'",
            "UPDATE agent SET last_batch_at = last_batch_at - interval '3 days' WHERE id = 'a0001'",
        ):
            connection.execute(text(change))
    _count(engine)
    answers = []
    for kept in (True, False):
        if not kept:
            with unit_of_work(sessions) as session:
                forget_figures(session)
        now = _counted(engine)
        with read_only(sessions) as session:
            assert (counted_at(session, now) is not None) is kept
            devices = DeviceRepository(session, scope)
            pages = [
                devices.page(
                    now=now, cadence=CADENCE, sort=sort, status=status, search=search, limit=200
                )
                for sort, status, search in (
                    (DeviceSort.status, None, ""),
                    (DeviceSort.status, None, "device 17"),
                    (DeviceSort.name, Status.down, ""),
                    (DeviceSort.school, Status.silent, ""),
                    (DeviceSort.kind, Status.off, ""),
                    (DeviceSort.since, None, ""),
                    (DeviceSort.since, Status.down, "device"),
                )
            ]
            answers.append(
                (
                    devices.count_by_school(now, cadence=CADENCE),
                    devices.count_by_status(now, cadence=CADENCE),
                    [([row.device.id for row in page.items], page.total) for page in pages],
                )
            )
    _count(engine)
    assert answers[0] == answers[1]
    assert sum(answers[0][1].values()) > (100_000 if scope is CITY else 10_000)


@pytest.mark.parametrize("school", [None, "S0100"])
def test_devices_never_polled_follow_those_that_changed(
    city: tuple[Engine, datetime], school: str | None
) -> None:
    engine, _ = city
    now = _counted(engine)
    with read_only(session_factory(engine)) as session:
        devices = DeviceRepository(session, CITY)

        def page(offset: int, *, descending: bool) -> list[bool]:
            found = devices.page(
                now=now,
                cadence=CADENCE,
                school=school,
                sort=DeviceSort.since,
                descending=descending,
                offset=offset,
                limit=3,
            )
            assert found.total == (FOR_PLANS.devices if school else FOR_PLANS.all_devices)
            return [row.state is None for row in found.items]

        # Two of a hundred have never been polled.
        everything = FOR_PLANS.devices if school else FOR_PLANS.all_devices
        polled = everything * 98 // 100
        for descending in (False, True):
            assert page(0, descending=descending) == [False, False, False]
            assert page(polled - 2, descending=descending) == [False, False, True]
            assert page(everything - 2, descending=descending) == [True, True]
            assert page(everything, descending=descending) == []


def test_a_search_finds_what_every_column_holds(session: Session) -> None:
    """A list finds what the search of everything finds of devices, and nothing for no word."""
    from tests.inventory.city import NOW, A, add_city, add_county  # noqa: PLC0415

    add_city(session)
    add_county(session, A)
    devices = DeviceRepository(session, CITY)
    device = devices.get("d-A")
    assert device is not None
    device.name, device.serial, device.model, device.address = "三楼交换机", "SN_1", "S57%", "10.1"
    session.flush()
    write_stale(session, SOURCES)

    def found(text_: str) -> int:
        return devices.page(now=NOW, search=text_).total

    assert [found(one) for one in ("楼交", "sn_1", "s57%", "10.1", "D-A")] == [1] * 5
    assert [found(one) for one in ("Switch A", "snx1", "_楼", "%%%")] == [0] * 4
