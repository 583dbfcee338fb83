"""People, calendars, yearly figures and past repairs, from files."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from alerts.models import Ticket, TicketEvent, TicketState
from alerts.repositories.failures import FailureRepository
from inventory.calendars.days import DayKind, days_of
from inventory.calendars.keeping import remove_row
from inventory.calendars.loading import Calendars
from inventory.calendars.timetable import Timetable
from inventory.calendars.weeks import week_kept, week_text
from inventory.exchange.faults import Why
from inventory.exchange.outcome import Report
from inventory.models import (
    CalendarEntry,
    CalendarHours,
    CertificateLevel,
    Device,
    OutletKind,
    Room,
    RoomKind,
    School,
    StaffMember,
    StaffRole,
    Stage,
)
from inventory.outlets import OutletRepository
from inventory.scope import Scope
from tests.inventory.city import A, B

Bring = Callable[..., Report]
PEOPLE = (
    "学校代码,姓名,岗位,联系电话,证书名称,证书等级,证书有效期至\n"
    f"{A.school},张校长,分管领导,0574-1,,,\n"
    f"{A.school},李老师,网管员,13800000000,网络管理员,中级,2027年6月\n"
)
DAYS = (
    "学校或机构代码,日期类型,名称,开始日期,结束日期\n"
    f"{A.code},学期,第一学期,2026-09-01,2027-01-20\n"
    f"{A.code},放假,国庆节,2026-10-01,2026-10-07\n"
    f"{A.code},调休,国庆节,2026-10-10,\n"
    f"{A.school},放假,校庆,2026-11-05,\n"
)
REPAIRS = (
    "维修单号,学校代码,资产编号,故障现象,处理结果,报修日期,完成日期,维修费用\n"
    f"WX-1,{A.school},ZC-1,不亮,换灯泡,2026-03-02,2026-03-04,350.5\n"
    f"WX-2,{A.school},ZC-1,不亮,,2026-04-02,,120\n"
    f"WX-3,{A.school},,网络慢,重启,2025-04-02,2025-04-02,\n"
)


def whys(report: Report) -> list[tuple[int, str, Why]]:
    return [(fault.line, fault.column, fault.why) for fault in report.faults]


def test_people_come_with_roles_and_certificates(two_counties: Session, bring: Bring) -> None:
    report = bring("staff", PEOPLE)
    assert (report.written, report.comparison.created) == (True, 2)
    [found] = two_counties.exec(select(StaffMember).where(StaffMember.name == "李老师")).all()
    assert (found.role, found.phone) == (StaffRole.network_administrator, "13800000000")
    assert found.certificate_level is CertificateLevel.middle
    assert found.certificate_expires_on == date(2027, 6, 30)
    assert bring("staff", PEOPLE).comparison.unchanged == 2
    changed = bring("staff", PEOPLE.replace("0574-1", "0574-2"))
    assert [one.fields["phone"] for one in changed.comparison.shown] == [("0574-1", "0574-2")]


def test_a_second_leader_is_told_at_its_line(bring: Bring) -> None:
    report = bring("staff", PEOPLE + f"{A.school},王校长,分管领导,,,,\n")
    assert not report.written
    assert [(fault.line, fault.why) for fault in report.faults] == [(4, Why.refused)]


def test_the_newest_figures_are_those_a_school_is_counted_by(
    two_counties: Session, bring: Bring
) -> None:
    head = "学校代码,学年,学生数,教师数,班级数\n"
    assert bring("figures", f"{head}{A.school},2026,812,55,21\n").written
    school = two_counties.get_one(School, A.school)
    assert (school.students, school.teachers, school.classes) == (812, 55, 21)
    assert bring("figures", f"{head}{A.school},2019,500,30,12\n").written
    assert school.students == 812
    corrected = bring("figures", f"{head}{A.school},2026,813,55,21\n")
    assert (corrected.comparison.changed, school.students) == (1, 813)


def test_a_calendar_says_on_which_days_a_school_teaches(
    two_counties: Session, bring: Bring
) -> None:
    assert bring("calendar", DAYS).comparison.created == 4
    assert bring("calendar", DAYS).comparison.unchanged == 4
    first, last = date(2026, 9, 1), date(2027, 9, 2)
    calendars = Calendars(two_counties, A.scope, first, last)
    made = [calendars.of(f"{A.path}{code}/", Stage.primary) for code in (A.school, A.point)]
    school, point = (
        {day.day: day.kind for day in days_of(one, Timetable(one), first, last)} for one in made
    )
    assert school[date(2026, 9, 30)] is DayKind.lessons
    assert school[date(2026, 10, 1)] is DayKind.off
    assert school[date(2026, 10, 10)] is DayKind.lessons  # a Saturday
    assert school[date(2026, 10, 11)] is DayKind.off
    at_anniversary = date(2026, 11, 5)
    assert (school[at_anniversary], point[at_anniversary]) == (DayKind.off, DayKind.lessons)
    assert school[date(2027, 1, 25)] is DayKind.off
    assert school[date(2027, 9, 2)] is DayKind.unknown


def test_days_of_one_stage_come_beside_those_of_all(two_counties: Session, bring: Bring) -> None:
    head, row = (
        "学校或机构代码,日期类型,名称,开始日期,结束日期,学段\n",
        f"{A.code},学期,一,2026-09-01,",
    )
    text = f"{head}{row}2027-01-20,\n{row}2027-01-15,幼儿园\n"
    assert bring("calendar", text).comparison.created == 2
    assert bring("calendar", text).comparison.unchanged == 2
    stages = two_counties.exec(select(CalendarEntry.stage).where(CalendarEntry.name == "一")).all()
    assert set(stages) == {None, Stage.kindergarten}


def test_what_was_taken_away_is_entered_anew(two_counties: Session, bring: Bring) -> None:
    bring("calendar", DAYS)
    for entry in two_counties.exec(select(CalendarEntry)).all():
        remove_row(two_counties, Scope.everything(), entry)
    assert bring("calendar", DAYS).comparison.created == 4


def test_days_of_a_bureau_outside_the_scope_are_refused(bring: Bring) -> None:
    assert whys(bring("calendar", DAYS.replace(A.code, B.code), scope=A.scope))[0] == (
        2,
        "学校或机构代码",
        Why.unknown_school,
    )


def test_a_make_up_day_is_a_weekend(bring: Bring) -> None:
    report = bring("calendar", DAYS.replace("2026-10-10", "2026-10-09"))
    assert whys(report) == [(4, "开始日期", Why.not_taken)]


def test_rooms_come_with_what_they_are_for(two_counties: Session, bring: Bring) -> None:
    text = f"学校代码,楼栋,房间,房间类型\n{A.school},主楼,301,录播室\n{A.school},主楼,302,\n"
    assert bring("rooms", text).written
    kinds = two_counties.exec(
        select(Room.kind).where(Room.building == "主楼").order_by(col(Room.name))
    ).all()
    assert list(kinds) == [RoomKind.lecture_recording_room, RoomKind.other]
    changed = bring("rooms", text.replace("302,", "302,机房"))
    assert (changed.comparison.unchanged, changed.comparison.changed) == (1, 1)


def test_one_school_may_be_given_for_all_rows_of_a_table(bring: Bring) -> None:
    assert bring("rooms", "房间\n301\n302\n", school=A.school).comparison.created == 2


@pytest.fixture
def device(two_counties: Session) -> Device:
    device = two_counties.get_one(Device, A.row("d"))
    device.asset_number = "ZC-1"
    two_counties.add(device)
    two_counties.flush()
    return device


def test_past_repairs_are_closed_tickets_that_count(
    two_counties: Session, bring: Bring, device: Device
) -> None:
    before = FailureRepository(two_counties, A.scope).costs()
    report = bring("repairs", REPAIRS)
    assert (report.written, report.comparison.created) == (True, 3)
    ticket = two_counties.exec(select(Ticket).where(Ticket.record_number == "WX-1")).one()
    assert (ticket.state, ticket.device_id) == (TicketState.closed, device.id)
    assert ticket.opened_at.date() == date(2026, 3, 2)
    assert ticket.resolved_at is not None
    assert (ticket.title, ticket.cost_cny) == ("不亮", Decimal("350.50"))
    log = two_counties.exec(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(col(TicketEvent.id))
    ).all()
    assert [(one.kind, one.text) for one in log] == [
        ("opened", ""),
        ("resolved", "换灯泡"),
        ("closed", ""),
    ]
    failures = FailureRepository(two_counties, A.scope)
    assert before == {}
    assert failures.costs() == {device.id: Decimal("470.50")}
    assert failures.since(ticket.opened_at)[device.id] >= 2


def test_the_same_log_again_changes_nothing(
    two_counties: Session, bring: Bring, device: Device
) -> None:
    bring("repairs", REPAIRS)
    assert bring("repairs", REPAIRS).comparison.unchanged == 3
    changed = bring("repairs", REPAIRS.replace("350.5", "400"))
    [change] = changed.comparison.shown
    assert change.fields == {"cost_cny": (Decimal("350.50"), Decimal("400.00"))}
    numbers = two_counties.exec(select(Ticket.record_number)).all()
    assert sorted(filter(None, numbers)) == ["WX-1", "WX-2", "WX-3"]


def test_a_number_is_a_school_s_own(two_counties: Session, bring: Bring, device: Device) -> None:
    bring("repairs", REPAIRS)
    other = f"维修单号,学校代码,故障现象,报修日期\nWX-1,{A.point},漏墨,2026-05-01\n"
    assert bring("repairs", other).comparison.created == 1


def test_repairs_within_another_county_are_not_brought(bring: Bring, device: Device) -> None:
    assert not bring("repairs", REPAIRS, scope=B.scope).written
    assert bring("repairs", REPAIRS, scope=Scope.everything(), dry_run=True).faults == []


def test_school_hours_and_exams_are_imported(two_counties: Session, bring: Bring) -> None:
    hours = (
        "学校或机构代码,开始日期,学段,上课时间,晚自习时间,是否寄宿\n"
        f'{A.code},2026-09-01,小学,"8:00-11:00, 14:00-16:00",18:30-19:30,是\n'
        f"{A.school},2026-09-02,,周六 8:00-10:00,,\n"
    )
    assert bring("hours", hours).comparison.created == 2
    assert bring("hours", hours).comparison.unchanged == 2
    told = bring("hours", hours.replace("周六", "周日")).comparison.shown
    assert told[0].fields == {"lessons": ("6 08:00-10:00", "7 08:00-10:00")}
    exams = (
        "学校或机构代码,类型,名称,开始日期,结束日期,时段,星期\n"
        f"{A.code},考试,期中考试,2026-09-16,2026-09-17,8:00-10:00,\n"
        f"{A.code},直播课,专递课堂,2026-09-01,2026-09-30,14:00-15:00,周三\n"
    ).replace("直播课,", "直播,")
    assert bring("blackouts", exams).comparison.created == 2
    assert bring("blackouts", exams).comparison.unchanged == 2
    assert bring("blackouts", exams.replace("周三", "周四")).comparison.changed == 1
    told = bring("blackouts", exams.replace("8:00-10:00", "8:00-11:00")).comparison.shown
    assert told[0].fields == {"hours": ("08:00-10:00", "08:00-11:00")}
    row = two_counties.exec(
        select(CalendarHours).where(CalendarHours.organisation_code == A.code)
    ).one()
    assert week_text(week_kept(row.evenings) or ()) == "12347 18:30-19:30"
    assert row.boards


def test_outlets_are_imported_and_known_again(two_counties: Session, bring: Bring) -> None:
    rows = (
        "机构代码,出口类型,运营商,线路编号,下行带宽,上行带宽,截止日期\n"
        f"{A.code},互联网,电信,C-1,2000,1000,\n"
        f"{A.code},,联通,,1000,1000,2026年12月\n"
        f"{A.code},教育专网,广电,,10000,10000,\n"
    )
    assert bring("outlets", rows, dry_run=True).comparison.created == 3
    assert bring("outlets", rows).comparison.created == 3
    assert bring("outlets", rows).comparison.unchanged == 3
    [told] = bring("outlets", rows.replace("C-1,2000", "C-1,3000")).comparison.shown
    assert told.fields == {"down_mbps": (Decimal(2000), Decimal(3000))}
    kept = OutletRepository(two_counties, A.scope).below()
    assert {(one.kind, one.provider, one.ends_on) for one in kept} == {
        (OutletKind.backbone, "广电", None),
        (OutletKind.internet, "电信", None),
        (OutletKind.internet, "联通", date(2026, 12, 31)),
    }
    assert whys(bring("outlets", rows, scope=B.scope))[0] == (2, "机构代码", Why.unknown_bureau)
