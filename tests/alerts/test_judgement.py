from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.judgement import Judgement, judge
from alerts.models import Alert, Severity, Ticket, TicketState
from alerts.repositories import TicketRepository
from alerts.rules import Clear, Finding
from alerts.tickets import TicketDesk
from inventory.database import SessionFactory, unit_of_work
from inventory.scope import Scope

ALL = Scope.everything()
DOWN = Finding(
    rule="device_down",
    subject="d1",
    severity=Severity.critical,
    arguments={"outcome": "timeout", "failures": 2},
)
UP_AGAIN = Clear(rule="device_down", subject="d1")


def tickets(session: Session) -> Sequence[Ticket]:
    return session.exec(select(Ticket).order_by(Ticket.number)).all()  # type: ignore[arg-type]


def log(session: Session, ticket: Ticket) -> list[str]:
    return [event.kind for event in TicketRepository(session, ALL).events(ticket.id)]


def test_a_fault_becomes_one_alert_and_one_ticket(county: Session, now: datetime) -> None:
    judgement = judge(county, [DOWN], [], now)

    [alert] = judgement.opened
    [ticket] = tickets(county)
    assert (alert.school_code, alert.device_id, alert.line_id) == ("S001", "d1", None)
    assert alert.ticket_id == ticket.id
    assert (ticket.number, ticket.state, ticket.fault_key) == (1, "new", "d1|device_down|")
    assert (ticket.severity, ticket.school_code) == (Severity.critical, "S001")
    assert log(county, ticket) == ["opened"]


def test_found_again_changes_nothing(county: Session, now: datetime) -> None:
    judge(county, [DOWN, DOWN], [], now)

    assert judge(county, [DOWN], [], now + timedelta(minutes=1)) == Judgement()
    assert len(county.exec(select(Alert)).all()) == 1
    assert len(tickets(county)) == 1


def test_a_fault_of_a_line_is_kept_at_the_line(county: Session, now: datetime) -> None:
    finding = Finding(rule="bandwidth_below_target", subject="l1", part="up")
    [alert] = judge(county, [finding], [], now).opened

    assert (alert.school_code, alert.device_id, alert.line_id) == ("S001", None, "l1")
    assert (alert.part, tickets(county)[0].line_id) == ("up", "l1")


def test_parts_and_rules_of_one_subject_are_faults_of_their_own(
    county: Session, now: datetime
) -> None:
    findings = [
        DOWN,
        Finding(rule="device_down", subject="d1", part="g1"),
        Finding(rule="hot", subject="d1"),
        Finding(rule="device_down", subject="d2"),
    ]
    judge(county, findings, [], now)

    assert [ticket.number for ticket in tickets(county)] == [1, 2, 3, 4]


def test_a_subject_that_is_not_in_the_inventory_is_passed_over(
    county: Session, now: datetime
) -> None:
    assert judge(county, [Finding(rule="r", subject="gone")], [], now) == Judgement()
    assert tickets(county) == []


def test_recovery_ends_the_alert_and_resolves_the_ticket_nobody_began(
    county: Session, now: datetime
) -> None:
    judge(county, [DOWN], [], now)
    later = now + timedelta(minutes=5)
    [alert] = judge(county, [], [UP_AGAIN], later).cleared

    [ticket] = tickets(county)
    assert alert.cleared_at == later
    assert (ticket.state, ticket.resolved_at) == (TicketState.resolved, later)
    assert log(county, ticket) == ["opened", "recovered", "resolved"]
    assert judge(county, [], [UP_AGAIN], later) == Judgement()
    assert log(county, ticket) == ["opened", "recovered", "resolved"]


def test_recovery_only_writes_to_a_ticket_somebody_has_begun(
    county: Session, now: datetime
) -> None:
    judge(county, [DOWN], [], now)
    [ticket] = tickets(county)
    TicketDesk(county, ALL, "u1", now).start(ticket.id)
    judge(county, [], [UP_AGAIN], now + timedelta(minutes=5))

    assert ticket.state is TicketState.in_progress
    assert log(county, ticket) == ["opened", "started", "recovered"]


def test_a_fault_within_the_quiet_period_reopens_its_ticket(county: Session, now: datetime) -> None:
    judge(county, [DOWN], [], now)
    judge(county, [], [UP_AGAIN], now + timedelta(hours=1))
    [alert] = judge(county, [DOWN], [], now + timedelta(hours=25)).opened

    [ticket] = tickets(county)
    assert alert.ticket_id == ticket.id
    assert (ticket.state, ticket.resolved_at) == (TicketState.reopened, None)
    assert log(county, ticket) == ["opened", "recovered", "resolved", "reopened"]

    judge(county, [], [UP_AGAIN], now + timedelta(hours=26))
    assert ticket.state is TicketState.resolved


def test_a_fault_after_the_quiet_period_is_a_new_ticket(county: Session, now: datetime) -> None:
    judge(county, [DOWN], [], now)
    judge(county, [], [UP_AGAIN], now)
    judge(county, [DOWN], [], now + timedelta(hours=24, seconds=1))

    assert [ticket.state for ticket in tickets(county)] == [TicketState.resolved, TicketState.new]


def test_a_fault_that_comes_back_during_repair_stays_on_the_ticket(
    county: Session, now: datetime
) -> None:
    judge(county, [DOWN], [], now)
    [ticket] = tickets(county)
    TicketDesk(county, ALL, "u1", now).start(ticket.id)
    judge(county, [], [UP_AGAIN], now)
    judge(county, [DOWN], [], now + timedelta(days=9))

    assert tickets(county) == [ticket]
    assert log(county, ticket) == ["opened", "started", "recovered", "recurred"]


def test_a_ticket_that_another_one_goes_on_for_hears_no_more_of_its_fault(
    county: Session, now: datetime
) -> None:
    [alert] = judge(county, [DOWN], [], now).opened
    ticket = county.get_one(Ticket, alert.ticket_id)
    desk = TicketDesk(county, ALL, "u1", now)
    into = desk.open("S001", "the projector and the switch")
    before = into.arguments
    desk.merge(ticket.id, into.number)
    desk.start(into.id)
    judge(county, [], [UP_AGAIN], now + timedelta(minutes=1))
    [again] = judge(county, [DOWN], [], now + timedelta(minutes=9)).opened
    assert again.ticket_id == into.id
    assert (ticket.state, into.state) == (TicketState.closed, TicketState.in_progress)
    assert log(county, into)[-2:] == ["recovered", "recurred"]
    assert log(county, ticket)[-1] == "merged"
    # It says what it is about itself, and not what this fault was.
    assert into.arguments == before


def test_a_fault_nobody_looks_for_any_more_says_so(county: Session, now: datetime) -> None:
    judge(county, [DOWN], [], now)
    judge(county, [], [Clear(rule="device_down", subject="d1", withdrawn=True)], now)

    [ticket] = tickets(county)
    assert log(county, ticket) == ["opened", "withdrawn", "resolved"]


def test_what_is_found_is_not_cleared_by_the_same_judgement(county: Session, now: datetime) -> None:
    judge(county, [DOWN], [], now)

    assert judge(county, [DOWN], [UP_AGAIN], now) == Judgement()


def test_numbers_are_given_back_when_the_work_is_undone(
    factory: SessionFactory, now: datetime
) -> None:
    def fail() -> None:
        with unit_of_work(factory) as session:
            judge(session, [DOWN], [], now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with unit_of_work(factory) as session:
        judge(session, [DOWN], [], now)
        assert [ticket.number for ticket in tickets(session)] == [1]


def test_many_that_judge_at_once_open_one_alert_a_fault(
    factory: SessionFactory, now: datetime
) -> None:
    findings = [Finding(rule=f"r{n % 5}", subject=f"d{n % 3 + 1}") for n in range(15)]

    def work(turn: int) -> int:
        with unit_of_work(factory) as session:
            order = findings[turn:] + findings[:turn]
            opened = len(judge(session, order, [], now).opened)
            TicketDesk(session, ALL, "u1", now).open("S001", f"by hand {turn}")
            return opened

    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(work, range(6)))

    with factory() as session:
        assert sum(opened) == len(session.exec(select(Alert)).all()) == 15
        assert [ticket.number for ticket in tickets(session)] == list(range(1, 22))


def test_many_that_clear_at_once_write_to_the_ticket_once(
    factory: SessionFactory, now: datetime
) -> None:
    with unit_of_work(factory) as session:
        judge(session, [DOWN], [], now)

    def work(_: int) -> int:
        with unit_of_work(factory) as session:
            return len(judge(session, [], [UP_AGAIN], now).cleared)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 1
    with factory() as session:
        assert log(session, tickets(session)[0]) == ["opened", "recovered", "resolved"]


def test_who_begins_while_the_fault_goes_away_keeps_the_ticket(
    factory: SessionFactory, now: datetime
) -> None:
    with unit_of_work(factory) as session:
        judge(session, [DOWN], [], now)
        [ticket] = tickets(session)

    def recover() -> None:
        with unit_of_work(factory) as session:
            judge(session, [], [UP_AGAIN], now)

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(factory) as session:
            TicketDesk(session, ALL, "u1", now).start(ticket.id)
            recovery = pool.submit(recover)
            wait([recovery], timeout=0.3)
        recovery.result(30)

    with factory() as session:
        assert tickets(session)[0].state is TicketState.in_progress
        assert log(session, ticket) == ["opened", "started", "recovered"]
