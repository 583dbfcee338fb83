"""The register of a county whose lines are shaped: schools, target, tolerance, calendar."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from controller.auth.tokens import new_token, token_hash
from inventory.calendars.weeks import read_week
from inventory.days import ZONE
from inventory.enrolment import create_token
from inventory.models import (
    ApiToken,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    Grant,
    Level,
    Line,
    MeasurementExclusion,
    Organisation,
    Role,
    School,
    TolerancePolicy,
    User,
)
from inventory.scope import Scope
from inventory.standards.exclusions import exclude
from inventory.standards.keeping import adopt_policy, apply_standard, known_standard

COUNTY = "3304"
EVERYWHERE = Scope.everything()


def code_of(name: str) -> str:
    """The code of the school with that line."""
    return f"LINE-{name}"


def days_of_now() -> tuple[date, date]:
    """Yesterday and today where the schools are: a run may have begun before midnight."""
    today = datetime.now(ZONE).date()
    return today - timedelta(days=1), today


def enter(session: Session, name: str, contract: int) -> str:
    """A school with one line, and an invitation for its box.

    Args:
        session: of the register.
        name: of the line.
        contract: Mbit/s in both directions.
    """
    code, mbps = code_of(name), Decimal(contract)
    school = School(code=code, name=name, organisation_code=COUNTY, path=f"/{COUNTY}/{code}/")
    session.add(school)
    session.flush()
    session.add(Line(id=f"l-{name}", school_code=code, provider="P", down_mbps=mbps, up_mbps=mbps))
    session.flush()
    now = datetime.now(UTC)
    return create_token(session, EVERYWHERE, [code], now=now, lasts=timedelta(hours=1))


def enter_county(session: Session) -> str:
    """The county with 100 Mbit/s to hold its schools against, and a token of its administrator.

    It has adopted 80/80, so that no verdict says that nobody has.
    """
    first, _ = days_of_now()
    session.add(Organisation(code=COUNTY, name="区", level=Level.county, path=f"/{COUNTY}/"))
    session.flush()
    _add_calendar(session, first)
    standard = known_standard(session, EVERYWHERE, "national")
    apply_standard(session, EVERYWHERE, standard, at=COUNTY, valid_from=first, by="mei")
    policy = TolerancePolicy(
        id="", organisation_code=COUNTY, name="80/80", adopted_on=first,
        adopted_by="Mei", valid_from=first,
    )  # fmt: skip
    adopt_policy(session, EVERYWHERE, policy)
    session.add(User(id="u", login="mei", name="Mei", password_hash="-"))
    session.flush()
    session.add(Grant(user_id="u", role=Role.admin, scope_path="/"))
    token = new_token("fleet_")
    session.add(ApiToken(token_hash=token_hash(token), user_id="u", name="test"))
    return token


def exclude_all_but(session: Session, begin: datetime, end: datetime) -> None:
    """Let only the time from ``begin`` to ``end`` count; approved like any exclusion."""
    first, last = days_of_now()
    midnight = datetime.min.time()
    dawn = datetime.combine(first, midnight, ZONE)
    dusk = datetime.combine(last + timedelta(days=1), midnight, ZONE)
    for since, until in ((dawn, begin), (end, dusk)):
        row = MeasurementExclusion(
            id="", organisation_code=COUNTY, begins_at=since.astimezone(UTC),
            ends_at=until.astimezone(UTC), reason="不在测试时段", approved_by="Mei",
        )  # fmt: skip
        exclude(session, EVERYWHERE, row)


def _add_calendar(session: Session, first: date) -> None:
    """School from midnight to midnight on all days around now, holidays and Sundays included."""
    last = first + timedelta(days=5)
    week = json.dumps(read_week("lessons", ["0:00-24:00"] * 7))
    session.add(CalendarHours(id="ch", organisation_code=COUNTY, first_day=first, lessons=week))
    years = (date(first.year, 1, 1), date(last.year, 12, 31))
    said = {
        CalendarKind.term: years,
        CalendarKind.holidays_entered: years,
        CalendarKind.make_up: (first, last),
    }
    for number, (kind, days) in enumerate(said.items()):
        session.add(
            CalendarEntry(
                id=f"ce{number}", organisation_code=COUNTY, kind=kind, name=kind.value,
                first_day=days[0], last_day=days[1],
            )
        )  # fmt: skip
