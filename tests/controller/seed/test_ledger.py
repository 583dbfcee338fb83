"""The asset ledger of the synthetic city: believable, the same every time."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from controller.seed.ledger import ledger, list_price
from drivers.readings import Kind
from inventory.assets.ledger import checked_field
from inventory.models import Acquisition

PUT_UP = date(2022, 9, 1)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_ledger_the_register_would_take(kind: Kind) -> None:
    for number in range(50):
        row = ledger(f"ZC2022-SCH-{number:04d}", kind, PUT_UP)
        assert row == {name: checked_field(name, value) for name, value in row.items()}
        assert PUT_UP - timedelta(days=60) < row["purchased_on"] < PUT_UP < row["warranty_until"]
        assert row["price_cny"] == row["price_cny"].quantize(Decimal("0.01")) > 100
        assert row["supplier"]
        assert row["custodian"]


def test_the_same_number_has_the_same_ledger_and_some_are_given() -> None:
    rows = [ledger(f"ZC-{n}", Kind.terminal, PUT_UP) for n in range(400)]
    assert rows == [ledger(f"ZC-{n}", Kind.terminal, PUT_UP) for n in range(400)]
    ways = [row["acquisition"] for row in rows]
    assert 0 < ways.count(Acquisition.donation) < 40


def test_a_tender_takes_some_off_the_list() -> None:
    price = list_price(Kind.switch, "Huawei", "S5735-L24T4X-A")
    paid = ledger("ZC-1", Kind.switch, PUT_UP, price=price)["price_cny"]
    assert price * Decimal("0.84") < paid < price
