"""What was accepted is what was spent: orders fill the actual figures of the budget."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.errors import NotFound, OutOfScope
from inventory.models import Programme, PurchaseOrder
from inventory.models.procurement_ledger import Subject
from inventory.money.entries import take_back
from inventory.money.errors import OutsideProgramme
from inventory.money.programmes import open_programme
from inventory.money.repository import MoneyRepository
from inventory.procurement.booking import pay_from, pay_from_none
from inventory.procurement.entries import EntryRepository
from inventory.procurement.ledger import Ledger
from tests.inventory.procurement.bureau import (
    ALL,
    CITY_SHOPPER,
    NEIGHBOUR,
    SHOPPER,
    TECHNICIAN,
    TODAY,
    Steps,
)


@pytest.fixture
def programme(steps: Steps) -> Programme:
    return open_programme(
        steps.session,
        SHOPPER.scope,
        organisation_code="3304",
        name="设备更新",
        first_year=TODAY.year,
        last_year=TODAY.year,
    )


def accepted(steps: Steps, order: PurchaseOrder, *serials: str) -> PurchaseOrder:
    steps.unpack(order, steps.deliver(order, len(serials)), *serials)
    return accept(steps, order)


def accept(steps: Steps, order: PurchaseOrder, days: int = 0) -> PurchaseOrder:
    return steps.orders(TECHNICIAN).accept(
        order.id, inspectors="王", conclusion="合格", accepted_on=TODAY + timedelta(days)
    )


def spent(steps: Steps, programme: Programme) -> Sequence[Decimal]:
    return [*MoneyRepository(steps.session, ALL).spent(programme).values()]


def pay(steps: Steps, programme: Programme, project: str, category: str = "renew") -> None:
    pay_from(steps.session, SHOPPER.scope, programme.id, project, category=category, by=SHOPPER.id)


def test_an_acceptance_is_an_actual_and_taking_it_back_takes_that_back(
    steps: Steps, programme: Programme
) -> None:
    project = steps.contracted(price="1000.01")
    pay(steps, programme, project.id)
    order = steps.order(project, 2)
    assert spent(steps, programme) == []
    accepted(steps, order, "SN-1", "SN-2")
    assert spent(steps, programme) == [Decimal("2000.02")]
    (entry,) = MoneyRepository(steps.session, ALL).entries(programme).items
    assert (entry.reference, entry.school_code, entry.category, entry.booked_on) == (
        order.number, order.school_code, "renew", TODAY,
    )  # fmt: skip
    (step,) = [
        one
        for one in EntryRepository(steps.session, ALL).of(Subject.order, order.id)
        if one.step == "accept"
    ]
    assert step.id is not None
    Ledger(steps.session, TECHNICIAN, steps.now).undo(step.id, "数量有误")
    assert spent(steps, programme) == [Decimal(0)]
    accept(steps, order)
    assert spent(steps, programme) == [Decimal("2000.02")]


def test_what_was_accepted_before_is_accounted_when_the_budget_is_named(
    steps: Steps, programme: Programme
) -> None:
    project = steps.contracted()
    accepted(steps, steps.order(project, 1), "SN-1")
    steps.order(project, 3)
    pay(steps, programme, project.id)
    assert spent(steps, programme) == [Decimal("1000.00")]
    pay(steps, programme, project.id)
    assert spent(steps, programme) == [Decimal("1000.00")]
    (entry,) = MoneyRepository(steps.session, ALL).entries(programme).items
    # What somebody took back by hand is booked again only by naming the budget again.
    take_back(steps.session, SHOPPER.scope, programme.id, entry.id, note="x")
    pay_from_none(steps.session, SHOPPER.scope, programme.id, project.id)
    accepted(steps, steps.order(project, 1), "SN-2")
    assert spent(steps, programme) == [Decimal(0)]


def test_nothing_is_accepted_into_a_year_the_programme_does_not_cover(
    steps: Steps, programme: Programme
) -> None:
    project = steps.contracted()
    pay(steps, programme, project.id)
    order = steps.order(project, 1)
    steps.unpack(order, steps.deliver(order, 1), "SN-1")
    with pytest.raises(OutsideProgramme):
        accept(steps, order, days=366)


def test_a_budget_pays_for_its_own_bureau_and_those_below(
    steps: Steps, programme: Programme
) -> None:
    project = steps.contracted()
    with pytest.raises(NotFound):
        pay(steps, programme, project.id, category="toys")
    with pytest.raises(NotFound):
        pay_from(steps.session, NEIGHBOUR.scope, programme.id, project.id, category="renew", by="u")
    with pytest.raises(NotFound):
        pay_from_none(steps.session, SHOPPER.scope, programme.id, project.id)
    citys = open_programme(
        steps.session, ALL, organisation_code="33", name="市", first_year=2020, last_year=2040
    )
    pay_from(steps.session, ALL, citys.id, project.id, category="renew", by=SHOPPER.id)
    with pytest.raises(OutOfScope):
        pay_from(
            steps.session,
            ALL,
            programme.id,
            steps.project(organisation="33", by=CITY_SHOPPER).id,
            category="renew",
            by=SHOPPER.id,
        )
