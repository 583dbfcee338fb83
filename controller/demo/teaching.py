"""When the demonstration's schools teach, and what their verdicts go by beside the plan."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from controller.demo.county import CITY, COUNTY
from drivers.simulate.campus import CENTRAL
from inventory.calendars.keeping import save_blackout, save_entry, save_hours
from inventory.calendars.statutory import known_years
from inventory.calendars.weeks import EVENINGS, LESSONS, kept_week, read_week_text
from inventory.ids import new_id
from inventory.models import (
    BlackoutKind,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    Outlet,
    OutletKind,
    SchoolForm,
    Stage,
    TolerancePolicy,
)
from inventory.scope import Scope
from inventory.standards.keeping import Kinds, apply_standard, known_standard

_EVERYTHING: Final = Scope.everything()
_BY: Final = "林晓"
#: Today lies in the middle of a term, whatever the season is.
_HALF_A_TERM: Final = timedelta(days=70)
_VACATION: Final = timedelta(days=24)
_DAY: Final = timedelta(days=1)
_HOURS: Final = {
    Stage.primary: ("8:20-11:40, 13:40-16:10", "18:30-19:30"),
    Stage.nine_year: ("8:00-11:50, 13:50-17:00", "18:30-20:30"),
}


def register_teaching(session: Session, today: date) -> None:
    """Terms, hours, a live lesson, the tolerance, outlets; flushed, not committed."""
    _terms(session, today)
    since = today - timedelta(days=400)
    for stage, (lessons, evenings) in _HOURS.items():
        hours = CalendarHours(
            id="",
            organisation_code=COUNTY,
            stage=stage,
            first_day=since,
            lessons=kept_week(read_week_text("lessons", lessons, LESSONS)),
            evenings=kept_week(read_week_text("evenings", evenings, EVENINGS)),
        )
        save_hours(session, _EVERYTHING, hours)
    live = CalendarBlackout(
        id="",
        school_code=CENTRAL.code,
        kind=BlackoutKind.live_lesson,
        name="专递课堂",
        first_day=today - _HALF_A_TERM,
        last_day=today + _HALF_A_TERM,
        weekdays="3",
        begins_at=14 * 60,
        ends_at=14 * 60 + 40,
    )
    save_blackout(session, _EVERYTHING, live)
    _verdicts_go_by(session, today)


def _terms(session: Session, today: date) -> None:
    begin, end = today - _HALF_A_TERM, today + _HALF_A_TERM
    before = begin - _VACATION
    for name, first, last in (
        ("上学期", before - 2 * _HALF_A_TERM, before),
        ("本学期", begin, end),
    ):
        _enter(session, CalendarKind.term, name, first, last)
    for year in range(before.year, end.year + 1):
        if year not in known_years():
            first, last = date(year, 1, 1), date(year, 12, 31)
            _enter(session, CalendarKind.holidays_entered, f"{year}年节假日", first, last)


def _enter(session: Session, kind: CalendarKind, name: str, first: date, last: date) -> None:
    entry = CalendarEntry(
        id="", organisation_code=COUNTY, kind=kind, name=name, first_day=first, last_day=last
    )
    save_entry(session, _EVERYTHING, entry)


def _verdicts_go_by(session: Session, today: date) -> None:
    begin = date(today.year - 1, 1, 1)
    national = known_standard(session, _EVERYTHING, "national")
    apply_standard(
        session,
        _EVERYTHING,
        national,
        at=COUNTY,
        kinds=Kinds(form=SchoolForm.school),
        valid_from=begin,
        by=_BY,
    )
    session.add(
        TolerancePolicy(
            id=new_id("tp"),
            organisation_code=COUNTY,
            name="FCC 80/80",
            document_number=f"青教技〔{begin.year}〕6号",
            test_share=Decimal("0.8"),
            pass_share=Decimal("0.8"),
            adopted_on=begin,
            adopted_by=_BY,
            valid_from=begin,
            made_at=datetime.combine(begin, time(), UTC),
        )
    )
    for code, provider, kind, mbps in (
        (CITY, "中国电信", OutletKind.internet, 10_000),
        (CITY, "中国电信", OutletKind.backbone, 10_000),
        (COUNTY, "中国联通", OutletKind.internet, 2_000),
        (COUNTY, "中国电信", OutletKind.backbone, 10_000),
    ):
        session.add(
            Outlet(
                id=new_id("ou"),
                organisation_code=code,
                kind=kind,
                provider=provider,
                circuit=f"{code}-{kind.value}",
                down_mbps=Decimal(mbps),
                up_mbps=Decimal(mbps),
                starts_on=begin,
            )
        )
    session.flush()
