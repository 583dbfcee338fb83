"""A fleet as the register has it, within the caller's scope, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import CatalogueModel, Device, Lifecycle, School
from inventory.money.entries import Spending, spend, take_back
from inventory.money.programmes import open_programme
from inventory.packed.reading import Failures
from inventory.renewal.fleet import UNKNOWN, Fleet, month_of
from inventory.renewal.loading import RenewalRepository
from inventory.scope import Scope
from tests.inventory.city import A, B

ALL = Scope.everything()


def put(session: Session, device: str, **values: object) -> None:
    session.add(
        Device(
            id=device, name=device, **({"school_code": A.school, "kind": Kind.projector} | values)
        )
    )
    session.flush()


def only(fleet: Fleet, device: str, column: str) -> int:
    return int(getattr(fleet, column)[ids(fleet).index(device)])


def ids(fleet: Fleet) -> list[str]:
    return [fleet.id_of(place) for place in range(len(fleet))]


@pytest.fixture
def ledger(two_counties: Session) -> Session:
    session = two_counties
    session.add(
        CatalogueModel(
            id="m1",
            vendor="V",
            model="M",
            kind=Kind.projector,
            expected_life_months=60,
            end_of_support=date(2027, 5, 1),
            end_of_security_patches=date(2026, 12, 31),
            list_price_cny=Decimal("5000.00"),
        )
    )
    session.flush()
    put(
        session,
        "p1",
        catalogue_id="m1",
        purchased_on=date(2020, 3, 9),
        price_cny=Decimal("4000.01"),
    )
    put(session, "p2", asset_class="A02080000", warranty_until=date(2027, 1, 1))
    put(session, "p3", price_cny=Decimal("3000"))
    put(session, "mine", is_personal=True)
    put(session, "gone", lifecycle=Lifecycle.disposed)
    put(session, "coming", lifecycle=Lifecycle.ordered)
    return session


def test_what_is_known_comes_from_the_catalogue_the_class_or_the_device(ledger: Session) -> None:
    fleet = RenewalRepository(ledger, A.scope).fleet(
        failures=Failures({"p1": 3}, {"p1": Decimal("12.34")}), hours={"p2": 1.5}
    )
    assert {"p1", "p2", "p3"} <= set(ids(fleet))
    assert not {"mine", "gone", "coming"} & set(ids(fleet))
    assert ids(fleet) == sorted(ids(fleet))
    assert [only(fleet, one, "life") for one in ("p1", "p2", "p3")] == [60, 60, 72]
    assert only(fleet, "p1", "support") == month_of(date(2026, 12, 1))
    assert only(fleet, "p2", "support") == UNKNOWN
    assert only(fleet, "p1", "bought") == month_of(date(2020, 3, 1))
    assert only(fleet, "p2", "bought") == UNKNOWN
    assert only(fleet, "p2", "warranty") == month_of(date(2027, 1, 1))
    assert only(fleet, "p1", "price") == 400_001
    # List price, the lower median of the kind, its own price.
    assert [only(fleet, one, "cost") for one in ("p1", "p2", "p3")] == [500_000, 300_000, 300_000]
    assert [only(fleet, one, "is_estimated") for one in ("p1", "p2", "p3")] == [0, 1, 0]
    assert only(fleet, "p1", "failures") == 3
    assert only(fleet, "p1", "repairs") == 1_234
    assert fleet.hours[ids(fleet).index("p2")] == 1.5
    assert fleet.models == ("V M",)


def test_repairs_are_what_the_budget_says_was_spent_on_the_device(ledger: Session) -> None:
    made = open_programme(
        ledger, A.scope, organisation_code=A.code, name="x", first_year=2026, last_year=2026
    )
    entries = [
        spend(
            ledger,
            A.scope,
            made.id,
            Spending("maintain", date(2026, 1, 1), Decimal(yuan), "r", device_id="p1"),
        )
        for yuan in ("10.50", "5")
    ]
    take_back(ledger, A.scope, made.id, entries[1].id, note="n")
    assert only(RenewalRepository(ledger, A.scope).fleet(), "p1", "repairs") == 1_050


def test_nobody_plans_for_another_countys_devices(ledger: Session) -> None:
    put(ledger, "theirs", school_code=B.school)
    seen = set(ids(RenewalRepository(ledger, A.scope).fleet()))
    assert "theirs" not in seen
    everything = RenewalRepository(ledger, ALL)
    assert {"theirs", "p1"} <= set(ids(everything.fleet()))
    assert set(ids(everything.fleet(under=A.path))) == seen
    assert ids(RenewalRepository(ledger, A.scope).fleet(under=B.path)) == []
    assert ids(RenewalRepository(ledger, A.scope).fleet(device_id="theirs")) == []
    assert ids(RenewalRepository(ledger, A.scope).fleet(device_id="p1")) == ["p1"]
    assert len(RenewalRepository(ledger, Scope(())).fleet()) == 0


def test_nothing_is_planned_for_a_school_from_the_day_after_its_last(ledger: Session) -> None:
    last = date(2026, 8, 31)
    put(ledger, "theirs", school_code=B.school)
    put(ledger, "point", school_code=A.point)
    everything = RenewalRepository(ledger, ALL)
    before = everything.fleet(on=last + timedelta(days=1))
    ledger.get_one(School, A.school).closed_on = last
    assert ids(everything.fleet(on=last)) == ids(before)
    after = everything.fleet(on=last + timedelta(days=1))
    assert not {"p1", "p2", "p3"} & set(ids(after))
    assert {"theirs", "point"} <= set(ids(after))
    schools = [after.schools[place] for place in after.school]
    assert schools[ids(after).index("theirs")] == B.school
    assert A.school not in after.schools
    assert ids(everything.fleet(device_id="p1", on=last + timedelta(days=1))) == []


def test_teaching_points_and_crowded_schools_are_weak(ledger: Session) -> None:
    put(ledger, "point", school_code=A.point)
    put(ledger, "crowded", school_code=B.school, kind=Kind.terminal)
    for school, students in ((A.school, 10), (B.school, 900), (A.point, 0)):
        ledger.get_one(School, school).students = students
    put(ledger, "t1", kind=Kind.terminal)
    fleet = RenewalRepository(ledger, ALL).fleet()
    assert [only(fleet, one, "weak") for one in ("p1", "point", "crowded")] == [0, 1, 1]
