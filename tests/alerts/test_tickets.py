from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlmodel import Session

from alerts.errors import TransitionRefused
from alerts.judgement import judge
from alerts.models import Severity, Ticket, TicketState
from alerts.repositories import AlertRepository, TicketRepository, ticket_words
from alerts.repositories.ticket_words import _HOLDERS
from alerts.rules import Clear, Finding
from alerts.search import TICKETS
from alerts.tickets import ALLOWED, TicketDesk
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import User
from inventory.scope import Scope
from inventory.search.sources import SOURCES
from inventory.search.upkeep import write_stale

ALL = Scope.everything()
SECOND = Scope(("/3304/S002/",))


@pytest.fixture
def desk(county: Session, now: datetime) -> TicketDesk:
    return TicketDesk(county, ALL, "u1", now)


@pytest.fixture
def ticket(desk: TicketDesk) -> Ticket:
    return desk.open("S002", "投影仪不亮", device_id="d3", description="3 楼")


def log(session: Session, ticket: Ticket) -> list[tuple[str, str | None, str]]:
    events = TicketRepository(session, ALL).events(ticket.id)
    return [(event.kind, event.actor_id, event.text) for event in events]


def test_a_repair_from_report_to_agreement(
    county: Session, desk: TicketDesk, ticket: Ticket, now: datetime
) -> None:
    desk.assign(ticket.id, "u2")
    desk.start(ticket.id)
    desk.comment(ticket.id, "灯泡坏了")
    desk.wait(ticket.id, "等配件")
    desk.start(ticket.id)
    desk.resolve(ticket.id, "换了灯泡")
    assert ticket.resolved_at == now
    desk.close(ticket.id)

    assert (ticket.state, ticket.closed_at, ticket.assignee_id) == ("closed", now, "u2")
    assert log(county, ticket) == [
        ("opened", "u1", ""),
        ("assigned", "u1", "王"),
        ("started", "u1", ""),
        ("commented", "u1", "灯泡坏了"),
        ("waiting", "u1", "等配件"),
        ("started", "u1", ""),
        ("resolved", "u1", "换了灯泡"),
        ("closed", "u1", ""),
    ]


def test_a_ticket_that_was_not_repaired_is_reopened(desk: TicketDesk, ticket: Ticket) -> None:
    desk.resolve(ticket.id)
    desk.reopen(ticket.id, "还是不亮")

    assert (ticket.state, ticket.resolved_at) == (TicketState.reopened, None)


def test_who_begins_a_ticket_that_nobody_has_has_it(desk: TicketDesk, ticket: Ticket) -> None:
    assert desk.start(ticket.id).assignee_id == "u1"


def test_only_allowed_steps_are_taken(county: Session, desk: TicketDesk, ticket: Ticket) -> None:
    steps = {
        TicketState.assigned: lambda: desk.assign(ticket.id, "u1"),
        TicketState.in_progress: lambda: desk.start(ticket.id),
        TicketState.waiting: lambda: desk.wait(ticket.id, "x"),
        TicketState.resolved: lambda: desk.resolve(ticket.id),
        TicketState.closed: lambda: desk.close(ticket.id),
        TicketState.reopened: lambda: desk.reopen(ticket.id, "x"),
    }
    for before, (after, step) in product(TicketState, steps.items()):
        ticket.state = before
        county.flush()
        lines = len(log(county, ticket))
        if before in ALLOWED[after]:
            assert step().state is after
        else:
            with pytest.raises(TransitionRefused):
                step()
            assert ticket.state is before
            assert len(log(county, ticket)) == lines


def test_nothing_outside_the_scope_is_seen_or_done(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    other = desk.open("S001", "x")
    stranger = TicketDesk(county, SECOND, "u2", now)

    for step in (stranger.start, stranger.resolve, stranger.close):
        with pytest.raises(NotFound):
            step(other.id)
    with pytest.raises(NotFound):
        stranger.comment(other.id, "hello")
    with pytest.raises(OutOfScope):
        stranger.open("S001", "x")
    with pytest.raises(NotFound):
        stranger.open("S009", "x")
    repository = TicketRepository(county, SECOND)
    assert repository.get(other.id) is None
    assert repository.row(other.id) is None
    assert repository.by_number(other.number) is None
    assert list(repository.events(other.id)) == []
    assert repository.page().total == 0
    assert repository.count_by_state()[TicketState.new] == 0


def test_a_ticket_names_only_what_its_school_owns(desk: TicketDesk) -> None:
    with pytest.raises(NotFound):
        desk.open("S002", "x", device_id="d1")
    with pytest.raises(NotFound):
        desk.open("S002", "x", line_id="l1")


def test_a_ticket_goes_only_to_somebody_who_may_see_it(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    ticket = desk.open("S001", "x")

    with pytest.raises(Invalid):
        desk.assign(ticket.id, "u2")
    with pytest.raises(NotFound):
        desk.assign(ticket.id, "u9")
    li = county.get(User, "u1")
    assert li is not None
    li.disabled_at = now
    with pytest.raises(Invalid):
        desk.assign(ticket.id, "u1")


def test_words_that_are_needed_and_words_without_end(desk: TicketDesk, ticket: Ticket) -> None:
    for title in ("", "  ", "x" * 201):
        with pytest.raises(Invalid):
            desk.open("S001", title)
    with pytest.raises(Invalid):
        desk.comment(ticket.id, " ")
    with pytest.raises(Invalid):
        desk.comment(ticket.id, "x" * 10_001)


def test_the_list_is_searched_and_filtered(county: Session, desk: TicketDesk) -> None:
    lamp = desk.open("S002", "投影仪不亮", device_id="d3")
    loud = desk.open("S001", "断网", severity=Severity.critical, line_id="l1")
    done = desk.open("S001", "done")
    desk.resolve(done.id)
    desk.assign(lamp.id, "u2")
    tickets = TicketRepository(county, ALL)

    def ids(**asked: object) -> list[str]:
        return [row.ticket.id for row in tickets.page(**asked).items]  # type: ignore[arg-type]

    assert ids() == [loud.id, lamp.id]
    assert set(ids(states=())) == {loud.id, lamp.id, done.id}
    assert ids(states=[TicketState.resolved]) == [done.id]
    assert ids(severity=Severity.critical) == [loud.id]
    assert ids(assignee="u2") == [lamp.id]
    assert ids(assignee="") == [loud.id]
    assert ids(school="S002") == ids(under="/3304/S002/") == [lamp.id]
    write_stale(county, [*SOURCES, TICKETS])
    assert ids(search="投影") == ids(search="core-2") == ids(search="第二") == [lamp.id]
    assert ids(search="c-1") == ids(search=f"#{loud.number}") == [loud.id]
    assert ids(search="%") == ids(search="投影", severity=Severity.critical) == []
    page = tickets.page(limit=1, offset=1)
    assert (page.total, [row.ticket.id for row in page.items]) == (2, [lamp.id])
    [row] = page.items
    assert (row.school.code, row.device and row.device.name) == ("S002", "core-2")
    assert (row.line, row.assignee and row.assignee.login) == (None, "wang")
    with pytest.raises(Invalid):
        tickets.page(limit=501)


def test_what_a_school_and_a_device_still_need(county: Session, desk: TicketDesk) -> None:
    one = desk.open("S002", "a", device_id="d3")
    two = desk.open("S002", "b", device_id="d3", severity=Severity.critical)
    three = desk.open("S001", "c", line_id="l1")
    desk.resolve(one.id)
    tickets = TicketRepository(county, ALL)

    assert [t.id for t in tickets.open_at("S002")] == [two.id]
    assert [t.id for t in tickets.open_of_device("d3")] == [two.id]
    assert [t.id for t in tickets.of_device("d3")] == [two.id, one.id]
    assert [t.id for t in tickets.of_line("l1")] == [three.id]
    assert tickets.count_by_state()[TicketState.new] == 2
    assert tickets.count_by_state(school="S002")[TicketState.resolved] == 1
    assert tickets.count_open_by_school() == {"S001": 1, "S002": 1}
    found = tickets.by_number(three.number)
    assert found is not None
    assert found.id == three.id


def test_alerts_are_listed_counted_and_acknowledged_within_the_scope(
    county: Session, now: datetime
) -> None:
    judge(
        county,
        [
            Finding(rule="device_down", subject="d1", severity=Severity.critical),
            Finding(rule="bandwidth_below_target", subject="l1", part="up"),
            Finding(rule="device_down", subject="d3"),
        ],
        [],
        now,
    )
    judge(county, [], [Clear(rule="device_down", subject="d3")], now + timedelta(hours=1))
    alerts, second = AlertRepository(county, ALL), AlertRepository(county, SECOND)

    assert [a.subject for a in alerts.open_at("S001")] == ["d1", "l1"]
    assert [a.subject for a in alerts.open_on(["l1", "d3"])] == ["l1"]
    assert [a.subject for a in second.open_at("S001")] == []
    assert [a.subject for a in second.of_device("d3")] == ["d3"]
    assert [a.subject for a in second.of_device("d1")] == []
    assert [a.part for a in alerts.of_line("l1")] == ["up"]
    assert alerts.count_open() == {Severity.warning: 1, Severity.critical: 1}
    assert alerts.count_open(school="S002") == {Severity.warning: 0, Severity.critical: 0}
    assert alerts.count_open_by_school() == {"S001": 2}
    assert alerts.page().total == 2
    assert alerts.page(is_open=None).total == 3
    assert alerts.page(is_open=False, under="/3304/S002/").items[0].alert.subject == "d3"
    assert second.page(is_open=None).total == 1
    [row] = alerts.page(rule="bandwidth_below_target").items
    assert (row.line and row.line.circuit, row.device, row.ticket_number) == ("C-1", None, 2)
    [loud] = alerts.page(severity=Severity.critical, school="S001").items

    alerts.acknowledge(loud.alert.id, "u1", now)
    alerts.acknowledge(loud.alert.id, "u2", now + timedelta(hours=1))
    assert (loud.alert.acknowledged_by, loud.alert.acknowledged_at) == ("u1", now)
    with pytest.raises(NotFound):
        second.acknowledge(loud.alert.id, "u2", now)


@pytest.mark.parametrize("few", [True, False])
def test_words_of_a_long_list_are_looked_up_or_met_along_it(
    county: Session, desk: TicketDesk, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    lamp = desk.open("S002", "投影仪不亮", device_id="d3")
    loud = desk.open("S001", "断网", severity=Severity.critical, line_id="l1")
    old = desk.open("S001", "打印机", device_id="d2")
    desk.resolve(old.id)
    write_stale(county, [*SOURCES, TICKETS])
    monkeypatch.setattr(ticket_words, "PIECE", 1)
    monkeypatch.setattr(
        ticket_words,
        "_HOLDERS",
        {kind: (column, 100 if few else 0) for kind, (column, _) in _HOLDERS.items()},
    )

    def ids(scope: Scope = ALL, **asked: object) -> list[str]:
        found = TicketRepository(county, scope).page(**asked)  # type: ignore[arg-type]
        assert (found.total, found.more) == (len(found.items), False)
        return [row.ticket.id for row in found.items]

    assert ids(search="小学") == [loud.id, lamp.id]
    assert ids(search="小学", states=()) == [loud.id, lamp.id, old.id]
    assert ids(SECOND, search="小学", states=()) == ids(search="core-2") == [lamp.id]
    assert ids(search="小学", under="/3304/S002/") == ids(search="不亮", assignee="") == [lamp.id]
    assert ids(search="telecom") == ids(search="小学", severity=Severity.critical) == [loud.id]
    assert ids(search="printer", states=[TicketState.resolved]) == [old.id]
    assert ids(search="printer") == ids(SECOND, search="telecom") == []
    monkeypatch.setattr(ticket_words, "LISTED", 1)
    page = TicketRepository(county, ALL).page(search="小学", states=())
    assert (len(page.items), page.total, page.more) == ((3, 3, False) if few else (1, 1, True))
