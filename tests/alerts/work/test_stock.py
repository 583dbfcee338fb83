"""Parts in the stock of bureaus: never fewer than none, each change with who and why."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from alerts.errors import OutOfStock, StockLeft, StockMoved
from alerts.tickets import TicketDesk
from alerts.work.desk import WorkDesk
from alerts.work.models import SparePart, TicketItem
from alerts.work.repository import WorkRepository
from alerts.work.stock import PartWords, StockDesk, StockRepository
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.scope import Scope

ALL, SECOND = Scope.everything(), Scope(("/3304/S002/",))
LAMP = PartWords(name="灯泡", unit_cost=Decimal(80), low_mark=2, shelf="2 架")


@pytest.fixture
def desk(county: Session, now: datetime) -> StockDesk:
    return StockDesk(county, ALL, "u1", now)


@pytest.fixture
def lamp(desk: StockDesk) -> SparePart:
    return desk.add("3304", LAMP, 3)


def test_each_change_of_a_number_is_a_line_of_its_story(
    county: Session, desk: StockDesk, lamp: SparePart, now: datetime
) -> None:
    ticket = TicketDesk(county, ALL, "u1", now).open("S001", "x", device_id="d1")
    work = WorkDesk(county, ALL, "u1", now)
    item = work.use_part(ticket.id, lamp.id, 2)
    assert (lamp.quantity, lamp.is_low) == (1, True)
    work.remove(ticket.id, item.id)
    desk.receive(lamp.id, 5, unit_cost=Decimal(75), note="发票 7")
    desk.count(lamp.id, 7, knew=8, note="一只碎了")
    stock = StockRepository(county, ALL)
    assert [(one.step, one.change, one.quantity) for one in stock.story(lamp)] == [
        ("counted", -1, 7),
        ("received", 5, 8),
        ("put_back", 2, 3),
        ("used", -2, 1),
        ("opened", 3, 3),
    ]
    assert (lamp.unit_cost_cny, lamp.is_low) == (Decimal(75), False)
    work.use_part(ticket.id, lamp.id, 1)
    assert [one.ticket.id for one in stock.uses(lamp, ALL)] == [ticket.id]
    assert stock.uses(lamp, SECOND) == []


def test_what_was_taken_while_somebody_counted_is_not_put_back(
    county: Session, desk: StockDesk, lamp: SparePart
) -> None:
    desk.receive(lamp.id, 1)
    with pytest.raises(StockMoved):
        desk.count(lamp.id, 3, knew=3)
    assert lamp.quantity == 4
    for wrong in (-1, 10**7):
        with pytest.raises(Invalid):
            desk.count(lamp.id, wrong)
        with pytest.raises(Invalid):
            desk.receive(lamp.id, wrong)


def test_a_part_is_kept_no_longer_once_none_is_left(
    county: Session, desk: StockDesk, lamp: SparePart, now: datetime
) -> None:
    ticket = TicketDesk(county, ALL, "u1", now).open("S001", "x")
    with pytest.raises(StockLeft):
        desk.withdraw(lamp.id)
    desk.count(lamp.id, 0)
    desk.withdraw(lamp.id)
    stock = StockRepository(county, ALL)
    assert (list(stock.all()), [one.id for one in stock.all(withdrawn=True)]) == ([], [lamp.id])
    with pytest.raises(NotFound):
        WorkDesk(county, ALL, "u1", now).use_part(ticket.id, lamp.id, 1)
    desk.restore(lamp.id)
    desk.receive(lamp.id, 1)
    assert [one.id for one in WorkRepository(county, ALL).parts_for(ticket.id)] == [lamp.id]


def test_only_those_of_a_bureau_keep_its_stock_and_its_schools_see_it(
    county: Session, lamp: SparePart, now: datetime
) -> None:
    stranger = StockDesk(county, SECOND, "u2", now)
    with pytest.raises(OutOfScope):
        stranger.add("3304", LAMP)
    for act in (stranger.withdraw, stranger.restore):
        with pytest.raises(NotFound):
            act(lamp.id)
    with pytest.raises(NotFound):
        stranger.change(lamp.id, LAMP)
    assert StockRepository(county, SECOND).all() == []
    assert [one.id for one in StockRepository(county, SECOND, above=True).all()] == [lamp.id]


def test_repairs_of_a_bureau_s_own_are_told_to_who_may_see_all_of_it(
    county: Session, desk: StockDesk, lamp: SparePart, now: datetime
) -> None:
    ticket = TicketDesk(county, ALL, "u1", now).open("S002", "全县断网")
    WorkDesk(county, ALL, "u1", now).use_part(ticket.id, lamp.id, 1)
    stock = StockRepository(county, ALL)
    assert [one.ticket.id for one in stock.uses(lamp, SECOND)] == [ticket.id]
    ticket.organisation_code = "3304"
    county.flush()
    assert stock.uses(lamp, SECOND) == []
    for bureau in (ALL, Scope(("/3304/",))):
        assert [one.ticket.id for one in stock.uses(lamp, bureau)] == [ticket.id]


def test_what_a_school_keeps_is_for_itself_alone(
    county: Session, lamp: SparePart, now: datetime
) -> None:
    keeper = StockDesk(county, SECOND, "u2", now)
    own = keeper.add("", LAMP, 2, school_code="S002")
    with pytest.raises(OutOfScope):
        keeper.add("", LAMP, 2, school_code="S001")
    with pytest.raises(NotFound):
        keeper.add("", LAMP, school_code="S999")
    first = Scope(("/3304/S001/",))
    seen = {
        scope: {one.id for one in StockRepository(county, scope, above=True).all()}
        for scope in (first, SECOND, Scope(("/3304/",)))
    }
    assert list(seen.values()) == [{lamp.id}, {lamp.id, own.id}, {lamp.id, own.id}]
    assert [one.id for one in StockRepository(county, SECOND).all()] == [own.id]
    with pytest.raises(NotFound):
        StockRepository(county, first, above=True).get(own.id)
    here, there = (
        TicketDesk(county, ALL, "u1", now).open(school, "x") for school in ("S002", "S001")
    )
    work = WorkDesk(county, ALL, "u1", now)
    for one, found in ((here, {lamp.id, own.id}), (there, {lamp.id})):
        assert {part.id for part in WorkRepository(county, ALL).parts_for(one.id)} == found
    with pytest.raises(NotFound):
        work.use_part(there.id, own.id, 1)
    work.use_part(here.id, own.id, 2)
    with pytest.raises(OutOfStock):
        work.use_part(here.id, own.id, 1)
    # A bureau's own ticket only stands at a school.
    here.organisation_code = "3304"
    keeper.receive(own.id, 1)
    with pytest.raises(NotFound):
        work.use_part(here.id, own.id, 1)
    assert [one.id for one in WorkRepository(county, ALL).parts_for(here.id)] == [lamp.id]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("use", "back", "receive", "count")), st.integers(0, 5)),
        max_size=12,
    ),
    school=st.sampled_from(("", "S001")),
)
def test_a_stock_is_never_below_none_and_the_sum_of_its_story(
    county: Session, now: datetime, steps: list[tuple[str, int]], school: str
) -> None:
    desk, work = StockDesk(county, ALL, "u1", now), WorkDesk(county, ALL, "u1", now)
    part = desk.add("3304", LAMP, 3, school_code=school)
    ticket = TicketDesk(county, ALL, "u1", now).open("S001", "x")
    taken: list[TicketItem] = []
    for step, pieces in steps:
        before = part.quantity
        try:
            if step == "use":
                taken.append(work.use_part(ticket.id, part.id, pieces))
            elif step == "receive":
                desk.receive(part.id, pieces)
            elif step == "count":
                desk.count(part.id, pieces)
            elif taken:
                work.remove(ticket.id, taken.pop().id)
        except (OutOfStock, Invalid):
            assert part.quantity == before
            assert pieces == 0 or (step == "use" and pieces > before)
        assert part.quantity >= 0
    story = StockRepository(county, ALL).story(part)
    assert sum(one.change for one in story) == part.quantity
    assert all(one.quantity >= 0 for one in story)
