"""What is kept beside tickets says the same as their logs, at every moment one may ask about."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlmodel import Session, col, select, update

from alerts.errors import MergeRefused, NotMerged, TakenAlready, TransitionRefused
from alerts.figures import remembered
from alerts.figures.reading import FigureRepository, Group, Grouping
from alerts.figures.remembered import remembered_groups
from alerts.models import Ticket, TicketReport
from alerts.sla.keeping import any_unkept, keep_unkept
from alerts.tickets import TicketDesk
from alerts.urgency import WaitingFor
from alerts.work.desk import WorkDesk
from inventory.ids import new_id
from inventory.models import Device
from inventory.scope import Scope

MORNING = datetime(2026, 9, 1, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = Scope.everything()
_STEPS: tuple[Callable[[TicketDesk, str], object], ...] = (
    lambda desk, ticket: desk.take(ticket),
    lambda desk, ticket: desk.start(ticket),
    lambda desk, ticket: desk.wait(ticket, "x", WaitingFor.parts),
    lambda desk, ticket: desk.resolve(ticket),
    lambda desk, ticket: desk.resolve(ticket),
    lambda desk, ticket: desk.close(ticket),
    lambda desk, ticket: desk.reopen(ticket, "x"),
    lambda desk, ticket: desk.comment(ticket, "x"),
    lambda desk, ticket: desk.unmerge(ticket),
)


def lived(session: Session, dice: Random, tickets: int = 12, steps: int = 9) -> None:
    """Tickets that people walked about with, some of them merged."""
    opened: list[Ticket] = []
    for number in range(tickets):
        at = MORNING + dice.random() * 200 * HOUR
        school = dice.choice(("S001", "S002"))
        ticket = TicketDesk(session, EVERYTHING, "u1", at).open(school, f"{number}")
        opened.append(ticket)
        for _ in range(dice.randrange(steps)):
            at += dice.random() * 30 * HOUR
            who = dice.choice(("u1", "u2")) if school == "S002" else "u1"
            desk = TicketDesk(session, EVERYTHING, who, at)
            try:
                if dice.random() < 0.1:
                    known = [one.number for one in opened if one.opened_at <= at]
                    desk.merge(ticket.id, dice.choice(known))
                else:
                    dice.choice(_STEPS)(desk, ticket.id)
            except (MergeRefused, NotMerged, TakenAlready, TransitionRefused):
                continue


def told(session: Session, by: Grouping, begin: datetime, end: datetime) -> list[Group]:
    return list(FigureRepository(session, EVERYTHING).groups(begin, end, by))


def assert_same(ones: list[Group], others: list[Group]) -> None:
    """The same figures, but for the order in which fractions were added up."""
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        assert one.name == other.name
        for name, value in asdict(other.figures).items():
            expected = pytest.approx(value) if isinstance(value, float) else value
            assert getattr(one.figures, name) == expected, (one.name, name)


@pytest.mark.parametrize("seed", range(3))
def test_kept_figures_are_those_of_the_logs(county: Session, seed: int) -> None:
    dice = Random(seed)  # noqa: S311
    lived(county, dice)
    periods = []
    for _ in range(6):
        begin = MORNING + dice.random() * 300 * HOUR
        periods.append((begin, begin + dice.random() * 300 * HOUR))
    ways = [(by, *period) for by in (Grouping.all, Grouping.school) for period in periods]
    kept = [told(county, *way) for way in ways]
    # Where nothing is kept, logs are read.
    county.connection().execute(update(Ticket).values(clock_stale=True))
    for way, before in zip(ways, kept, strict=True):
        assert_same(before, told(county, *way))


def test_a_job_keeps_what_was_there_before_and_leaves_promises_alone(county: Session) -> None:
    lived(county, Random(1))  # noqa: S311
    begin, end = MORNING, MORNING + 600 * HOUR
    before = told(county, Grouping.school, begin, end)
    promised = select(Ticket.id, Ticket.due_at, Ticket.priority).order_by(col(Ticket.id))
    dues = county.exec(promised).all()
    county.connection().execute(update(Ticket).values(settled_at=None, repaired_at=None))
    county.expire_all()
    assert any_unkept(county)
    assert_same(told(county, Grouping.school, begin, end), before)
    while keep_unkept(county, end, most=5):
        pass
    assert not any_unkept(county)
    assert_same(told(county, Grouping.school, begin, end), before)
    assert county.exec(promised).all() == dues


def test_points_of_reporters_are_counted_in_the_period_they_were_given_in(county: Session) -> None:
    device = county.exec(select(Device).where(Device.school_code == "S001")).first()
    assert device is not None
    device.model = "S5735"
    desk = TicketDesk(county, EVERYTHING, "u1", MORNING)
    good, bad = desk.open("S001", "x", device_id=device.id), desk.open("S002", "y")
    WorkDesk(county, EVERYTHING, "u1", MORNING).call_supplier(
        good.id, "Northwind", cost=None, claim_number=""
    )
    desk.start(good.id)
    for ticket, points, hours in ((good, 5, 1), (good, 2, 2), (bad, 1, 3), (good, 1, 50)):
        county.add(
            TicketReport(
                id=new_id("tr"),
                ticket_id=ticket.id,
                reporter_hash=str(hours),
                at=MORNING,
                kind="other",
                confirmed_at=MORNING + hours * HOUR,
                satisfaction=points,
            )
        )
    county.flush()

    def points(by: Grouping, scope: Scope = EVERYTHING) -> dict[str, tuple[float | None, int]]:
        found = FigureRepository(county, scope).groups(MORNING, MORNING + 24 * HOUR, by)
        return {one.name: (one.figures.satisfaction, one.figures.answers) for one in found}

    assert points(Grouping.all)[""] == (pytest.approx(8 / 3), 3)
    assert points(Grouping.school) == {"第一小学": (3.5, 2), "第二小学": (1.0, 1)}
    assert points(Grouping.supplier) == {"Northwind": (3.5, 2), "": (1.0, 1)}
    assert points(Grouping.technician)["李"] == (3.5, 2)
    assert points(Grouping.model) == {"S5735": (3.5, 2), "": (1.0, 1)}
    assert points(Grouping.all, Scope(("/3304/S002/",))) == {"": (1.0, 1)}
    # Whoever told of a ticket that was merged tells of the repair that went on.
    again = desk.open("S001", "x")
    desk.merge(good.id, again.number)
    county.flush()
    assert points(Grouping.supplier) == {"": (pytest.approx(8 / 3), 3)}


def test_figures_of_many_repairs_are_told_again_for_a_minute(
    county: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = TicketDesk(county, EVERYTHING, "u1", MORNING)

    def opened(scope: Scope = EVERYTHING) -> int:
        groups = remembered_groups(county, scope, MORNING, MORNING + HOUR, Grouping.all)
        return sum(one.figures.opened for one in groups)

    desk.open("S001", "x")
    assert opened() == 1
    desk.open("S001", "x")
    # Few are counted at every look.
    assert opened() == 2
    monkeypatch.setattr(remembered, "WORTH_KEEPING", 2)
    assert opened() == 2
    desk.open("S001", "x")
    assert opened() == 2
    assert opened(Scope(("/3304/S001/",))) == 3
    assert opened(Scope(("/3304/S002/",))) == 0
