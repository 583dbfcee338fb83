"""Ledgers into the register: all or nothing, within the scope, told line by line."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from drivers.readings import Kind
from inventory.audit import Actor, act_as, record_changes
from inventory.database import session_factory, unit_of_work
from inventory.errors import NotFound
from inventory.exchange.errors import ColumnsMissing, MappingUnfit, NoTable
from inventory.exchange.faults import Why
from inventory.exchange.importing import import_file
from inventory.exchange.order import Order
from inventory.exchange.outcome import Report
from inventory.exchange.tables import Source
from inventory.models import (
    AuditChange,
    Building,
    CatalogueModel,
    ChangeOrigin,
    Device,
    ImportMapping,
    Lifecycle,
    LifeStep,
    Line,
    Protocol,
    Room,
    School,
    SchoolFigures,
    Stage,
)
from inventory.scope import Scope
from tests.inventory.city import A, B, add_city, add_county

HEAD = "资产编号,资产名称,设备类型,规格型号,取得日期,原值,使用单位,存放地点,使用状况"
WORDS = {
    "kind": {"投影机": "projector", "交换机": "switch"},
    "lifecycle": {"在用": "in_service", "报废": "retired", "库存": "in_stock", "注销": "disposed"},
    "stage": {"小学": "primary"},
    "medium": {"光纤": "fibre"},
}
Bring = Callable[..., Report]


@pytest.fixture
def bring(two_counties: Session) -> Bring:
    def bring(text: str, layout: str = "devices", scope: Scope = A.scope, **more: object) -> Report:
        order = Order(layout, Source("ledger.csv", text.encode()), owner=A.path, dry_run=False)
        order = Order(**({f: getattr(order, f) for f in order.__slots__} | more))  # type: ignore[arg-type]
        return import_file(two_counties, scope, order, WORDS)

    return bring


def lines(*rows: str) -> str:
    return "\n".join((HEAD, *rows))


def numbered(session: Session, number: str) -> Device:
    session.expire_all()
    return session.exec(select(Device).where(Device.asset_number == number)).one()


def why(report: Report) -> list[tuple[int, str, Why]]:
    return [(fault.line, fault.column, fault.why) for fault in report.faults]


def test_a_ledger_becomes_devices(two_counties: Session, bring: Bring) -> None:
    report = bring(
        lines(
            f'ZC-1,一号投影,投影机,EB-X41,2024年9月,"12,800.5",{A.school},多媒体教室,在用',
            f"ZC-2,核心,交换机,S5735,2023-01-02,8000,{A.school},,库存",
            ",合计,,,,20800.5,,,",
        ),
        create_rooms=True,
    )
    assert report.written
    assert (report.rows, report.left_out, report.comparison.created) == (2, 1, 2)
    device = numbered(two_counties, "ZC-1")
    assert (device.name, device.kind, device.model) == ("一号投影", Kind.projector, "EB-X41")
    assert (device.price_cny, device.purchased_on) == (Decimal("12800.50"), date(2024, 9, 1))
    assert (device.protocol, device.school_code) == (Protocol.none, A.school)
    assert two_counties.get_one(Room, device.room_id).name == "多媒体教室"
    assert numbered(two_counties, "ZC-2").lifecycle is Lifecycle.in_stock


def test_the_same_file_again_changes_nothing(two_counties: Session, bring: Bring) -> None:
    text = lines(f"ZC-1,一号投影,投影机,EB-X41,2024-09-01,100,{A.school},,在用")
    bring(text)
    before = numbered(two_counties, "ZC-1").revision
    report = bring(text)
    assert report.written
    assert (report.comparison.created, report.comparison.unchanged) == (0, 1)
    assert numbered(two_counties, "ZC-1").revision == before


def test_what_is_blank_stays_and_what_differs_changes(two_counties: Session, bring: Bring) -> None:
    bring(lines(f"ZC-1,一号投影,投影机,EB-X41,2024-09-01,100,{A.school},,在用"))
    report = bring(lines("ZC-1,新名,,,,250,,,"))
    device = numbered(two_counties, "ZC-1")
    assert (device.name, device.model, device.price_cny) == ("新名", "EB-X41", Decimal(250))
    assert device.revision == 2
    [change] = report.comparison.shown
    assert change.fields["price_cny"] == (Decimal("100.00"), Decimal("250.00"))


def test_one_wrong_row_and_nothing_is_written(two_counties: Session, bring: Bring) -> None:
    report = bring(
        lines(
            f"ZC-1,好,投影机,,2024-09-01,100,{A.school},,在用",
            f"0000,坏,课桌,,2024-13-01,很贵,{A.school},,在用",
            f"ZC-1,重,,,,,{A.school},,",
            "ZC-3,别处,,,,,不存在的学校,,",
        )
    )
    assert not report.written
    assert why(report) == [
        (3, "设备类型", Why.unknown_word),
        (3, "取得日期", Why.not_a_date),
        (3, "原值", Why.not_an_amount),
        (5, "使用单位", Why.unknown_school),
        (3, "资产编号", Why.junk_number),
        (4, "资产编号", Why.repeated),
    ]
    assert two_counties.exec(select(Device).where(Device.asset_number == "ZC-1")).first() is None


def test_a_dry_run_tells_the_same_and_writes_nothing(two_counties: Session, bring: Bring) -> None:
    text = lines(f"ZC-1,一号,投影机,,,100,{A.school},新教室,在用")
    report = bring(text, dry_run=True, create_rooms=True)
    assert (report.written, report.comparison.created) == (False, 1)
    assert report.comparison.also == {"rooms": 1}
    assert two_counties.exec(select(Device).where(Device.asset_number == "ZC-1")).first() is None
    assert two_counties.exec(select(Room).where(Room.name == "新教室")).first() is None


def test_schools_outside_the_scope_are_not_known(two_counties: Session, bring: Bring) -> None:
    report = bring(lines(f"ZC-1,x,,,,,{B.school},,"))
    assert why(report) == [(2, "使用单位", Why.unknown_school)]


def test_a_number_of_another_county_is_another_device(two_counties: Session, bring: Bring) -> None:
    bring(lines(f"ZC-1,b,,,,,{B.school},,"), scope=B.scope)
    assert bring(lines(f"ZC-1,a,,,,,{A.school},,")).comparison.created == 1
    found = two_counties.exec(select(Device.name).where(Device.asset_number == "ZC-1")).all()
    assert sorted(found) == ["a", "b"]
    report = bring(lines(f"ZC-1,?,,,,,{A.school},,"), scope=Scope.everything())
    assert why(report) == [(2, "资产编号", Why.ambiguous_device)]


def test_a_device_of_another_school_is_not_moved(two_counties: Session, bring: Bring) -> None:
    bring(lines(f"ZC-1,x,,,,,{A.school},,"))
    report = bring(lines(f"ZC-1,x,,,,,{A.point},,"))
    assert why(report) == [(2, "资产编号", Why.elsewhere)]


def test_steps_of_a_life_are_those_that_are_allowed(two_counties: Session, bring: Bring) -> None:
    bring(lines(f"ZC-1,x,,,,,{A.school},,在用"))
    assert bring(lines("ZC-1,,,,,,,,报废")).written
    device = numbered(two_counties, "ZC-1")
    step = two_counties.exec(select(LifeStep).where(LifeStep.device_id == device.id)).one()
    assert (step.before, step.after) == (Lifecycle.in_service, Lifecycle.retired)
    assert why(bring(lines("ZC-1,,,,,,,,在用"))) == [(2, "使用状况", Why.step_refused)]


def test_a_table_gives_no_device_up(two_counties: Session, bring: Bring) -> None:
    bring(lines(f"ZC-1,x,,,,,{A.school},,报废"))
    assert why(bring(lines("ZC-1,,,,,,,,注销"))) == [(2, "使用状况", Why.disposal_needed)]
    assert numbered(two_counties, "ZC-1").lifecycle is Lifecycle.retired
    # What a ledger has long written off comes as it is.
    assert bring(lines(f"ZC-2,y,,,,,{A.school},,注销")).written


def test_rooms_are_made_only_when_told(two_counties: Session, bring: Bring) -> None:
    text = (
        f"资产编号,使用单位,楼栋,存放地点\nZC-1,{A.school},实验楼,301\nZC-2,{A.school},,实验楼301\n"
    )
    assert why(bring(text)) == [
        (2, "存放地点", Why.unknown_room),
        (3, "存放地点", Why.unknown_room),
    ]
    assert bring(text, create_rooms=True).written
    rooms = {numbered(two_counties, n).room_id for n in ("ZC-1", "ZC-2")}
    assert len(rooms) == 1
    assert two_counties.exec(select(Building).where(Building.name == "实验楼")).one()


def test_what_the_network_says_of_a_watched_device_stays(
    two_counties: Session, bring: Bring
) -> None:
    device = two_counties.get_one(Device, A.row("d"))
    device.asset_number, device.model = "ZC-9", "S5720"
    two_counties.add(device)
    two_counties.flush()
    assert device.protocol is not Protocol.none
    bring("资产编号,规格型号,保管人\nZC-9,别的型号,张三\n")
    found = numbered(two_counties, "ZC-9")
    assert (found.model, found.custodian) == ("S5720", "张三")


def test_one_school_may_be_given_for_all_rows(two_counties: Session, bring: Bring) -> None:
    assert why(bring("资产编号\nZC-1\n")) == [(2, "school", Why.school_missing)]
    assert bring("资产编号\nZC-1\n", school=A.school).written
    assert numbered(two_counties, "ZC-1").school_code == A.school


def test_a_row_is_one_device(bring: Bring) -> None:
    report = bring("资产编号,数量\nZC-1,40\n", school=A.school)
    assert why(report) == [(2, "数量", Why.not_one)]


def test_a_mapping_is_remembered_for_its_bureau_and_headings(
    two_counties: Session, bring: Bring
) -> None:
    text = f"编号甲,说明\nZC-1,{A.school}\n"
    with pytest.raises(ColumnsMissing):
        bring(text)
    mapping = {"asset_number": "编号甲", "school": "说明"}
    bring(text, mapping=mapping, dry_run=True)
    with pytest.raises(ColumnsMissing):
        bring(text)
    assert bring(text, mapping=mapping).written
    assert bring(text).mapping == mapping
    with pytest.raises(ColumnsMissing):
        bring(text, owner=B.path)
    assert two_counties.exec(select(func.count()).select_from(ImportMapping)).one() == 1


def test_a_mapping_that_does_not_fit_is_refused(bring: Bring) -> None:
    for wrong in ({"asset_number": "?"}, {"colour": "a"}, {"asset_number": "a", "name": "a"}):
        with pytest.raises(MappingUnfit):
            bring("a,b\n1,2\n", mapping=wrong)


def test_an_empty_file_and_an_unknown_layout_are_refused(bring: Bring) -> None:
    with pytest.raises(NoTable):
        bring("\n\n")
    with pytest.raises(NotFound):
        bring("a\n", layout="chairs")


def test_schools_lines_rooms_figures_and_models_come_in_too(
    two_counties: Session, bring: Bring
) -> None:
    schools = f"学校代码,学校名称,主管部门代码,学段,学生数\nNEW-1,新校,{A.code},小学,800\n"
    assert bring(schools, layout="schools").written
    school = two_counties.get_one(School, "NEW-1")
    assert (school.stage, school.students, school.path) == (
        Stage.primary,
        800,
        f"{A.path}NEW-1/",
    )
    changed = bring(schools.replace("800", "801"), layout="schools")
    assert (changed.comparison.changed, school.students) == (1, 801)
    assert bring(
        "学校,运营商,线路编号,接入方式,下行带宽,上行带宽,年费\n新校,电信,D1,光纤,1000,200,1.2万\n",
        layout="lines",
    ).written
    line = two_counties.exec(select(Line).where(Line.school_code == "NEW-1")).one()
    assert (line.down_mbps, line.yearly_fee_cny) == (Decimal(1000), Decimal(12000))
    assert bring("学校,楼栋,房间\n新校,主楼,101\n新校,主楼,102\n", layout="rooms").written
    assert bring(
        "学校,学年,学生数,教师数,班级数\n新校,2026-2027学年,801,50,20\n", layout="figures"
    ).written
    assert two_counties.exec(
        select(SchoolFigures.students).where(SchoolFigures.school_code == "NEW-1")
    ).all() == [801]
    models = "品牌,规格型号,设备类型,参考价\n爱普生,EB-X41,投影机,3000\n"
    assert bring(models, layout="catalogue").written
    assert two_counties.exec(select(CatalogueModel.list_price_cny)).all() == [Decimal(3000)]


def test_a_school_that_is_refused_takes_the_others_with_it(
    two_counties: Session, bring: Bring
) -> None:
    report = bring(
        f"学校代码,学校名称,主管部门代码\nNEW-1,好,{A.code}\nNEW-2,坏,{B.code}\n", layout="schools"
    )
    assert [(fault.line, fault.why) for fault in report.faults] == [(3, Why.refused)]
    assert two_counties.get(School, "NEW-1") is None


def test_the_trail_tells_what_an_import_changed(engine: Engine) -> None:
    factory = session_factory(engine)
    record_changes(factory)
    with unit_of_work(factory) as session:
        add_city(session)
        add_county(session, A)
    for price in ("100", "200"):
        with unit_of_work(factory) as session:
            act_as(session, Actor("u1", "mei", ChangeOrigin.page))
            text = f"资产编号,原值,学校\nZC-1,{price},{A.school}\n"
            order = Order("devices", Source("x", text.encode()), owner=A.path, dry_run=False)
            assert import_file(session, A.scope, order, WORDS).written
    with Session(engine) as session:
        trail = session.exec(
            select(AuditChange)
            .where(AuditChange.table_name == "device", AuditChange.actor == "mei")
            .order_by(col(AuditChange.id))
        ).all()
        assert [row.origin for row in trail] == [ChangeOrigin.import_] * 2
        assert '"price_cny":["100.00","200.00"]' in trail[1].fields


def test_two_imports_at_once_make_each_device_once(engine: Engine) -> None:
    factory = session_factory(engine)
    with unit_of_work(factory) as session:
        add_city(session)
        add_county(session, A)
    text = "资产编号,学校\n" + "".join(f"ZC-{i},{A.school}\n" for i in range(300))
    order = Order("devices", Source("x", text.encode()), owner=A.path, dry_run=False)

    def bring(_number: int) -> int:
        with unit_of_work(factory) as session:
            return import_file(session, A.scope, order, WORDS).comparison.created

    with ThreadPoolExecutor(3) as pool:
        created = sorted(pool.map(bring, range(3)))
    assert created == [0, 0, 300]
