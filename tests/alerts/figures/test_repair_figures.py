"""Figures of repairs, from logs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from alerts.figures.reading import FigureRepository, Grouping
from alerts.figures.repairs import SchoolClock, repair_of
from alerts.figures.sums import figures_of
from alerts.sla.hours import BusinessHours, moment
from alerts.tickets import TicketDesk
from alerts.urgency import WaitingFor
from inventory.scope import Scope

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Said:
    at: datetime
    kind: str
    actor_id: str | None = "u"
    assignee_id: str | None = None
    waiting_for: WaitingFor | None = None


def log(*said: tuple[float, str, str | None], at: datetime = BEGIN) -> list[Said]:
    return [Said(at + hours * HOUR, kind, who) for hours, kind, who in said]


GOOD = log((0, "opened", "t"), (1, "started", "u"), (3, "resolved", "u"), (9, "closed", "t"))
AGAIN = log((0, "opened", "t"), (2, "started", "u"), (4, "resolved", "u"), (5, "reopened", "t"),
            (6, "started", "u"), (9, "resolved", "u"))  # fmt: skip
ITSELF = log((0, "opened", None), (1, "resolved", None))
OPEN = log((-48, "opened", "t"))


def test_what_one_log_says() -> None:
    good = repair_of(GOOD, END)
    assert good is not None
    assert (good.answered, good.done) == (BEGIN + HOUR, BEGIN + 3 * HOUR)
    assert (good.at_once, good.by_itself) == (True, False)
    again = repair_of(AGAIN, END)
    assert again is not None
    assert (again.at_once, again.done) == (False, BEGIN + 9 * HOUR)
    # In the middle of it, it was open.
    middle = repair_of(AGAIN, BEGIN + 5.5 * HOUR)
    assert middle is not None
    assert middle.done is None
    assert repair_of(GOOD, BEGIN) is None
    assert repair_of([*GOOD[:1], Said(BEGIN + HOUR, "merged")], END) is None


def test_figures_of_a_month() -> None:
    found = [
        repair_of(GOOD, END, due=BEGIN + 3 * HOUR, cost=Decimal("10.10")),
        repair_of(AGAIN, END, due=BEGIN + 8 * HOUR),
        repair_of(ITSELF, END),
        repair_of(OPEN, END),
    ]
    figures = figures_of([one for one in found if one], BEGIN, END)
    assert (figures.opened, figures.repaired, figures.by_itself) == (3, 2, 1)
    assert (figures.mtta, figures.mttr) == (1.5 * 3600, 6 * 3600)
    assert (figures.first_time_fix, figures.sla_kept) == (0.5, 0.5)
    assert (figures.backlog, figures.backlog_age) == (1, (END - OPEN[0].at).total_seconds())
    assert figures.cost == Decimal("10.10")


def test_business_time_stands_beside_the_time_of_the_wall() -> None:
    # School is held from the second to the sixth hour of every day.
    hours = BusinessHours(
        (moment(BEGIN + (24 * day + 2) * HOUR), moment(BEGIN + (24 * day + 6) * HOUR))
        for day in range(3)
    )
    waits = log((0, "opened", "t"), (3, "started", "u"), (4, "waiting", "u"), (26, "started", "u"),
                (28, "resolved", "u"))  # fmt: skip
    waits[2].waiting_for = WaitingFor.parts
    for pausing, worked in (((), 6), ((WaitingFor.parts,), 4)):
        repair = repair_of(waits, END, clock=SchoolClock(hours, pausing))
        assert repair is not None
        assert (repair.worked_answer, repair.worked) == (3600, worked * 3600)
        figures = figures_of([repair], BEGIN, END)
        assert (figures.mtta_worked, figures.mttr_worked) == (3600, worked * 3600)
        assert (figures.mtta, figures.mttr) == (3 * 3600, 28 * 3600)


def test_nothing_has_no_means() -> None:
    figures = figures_of([], BEGIN, END)
    assert (figures.mtta, figures.mttr, figures.first_time_fix, figures.sla_kept) == (None,) * 4
    assert (figures.backlog, figures.backlog_age, figures.cost) == (0, None, None)


def test_groups_of_one_s_own_schools(county: Session, now: datetime) -> None:
    everything = Scope.everything()
    desk = TicketDesk(county, everything, "u1", now)
    one = desk.open("S001", "x")
    desk.open("S002", "y")
    later = TicketDesk(county, everything, "u1", now + HOUR)
    later.start(one.id)
    later.resolve(one.id)
    by = FigureRepository(county, everything).groups(BEGIN, END, Grouping.school)
    assert [(group.name, group.figures.repaired, group.figures.backlog) for group in by] == [
        ("第一小学", 1, 0),
        ("第二小学", 0, 1),
    ]
    mine = FigureRepository(county, Scope(("/3304/S002/",)))
    assert [one.name for one in mine.groups(BEGIN, END, Grouping.school)] == ["第二小学"]
    whole = FigureRepository(county, everything).groups(BEGIN, END, Grouping.technician)
    assert [group.name for group in whole] == ["", "李"]
