"""Packed schools say what the register says, and are packed anew when something was noted."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import (
    CatalogueModel,
    Device,
    DeviceUsage,
    Lifecycle,
    PackedTime,
    Room,
    RoomKind,
)
from inventory.money.depreciation import Terms
from inventory.money.rules import set_depreciation
from inventory.packed.equipment import Equipment, equipment
from inventory.packed.keeping import (
    EVERYTHING,
    FRESH_FOR,
    forget_packed,
    keep_packed,
    news,
    note_packed,
    packed_under,
    stale_schools,
)
from inventory.packed.reading import NO_FAILURES, Failures, RecordRepository
from inventory.packed.records import PLANNED
from inventory.page_changes import note_schools
from inventory.renewal.loading import RenewalRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B

ALL = Scope.everything()


@pytest.fixture
def register(two_counties: Session) -> Session:
    session = two_counties
    session.add(CatalogueModel(id="m1", vendor="V", model="M", expected_life_months=50))
    session.add(Room(id="lab", school_code=A.school, name="机房", kind=RoomKind.computer_room))
    session.flush()
    for number, (school, state) in enumerate(
        (school, state) for school in (A.school, B.school) for state in Lifecycle
    ):
        session.add(
            Device(
                id=f"x{number:02}",
                name="x",
                school_code=school,
                kind=Kind.terminal if number % 2 else Kind.projector,
                lifecycle=state,
                room_id="lab" if school == A.school else None,
                catalogue_id="m1" if number % 3 else None,
                asset_class="A0208" if number % 4 else None,
                price_cny=Decimal("1234.05") + number if number % 5 else None,
                purchased_on=date(2019, 1 + number % 12, 3) if number % 6 else None,
                warranty_until=date(2027, 2, 1),
                is_personal=number == 1,
            )
        )
    session.flush()
    session.add(
        DeviceUsage(device_id="x03", school_code=A.school, hours_a_week=7.5, counted_at=NOW)
    )
    session.flush()
    return session


def pack(session: Session, now: datetime, failures: Failures = NO_FAILURES) -> int:
    schools, everything = stale_schools(session, now)
    records = RecordRepository(session, ALL).records(schools=schools, failures=failures)
    others = keep_packed(session, schools, records)
    note_packed(session, now, everything=everything, others=others)
    return others


def refuse() -> Failures:
    raise AssertionError("the register was read")


@pytest.mark.parametrize("scope", [ALL, A.scope, B.scope], ids=["city", "a", "b"])
def test_what_is_packed_is_what_the_register_says(register: Session, scope: Scope) -> None:
    failures = Failures({"x03": 3, "x04": 70_000}, {"x03": Decimal("12.34")})
    live = Equipment.of(RecordRepository(register, scope).records(failures=failures))
    assert pack(register, NOW, failures) > 0
    packed = equipment(register, scope, "/", now=NOW, failures=refuse)
    assert packed.codes == live.codes
    assert packed.records.tobytes() == live.records.tobytes()
    assert np.array_equal(packed.school, live.school)
    fleets = [RenewalRepository(register, scope).fleet_of(one) for one in (live, packed)]
    for column in ("ids", "life", "cost", "bought", "failures", "repairs", "kind", "weak"):
        assert np.array_equal(*(getattr(fleet, column) for fleet in fleets)), column
    assert len(fleets[0]) == len(live.having(PLANNED).records)


def test_only_schools_of_which_something_was_noted_are_packed_again(register: Session) -> None:
    assert pack(register, NOW) == 2
    before = news(register, NOW)
    assert pack(register, NOW + timedelta(minutes=1)) == 0
    assert news(register, NOW) == before
    register.get_one(Device, "x03").price_cny = Decimal(9)
    # Nothing has noted it: a session of the application would.
    assert pack(register, NOW + timedelta(minutes=2)) == 0
    note_schools(register, [A.school], NOW + timedelta(minutes=2))
    schools, everything = stale_schools(register, NOW + timedelta(minutes=2))
    assert (schools, everything) == ([A.school], False)
    assert RecordRepository(register, B.scope).records(schools=schools) == {}
    assert pack(register, NOW + timedelta(minutes=3)) == 1
    assert news(register, NOW + timedelta(minutes=3)) == (before or 0) + 1


def test_everything_is_packed_again_by_the_hour_and_by_new_rules(register: Session) -> None:
    pack(register, NOW)
    assert stale_schools(register, NOW + timedelta(minutes=9))[1] is False
    assert stale_schools(register, NOW + EVERYTHING)[1] is True
    today = NOW.date()
    set_depreciation(register, ALL, "A0208", Terms(48), holds_from=today, today=today)
    assert stale_schools(register, NOW + timedelta(minutes=1))[1] is True
    # What is packed by the rules of before is used until then.
    assert news(register, NOW + timedelta(minutes=1)) is not None
    assert pack(register, NOW + timedelta(minutes=1)) == 2


def test_what_is_old_or_of_another_release_is_not_used(register: Session) -> None:
    pack(register, NOW)
    assert news(register, NOW + FRESH_FOR) is not None
    assert news(register, NOW + FRESH_FOR + timedelta(seconds=1)) is None
    register.get_one(PackedTime, 1).form = "another"
    assert news(register, NOW) is None
    live = equipment(register, A.scope, "/", now=NOW, failures=lambda: NO_FAILURES)
    assert live.codes == (A.school,)
    forget_packed(register)
    assert register.get(PackedTime, 1) is None
    assert packed_under(register, ALL, "/") == {}


def test_a_school_whose_devices_are_gone_is_forgotten(register: Session) -> None:
    pack(register, NOW)
    assert set(packed_under(register, ALL, "/")) == {A.school, B.school}
    assert keep_packed(register, [B.school], {}) == 1
    assert set(packed_under(register, ALL, "/")) == {A.school}
    assert packed_under(register, B.scope, "/") == {}
