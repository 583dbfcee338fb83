"""What a plan rests on, and until when dates leave it as it is; see also test_kept_plans.py."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from inventory.agent_plans.basis import LONGEST, basis_of, common_basis, kept_basis, still_holds
from inventory.agent_plans.making import PlanSettings, asking, make_plan
from inventory.models import Device, DeviceMac, Line, PlanChange, StandardBinding
from inventory.repositories import PlanRepository
from inventory.repositories.plans import Asking, Noted
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.inventory.city import NOW, A, B

TODAY = date(2026, 9, 1)
BOX = SecretBox(SecretBox.new_key())
COMMON = common_basis(PlanSettings(), BOX)
SETTINGS = PlanSettings(speedtest_server="https://fleet.example")
DAY = timedelta(days=1)
OLD = Noted(1, NOW - timedelta(seconds=70))
EARLY = Noted(2, NOW - timedelta(seconds=50))


def until(session: Session, settings: PlanSettings = SETTINGS) -> date | None:
    agent = asking(session, A.row("a"))
    return make_plan(session, agent, BOX, today=TODAY, settings=settings).until


@pytest.mark.parametrize(
    ("before", "after", "holds"),
    [
        ([], [], True),
        ([EARLY], [EARLY], True),
        # What is too old to have committed late counts for nothing, and may be forgotten.
        ([OLD], [], True),
        ([], [OLD], True),
        ([], [EARLY], False),
        ([EARLY], [EARLY, Noted(3, EARLY.at)], False),
        # SQLite gives a forgotten row's number again.
        ([EARLY], [Noted(2, NOW + DAY)], False),
        ([], [Noted(3, NOW + timedelta(hours=1))], False),
    ],
)
def test_a_note_more_than_when_it_was_made_ends_a_plan(
    before: list[Noted], after: list[Noted], holds: bool
) -> None:
    basis = basis_of(COMMON, "r1", NOW, None, before)
    assert still_holds(basis, COMMON, after) is holds


def test_other_settings_or_another_key_are_another_basis() -> None:
    assert common_basis(PlanSettings(), BOX) == COMMON
    assert common_basis(SETTINGS, BOX) != COMMON
    assert common_basis(PlanSettings(), SecretBox(SecretBox.new_key())) != COMMON
    basis = basis_of(COMMON, "r1", NOW, None, [])
    assert not still_holds(basis, common_basis(SETTINGS, BOX), [])
    assert basis_of(COMMON, "r2", NOW, None, []).digest != basis.digest


@pytest.mark.parametrize(
    ("changed", "revision", "now", "says"),
    [
        ({}, "r1", NOW, True),
        ({}, "r2", NOW, False),
        ({"plan_made_at": None}, "r1", NOW, False),
        ({"plan_basis": None}, "r1", NOW, False),
        ({"plan_basis": ""}, "r1", NOW, False),
        ({}, "r1", NOW - timedelta(seconds=1), False),
        ({}, "r1", NOW + LONGEST, False),
        ({"plan_until": TODAY}, "r1", NOW + timedelta(hours=7), True),
        ({"plan_until": TODAY}, "r1", NOW + timedelta(hours=8), False),
    ],
)
def test_what_is_kept_speaks_of_one_revision_for_a_day(
    changed: dict[str, object], revision: str, now: datetime, says: bool
) -> None:
    agent = Asking("a", None, None, "r1", NOW, None, "digest", ())._replace(**changed)  # type: ignore[arg-type]
    assert (kept_basis(agent, revision, now) is not None) is says


def test_a_plan_is_good_until_a_date_of_a_line_or_a_demand(two_counties: Session) -> None:
    county = two_counties
    assert until(county) is None
    county.get_one(Line, B.row("l")).ends_on = TODAY + DAY
    assert until(county) is None
    line = county.get_one(Line, A.row("l"))
    line.ends_on = TODAY + 9 * DAY
    assert until(county) == TODAY + 9 * DAY
    target = county.get_one(StandardBinding, A.row("g"))
    target.valid_until = TODAY + 5 * DAY
    assert until(county) == TODAY + 5 * DAY
    assert until(county, PlanSettings()) == TODAY + 9 * DAY
    target.valid_from = TODAY + 3 * DAY
    assert until(county) == TODAY + 2 * DAY
    line.starts_on = TODAY + DAY
    assert until(county) == TODAY
    line.starts_on, line.ends_on = None, TODAY - DAY
    assert until(county) is None


def test_notes_concern_schools_the_agent_or_everybody(two_counties: Session) -> None:
    rows = [
        PlanChange(school_code=A.school, at=NOW),
        PlanChange(school_code=A.point, at=NOW),
        PlanChange(school_code=None, at=NOW),
        PlanChange(agent_id=A.row("a"), at=NOW),
        PlanChange(school_code=B.school, at=NOW),
        PlanChange(agent_id=B.row("a"), at=NOW),
        PlanChange(school_code=A.school, at=NOW - DAY),
    ]
    plans = PlanRepository(two_counties, Scope.everything())
    before = plans.changes(A.row("a"), [A.school, A.point], NOW)
    for row in rows:
        two_counties.add(row)
    two_counties.flush()
    found = {*plans.changes(A.row("a"), [A.school, A.point], NOW)} - {*before}
    assert found == {Noted(row.id or 0, NOW) for row in rows[:4]}


def test_a_device_with_several_addresses_is_one_target(two_counties: Session) -> None:
    two_counties.add(
        Device(id="d-1", school_code=A.school, name="x", address="127.0.0.7", credential_id=None)
    )
    two_counties.flush()
    for mac in ("02000000000f", "02000000000c"):
        two_counties.add(DeviceMac(device_id="d-1", mac=mac))
    plans = PlanRepository(two_counties, Scope.everything())
    found = {device.id: device.macs for device in plans.devices([A.school])}
    assert found["d-1"] == ("02000000000c", "02000000000f")
    assert list(found) == sorted(found)


def test_times_of_notes_are_the_same_on_every_database(two_counties: Session) -> None:
    at = datetime(2026, 9, 1, 8, 0, 0, 123_456, tzinfo=UTC)
    two_counties.add(PlanChange(school_code=A.point, at=at))
    plans = PlanRepository(two_counties, Scope.everything())
    [note] = plans.changes(A.row("a"), [A.point], at)
    assert note.at == at
    assert note.at.isoformat() == at.isoformat()
