"""Two people at once, on PostgreSQL: the second one waits, and is then told what has changed."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from inventory.database import SessionFactory, make_engine, session_factory, unit_of_work
from inventory.errors import InventoryError
from inventory.models import (
    ApprovalDecision,
    Fund,
    ProcurementProject,
    ProjectStage,
    PurchaseOrder,
    Subject,
)
from inventory.money.claims import claim
from inventory.money.entries import Spending, spend
from inventory.money.errors import ClaimTooLarge, FundTooSmall
from inventory.money.funds import open_fund, pay_in
from inventory.money.programmes import open_programme
from inventory.procurement.entries import EntryRepository
from inventory.procurement.errors import (
    CeilingExceeded,
    LaterStepsRest,
    NumberTaken,
    OverDelivered,
    StepRefused,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.project_rows import ProjectRepository
from tests import at_once
from tests.inventory.procurement.bureau import (
    ALL,
    COUNTY_IT,
    NOW,
    PRIMARY,
    SHOPPER,
    TEACHER,
    TODAY,
    Steps,
    found,
    wish,
)


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    made = make_engine(postgres_database)
    yield made
    made.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        found(session)
    return factory


def while_held(
    engine: Engine, first: Callable[[Steps], object], second: Callable[[Steps], object]
) -> InventoryError | None:
    """What the second one is told, who begins before the first has committed."""
    return at_once.while_held(
        engine, lambda session: first(Steps(session)), lambda session: second(Steps(session))
    )


def contracted(sessions: SessionFactory) -> ProcurementProject:
    with unit_of_work(sessions) as session:
        return Steps(session).contracted(10)


def ordered(sessions: SessionFactory) -> PurchaseOrder:
    project = contracted(sessions)
    with unit_of_work(sessions) as session:
        return Steps(session).order(project, 5)


def test_a_contract_is_not_taken_back_from_under_an_order(
    engine: Engine, sessions: SessionFactory
) -> None:
    project = contracted(sessions)

    def take_back(steps: Steps) -> None:
        entry = EntryRepository(steps.session, ALL).of(Subject.project, project.id)[-1]
        assert entry.step == f"approve_{ProjectStage.contract.value}"
        assert entry.id is not None
        Ledger(steps.session, COUNTY_IT, NOW).undo(entry.id, "合同作废")

    told = while_held(engine, lambda steps: steps.order(project, 1), take_back)
    assert isinstance(told, LaterStepsRest)


def test_two_who_cancel_and_deliver_at_once_do_not_both_have_their_way(
    engine: Engine, sessions: SessionFactory
) -> None:
    order = ordered(sessions)
    told = while_held(
        engine,
        lambda steps: steps.orders(SHOPPER).cancel(order.id, "不要了"),
        lambda steps: steps.deliver(order, 5),
    )
    assert isinstance(told, StepRefused)


def test_two_who_unpack_one_delivery_at_once_unpack_no_more_than_came(
    engine: Engine, sessions: SessionFactory
) -> None:
    order = ordered(sessions)
    with unit_of_work(sessions) as session:
        delivery = Steps(session).deliver(order, 2)
    told = while_held(
        engine,
        lambda steps: steps.unpack(order, delivery, "SN-100", "SN-101"),
        lambda steps: steps.unpack(order, delivery, "SN-102"),
    )
    assert isinstance(told, OverDelivered)


def test_two_who_sign_at_once_sign_once(engine: Engine, sessions: SessionFactory) -> None:
    with unit_of_work(sessions) as session:
        steps = Steps(session)
        request = steps.requests(TEACHER).draft(PRIMARY, wish())
        steps.requests(TEACHER).submit(request.id)

    def sign(steps: Steps) -> None:
        steps.requests(COUNTY_IT).decide(request.id, ApprovalDecision.approve)

    assert isinstance(while_held(engine, sign, sign), StepRefused)


def test_two_drafts_at_once_get_a_number_each(engine: Engine, sessions: SessionFactory) -> None:
    numbers: list[str] = []

    def draft(steps: Steps) -> None:
        numbers.append(steps.requests(TEACHER).draft(PRIMARY, wish()).number)

    assert while_held(engine, draft, draft) is None
    assert numbers == ["SQ-2026-0001", "SQ-2026-0002"]


def test_two_who_scan_one_number_at_once_do_not_both_have_it(
    engine: Engine, sessions: SessionFactory
) -> None:
    project = contracted(sessions)
    with unit_of_work(sessions) as session:
        steps = Steps(session)
        orders = [steps.order(project, 1), steps.order(project, 1)]
        one, other = [(order, steps.deliver(order, 1)) for order in orders]
    told = while_held(
        engine,
        lambda steps: steps.unpack(*one, "SN-100"),
        lambda steps: steps.unpack(*other, "SN-100"),
    )
    assert isinstance(told, NumberTaken)


def test_two_orders_at_once_never_take_more_than_the_contract_holds(
    engine: Engine, sessions: SessionFactory
) -> None:
    project = contracted(sessions)

    def take_the_last(steps: Steps) -> None:
        steps.order(project, 6)

    assert isinstance(while_held(engine, take_the_last, take_the_last), CeilingExceeded)
    with unit_of_work(sessions) as session:
        _, spent = ProjectRepository(session, ALL).drawn(project.id)
    assert spent == Decimal(6_000)


@pytest.fixture
def programme(sessions: SessionFactory) -> str:
    """A programme that has spent 1,000 yuan out of a fund that holds 300 more."""
    with unit_of_work(sessions) as session:
        made = open_programme(
            session,
            SHOPPER.scope,
            organisation_code="3304",
            name="维修改造",
            first_year=TODAY.year,
            last_year=TODAY.year,
        )
        open_fund(session, SHOPPER.scope, "3304", "维修改造经费")
        paid = {"on": TODAY, "reference": "拨款"}
        pay_in(session, SHOPPER.scope, "3304", amount_cny=Decimal(1_300), **paid)  # type: ignore[arg-type]
        spending = Spending("maintain", TODAY, Decimal(1_000), "维修", fund_code="3304")
        spend(session, SHOPPER.scope, made.id, spending)
        return made.id


def test_two_claims_at_once_never_ask_for_a_share_twice(
    engine: Engine, sessions: SessionFactory, programme: str
) -> None:
    def ask(steps: Steps) -> None:
        claim(
            steps.session,
            SHOPPER.scope,
            programme,
            position=0,
            on=TODAY,
            reference="请款",
            amount_cny=Decimal(150),
        )

    assert isinstance(while_held(engine, ask, ask), ClaimTooLarge)


def test_two_programmes_at_once_never_take_more_than_the_fund_holds(
    engine: Engine, sessions: SessionFactory, programme: str
) -> None:
    with unit_of_work(sessions) as session:
        other = open_programme(
            session,
            SHOPPER.scope,
            organisation_code="3304",
            name="其他",
            first_year=TODAY.year,
            last_year=TODAY.year,
        ).id
    spending = Spending("maintain", TODAY, Decimal(200), "维修", fund_code="3304")
    told = while_held(
        engine,
        lambda steps: spend(steps.session, SHOPPER.scope, programme, spending),
        lambda steps: spend(steps.session, SHOPPER.scope, other, spending),
    )
    assert isinstance(told, FundTooSmall)
    with unit_of_work(sessions) as session:
        assert session.get_one(Fund, "3304").balance_cny == Decimal(100)
