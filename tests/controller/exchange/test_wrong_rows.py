"""A wrong row names its line, its column, what stands there and what to do; nothing is written."""

import csv
from collections.abc import Callable, Mapping
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, select

from controller.exchange.reports import report_out
from controller.exchange.tables import IMPORTERS
from controller.language import language
from inventory.exchange.faults import WORDS, Why
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.outcome import Report
from inventory.models import AuditChange, Device
from tests.inventory.city import A, B

Bring = Callable[..., Report]
#: A row of each table that is right.
RIGHT: Mapping[str, Mapping[str, str]] = {
    "devices": {
        "资产编号": "ZC-1", "资产名称": "投影", "设备类型": "投影机", "原值": "12800",
        "取得日期": "2024-09-01", "学校代码": A.school, "IP地址": "10.1.2.3", "个人设备": "否",
        "使用状况": "在用", "保修截止日期": "2027年9月", "数量": "1", "存放地点": "",
        "MAC地址": "3c:7c:3f:12:34:56",
    },
    "schools": {
        "学校代码": "NEW-1", "学校名称": "新校", "主管部门代码": A.code, "学段": "小学",
        "学生数": "800", "是否公办": "是",
    },
    "rooms": {"学校代码": A.school, "楼栋": "主楼", "房间": "301", "房间类型": "教室"},
    "lines": {
        "学校代码": A.school, "运营商": "电信", "线路编号": "D1", "接入方式": "光纤",
        "下行带宽": "1000", "上行带宽": "200", "合同开始日期": "2026-01-01",
        "合同截止日期": "2026-12-31", "年费": "12000", "接入设备资产编号": "", "接入端口": "",
    },
    "figures": {
        "学校代码": A.school, "学年": "2026-2027学年", "统计日期": "2026-09-02",
        "学生数": "800", "教师数": "50", "班级数": "20",
    },
    "staff": {
        "学校代码": A.school, "姓名": "李老师", "岗位": "网络管理员", "证书名称": "网管证",
        "证书等级": "中级", "证书有效期至": "2027-06-30", "任职开始日期": "2025-09-01",
        "任职结束日期": "",
    },
    "calendar": {
        "学校或机构代码": A.code, "日期类型": "放假", "名称": "国庆节",
        "开始日期": "2026-10-01", "结束日期": "2026-10-07",
    },
    "hours": {
        "学校或机构代码": A.code, "开始日期": "2026-09-01", "学段": "小学",
        "上课时间": "周一至周五 8:20-11:40, 13:40-16:10；周六 8:20-11:40",
        "晚自习时间": "18:30-19:30", "是否寄宿": "是",
    },
    "blackouts": {
        "学校或机构代码": A.code, "类型": "考试", "名称": "期末考试", "开始日期": "2027-01-18",
        "结束日期": "2027-01-20", "时段": "8:00-11:30", "星期": "1-3",
    },
    "outlets": {
        "机构代码": A.code, "出口类型": "互联网", "运营商": "电信", "线路编号": "C-1",
        "下行带宽": "2000", "上行带宽": "2000", "开始日期": "2026-01-01",
        "截止日期": "", "备注": "",
    },
    "catalogue": {
        "品牌": "爱普生", "规格型号": "EB-X41", "设备类型": "投影机", "预期寿命（月）": "60",
        "停售日期": "2025-01-01", "参考价": "3000",
    },
    "repairs": {
        "维修单号": "WX-1", "学校代码": A.school, "资产编号": "", "故障现象": "不亮",
        "报修日期": "2026-03-02", "完成日期": "2026-03-04", "维修费用": "350",
    },
}  # fmt: skip
#: Table, column, what is written there instead, and why that is refused.
WRONG = [
    ("devices", "资产编号", "", Why.missing),
    ("outlets", "机构代码", "9999", Why.unknown_bureau),
    ("outlets", "机构代码", B.code, Why.unknown_bureau),
    ("outlets", "运营商", "", Why.missing),
    ("outlets", "下行带宽", "", Why.missing),
    ("outlets", "下行带宽", "0", Why.not_taken),
    ("outlets", "出口类型", "卫星", Why.unknown_word),
    ("outlets", "截止日期", "2025-12-31", Why.not_taken),
    ("devices", "资产编号", "0000", Why.junk_number),
    ("devices", "资产编号", "X" * 65, Why.too_long),
    ("devices", "设备类型", "课桌", Why.unknown_word),
    ("devices", "原值", "很贵", Why.not_an_amount),
    ("devices", "原值", "-1", Why.not_an_amount),
    ("devices", "取得日期", "2024-13-01", Why.not_a_date),
    ("devices", "取得日期", "1848-03-01", Why.date_far),
    ("devices", "学校代码", "没有的学校", Why.unknown_school),
    ("devices", "IP地址", "10.1.2", Why.not_an_address),
    ("devices", "MAC地址", "3c:7c:3f", Why.not_a_mac),
    ("devices", "MAC地址", "01:00:5e:00:00:01", Why.not_a_mac),
    ("devices", "个人设备", "也许", Why.not_yes_or_no),
    ("devices", "使用状况", "飞走了", Why.unknown_word),
    ("devices", "保修截止日期", "永久", Why.not_a_date),
    ("devices", "数量", "40", Why.not_one),
    ("devices", "数量", "四十", Why.not_a_number),
    ("devices", "存放地点", "没有的房间", Why.unknown_room),
    ("schools", "学校代码", "", Why.missing),
    ("schools", "学校代码", "学校", Why.not_taken),
    ("schools", "学校名称", "", Why.missing),
    ("schools", "主管部门代码", "", Why.missing),
    ("schools", "主管部门代码", "NOBODY", Why.refused),
    ("schools", "学段", "大学", Why.unknown_word),
    ("schools", "学生数", "很多", Why.not_a_number),
    ("schools", "学生数", "99999999", Why.too_large),
    ("schools", "是否公办", "大概", Why.not_yes_or_no),
    ("rooms", "学校代码", "", Why.missing),
    ("rooms", "学校代码", "没有的学校", Why.unknown_school),
    ("rooms", "房间", "", Why.missing),
    ("rooms", "房间", "x" * 121, Why.too_long),
    ("rooms", "房间类型", "游泳池", Why.unknown_word),
    ("lines", "学校代码", "没有的学校", Why.unknown_school),
    ("lines", "运营商", "", Why.missing),
    ("lines", "接入方式", "鸽子", Why.unknown_word),
    ("lines", "下行带宽", "", Why.missing),
    ("lines", "下行带宽", "0", Why.not_taken),
    ("lines", "下行带宽", "快", Why.not_a_number),
    ("lines", "上行带宽", "99999999", Why.too_large),
    ("lines", "合同截止日期", "2025-12-31", Why.not_taken),
    ("lines", "年费", "免费", Why.not_an_amount),
    ("lines", "接入设备资产编号", "ZC-404", Why.unknown_device),
    ("figures", "学年", "", Why.missing),
    ("figures", "学年", "2026-2028", Why.not_a_year),
    ("figures", "统计日期", "去年", Why.not_a_date),
    ("figures", "学生数", "", Why.missing),
    ("figures", "班级数", "二十", Why.not_a_number),
    ("staff", "姓名", "", Why.missing),
    ("staff", "岗位", "", Why.missing),
    ("staff", "岗位", "厨师", Why.unknown_word),
    ("staff", "证书等级", "特级", Why.unknown_word),
    ("staff", "证书名称", "", Why.refused),
    ("staff", "证书有效期至", "不久", Why.not_a_date),
    ("staff", "任职结束日期", "2024-09-01", Why.not_taken),
    ("calendar", "学校或机构代码", "NOBODY", Why.unknown_school),
    ("calendar", "日期类型", "节", Why.unknown_word),
    ("calendar", "开始日期", "", Why.missing),
    ("calendar", "结束日期", "2026-09-30", Why.not_taken),
    ("hours", "上课时间", "周八 8:20-11:40", Why.not_taken),
    ("hours", "上课时间", "1-5 8:20-11:40; 5 13:00-14:00", Why.not_taken),
    ("hours", "晚自习时间", "晚上", Why.not_taken),
    ("blackouts", "时段", "8:00-9:00, 10:00-11:00", Why.not_taken),
    ("blackouts", "时段", "上午", Why.not_taken),
    ("blackouts", "星期", "周六", Why.not_taken),
    ("catalogue", "品牌", "", Why.missing),
    ("catalogue", "设备类型", "课桌", Why.unknown_word),
    ("catalogue", "预期寿命（月）", "601", Why.too_large),
    ("catalogue", "停售日期", "2025-02-30", Why.not_a_date),
    ("catalogue", "参考价", "三千", Why.not_an_amount),
    ("repairs", "维修单号", "", Why.missing),
    ("repairs", "学校代码", "没有的学校", Why.unknown_school),
    ("repairs", "资产编号", "ZC-404", Why.unknown_device),
    ("repairs", "故障现象", "", Why.missing),
    ("repairs", "报修日期", "2999-01-01", Why.date_far),
    ("repairs", "完成日期", "2099-01-01", Why.to_come),
    ("repairs", "完成日期", "2026-03-01", Why.ends_early),
    ("repairs", "维修费用", "350元/次", Why.not_an_amount),
]


def text_of(*rows: Mapping[str, str]) -> str:
    kept = StringIO()
    writer = csv.DictWriter(kept, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return kept.getvalue()


def content(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    session.flush()
    return {
        table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for table in SQLModel.metadata.sorted_tables
    }


def test_every_table_has_a_row_that_is_right() -> None:
    assert RIGHT.keys() == LAYOUTS.keys() == IMPORTERS.keys()


@pytest.mark.parametrize("layout", RIGHT)
def test_what_is_right_is_taken(bring: Bring, layout: str) -> None:
    report = bring(layout, text_of(RIGHT[layout]))
    assert (report.faults, report.written) == ([], True)


def test_what_is_wrong_names_line_column_value_and_cure(
    two_counties: Session, bring: Bring
) -> None:
    lang = language("zh_CN")
    for layout, column, value, why in WRONG:
        right = RIGHT[layout]
        assert column in right
        report = bring(layout, text_of(right | {column: value}))
        told = report_out(lang, report)
        case = (layout, column, value)
        assert not report.written, case
        assert [fault.why for fault in told.faults] == [why], case
        [fault] = told.faults
        assert fault.line == 2, case
        whole = not fault.column and why is Why.refused
        assert fault.column == column or whole, case
        if value and not whole:
            assert fault.value.rstrip("…") in value or fault.value.startswith(value), case
        assert fault.text, case
        assert fault.cure, case
        assert "{" not in fault.text + fault.cure, case


def test_a_wrong_cell_crashes_no_table(bring: Bring) -> None:
    """Whatever is missing, the answer is a report."""
    for layout, right in RIGHT.items():
        for column in right:
            bring(layout, text_of(right | {column: ""}), dry_run=True)
            bring(layout, text_of(right | {column: "?!"}), dry_run=True)


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Why)


@given(data=st.data())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_file_with_any_wrong_row_changes_nothing(
    data: st.DataObject, two_counties: Session, bring: Bring
) -> None:
    layout, column, value, _why = data.draw(st.sampled_from(WRONG))
    right, key = RIGHT[layout], next(iter(RIGHT[layout]))
    many = [
        right | ({key: f"{right[key]}{n}"} if layout in ("devices", "repairs") else {})
        for n in range(data.draw(st.integers(0, 4)))
    ]
    place = data.draw(st.integers(0, len(many)))
    before = content(two_counties)
    report = bring(layout, text_of(*many[:place], right | {column: value}, *many[place:]))
    assert not report.written
    assert content(two_counties) == before


def test_what_goes_wrong_late_takes_everything_back(
    two_counties: Session, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that is ended from outside, in the middle of writing, leaves nothing."""
    before = content(two_counties)
    monkeypatch.setattr(
        "inventory.exchange.devices.note_schools", lambda *_: (_ for _ in ()).throw(OSError)
    )
    with pytest.raises(OSError), two_counties.begin_nested():  # noqa: PT011
        bring("devices", text_of(RIGHT["devices"]))
    assert content(two_counties) == before
    assert two_counties.exec(select(Device).where(Device.asset_number == "ZC-1")).all() == []
    assert two_counties.exec(select(AuditChange).where(AuditChange.key == "ZC-1")).all() == []
