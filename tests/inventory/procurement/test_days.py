"""Documents bear the days of the bureau, whatever the server's clock says."""

from datetime import UTC, date, datetime, timedelta

import pytest

from inventory.assets.steps import steps_of, take_step
from inventory.errors import Invalid
from inventory.models import Device, Lifecycle
from inventory.procurement.errors import ContractEnded, LaterStepsRest
from inventory.procurement.ledger import Ledger
from tests.inventory.procurement.bureau import PRIMARY, SHOPPER, TEACHER, Steps, wish
from tests.inventory.procurement.test_ledger import Subject, last

#: Seven in the morning of January 1st in Beijing.
NEW_YEAR = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
NEW_YEARS_DAY = date(2027, 1, 1)


@pytest.fixture
def early(steps: Steps) -> Steps:
    return Steps(steps.session, NEW_YEAR)


def test_a_document_of_new_years_morning_is_the_first_of_the_year(early: Steps) -> None:
    before = Steps(early.session, NEW_YEAR - timedelta(hours=8))
    assert before.requests(TEACHER).draft(PRIMARY, wish()).number == "SQ-2026-0001"
    assert early.requests(TEACHER).draft(PRIMARY, wish()).number == ("SQ-2027-0001")


def test_a_contract_ends_with_its_last_day_in_beijing(early: Steps) -> None:
    contracted = early.contracted()
    contracted.valid_until = NEW_YEARS_DAY - timedelta(days=1)
    with pytest.raises(ContractEnded):
        early.order(contracted, 1)


def test_a_later_step_is_told_by_the_clock_on_the_wall(early: Steps) -> None:
    project = early.contracted()
    order = early.order(project, 1)
    placed = last(early.session, Subject.order, order.id)
    early.deliver(order, 1)

    with pytest.raises(LaterStepsRest) as refused:
        Ledger(early.session, SHOPPER, NEW_YEAR).undo(placed, "x")
    assert refused.value.arguments["at"] == "2027-01-01 07:00+08:00"


def test_a_step_of_a_life_is_of_the_day_in_beijing_and_of_none_to_come(early: Steps) -> None:
    session = early.session
    device = Device(id="d-1", school_code=PRIMARY, name="投影仪", kind=wish().lines[0].kind)
    session.add(device)
    session.flush()
    to = Lifecycle.in_repair
    take_step(session, device, to, on=NEW_YEARS_DAY, reason="", now=NEW_YEAR)

    tomorrow = NEW_YEARS_DAY + timedelta(days=1)
    with pytest.raises(Invalid):
        take_step(session, device, Lifecycle.in_service, on=tomorrow, reason="", now=NEW_YEAR)
    assert [one.on for one in steps_of(session, device.id)] == [NEW_YEARS_DAY]
