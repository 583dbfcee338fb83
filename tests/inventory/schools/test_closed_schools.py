"""A school that has closed is watched, listed and counted no more from the day after its last."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from drivers.plan import Plan, SnmpAccess
from inventory.agent_plans.making import MadePlan, PlanSettings, asking, make_plan
from inventory.models import (
    Credential,
    Device,
    Grant,
    ImportMapping,
    Level,
    Organisation,
    Role,
    School,
    SchoolChange,
    SchoolChangeKind,
)
from inventory.organisations import move_organisation
from inventory.repositories import DeviceRepository, SchoolRepository
from inventory.schools.changes import carry_out_due, decide_change
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.summaries import count_schools, keep_figures
from tests.inventory.city import A, B

ALL = Scope.everything()
LAST = date(2026, 9, 3)
BOX = SecretBox(SecretBox.new_key())


class Clock:
    """The days of a city: each morning its steps are carried out."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.today = LAST - timedelta(days=2)
        self.dawn()

    def dawn(self, days: int = 0) -> None:
        self.today += timedelta(days=days)
        now = datetime(self.today.year, self.today.month, self.today.day, 8, tzinfo=UTC)
        carry_out_due(self.session, now, self.today)
        self.now = now

    def plan(self) -> MadePlan:
        agent = asking(self.session, A.row("a"))
        settings = PlanSettings(speedtest_server="https://fleet.example/speedtest")
        return make_plan(self.session, agent, BOX, today=self.today, settings=settings)


@pytest.fixture
def clock(two_counties: Session) -> Clock:
    """Two counties whose schools have nothing ahead of them, and an agent that polls one of A."""
    for county in (A, B):
        two_counties.delete(two_counties.get_one(SchoolChange, county.row("sc")))
    access = SnmpAccess(version="2c", community="public")
    two_counties.get_one(Credential, A.row("c")).secret = BOX.seal_access(access)
    two_counties.flush()
    return Clock(two_counties)


def _watched(plan: Plan) -> set[str]:
    return {target.id for target in plan.targets}


def _ends(clock: Clock, kind: SchoolChangeKind, **fields: str) -> None:
    change = SchoolChange(id="", school_code=A.school, kind=kind, takes_effect_on=LAST, **fields)
    decide_change(clock.session, ALL, change, clock.now, clock.today)
    clock.session.flush()


@pytest.mark.parametrize("kind", [SchoolChangeKind.close, SchoolChangeKind.merge])
def test_an_agent_gets_no_plan_for_a_school_from_the_day_after_its_last_one(
    clock: Clock, kind: SchoolChangeKind
) -> None:
    _ends(clock, kind, **({"successor_code": B.school} if kind is SchoolChangeKind.merge else {}))
    before = clock.plan().plan
    assert A.row("d") in _watched(before)
    assert A.school in before.schools

    clock.dawn(days=2)
    assert clock.today == LAST
    on_the_day = clock.plan()
    assert A.row("d") in _watched(on_the_day.plan)
    # No note of a change comes at midnight: the day itself ends the plan that is kept.
    assert on_the_day.until == LAST

    clock.dawn(days=1)
    after = clock.plan().plan
    assert A.school not in after.schools
    assert A.row("d") not in _watched(after)
    assert [one for one in after.line_tests if one.school == A.school] == []
    # The teaching point its box serves is open.
    assert after.schools == (A.point,)


def test_it_leaves_lists_and_counts_and_is_found_among_the_closed(clock: Clock) -> None:
    _ends(clock, SchoolChangeKind.close)
    schools = SchoolRepository(clock.session, ALL)
    everything = schools.count()
    clock.dawn(days=2)
    assert schools.count(clock.today) == everything
    clock.dawn(days=1)

    assert schools.count(clock.today) == everything - 1
    assert A.school not in {one.code for one in schools.facts(clock.today)}
    assert A.school not in {one.code for one in schools.page(on=clock.today).items}
    assert A.school not in {one.code for one in schools.under(A.path, clock.today)}
    assert [one.code for one in schools.facts(clock.today, closed=True)] == [A.school]
    assert [one.code for one in schools.page(on=clock.today, closed=True).items] == [A.school]
    assert schools.get(A.school) is not None
    assert DeviceRepository(clock.session, A.scope).get(A.row("d")) is not None
    (left,) = schools.left_behind(clock.today)
    assert left.school.code == A.school
    assert sum(left.devices.values()) == schools.count_devices_left(A.school) > 0
    assert schools.left_behind(LAST) == [], "on its last day it is open"
    assert schools.left_behind(clock.today, B.path) == []
    assert SchoolRepository(clock.session, B.scope).left_behind(clock.today) == []


def test_its_devices_are_counted_of_the_school_alone(clock: Clock) -> None:
    _ends(clock, SchoolChangeKind.close)
    devices = DeviceRepository(clock.session, ALL)

    def counted(school: str | None = None) -> int:
        return sum(devices.count_by_status(clock.now, school=school).values())

    everything, of_the_school = counted(), counted(A.school)
    assert of_the_school > 0
    clock.dawn(days=2)
    assert counted() == everything
    clock.dawn(days=1)
    assert counted() == everything - of_the_school
    assert counted(A.school) == of_the_school
    # A register that is counted ahead says the same.
    keep_figures(clock.session, count_schools(clock.session), clock.now)
    assert counted() == everything - of_the_school


def test_its_devices_leave_the_lists_of_everything_and_are_found_by_school_and_words(
    clock: Clock,
) -> None:
    device = clock.session.get_one(Device, A.row("d"))
    # Found as it stands in the register, whatever the search of words has read of it.
    devices = DeviceRepository(clock.session, ALL)

    def listed(**asked: str) -> set[str]:
        page = devices.page(now=clock.now, **asked)  # type: ignore[arg-type]
        assert page.total == len(page.items)
        return {row.device.id for row in page.items}

    _ends(clock, SchoolChangeKind.close)
    everything = listed()
    assert device.id in everything
    clock.dawn(days=3)

    assert listed() == everything - listed(school=A.school)
    assert listed(under=A.path) == listed(school=A.point)
    assert device.id in listed(school=A.school)


def test_everything_below_a_bureau_that_moves_moves_along(clock: Clock) -> None:
    city = clock.session.get_one(Organisation, A.code).parent_code
    town = Organisation(
        code="TOWN", name="镇", level=Level.township, parent_code=A.code, path=f"{A.path}TOWN/"
    )
    clock.session.add(town)
    clock.session.flush()
    moved = SchoolChange(
        id="", school_code=A.school, kind=SchoolChangeKind.move, takes_effect_on=clock.today,
        to_organisation_code="TOWN",
    )  # fmt: skip
    decide_change(clock.session, ALL, moved, clock.now, clock.today)
    here = f"{A.path}TOWN/"
    clock.session.add(
        ImportMapping(
            owner_path=f"{here}{A.school}/", layout="assets", fingerprint="f", mapping="{}",
            used_at=clock.now,
        )
    )  # fmt: skip
    clock.session.add(
        Grant(user_id=A.row("u"), role=Role.school_admin, scope_path=f"{here}{A.school}/")
    )
    clock.session.flush()
    assert city is not None

    move_organisation(clock.session, ALL, "TOWN", B.code)

    there = f"{B.path}TOWN/{A.school}/"
    assert clock.session.get_one(School, A.school).path == there
    assert clock.session.get(ImportMapping, (there, "assets", "f")) is not None
    assert clock.session.get(Grant, (A.row("u"), Role.school_admin, there)) is not None
    assert DeviceRepository(clock.session, A.scope).get(A.row("d")) is None
    assert DeviceRepository(clock.session, B.scope).get(A.row("d")) is not None
