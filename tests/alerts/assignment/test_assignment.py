"""Who is proposed for a ticket, and who is given one where the bureau wishes so."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from alerts.assignment.giving import Proposal, automatic_paths, give_out, proposals
from alerts.assignment.people import workforce_of
from alerts.assignment.ranking import Need, Tier, Worker, away_on, ranked
from alerts.codes import FaultKind
from alerts.models import TechnicianProfile, TicketEvent
from alerts.sla.agreements import AgreementRepository
from alerts.sla.terms import ServiceTerms
from alerts.states import TicketState
from alerts.tickets import TicketDesk
from inventory.days import day_of
from inventory.models import Grant, Role, StaffMember, StaffRole, User
from inventory.scope import Scope

ALL = Scope.everything()


@pytest.fixture
def people(county: Session) -> None:
    """One who helps at school S001, two of the district, one of whom repairs networks only."""
    for user in ("zhang", "qian", "sun"):
        county.add(User(id=user, login=user, name=user, password_hash=""))
    county.flush()
    county.add_all(
        [
            Grant(user_id="zhang", role=Role.school_admin, scope_path="/3304/S001/"),
            Grant(user_id="qian", role=Role.technician, scope_path="/3304/"),
            Grant(user_id="sun", role=Role.technician, scope_path="/3304/"),
            TechnicianProfile(user_id="sun", categories="network", kinds="switch access_point"),
            StaffMember(
                id="sm1",
                school_code="S001",
                role=StaffRole.part_time_technician,
                name="张老师",
                user_id="zhang",
            ),
        ]
    )
    county.flush()


@pytest.fixture
def desk(county: Session, now: datetime) -> TicketDesk:
    return TicketDesk(county, ALL, "u1", now)


def names(found: Sequence[Proposal | Worker]) -> list[str]:
    workers = [one.worker if isinstance(one, Proposal) else one for one in found]
    return [one.user_id for one in workers]


def wish(session: Session, now: datetime) -> None:
    AgreementRepository(session, ALL).save("3304", ServiceTerms(automatic=True), "li", now)


@pytest.mark.usefixtures("people")
def test_the_school_comes_first_then_the_district_and_leaders_are_given_nothing(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    ticket = desk.open("S001", "x", device_id="d2")
    assert names(proposals(county, ticket, now)) == ["zhang", "qian", "sun"]
    force = workforce_of(county, [ticket], day_of(now))
    leader = force.leader("S001")
    assert leader is not None
    assert (leader.user_id, leader.tier) == ("u1", Tier.leader)
    # Of the other school there is one of its own, by role.
    assert names(proposals(county, desk.open("S002", "x"), now)) == ["u2", "qian", "sun"]


@pytest.mark.usefixtures("people")
def test_load_decides_between_equals_and_who_is_away_is_left_out(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    wire = desk.open("S001", "x", device_id="d1", category=FaultKind.network)
    county.add(TechnicianProfile(user_id="zhang", away_from=day_of(now), away_until=day_of(now)))
    desk.assign(desk.open("S001", "y").id, "qian")
    county.flush()
    assert names(proposals(county, wire, now)) == ["sun", "qian"]
    profile = county.get_one(TechnicianProfile, "zhang")
    profile.away_from, profile.most_open = None, 0
    county.flush()
    assert "zhang" not in names(proposals(county, wire, now))


def test_a_trade_comes_before_a_tier() -> None:
    part_time = Worker("a", "a", Tier.school, named=True, kinds=frozenset({"printer"}))
    expert = Worker("b", "b", Tier.district, kinds=frozenset({"switch"}), open=9)
    boss = Worker("c", "c", Tier.leader)
    assert names(ranked([part_time, expert, boss], Need(kind="switch"))) == ["b", "a"]
    assert names(ranked([part_time, expert, boss], Need(kind="printer"))) == ["a", "b"]
    assert names(ranked([part_time, expert, boss], Need())) == ["a", "b"]


def test_an_absence_has_a_first_day() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 3)
    days = [first - timedelta(days=1), first, last, last + timedelta(days=1)]
    assert [away_on(day, first, last) for day in days] == [False, True, True, False]
    assert [away_on(day, first, None) for day in days] == [False, True, True, True]
    assert not away_on(first, None, last)


@pytest.mark.usefixtures("people")
def test_new_tickets_are_given_out_only_where_the_bureau_wishes_so(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    first, second = desk.open("S001", "x"), desk.open("S002", "y")
    assert automatic_paths(county) == []
    assert give_out(county, now, []) is None
    wish(county, now)
    assert give_out(county, now, automatic_paths(county)) is None
    assert (first.assignee_id, second.assignee_id) == ("zhang", "u2")
    assert first.state is TicketState.assigned
    assert not first.clock_stale
    # Being given something is no answer.
    assert first.responded_at is None
    give_out(county, now, automatic_paths(county))
    lines = county.exec(select(TicketEvent).where(TicketEvent.ticket_id == first.id)).all()
    assert [(one.kind, one.actor_id, one.assignee_id) for one in lines] == [
        ("opened", "u1", None),
        ("assigned", None, "zhang"),
    ]


def test_a_nearer_bureau_may_wish_otherwise(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    ticket = desk.open("S002", "x")
    AgreementRepository(county, ALL).save("3304", ServiceTerms(), "li", now)
    give_out(county, now, ["/"])
    assert ticket.assignee_id is None


@pytest.mark.usefixtures("people")
def test_a_ticket_nobody_can_have_stays_in_the_queue(
    county: Session, desk: TicketDesk, now: datetime
) -> None:
    for user in county.exec(select(User).where(col(User.id) != "u1")):
        user.disabled_at = now
    county.flush()
    wish(county, now)
    ticket = desk.open("S001", "x")
    give_out(county, now, ["/3304/"])
    assert (ticket.state, ticket.assignee_id) == (TicketState.new, None)
