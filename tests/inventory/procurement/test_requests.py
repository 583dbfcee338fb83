"""Requests are routed by stage, affiliation and amount; several sign, in their order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from drivers.readings import Kind
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import ApprovalDecision, Level, RequestState, Right, Role, School, Stage
from inventory.money.errors import NotAnAmount
from inventory.procurement.actor import Actor
from inventory.procurement.errors import (
    DuplicatesUnseen,
    NoRoute,
    NotYourTurn,
    OwnRequest,
    SignedAlready,
    StepRefused,
)
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.routes import Approver, Route, set_routes, signatures_for
from tests.inventory.procurement.bureau import (
    ALL,
    CITY,
    CITY_IT,
    COUNTY,
    COUNTY_IT,
    HEAD_OF_SENIOR,
    JUNIOR,
    NEIGHBOUR,
    PRIMARY,
    SENIOR,
    TEACHER,
    Steps,
    wish,
)

APPROVE = ApprovalDecision.approve


def test_a_countys_school_asks_its_county_and_the_city_too_for_much_money(steps: Steps) -> None:
    school = steps.session.get_one(School, PRIMARY)

    def signers(total: str) -> list[tuple[Role, str]]:
        found = signatures_for(steps.session, school, Decimal(total))
        return [(one.role, one.organisation.code) for one in found]

    assert signers("199999.99") == [(Role.county_it, "3304")]
    assert signers("200000.00") == [(Role.county_it, "3304"), (Role.city_it, "33")]


@pytest.mark.parametrize("stage", [Stage.senior_secondary, Stage.vocational, Stage.special])
def test_the_city_decides_about_stages_it_organises(steps: Steps, stage: Stage) -> None:
    school = steps.session.get_one(School, PRIMARY)
    school.stage = stage

    [signature] = signatures_for(steps.session, school, Decimal(10))

    assert (signature.role, signature.organisation.code) == (Role.city_it, "33")


def test_a_request_is_approved_by_the_last_of_its_signatures(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish(40, "8000.00"))
    assert (request.number, request.total_cny) == ("SQ-2026-0001", Decimal("320000.00"))
    steps.requests(TEACHER).submit(request.id)

    with pytest.raises(NotYourTurn):
        steps.requests(CITY_IT).decide(request.id, APPROVE)
    steps.requests(COUNTY_IT).decide(request.id, APPROVE, "同意")
    assert request.state is RequestState.submitted
    steps.requests(CITY_IT).decide(request.id, APPROVE)

    assert request.state is RequestState.approved
    approvals = RequestRepository(steps.session, ALL).approvals(request.id, 1)
    assert [one.decided_by for one in approvals] == [COUNTY_IT.id, CITY_IT.id]
    assert all(one.decided_at == steps.now for one in approvals)
    with pytest.raises(StepRefused):
        steps.requests(CITY_IT).decide(request.id, APPROVE)


def test_a_returned_request_is_changed_and_asks_everybody_anew(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish(40))
    steps.requests(TEACHER).submit(request.id)
    with pytest.raises(StepRefused):
        steps.requests(TEACHER).change(request.id, wish(1))
    steps.requests(COUNTY_IT).decide(request.id, APPROVE)
    with pytest.raises(Invalid):
        steps.requests(CITY_IT).decide(request.id, ApprovalDecision.send_back, " ")
    steps.requests(CITY_IT).decide(request.id, ApprovalDecision.send_back, "数量过多")
    assert request.state is RequestState.returned

    steps.requests(TEACHER).change(request.id, wish(30))
    steps.requests(TEACHER).submit(request.id)

    approvals = RequestRepository(steps.session, ALL).approvals(request.id, 2)
    assert [one.decision for one in approvals] == [None, None]
    assert request.total_cny == Decimal("240000.00")


def test_a_rejected_request_has_ended(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(request.id)
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.reject, "已有")

    for step in (
        lambda: steps.requests(TEACHER).submit(request.id),
        lambda: steps.requests(TEACHER).withdraw(request.id),
        lambda: steps.requests(TEACHER).change(request.id, wish()),
    ):
        with pytest.raises(StepRefused):
            step()


def test_nobody_approves_his_own_request_or_signs_twice(steps: Steps) -> None:
    officer = "u-county"
    asks = Actor(officer, Right.request, ((Role.county_it, COUNTY),))
    request = steps.requests(asks).draft(PRIMARY, wish())
    steps.requests(asks).submit(request.id)
    with pytest.raises(OwnRequest):
        steps.requests(COUNTY_IT).decide(request.id, APPROVE)

    both = Actor(officer, Right.approve, ((Role.county_it, COUNTY), (Role.city_it, CITY)))
    other = steps.requests(TEACHER).draft(PRIMARY, wish(40, kind=Kind.whiteboard))
    steps.requests(TEACHER).submit(other.id)
    steps.requests(both).decide(other.id, APPROVE)
    with pytest.raises(SignedAlready):
        steps.requests(both).decide(other.id, APPROVE)


def test_whoever_submits_a_colleagues_draft_does_not_approve_it(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    asks = Actor(COUNTY_IT.id, Right.request, ((Role.county_it, COUNTY),))
    steps.requests(asks).submit(request.id)

    with pytest.raises(OwnRequest):
        steps.requests(COUNTY_IT).decide(request.id, APPROVE)


def test_the_same_wish_within_a_year_has_to_be_looked_at(steps: Steps) -> None:
    first = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).submit(first.id)
    again = steps.requests(TEACHER).draft(PRIMARY, wish(1, "9000.00"))

    assert [one.id for one in steps.requests(TEACHER).duplicates(again.id)] == [first.id]
    with pytest.raises(DuplicatesUnseen) as refused:
        steps.requests(TEACHER).submit(again.id)
    assert refused.value.arguments["numbers"] == first.number
    steps.requests(TEACHER).submit(again.id, duplicates_seen=True)
    assert again.duplicates_seen == first.number

    much_later = Steps(steps.session, steps.now + timedelta(days=366))
    late = much_later.requests(TEACHER).draft(PRIMARY, wish())
    assert not much_later.requests(TEACHER).duplicates(late.id)


def test_what_was_given_up_or_is_for_another_school_or_kind_is_no_duplicate(steps: Steps) -> None:
    for actor, school, kind in (
        (TEACHER, PRIMARY, Kind.whiteboard),
        (NEIGHBOUR, JUNIOR, Kind.projector),
        (HEAD_OF_SENIOR, SENIOR, Kind.projector),
    ):
        other = steps.requests(actor).draft(school, wish(kind=kind))
        steps.requests(actor).submit(other.id)
    given_up = steps.requests(TEACHER).draft(PRIMARY, wish())
    steps.requests(TEACHER).withdraw(given_up.id)

    mine = steps.requests(TEACHER).draft(PRIMARY, wish())
    assert not steps.requests(TEACHER).duplicates(mine.id)


def test_another_schools_request_is_not_there(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())

    with pytest.raises(NotFound):
        steps.requests(NEIGHBOUR).submit(request.id)
    with pytest.raises(OutOfScope):
        steps.requests(NEIGHBOUR).draft(PRIMARY, wish())
    assert RequestRepository(steps.session, NEIGHBOUR.scope).row(request.id) is None
    assert RequestRepository(steps.session, NEIGHBOUR.scope).page().total == 0
    assert not RequestRepository(steps.session, NEIGHBOUR.scope).lines(request.id)
    assert RequestRepository(steps.session, TEACHER.scope).page(search="投影").total == 1


@pytest.mark.parametrize(
    ("quantity", "price"), [(0, "1"), (-1, "1"), (100_001, "1"), (1, "-1"), (1, "1e9")]
)
def test_quantities_and_prices_have_limits(steps: Steps, quantity: int, price: str) -> None:
    with pytest.raises(Invalid):
        steps.requests(TEACHER).draft(PRIMARY, wish(quantity, price))
    with pytest.raises(NotAnAmount):
        steps.requests(TEACHER).draft(PRIMARY, wish(1, "0.001"))


def test_routes_are_data_and_a_gap_is_said(steps: Steps) -> None:
    small = Route("小额", (Approver(Role.county_it, Level.county),), amount_below=Decimal(100))
    set_routes(steps.session, [small])
    request = steps.requests(TEACHER).draft(PRIMARY, wish(1, "100"))

    with pytest.raises(NoRoute):
        steps.requests(TEACHER).submit(request.id)
    for wrong in (
        [],
        [Route("", small.approvers)],
        [Route("x", ())],
        [Route("x", small.approvers, amount_from=Decimal(5), amount_below=Decimal(5))],
    ):
        with pytest.raises(Invalid):
            set_routes(steps.session, wrong)


def test_a_citys_own_school_without_a_county_asks_the_next_bureau_above(steps: Steps) -> None:
    set_routes(steps.session, [Route("全部", (Approver(Role.city_it, Level.county),))])
    school = steps.session.get_one(School, SENIOR)

    [signature] = signatures_for(steps.session, school, Decimal(1))

    assert signature.organisation.code == "33"
