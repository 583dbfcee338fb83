from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from inventory.errors import Invalid, NotFound
from inventory.lines import arrive_at, renewals, save_line
from inventory.models import Line
from inventory.repositories import LineRepository
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()
TODAY = date(2026, 9, 1)


def _line(**fields) -> Line:
    return Line(
        **({
            "school_code": A.school, "provider": "电信", "down_mbps": Decimal(100),
            "up_mbps": Decimal("33.333"),
        } | fields)
    )  # fmt: skip


def test_a_line_keeps_its_rates_to_the_kilobit_and_its_fee_to_the_cent(city: Session) -> None:
    line = save_line(city, A.scope, _line(yearly_fee_cny=Decimal("11999.99")))
    assert line.id.startswith("l")
    city.expire_all()
    found = LineRepository(city, A.scope).get(line.id)
    assert (found.up_mbps, found.yearly_fee_cny) == (Decimal("33.333"), Decimal("11999.99"))


@pytest.mark.parametrize(
    "fields",
    [
        {"provider": " "},
        {"down_mbps": Decimal(0)},
        {"up_mbps": Decimal(-1)},
        {"down_mbps": Decimal(10_000_000)},
        {"down_mbps": Decimal("NaN")},
        {"starts_on": TODAY, "ends_on": date(2026, 8, 31)},
        {"yearly_fee_cny": Decimal("-0.01")},
        {"port_name": "GE1"},
    ],
)
def test_a_line_that_cannot_be_is_refused(city: Session, fields: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        save_line(city, ALL, _line(**fields))


def test_a_line_arrives_at_a_known_port_of_a_device_of_its_own_school(
    two_counties: Session,
) -> None:
    city = two_counties
    line = save_line(city, ALL, _line())
    assert arrive_at(city, ALL, line.id, A.row("d"), "GE0/0/1 A").port_name == "GE0/0/1 A"
    with pytest.raises(NotFound):
        arrive_at(city, ALL, line.id, A.row("d"), "GE9")
    with pytest.raises(Invalid):
        arrive_at(city, ALL, line.id, B.row("d"), "GE0/0/1 B")
    with pytest.raises(NotFound):
        arrive_at(city, A.scope, line.id, B.row("d"), None)
    assert line.device_id == A.row("d")
    assert arrive_at(city, ALL, line.id, None, None).device_id is None


def test_a_line_is_in_force_on_its_first_and_its_last_day(city: Session) -> None:
    line = save_line(city, ALL, _line(starts_on=TODAY, ends_on=date(2026, 9, 2)))
    lines = LineRepository(city, ALL)
    for day, expected in ((31, False), (1, True), (2, True), (3, False)):
        on = date(2026, 8 if day == 31 else 9, day)
        assert (line in lines.in_force(on)) is expected


def test_contracts_that_end_soon_are_listed_and_ended_ones_until_another_runs(
    city: Session,
) -> None:
    for name in ("l", "spare"):
        LineRepository(city, ALL).remove(city.get_one(Line, A.row(name)))
    ended = save_line(city, ALL, _line(ends_on=date(2026, 8, 1)))
    assert renewals(city, ALL, TODAY, 90).items == [(ended, -31)]
    soon = save_line(city, ALL, _line(ends_on=date(2026, 11, 30)))
    later = save_line(city, ALL, _line(ends_on=date(2026, 12, 1)))
    assert renewals(city, ALL, TODAY, 90).items == [(soon, 90)]
    assert renewals(city, ALL, TODAY, 91).items == [(soon, 90), (later, 91)]
    assert renewals(city, B.scope, TODAY, 91).items == []
    soon.provider = " "
    with pytest.raises(Invalid):
        save_line(city, ALL, soon)
