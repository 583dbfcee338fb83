"""Projects pass their stages in order; orders never take more than the contract holds."""

from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import (
    ApprovalDecision,
    OrderState,
    ProjectForm,
    ProjectStage,
    RequestState,
    StageState,
)
from inventory.procurement.errors import (
    CeilingExceeded,
    ContractEnded,
    OwnRequest,
    StageNotReached,
    StepRefused,
    StillOpen,
)
from inventory.procurement.orders import OrderLineWish
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import Contract
from tests.inventory.procurement.bureau import (
    ALL,
    CITY_IT,
    CITY_SHOPPER,
    COUNTY_IT,
    JUNIOR,
    NEIGHBOUR,
    PRIMARY,
    SENIOR,
    SHOPPER,
    TEACHER,
    TECHNICIAN,
    TODAY,
    Steps,
    at,
    wish,
)

S = ProjectStage


def test_every_stage_needs_the_one_before(steps: Steps) -> None:
    project = steps.project()
    for stage in STAGES[1:]:
        with pytest.raises(StageNotReached):
            steps.projects(SHOPPER).submit_stage(project.id, stage, "x")
        with pytest.raises(StageNotReached):
            steps.projects(COUNTY_IT).approve_stage(project.id, stage)
    with pytest.raises(StepRefused):
        steps.projects(COUNTY_IT).approve_stage(project.id, STAGES[0])

    steps.pass_stage(project, STAGES[0])

    row = ProjectRepository(steps.session, ALL).stages(project.id)[STAGES[0]]
    assert (row.state, row.approved_by, row.approved_at) == (
        StageState.approved,
        COUNTY_IT.id,
        steps.now,
    )


def test_a_stage_given_back_is_put_forward_again(steps: Steps) -> None:
    project = steps.project()
    steps.projects(SHOPPER).submit_stage(project.id, STAGES[0], "初稿")
    with pytest.raises(Invalid):
        steps.projects(COUNTY_IT).return_stage(project.id, STAGES[0], "")
    steps.projects(COUNTY_IT).return_stage(project.id, STAGES[0], "补充参数")

    steps.projects(SHOPPER).submit_stage(project.id, STAGES[0], "二稿")
    steps.projects(COUNTY_IT).approve_stage(project.id, STAGES[0])


def test_whoever_puts_a_stage_forward_does_not_approve_it(steps: Steps) -> None:
    project = steps.project()
    steps.projects(SHOPPER).submit_stage(project.id, STAGES[0], "x")
    himself = at("/33/", "shopper", COUNTY_IT.grants[0][0], COUNTY_IT.right)

    with pytest.raises(OwnRequest):
        steps.projects(himself).approve_stage(project.id, STAGES[0])


def test_the_contract_has_its_numbers_and_stays_within_the_budget(steps: Steps) -> None:
    project = steps.project(budget="20000.00")
    for stage in STAGES[: STAGES.index(S.contract)]:
        steps.pass_stage(project, stage)
    desk = steps.projects(SHOPPER)

    with pytest.raises(Invalid):
        desk.submit_stage(project.id, S.contract, "x")
    with pytest.raises(Invalid):
        desk.submit_stage(
            project.id, S.contract, "x", Contract("ZB-1", " ", "公司", Decimal(1), TODAY)
        )
    with pytest.raises(CeilingExceeded):
        desk.submit_stage(
            project.id, S.contract, "x", Contract("ZB-1", "HT", "公司", Decimal(20001), TODAY)
        )


def test_a_project_takes_in_approved_requests_only_once(steps: Steps) -> None:
    request = steps.requests(TEACHER).draft(PRIMARY, wish())
    with pytest.raises(StepRefused):
        steps.project(request_ids=[request.id])
    steps.requests(TEACHER).submit(request.id)
    steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve)

    project = steps.project(request_ids=[request.id])

    assert (request.state, request.project_id) == (RequestState.planned, project.id)
    assert ProjectRepository(steps.session, ALL).requests(project.id) == [request]
    with pytest.raises(StepRefused):
        steps.project(request_ids=[request.id])


def test_lines_that_cost_more_than_the_budget_are_refused(steps: Steps) -> None:
    with pytest.raises(Invalid):
        steps.project(10, "1000.00", budget="9999.99")


def test_orders_draw_on_pieces_and_on_money(steps: Steps) -> None:
    project = steps.contracted(10, "1000.00", ceiling="8000.00")
    first = steps.order(project, 6)
    assert first.total_cny == Decimal("6000.00")

    with pytest.raises(CeilingExceeded):
        steps.order(project, 5)  # pieces: 4 left
    with pytest.raises(CeilingExceeded):
        steps.order(project, 3)  # money: 2,000 left
    second = steps.order(project, 2, school=JUNIOR)
    steps.orders(SHOPPER).cancel(second.id, "重复")
    steps.order(project, 1)


def test_a_closed_order_gives_back_what_has_not_come(steps: Steps) -> None:
    project = steps.contracted(10)
    order = steps.order(project, 10)
    with pytest.raises(StillOpen):
        steps.orders(SHOPPER).close(order.id, "停产")
    steps.deliver(order, 4)
    with pytest.raises(StillOpen):
        steps.orders(SHOPPER).cancel(order.id, "停产")

    steps.orders(SHOPPER).close(order.id, "停产")

    assert (order.state, order.total_cny) == (OrderState.closed, Decimal("4000.00"))
    steps.order(project, 6)


def test_no_order_before_the_contract_or_after_its_last_day(steps: Steps) -> None:
    project = steps.project()
    with pytest.raises(StageNotReached):
        steps.order(project, 1)
    contracted = steps.contracted()
    contracted.valid_until = TODAY
    steps.order(contracted, 1)
    with pytest.raises(ContractEnded):
        steps.later(days=1).order(contracted, 1)


def test_a_county_draws_on_the_citys_framework_and_does_not_lead_it(steps: Steps) -> None:
    city = {"by": CITY_SHOPPER, "organisation": "33"}
    project = steps.project(form=ProjectForm.framework, **city)  # type: ignore[arg-type]
    for stage in STAGES[: STAGES.index(S.contract) + 1]:
        steps.pass_stage(project, stage, by=CITY_SHOPPER, signed_by=CITY_IT)

    steps.order(project, 3)
    [line] = ProjectRepository(steps.session, SHOPPER.scope).lines(project.id)
    with pytest.raises(OutOfScope):
        steps.orders(SHOPPER).place(project.id, SENIOR, [OrderLineWish(line.id, 1)])
    with pytest.raises(OutOfScope):
        steps.projects(SHOPPER).submit_stage(project.id, S.completion_acceptance, "x")

    tender = steps.project(**city)  # type: ignore[arg-type]
    county = ProjectRepository(steps.session, SHOPPER.scope)
    assert county.row(tender.id) is None
    assert [row.project.id for row in county.page().items] == [project.id]
    with pytest.raises(NotFound):
        steps.order(tender, 1)


def test_a_contract_is_accepted_when_all_its_orders_are(steps: Steps) -> None:
    project = steps.contracted(2)
    with pytest.raises(StillOpen):
        steps.projects(SHOPPER).submit_stage(project.id, S.completion_acceptance, "x")
    order = steps.order(project, 2)
    delivery = steps.deliver(order, 2)
    steps.unpack(order, delivery, "SN-1001")
    accept = {"inspectors": "王、李", "conclusion": "合格", "accepted_on": TODAY}
    with pytest.raises(StillOpen):
        steps.orders(TECHNICIAN).accept(order.id, **accept)  # type: ignore[arg-type]
    steps.unpack(order, delivery, "SN-1002")
    with pytest.raises(StillOpen):
        steps.projects(SHOPPER).submit_stage(project.id, S.completion_acceptance, "x")
    steps.orders(TECHNICIAN).accept(order.id, **accept)  # type: ignore[arg-type]

    for stage in (S.completion_acceptance, S.operation, S.evaluation):
        steps.pass_stage(project, stage)

    with pytest.raises(StepRefused):
        steps.order(project, 1)


def test_whoever_placed_an_order_does_not_accept_it(steps: Steps) -> None:
    order = steps.order(steps.contracted(), 1)
    himself = at("/33/", "shopper", TECHNICIAN.grants[0][0], TECHNICIAN.right)

    with pytest.raises(OwnRequest):
        steps.orders(himself).accept(
            order.id, inspectors="x", conclusion="y", accepted_on=TODAY + timedelta(1)
        )


def test_another_countys_projects_and_orders_are_not_there(steps: Steps) -> None:
    project = steps.contracted()
    order = steps.order(project, 1)
    elsewhere = at("/33/3305/", "buyer", SHOPPER.grants[0][0], SHOPPER.right)

    assert ProjectRepository(steps.session, elsewhere.scope).page().total == 0
    with pytest.raises(NotFound):
        steps.orders(elsewhere).cancel(order.id, "x")
    with pytest.raises(NotFound):
        steps.orders(NEIGHBOUR).cancel(order.id, "x")
