"""Along the life of a ticket: whom it concerns is told, and who did it is not."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session, select

from alerts.codes import FaultKind
from alerts.models import Ticket, TicketEvent, TicketReport
from alerts.notify.planning import WINDOW
from alerts.reporting.desk import ReportDesk
from alerts.reporting.desk import Told as Reported
from alerts.reporting.spots import Spot
from alerts.tickets import TicketDesk
from alerts.urgency import Impact, Urgency, WaitingFor
from inventory.database import unit_of_work
from inventory.models import Device, Grant, Role, School, User
from inventory.scope import Scope
from tests.alerts.conftest import MINUTE
from tests.alerts.notify.bureau import Bureau


def _told(bureau: Bureau) -> set[tuple[str, str]]:
    """Who was told what since the last time one looked, for people only."""
    bureau.dispatcher().drain()
    found = {(name, told.kind.value) for name, told in bureau.channels.taken}
    bureau.channels.taken.clear()
    return found


@pytest.fixture
def staffed(bureau: Bureau) -> Bureau:
    """The bureau with people who have a mailbox: nobody wants more than what is theirs."""
    with unit_of_work(bureau.sessions) as session:
        session.add(User(id="u3", login="chen", name="陈", password_hash=""))
        session.flush()
        session.add(Grant(user_id="u3", role=Role.technician, scope_path="/3304/"))
        for user_id in ("u1", "u2", "u3"):
            session.get_one(User, user_id).email = f"{user_id}@edu.example"
    return bureau


def _step(bureau: Bureau, actor: str, take: Callable[[TicketDesk], object]) -> None:
    bureau.now += MINUTE
    with unit_of_work(bureau.sessions) as session:
        take(TicketDesk(session, Scope.everything(), actor, bureau.now))


def test_each_step_is_told_to_whom_it_concerns_and_not_to_who_took_it(staffed: Bureau) -> None:
    opened: list[str] = []
    _step(staffed, "u1", lambda desk: opened.append(desk.open("S002", "No picture").id))
    [ticket] = opened
    steps: list[tuple[str, Callable[[TicketDesk], object], set[tuple[str, str]]]] = [
        ("u1", lambda desk: desk.assign(ticket, "u2"), {("wang", "ticket_assigned")}),
        # Who had it hears that it is another one's now.
        (
            "u1",
            lambda desk: desk.assign(ticket, "u3"),
            {("wang", "ticket_assigned"), ("chen", "ticket_assigned")},
        ),
        ("u3", lambda desk: desk.start(ticket), set()),
        ("u1", lambda desk: desk.comment(ticket, "Room 3"), {("chen", "ticket_commented")}),
        # Who opened it hears what becomes of it.
        ("u3", lambda desk: desk.comment(ticket, "I come"), {("li", "ticket_commented")}),
        ("u3", lambda desk: desk.wait(ticket, "a lamp"), {("li", "ticket_waiting")}),
        (
            "u1",
            lambda desk: desk.prioritise(ticket, Impact.school, Urgency.high),
            {("chen", "ticket_prioritised")},
        ),
        ("u3", lambda desk: desk.resolve(ticket, "new lamp"), {("li", "ticket_resolved")}),
        ("u1", lambda desk: desk.reopen(ticket, "dark again"), {("chen", "ticket_reopened")}),
        ("u2", lambda desk: desk.assign(ticket, "u2"), {("chen", "ticket_assigned")}),
        ("u1", lambda desk: desk.put_back(ticket), {("wang", "ticket_put_back")}),
        ("u2", lambda desk: desk.resolve(ticket), {("li", "ticket_resolved")}),
        ("u2", lambda desk: desk.close(ticket), {("li", "ticket_closed")}),
    ]
    assert _told(staffed) == set()
    for number, (actor, take, expected) in enumerate(steps):
        _step(staffed, actor, take)
        assert _told(staffed) == expected, number


def test_who_gives_a_ticket_on_at_once_tells_each_their_own_part(staffed: Bureau) -> None:
    def twice(desk: TicketDesk) -> None:
        ticket = desk.open("S002", "No picture")
        desk.assign(ticket.id, "u2")
        desk.assign(ticket.id, "u3")

    _step(staffed, "u1", twice)
    staffed.dispatcher().drain()
    assert staffed.channels.of("wang") == ["ticket_assigned"] * 2
    assert staffed.channels.of("chen") == ["ticket_assigned"]


def test_who_has_a_ticket_hears_that_another_one_is_asked_because_it_is_late(
    staffed: Bureau,
) -> None:
    opened: list[str] = []
    _step(staffed, "u1", lambda desk: opened.append(desk.open("S002", "No picture").id))
    _step(staffed, "u1", lambda desk: desk.assign(opened[0], "u2"))
    _told(staffed)
    with unit_of_work(staffed.sessions) as session:
        session.add(
            TicketEvent(
                ticket_id=opened[0],
                at=staffed.now,
                kind="escalated",
                text="陈",
                assignee_id="u3",
                step="0.repair_over",
            )
        )
    staffed.dispatcher().drain()
    assert {name for name, _ in staffed.channels.taken} == {"wang", "chen"}
    assert "The repair is overdue 陈" in staffed.channels.taken[0][1].text


def test_who_was_given_the_ticket_of_a_fault_hears_that_it_is_over(staffed: Bureau) -> None:
    staffed.happen("d3")
    assert _told(staffed) == set()
    with staffed.sessions() as session:
        [ticket] = session.exec(select(Ticket)).all()
    _step(staffed, "u1", lambda desk: desk.assign(ticket.id, "u2"))
    _step(staffed, "u2", lambda desk: desk.start(ticket.id))
    assert _told(staffed) == {("wang", "ticket_assigned")}
    staffed.end("d3")
    assert _told(staffed) == {("wang", "alert_cleared")}


def test_what_people_without_a_log_in_tell_of_a_ticket_is_told_to_who_has_it(
    staffed: Bureau,
) -> None:
    with unit_of_work(staffed.sessions) as session:
        device = session.get_one(Device, "d3")
        spot = Spot(session.get_one(School, "S002"), None, device)
        report, _ = _reported(session, staffed.now, spot, "one")
        ticket = report.ticket_id
    _step(staffed, "u1", lambda desk: desk.assign(ticket, "u2"))
    _step(staffed, "u2", lambda desk: desk.wait(ticket, "which room?", WaitingFor.user))
    assert _told(staffed) == {("wang", "ticket_assigned")}
    with unit_of_work(staffed.sessions) as session:
        _reported(session, staffed.now, spot, "two", "it is room 3")
    assert _told(staffed) == {("wang", "ticket_commented")}
    _step(staffed, "u2", lambda desk: desk.start(ticket))
    _step(staffed, "u2", lambda desk: desk.resolve(ticket))
    for say, kind in (
        (lambda desk, report: desk.still_broken(report, "no"), "ticket_reopened"),
        (lambda desk, report: desk.confirm(report, 5), "ticket_closed"),
    ):
        with unit_of_work(staffed.sessions) as session:
            say(ReportDesk(session, staffed.now), session.get_one(TicketReport, report.id))
        assert _told(staffed) == {("wang", kind)}
        if kind == "ticket_reopened":
            _step(staffed, "u2", lambda desk: desk.resolve(ticket))


def _reported(
    session: Session, now: datetime, spot: Spot, browser: str, words: str = ""
) -> tuple[TicketReport, bool]:
    told = Reported("No picture", FaultKind.picture, words, "", "", browser)
    return ReportDesk(session, now).report(spot, told)


def test_a_fault_that_comes_back_is_told_as_alert_and_not_as_reopened_ticket_too(
    staffed: Bureau,
) -> None:
    staffed.channel()
    staffed.happen()
    staffed.dispatcher().drain()
    staffed.now += MINUTE
    staffed.end()
    staffed.now += 2 * WINDOW
    staffed.happen()
    staffed.dispatcher().drain()
    assert staffed.channels.of("room") == ["alert_opened", "alert_cleared", "alert_opened"]
