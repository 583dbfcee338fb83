"""What bound standards ask of a school's line, for plans, alerts and pages."""

from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session

from inventory.models import School, SchoolForm, Setting
from inventory.scope import Scope
from inventory.standards.access import AccessTarget, access_target, mbps_to_show
from inventory.standards.bound import Bindings, Bound, kind_of
from inventory.standards.keeping import apply_standard, confirm, known_standard
from inventory.standards.model import Flow, Measure
from tests.inventory.city import CITY, A, B
from tests.targets import demand

ALL = Scope.everything()
DAY = date(2026, 9, 1)
YEAR = timedelta(days=365)


def _bound(session: Session, school: str = A.school, on: date = DAY) -> list[Bound]:
    found = Bindings(session, ALL, on, on)
    return list(found.of(kind_of(session.get_one(School, school)), on))


def _asked(session: Session, school: str = A.school, on: date = DAY) -> AccessTarget | None:
    return access_target(_bound(session, school, on))


def test_the_strictest_target_of_access_counts_in_each_direction(two_counties: Session) -> None:
    city = two_counties
    assert _asked(city) == AccessTarget("Plan A", "不低于100M", Decimal(100), Decimal(100))
    demand(city, 500, plan="fast", flow=Flow.down, at=CITY)
    demand(city, 50, at=A.code)
    demand(city, 900, at=B.code)
    demand(city, 900, setting=Setting.rural)
    demand(city, 900, form=SchoolForm.teaching_point)
    demand(city, 900, until=DAY - timedelta(days=1))
    demand(city, 900, since=DAY + timedelta(days=1))
    demand(city, 900, measure=Measure.outlet)
    asked = _asked(city)
    assert asked == AccessTarget("fast", "不低于100M", Decimal(500), Decimal(100))
    assert asked.mbps == 500
    assert _asked(city, on=DAY - 9 * YEAR) is None


def test_what_awaits_confirmation_is_not_asked_yet_but_can_be_shown(two_counties: Session) -> None:
    city = two_counties
    zibo = known_standard(city, ALL, "zibo")
    apply_standard(city, ALL, zibo, at=A.code, valid_from=DAY, by="mei")
    asked = _asked(city)
    assert asked is not None
    assert asked.mbps == 100
    assert mbps_to_show(_bound(city), classes=0, persons=0) == 1000
    confirm(city, ALL, zibo, question="years", answer=DAY.isoformat(), organisation_code=A.code,
            by="mei")  # fmt: skip
    asked = _asked(city)
    assert asked is not None
    assert asked.mbps == 1000


def test_a_test_shows_what_is_asked_per_class_and_per_user_too(two_counties: Session) -> None:
    city = two_counties
    demand(city, 10, measure=Measure.per_class)
    demand(city, "0.5", measure=Measure.per_user)
    demand(city, 10_000, measure=Measure.terminal)
    bound = _bound(city)
    assert mbps_to_show(bound, classes=0, persons=0) == 100
    assert mbps_to_show(bound, classes=48, persons=0) == 480
    assert mbps_to_show(bound, classes=48, persons=2_000) == 1_000
    assert mbps_to_show([], classes=48, persons=2_000) is None


def test_what_is_bound_holds_until_a_date_of_the_register(two_counties: Session) -> None:
    city = two_counties

    def until() -> date | None:
        kind = kind_of(city.get_one(School, A.school))
        return Bindings(city, ALL, DAY, date.max).until(kind, DAY)

    assert until() is None
    demand(city, 50, at=B.code, until=DAY + timedelta(days=3))
    assert until() is None
    demand(city, 50, until=DAY + timedelta(days=30))
    assert until() == DAY + timedelta(days=30)
    demand(city, 50, since=DAY + timedelta(days=8))
    assert until() == DAY + timedelta(days=7)
