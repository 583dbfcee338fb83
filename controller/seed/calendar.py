"""When the city's schools teach, and what a verdict goes by beside that."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from controller.seed.bulk import BulkWriter
from controller.seed.cases import Case
from controller.seed.chance import Ids
from controller.seed.line_samples import TEST_SERVER
from controller.seed.places import City
from controller.seed.terms import CHINA, holidays_of, is_vacation
from controller.seed.watched import OUTSIDE_SERVER
from inventory.calendars.calendar import Week
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import known_years
from inventory.calendars.weeks import kept_week
from inventory.models import (
    BlackoutKind,
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    MeasurementExclusion,
    NetworkPath,
    Outlet,
    OutletKind,
    SchoolExemption,
    SpeedtestServer,
    Stage,
    TolerancePolicy,
)

_DAY: Final = timedelta(days=1)
_AUGUST, _SEPTEMBER, _JULY = 8, 9, 7
_LAST_YEAR: Final = 2035
#: Minutes of the day.
#: Where the city keeps other hours than those that are shipped.
_OWN_HOURS: Final[Mapping[Stage, Week]] = {
    Stage.kindergarten: (((8 * 60, 11 * 60), (14 * 60, 16 * 60 + 30)),) * 5 + ((), ()),
    Stage.special: (((9 * 60, 12 * 60), (14 * 60, 16 * 60)),) * 5 + ((), ()),
}
_EXAM: Final = (8 * 60, 11 * 60 + 30)
_LIVE: Final = (15 * 60, 15 * 60 + 40)


def write_calendar(writer: BulkWriter, city: City, ids: Ids, by: str) -> None:
    """Terms, hours by stage, boarding, exams and live lessons, for the told time and a year more.

    Args:
        writer: gathers the rows.
        city: theirs.
        ids: where their ids come from.
        by: log-in of who entered them.
    """
    spec, code = city.spec, city.bureau.code
    entered = {"organisation_code": code, "entered_by": by, "entered_at": spec.begin}
    first, last = (at.astimezone(CHINA).date() for at in (spec.begin, spec.until))
    years = range(_school_year(first), min(_school_year(last) + 1, _LAST_YEAR - 1) + 1)
    for name, begin, end in (term for year in years for term in terms_of(year)):
        for kind, day, until, what in (
            (CalendarKind.term, begin, end, name),
            *_entered_holidays(begin, end),
        ):
            writer.add(
                CalendarEntry, id=ids.new("ce", spec.begin), kind=kind, name=what,
                first_day=day, last_day=until, **entered,
            )  # fmt: skip
        writer.add(
            CalendarBlackout, id=ids.new("cb", spec.begin), kind=BlackoutKind.exam,
            name="期末考试", stage=Stage.senior_secondary, first_day=end - 2 * _DAY, last_day=end,
            begins_at=_EXAM[0], ends_at=_EXAM[1], **entered,
        )  # fmt: skip
    for year in sorted({day.year for day in (first, last)} - known_years()):
        writer.add(
            CalendarEntry, id=ids.new("ce", spec.begin), kind=CalendarKind.holidays_entered,
            name=f"{year}年节假日", first_day=date(year, 1, 1), last_day=date(year, 12, 31),
            **entered,
        )  # fmt: skip
    since = date(years[0], _SEPTEMBER, 1)
    for stage in Stage:
        hours = shipped_hours(stage).hours[0]
        lessons = _OWN_HOURS.get(stage, hours.lessons)
        writer.add(
            CalendarHours, id=ids.new("ch", spec.begin), stage=stage, first_day=since,
            lessons=kept_week(lessons), evenings=kept_week(hours.evenings), **entered,
        )  # fmt: skip
    _of_schools(writer, city, ids, since)


def _of_schools(writer: BulkWriter, city: City, ids: Ids, since: date) -> None:
    """Who boards, and the first school's lessons that others watch."""
    spec, first = city.spec, city.schools[0]
    for school in city.schools:
        if school.boards:
            writer.add(
                CalendarHours, id=ids.new("ch", spec.begin), school_code=school.code,
                first_day=since, boards=True, entered_at=spec.begin,
            )  # fmt: skip
    last = spec.until.astimezone(CHINA).date()
    writer.add(
        CalendarBlackout, id=ids.new("cb", spec.begin), kind=BlackoutKind.live_lesson,
        name="专递课堂", school_code=first.code, first_day=last - 120 * _DAY,
        last_day=last + 60 * _DAY, weekdays="3", begins_at=_LIVE[0], ends_at=_LIVE[1],
        entered_at=spec.begin,
    )  # fmt: skip


def write_terms_of_verdicts(writer: BulkWriter, city: City, ids: Ids, by: str) -> None:
    """The adopted tolerance, outlets, test servers, exempt schools, and time left out."""
    spec = city.spec
    begin = date(spec.begin.astimezone(CHINA).year, 1, 1)
    made_at = datetime.combine(begin, time(), UTC)
    name = city.bureau.name.removesuffix("教育局")
    writer.add(
        TolerancePolicy, id=ids.new("tp", spec.begin), organisation_code=city.bureau.code,
        name="FCC 80/80", document_number=f"{name}教技〔{begin.year}〕6号",
        test_share=Decimal("0.8"), pass_share=Decimal("0.8"), adopted_on=begin, adopted_by=by,
        valid_from=begin, made_at=made_at,
    )  # fmt: skip

    def add(code: str, provider: str, kind: OutletKind, mbps: int) -> None:
        writer.add(
            Outlet, id=ids.new("ou", spec.begin), organisation_code=code, kind=kind,
            provider=provider, circuit=f"{code}-{kind.value}", down_mbps=Decimal(mbps),
            up_mbps=Decimal(mbps), starts_on=begin,
        )  # fmt: skip

    share = max(1, len(city.schools) // 100)
    for provider, kind, mbps in (
        ("中国电信", OutletKind.internet, 3_000 * share),
        ("中国移动", OutletKind.internet, 2_000 * share),
        ("中国电信", OutletKind.backbone, 10_000),
    ):
        add(city.bureau.code, provider, kind, mbps)
    for county in city.counties:
        add(county.code, "中国联通", OutletKind.internet, 1_000)
    for address, path, name in (
        (TEST_SERVER, NetworkPath.inside, "城域网中心机房测速服务器"),
        (OUTSIDE_SERVER, NetworkPath.outside, "互联网测速服务器"),
    ):
        writer.add(
            SpeedtestServer, id=ids.new("ss", spec.begin), organisation_code=city.bureau.code,
            name=name, address=address, path=path, capacity_mbps=Decimal(20_000),
            starts_on=begin,
        )  # fmt: skip
    for school in city.schools:
        if school.case is Case.exempt:
            writer.add(
                SchoolExemption, id=ids.new("se", spec.begin), school_code=school.code,
                valid_from=begin, reason="校舍重建，学生在过渡校区上课", approved_by=by,
                approved_at=made_at,
            )  # fmt: skip
    noon = spec.until.replace(hour=2, minute=0) - 12 * _DAY
    writer.add(
        MeasurementExclusion, id=ids.new("mx", spec.begin), school_code=city.schools[0].code,
        begins_at=noon, ends_at=noon + timedelta(hours=2), reason="供电局计划检修停电",
        approved_by=by, approved_at=noon - 3 * _DAY,
    )  # fmt: skip


def _school_year(day: date) -> int:
    return day.year if day.month >= _AUGUST else day.year - 1


def terms_of(year: int) -> Iterator[tuple[str, date, date]]:
    """Both terms of the school year that begins in a year: name, first and last day."""
    day, last = date(year, _SEPTEMBER, 1), date(year + 1, _JULY, 5)
    for name in ("第一学期", "第二学期"):
        begin = day
        while day <= last and not is_vacation(day):
            day += _DAY
        yield f"{year}-{year + 1}学年{name}", begin, day - _DAY
        while day <= last and is_vacation(day):
            day += _DAY


def _entered_holidays(first: date, last: date) -> Iterator[tuple[CalendarKind, date, date, str]]:
    """Public holidays of years that are not published, in runs."""
    days = sorted(
        day
        for year in {first.year, last.year} - known_years()
        for day in holidays_of(year)
        if first <= day <= last
    )
    while days:
        end = begin = days.pop(0)
        while days and days[0] == end + _DAY:
            end = days.pop(0)
        yield CalendarKind.day_off, begin, end, "节假日"
