"""Which period's report is due: the last one that is over, from a day of the month on."""

from datetime import date

import pytest

from controller.deliveries.periods import Period, due, latest
from inventory.deliveries.keeping import checked_address
from inventory.errors import Invalid
from inventory.models import DeliveryKind, ReportDelivery

LONG_AGO = date(2020, 1, 1)


def delivery(kind: DeliveryKind = DeliveryKind.month, day: int = 5) -> ReportDelivery:
    return ReportDelivery(id="rd", organisation_code="33", kind=kind, day=day)


def test_a_month_is_due_when_its_day_has_come() -> None:
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert due(delivery(), date(2026, 11, 4), LONG_AGO) is None
    assert due(delivery(), date(2026, 11, 5), LONG_AGO) == october
    assert due(delivery(), date(2026, 11, 30), LONG_AGO) == october
    assert due(delivery(), date(2027, 1, 5), LONG_AGO) == latest(
        DeliveryKind.month, date(2027, 1, 31)
    )


def test_a_year_is_due_in_january() -> None:
    of_year = delivery(DeliveryKind.year, 20)
    assert due(of_year, date(2027, 1, 19), LONG_AGO) is None
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert due(of_year, date(2027, 1, 20), LONG_AGO) == year
    assert due(of_year, date(2027, 6, 1), LONG_AGO) == year


def test_what_was_due_before_somebody_asked_for_it_is_not_sent() -> None:
    assert due(delivery(), date(2026, 11, 23), date(2026, 11, 6)) is None
    assert due(delivery(), date(2026, 12, 5), date(2026, 11, 6)) is not None
    assert due(delivery(), date(2026, 11, 5), date(2026, 11, 5)) is not None


@pytest.mark.parametrize(
    "text", ["mei", "mei@", "a b@c.cn", "mei@c.cn\nBcc: x@y.cn", "x@y.cn,z@y.cn", "@c", "梅@c.cn"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checked_address(text)


def test_addresses_are_kept_as_they_are() -> None:
    assert checked_address(" mei.lin+1@edu.qinghe.example ") == "mei.lin+1@edu.qinghe.example"
    assert checked_address("  ") == ""
