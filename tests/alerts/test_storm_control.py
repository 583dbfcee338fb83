"""A county is cut off: one alert, one ticket, one message; and what comes afterwards."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from sqlmodel import Session, select

from alerts.figures.reading import FigureRepository, Grouping
from alerts.judgement import judge
from alerts.messages import alert_text, alert_title
from alerts.models import Notice, Severity, TicketState
from alerts.notify.models import NoticeKind
from alerts.quiet.desk import By, end, plan
from alerts.quiet.models import MaintenanceWindow
from alerts.repositories import AlertRepository, TicketRepository
from alerts.rules import Finding
from alerts.tickets import TicketDesk
from inventory.database import SessionFactory, unit_of_work
from inventory.errors import NotFound
from inventory.scope import Scope
from tests.alerts.stormy import COUNTIES, City, city_of, code

ALL = Scope.everything()


@pytest.fixture
def city(factory: SessionFactory) -> City:
    return city_of(factory)


def test_forty_schools_cut_off_are_one_alert_one_ticket_and_one_notice(city: City) -> None:
    city.dark = {code("A1", number) for number in range(40)}
    city.live(8)
    [storm] = city.alerts(single=True)
    assert (storm.rule, storm.subject, storm.part) == ("sites_dark", "A1", "")
    assert (storm.organisation_code, storm.severity) == ("A1", Severity.critical)
    assert alert_title(storm, "", str) == "A1 县: many schools are dark at once"
    assert alert_text(storm, str).startswith("40 schools; their own alerts are held back")
    behind = [one for one in city.alerts() if one.storm_id == storm.id]
    assert len(behind) == 40
    assert not any(one.ticket_id for one in behind)
    [ticket] = city.tickets()
    assert (ticket.organisation_code, ticket.rule) == ("A1", "sites_dark")
    # The bureau's channel, and none of a school, not even of the first.
    assert city.told() == 1
    with city.sessions() as session:
        assert {one.target for one in session.exec(select(Notice))} == {"nc"}

    # Most come back; some stay away, and are told of once it is over.
    city.dark = {code("A1", number) for number in range(3)}
    city.live(20)
    alone = city.alerts(single=True)
    assert [one.subject for one in alone] == sorted(city.dark)
    assert len(city.tickets(unfinished=True)) == 3
    assert city.tickets()[0].state is TicketState.resolved
    assert (city.told(), city.told(NoticeKind.alert_cleared)) == (5, 1)  # a school hears of its own

    city.dark = set()
    city.live(12)
    assert city.alerts() == []
    assert city.tickets(unfinished=True) == []


@dataclass
class Meeting(City):
    """One of two controllers: each writes only when the other one wants to, or has nothing to."""

    both: Barrier = field(default_factory=lambda: Barrier(2, timeout=1))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with suppress(BrokenBarrierError):
            self.both.wait()
        with super().writing() as session:
            yield session


def test_two_controllers_that_judge_and_plan_at_once_tell_of_a_storm_once(city: City) -> None:
    both = Barrier(2, timeout=1)
    pair = [Meeting(city.sessions, city.now, both=both) for _ in range(2)]
    for one in pair:
        one.judge()  # it listens from now on

    def live(minutes: int) -> None:
        for _ in range(minutes // 2):
            city.pass_by(2)
            both.reset()
            for step in (Meeting.judge, Meeting.plan):
                with ThreadPoolExecutor(2) as pool:
                    for one in pair:
                        one.now = city.now
                    for done in [pool.submit(step, one) for one in pair]:
                        done.result()

    city.dark = {code("A1", number) for number in range(40)}
    live(8)
    [storm] = city.alerts(single=True)
    assert len(city.alerts()) == 41
    assert (storm.rule, len(city.tickets()), city.told()) == ("sites_dark", 1, 1)
    city.dark = set()
    live(16)
    assert city.alerts() == []
    assert [one.state for one in city.tickets()] == [TicketState.resolved]
    assert (city.told(), city.told(NoticeKind.alert_cleared)) == (1, 1)


@pytest.mark.parametrize("is_ended", [False, True])
def test_a_bureau_that_works_on_its_line_is_told_of_it_afterwards_and_once(
    city: City, is_ended: bool
) -> None:
    by = By("county", "county")
    with unit_of_work(city.sessions) as session:
        until = city.now + timedelta(minutes=60 if is_ended else 20)
        window = MaintenanceWindow(
            organisation_code="A1", begins_at=city.now, ends_at=until, reason="new uplink"
        )
        kept = plan(session, ALL, window, by, city.now).id
    city.dark = {code("A1", number) for number in range(40)}
    city.live(18)
    assert city.alerts() == []
    if is_ended:
        with unit_of_work(city.sessions) as session:
            end(session, ALL, session.get_one(MaintenanceWindow, kept), by, city.now)
    # What was switched off has five minutes to come up.
    city.live(4)
    assert city.alerts() == []
    city.live(12)
    [storm] = city.alerts(single=True)
    assert (storm.rule, storm.subject, len(city.alerts())) == ("sites_dark", "A1", 41)
    assert (len(city.tickets()), city.told()) == (1, 1)


def test_two_causes_at_once_and_a_single_school_are_three_alerts(city: City) -> None:
    telecom = {code("A1", number) for number in range(25)}
    city.dark = telecom | {code("A2", number) for number in range(COUNTIES["A2"])} | {code("A3", 7)}
    city.live(8)
    found = [(one.rule, one.subject, one.part) for one in city.alerts(single=True)]
    assert found == [
        ("sites_dark", "A1", "Telecom"),
        ("sites_dark", "A2", ""),
        ("agent_silent", "A3-07", ""),
    ]
    assert len(city.tickets()) == city.told() == 3


def test_schools_that_fall_one_after_the_other_join_and_later_ones_stand_alone(city: City) -> None:
    for number in range(0, 20, 2):
        city.dark |= {code("A1", number), code("A1", number + 1)}
        city.live(1, step=1)
    city.live(8)
    [storm] = city.alerts(single=True)
    # The first nine were told of singly before anybody could know; their tickets went into one.
    assert len(city.tickets(unfinished=True)) == 1
    assert '"schools": 20' in storm.arguments
    # Another controller goes on; and what fails long after has a cause of its own.
    later = City(city.sessions, city.now)
    later.dark = set(city.dark)
    later.live(12)
    later.dark.add(code("A1", 44))
    later.live(6)
    assert [one.subject for one in later.alerts(single=True)] == ["A1", "A1-44"]


def test_who_was_told_of_before_the_storm_and_outlasts_it_is_told_of_once_more(city: City) -> None:
    first = code("A1", 0)
    city.dark = {code("A1", number) for number in range(8)}
    city.live(6)
    assert len(city.alerts(single=True)) == 8
    city.dark |= {code("A1", number) for number in range(8, 14)}
    city.live(8)
    [storm] = city.alerts(single=True)
    assert storm.rule == "sites_dark"
    told = city.told()
    city.dark = {first}
    city.live(20)
    [alone] = city.alerts(single=True)
    assert (alone.subject, alone.released_at is not None) == (first, True)
    assert [one.state for one in city.tickets(unfinished=True)] == [TicketState.reopened]
    # The channel of the city, and the school's own.
    assert city.told() == told + 2


def test_a_few_dark_schools_stay_alerts_of_their_own(city: City) -> None:
    city.dark = {code("A1", number) for number in range(9)}
    city.live(8)
    assert [one.rule for one in city.alerts(single=True)] == ["agent_silent"] * 9
    assert len(city.tickets()) == 9


def test_more_new_alerts_than_the_limit_are_gathered_and_told_when_it_is_over(city: City) -> None:
    lines = [code(county, number) for county, each in COUNTIES.items() for number in range(each)]
    findings = [
        Finding(rule="line_other", subject=f"l{one}", severity=Severity.warning) for one in lines
    ]
    with unit_of_work(city.sessions) as session:
        judge(session, findings[:40], [], city.now)
        judge(session, findings[40:80], [], city.now)
    alone = city.alerts(single=True)
    assert [one.rule for one in alone].count("alert_flood") == 1
    [flood] = [one for one in alone if one.rule == "alert_flood"]
    assert (flood.subject, len(alone), len(city.alerts())) == ("AC", 41, 81)
    assert len(city.tickets()) == 41
    city.live(12)
    assert len(city.alerts(single=True)) == 80
    assert len(city.tickets(unfinished=True)) == 80
    # Without being a flood again.
    assert "alert_flood" not in {one.rule for one in city.alerts()}


def test_a_storm_is_seen_by_its_bureau_and_those_behind_it_by_their_schools(city: City) -> None:
    city.dark = {code("A1", number) for number in range(40)}
    city.live(8)
    [storm] = city.alerts(single=True)
    first, other = f"/AC/A1/{code('A1', 0)}/", "/AC/A2/"
    with city.sessions() as session:
        by = {path: AlertRepository(session, Scope((path,))) for path in ("/AC/A1/", first, other)}
        assert [row.alert.id for row in by["/AC/A1/"].page().items] == [storm.id]
        assert by["/AC/A1/"].page(storm=storm.id).total == 40
        assert sum(by["/AC/A1/"].count_open().values()) == 1
        assert by["/AC/A1/"].count_open_by_school()[code("A1", 0)] == 1
        # The school sees its own only, and that it is held back; nothing of the others.
        [own] = by[first].page().items
        assert (own.alert.subject, own.alert.storm_id) == (code("A1", 0), storm.id)
        assert by[first].get(storm.id) is None
        assert by[first].page(storm=storm.id).total == 1
        assert sum(by[first].count_open().values()) == 1
        assert by[other].page().total == by[other].page(storm=storm.id).total == 0
        [ticket] = city.tickets()
        for scope, seen in (("/AC/A1/", True), (first, False), (other, False)):
            tickets = TicketRepository(session, Scope((scope,)))
            assert (tickets.get(ticket.id) is not None) is seen
            assert (tickets.page().total, tickets.page(search="AC").total) == (seen, 0)
            assert [row.ticket.id for row in tickets.named([ticket.id])] == [ticket.id] * seen
            alerts = AlertRepository(session, Scope((scope,)))
            assert [row.alert.id for row in alerts.named([storm.id])] == [storm.id] * seen
            # In nobody's figures but the bureau's, and there in those of none of its schools.
            figures = FigureRepository(session, Scope((scope,)))
            month = city.now - timedelta(days=30), city.now + timedelta(minutes=1)
            by_whom = figures.groups(*month, Grouping.all)
            assert sum(one.figures.backlog for one in by_whom) == seen
            assert not figures.groups(*month, Grouping.school)
        row = TicketRepository(session, ALL).row(ticket.id)
        assert row is not None
        assert row.bureau is not None
        assert row.bureau.name == "A1 县"


def test_a_bureaus_ticket_goes_to_people_of_the_bureau_only(city: City) -> None:
    city.dark = {code("A1", number) for number in range(40)}
    city.live(8)
    [ticket] = city.tickets()
    with unit_of_work(city.sessions) as session:
        desk = TicketDesk(session, Scope(("/AC/A1/",)), "county", city.now)
        with pytest.raises(Exception, match="school"):
            desk.assign(ticket.id, "school")
        assert desk.assign(ticket.id, "county").assignee_id == "county"
        school = TicketDesk(session, Scope((f"/AC/A1/{code('A1', 0)}/",)), "school", city.now)
        with pytest.raises(NotFound):
            school.comment(ticket.id, "seen")
