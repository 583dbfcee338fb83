"""Where lines arrive, hardware addresses, and fields of one's own: in and out again."""

import json
from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from controller.exchange.reports import report_out
from controller.exchange.tables import rows_of
from controller.language import language
from drivers.readings import Kind
from inventory.assets.custom import FieldWish, define_field, retire_field
from inventory.exchange.faults import Why
from inventory.exchange.importing import layout_of
from inventory.exchange.outcome import Report
from inventory.exchange.register import Wanted
from inventory.models import Device, DeviceMac, FieldType, Line, Protocol
from inventory.models.base import utc_now
from tests.inventory.city import A, B

Bring = Callable[..., Report]
PORT = f"GE0/0/1 {A.mark}"
LINE = "学校代码,运营商,线路编号,下行带宽,上行带宽,接入设备资产编号,接入端口\n"


@pytest.fixture
def switch(two_counties: Session) -> Device:
    """The switch of county A, with an asset number."""
    device = two_counties.get_one(Device, A.row("d"))
    device.asset_number = "ZC-SW"
    two_counties.flush()
    return device


def why(report: Report) -> list[tuple[str, Why]]:
    return [(fault.column, fault.why) for fault in report.faults]


def taken(session: Session, layout: str, *fields: str) -> list[list[object]]:
    rows = rows_of(
        session,
        A.scope,
        layout_of(session, layout),
        fields,
        wanted=Wanted(now=utc_now()),
        priced=A.scope,
    )
    return [list(row) for row in rows]


def macs_of(session: Session, number: str) -> list[str]:
    query = select(DeviceMac.mac).join(Device).where(Device.asset_number == number)
    return sorted(session.exec(query).all())


def test_a_line_arrives_at_a_port_of_a_device_of_its_school(
    two_counties: Session, bring: Bring, switch: Device
) -> None:
    report = bring("lines", f"{LINE}{A.school},电信,D1,100,100,ZC-SW,{PORT}\n")
    assert report.written
    line = two_counties.exec(select(Line).where(Line.circuit == "D1")).one()
    assert (line.device_id, line.port_name) == (switch.id, PORT)
    assert ["D1", "ZC-SW", PORT] in taken(two_counties, "lines", "circuit", "device", "port_name")
    again = bring("lines", f"{LINE}{A.school},电信,D1,100,100,ZC-SW,{PORT}\n")
    assert again.comparison.unchanged == 1
    kept = bring("lines", f"{LINE}{A.school},电信,D1,200,100,,\n")
    assert kept.comparison.changed == 1
    assert line.device_id == switch.id


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(
    ("device", "port", "column", "reason"),
    [
        ("ZC-404", "", "接入设备资产编号", Why.unknown_device),
        ("ZC-SW", "GE9/9/9", "接入端口", Why.unknown_port),
        ("", PORT, "接入设备资产编号", Why.missing),
    ],
)
def test_a_port_that_is_not_there_is_told_at_its_column(
    bring: Bring, device: str, port: str, column: str, reason: Why
) -> None:
    report = bring("lines", f"{LINE}{A.school},电信,D1,100,100,{device},{port}\n")
    assert why(report) == [(column, reason)]


def test_hardware_addresses_come_in_and_go_out(two_counties: Session, bring: Bring) -> None:
    text = f"资产编号,学校代码,MAC地址\nZC-9,{A.school},3C-7C-3F-12-34-56 3c7c.3f12.3457\n"
    report = bring("devices", text)
    assert report.written
    assert report.comparison.shown[0].fields["macs"] == (
        None,
        "3c:7c:3f:12:34:56 3c:7c:3f:12:34:57",
    )
    assert macs_of(two_counties, "ZC-9") == ["3c7c3f123456", "3c7c3f123457"]
    assert ["ZC-9", "3c:7c:3f:12:34:56 3c:7c:3f:12:34:57"] in taken(
        two_counties, "devices", "asset_number", "macs"
    )
    assert bring("devices", text).comparison.unchanged == 1
    device = two_counties.exec(select(Device).where(Device.asset_number == "ZC-9")).one()
    revision = device.revision
    assert bring("devices", text.replace("3457", "3458")).comparison.changed == 1
    two_counties.expire_all()
    assert device.revision == revision + 1
    assert len(macs_of(two_counties, "ZC-9")) == 3


def test_a_ledger_may_say_that_its_hardware_addresses_are_the_only_ones(
    two_counties: Session, bring: Bring, switch: Device
) -> None:
    two_counties.add(DeviceMac(device_id=switch.id, mac="3c7c3f999999"))
    two_counties.flush()
    text = "资产编号,学校代码,MAC地址\n"
    row = f"ZC-{{}},{A.school},{{}}\n"
    both = row.format(1, "3c7c3f000001 3c7c3f000002") + row.format(2, "3c7c3f000003")
    assert bring("devices", text + both).written
    # The first loses one, which the second gets; a blank cell takes nothing.
    moved = row.format(1, "3c7c3f000001") + row.format(2, "3c7c3f000002")
    assert why(bring("devices", text + moved)) == [("MAC地址", Why.mac_taken)]
    report = bring("devices", text + moved, replace_macs=True)
    assert report.written
    assert report.comparison.shown[1].fields["macs"] == ("3c:7c:3f:00:00:03", "3c:7c:3f:00:00:02")
    assert macs_of(two_counties, "ZC-1") == ["3c7c3f000001"]
    assert macs_of(two_counties, "ZC-2") == ["3c7c3f000002"]
    again = bring("devices", text + moved + row.format("SW", "3c7c3f888888"), replace_macs=True)
    assert again.comparison.unchanged == 3, "what the network says of a watched device stays"
    assert bring("devices", text + row.format(1, ""), replace_macs=True).comparison.unchanged == 1
    wrong = bring("devices", text + row.format(1, "3c7c"), replace_macs=True)
    assert why(wrong) == [("MAC地址", Why.not_a_mac)]
    assert macs_of(two_counties, "ZC-1") == ["3c7c3f000001"]


def test_a_hardware_address_belongs_to_one_device_of_a_school(
    two_counties: Session, bring: Bring, switch: Device
) -> None:
    two_counties.add(DeviceMac(device_id=switch.id, mac="3c7c3f123456"))
    two_counties.flush()
    text = "资产编号,学校代码,MAC地址\n"
    taken_one = bring("devices", f"{text}ZC-9,{A.school},3c:7c:3f:12:34:56\n")
    assert why(taken_one) == [("MAC地址", Why.mac_taken)]
    assert taken_one.faults[0].arguments == {"device": switch.name}
    twice = "".join(f"ZC-{n},{A.school},3c:7c:3f:00:00:01\n" for n in (1, 2))
    assert why(bring("devices", text + twice)) == [("MAC地址", Why.repeated)]
    # What the network says of a watched device stays.
    assert switch.protocol is not Protocol.none
    kept = bring("devices", f"{text}ZC-SW,{A.school},3c:7c:3f:12:34:99\n")
    assert kept.comparison.unchanged == 1


@pytest.fixture
def own(two_counties: Session) -> None:
    define_field(
        two_counties,
        Kind.projector,
        "lamp_hours",
        FieldWish(label="灯泡小时", type=FieldType.number),
    )
    define_field(
        two_counties,
        Kind.projector,
        "mount",
        FieldWish(
            label="安装方式", label_en="Mount", type=FieldType.choice, choices=("吊装", "桌面")
        ),
    )
    define_field(
        two_counties, Kind.ups, "battery_on", FieldWish(label="换电池日期", type=FieldType.date)
    )


OWN = "资产编号,学校代码,设备类型,灯泡小时,安装方式,换电池日期\n"


@pytest.mark.usefixtures("own")
def test_fields_of_ones_own_are_columns_of_the_ledger(two_counties: Session, bring: Bring) -> None:
    text = f"{OWN}ZC-1,{A.school},投影机,'1,200',吊装,\nZC-2,{A.school},UPS,,,2024年9月1日\n"
    report = bring("devices", text.replace("'1,200'", '"1,200"'))
    assert (report.faults, report.written) == ([], True)
    devices = two_counties.exec(
        select(Device)
        .where(col(Device.asset_number).in_(["ZC-1", "ZC-2"]))
        .order_by("asset_number")
    ).all()
    assert [json.loads(device.custom_fields) for device in devices] == [
        {"lamp_hours": 1200, "mount": "吊装"},
        {"battery_on": "2024-09-01"},
    ]
    told = report_out(language("en"), report)
    assert told.changes[0].fields["Mount"] == ("", "吊装")
    fields = ("asset_number", "own_lamp_hours", "own_mount", "own_battery_on")
    rows = taken(two_counties, "devices", *fields)
    assert ["ZC-1", 1200, "吊装", None] in rows
    assert ["ZC-2", None, None, "2024-09-01"] in rows
    changed = bring("devices", f"{OWN}ZC-1,{A.school},投影机,,桌面,\n")
    assert changed.comparison.shown[0].fields == {"own_mount": ("吊装", "桌面")}
    two_counties.expire_all()
    assert json.loads(devices[0].custom_fields) == {"lamp_hours": 1200, "mount": "桌面"}
    # A mapping that is remembered outlives a field that is not used any more.
    retire_field(two_counties, Kind.projector, "mount")
    assert bring("devices", f"{OWN}ZC-1,{A.school},投影机,1300,,\n").comparison.changed == 1


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("投影机,很多,,", "灯泡小时", Why.not_a_number),
        ("投影机,,挂着,", "安装方式", Why.unknown_word),
        ("UPS,,,昨天", "换电池日期", Why.not_a_date),
        ("UPS,100,,", "灯泡小时", Why.not_of_kind),
    ],
)
def test_a_value_that_does_not_fit_its_own_field_is_told(
    bring: Bring, row: str, column: str, reason: Why
) -> None:
    report = bring("devices", f"{OWN}ZC-1,{A.school},{row}\n")
    assert why(report) == [(column, reason)]
    fault = report_out(language("zh_CN"), report).faults[0]
    assert "{" not in fault.text + fault.cure
    assert fault.cure


@pytest.mark.usefixtures("own")
def test_a_field_that_each_device_of_a_kind_needs_is_asked_for(
    two_counties: Session, bring: Bring
) -> None:
    head, there = "资产编号,学校代码,设备类型,灯泡小时", f"ZC-1,{A.school},投影机"
    assert bring("devices", f"{head}\n{there},\nZC-2,{A.school},UPS,\n").written
    needed = FieldWish(label="灯泡小时", type=FieldType.number, is_required=True)
    define_field(two_counties, Kind.projector, "lamp_hours", needed)
    wanted = [("灯泡小时", Why.needed_of_kind)]

    new = bring("devices", f"{head}\nZC-3,{A.school},投影机,\n")
    assert (why(new), new.written) == (wanted, False)
    told = report_out(language("zh_CN"), new).faults[0]
    assert (told.line, told.column) == (2, "灯泡小时")
    assert "投影" in told.text
    # A file without the column, a device that becomes one of the kind.
    assert why(bring("devices", f"资产编号,学校代码,设备类型\nZC-3,{A.school},投影机\n")) == wanted
    assert why(bring("devices", f"{head}\nZC-2,{A.school},投影机,\n")) == wanted
    # Once is enough for a value that does not fit.
    wrong = bring("devices", f"{head}\nZC-3,{A.school},投影机,很多\n")
    assert why(wrong) == [("灯泡小时", Why.not_a_number)]
    # What was entered before it was needed may be told other things of.
    assert bring("devices", f"资产编号,学校代码,型号\nZC-1,{A.school},EB-X\n").written
    assert bring("devices", f"{head}\nZC-3,{A.school},投影机,7\n").written


def test_another_county_learns_nothing_of_a_hardware_address(
    two_counties: Session, bring: Bring
) -> None:
    two_counties.add(DeviceMac(device_id=B.row("d"), mac="3c7c3f123456"))
    two_counties.flush()
    report = bring("devices", f"资产编号,学校代码,MAC地址\nZC-9,{A.school},3c:7c:3f:12:34:56\n")
    assert report.written
