"""A small district for browser tests: what agents would have delivered, written straight in."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session

from alerts.evaluation import evaluate
from alerts.tickets import TicketDesk
from controller.auth.passwords import hash_password
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block, Kind, Outcome
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.lines import save_line
from inventory.migrations import upgrade
from inventory.models import (
    Device,
    DeviceState,
    Level,
    Line,
    Medium,
    Port,
    Proposal,
    Protocol,
    Role,
    Room,
    SchoolForm,
    Setting,
    Stage,
    User,
)
from inventory.organisations import add_organisation, add_school
from inventory.repositories.people import UserRepository
from inventory.scope import Scope
from tests.targets import demand

PASSWORD = "blackboard-42"
ALL = Scope.everything()
URBAN, RURAL, POINT = "3399010001", "3399010002", "3399010003"
CORE, BROKEN, UPS, PRINTER, POINT_SWITCH = (f"d0000000000core{n:02}" for n in range(1, 6))
LINE_URBAN, LINE_RURAL, LINE_POINT = (f"l0000000000line{n:02}" for n in range(1, 4))
UPLINK = "GigabitEthernet0/0/24"


@dataclass(frozen=True)
class District:
    """Where the stores are, and when the last poll was."""

    database_url: str
    metrics_url: str
    now: datetime


def build(folder: Path) -> District:
    """Three schools, a dead switch with its ticket, and a rural line below its target."""
    now = datetime.now(UTC).replace(microsecond=0)
    database_url = f"sqlite:///{folder / 'fleet.db'}"
    upgrade(database_url)
    engine = make_engine(database_url)
    store = DuckDbStore(folder / "metrics")
    try:
        _measure(store, now)
        with unit_of_work(session_factory(engine)) as session:
            _register(session, now)
        with unit_of_work(session_factory(engine)) as session:
            evaluate(session, store, now - timedelta(minutes=40), ALL)
            user = UserRepository(session, ALL).by_login("gao")
            assert user is not None
            desk = TicketDesk(session, ALL, user.id, now)
            desk.open(URBAN, "会议室投影仪无法开机", description="指示灯不亮，已换过插座。")
    finally:
        store.close()
        engine.dispose()
    return District(database_url, f"duckdb:///{folder / 'metrics'}", now)


def _register(session: Session, now: datetime) -> None:
    add_organisation(
        session, ALL, code="3399", name="云溪市", name_en="Yunxi City", level=Level.city
    )
    add_organisation(
        session,
        ALL,
        code="339901",
        name="石桥县",
        name_en="Shiqiao County",
        level=Level.county,
        parent_code="3399",
    )
    _schools(session)
    _people(session)
    _devices(session, now)
    _lines(session)


def _schools(session: Session) -> None:
    for code, name, name_en, setting, form, students in (
        (
            URBAN,
            "石桥县第一小学",
            "Shiqiao No. 1 Primary School",
            Setting.urban,
            SchoolForm.school,
            1240,
        ),
        (
            RURAL,
            "松岭乡中心小学",
            "Songling Central Primary School",
            Setting.rural,
            SchoolForm.central_school,
            310,
        ),
        (
            POINT,
            "竹湾教学点",
            "Zhuwan Teaching Point",
            Setting.rural,
            SchoolForm.teaching_point,
            28,
        ),
    ):
        add_school(
            session,
            ALL,
            code=code,
            name=name,
            name_en=name_en,
            organisation_code="339901",
            stage=Stage.primary,
            setting=setting,
            form=form,
            lead_school_code=RURAL if form is SchoolForm.teaching_point else None,
            address="学府路 1 号",
            students=students,
            teachers=students // 18,
            classes=max(1, students // 40),
        )


def _people(session: Session) -> None:
    users = UserRepository(session, ALL)
    fits = hash_password(PASSWORD)
    for number, (login, name, role, path) in enumerate(
        (
            ("district", "陈志远", Role.city_it, "/"),
            ("gao", "高文", Role.school_admin, f"/3399/339901/{URBAN}/"),
            ("buyer", "沈采薇", Role.procurement, "/"),
            ("luo", "罗文博", Role.county_it, "/3399/339901/"),
            ("tian", "田野", Role.technician, "/3399/"),
            ("english", "Ying Yuping", Role.city_it, "/"),
        )
    ):
        user = User(id=f"u000000000user{number:02}", login=login, name=name, password_hash=fits)
        users.add(user, [(role, path)])


def _devices(session: Session, now: datetime) -> None:
    session.add(Room(id="r00000000000room1", school_code=URBAN, building="3号楼", name="2层弱电间"))
    session.flush()
    polled = now - timedelta(seconds=20)
    for device in _fleet():
        session.add(device)
        session.flush()
        down = device.id == BROKEN
        session.add(
            DeviceState(
                device_id=device.id,
                school_code=device.school_code,
                outcome=Outcome.timeout if down else Outcome.ok,
                detail="",
                taken_at=polled,
                since=now - timedelta(minutes=42) if down else now - timedelta(days=9),
                last_ok_at=now - timedelta(minutes=42) if down else polled,
                failures=42 if down else 0,
            )
        )
    for index in range(1, 25):
        session.add(
            Port(
                device_id=CORE,
                name=f"GigabitEthernet0/0/{index}",
                index=index,
                alias="上联 电信" if index == 24 else None,
                speed_bits_per_second=1_000_000_000,
                admin="down" if index == 20 else "up",
                oper="up" if index % 3 or index == 24 else "down",
                seen_at=polled,
            )
        )
    session.add(
        Proposal(
            id="p00000000000found",
            school_code=URBAN,
            address="10.1.0.77",
            first_found_at=now,
            found_at=now,
            how="lldp",
            protocol="snmp",
            kind=Kind.switch,
            vendor="H3C",
            name="office-switch",
            mac="00e0fc000077",
            seen_from="core",
        )
    )


def _fleet() -> Iterator[Device]:
    def switch(key: str, school: str, name: str, address: str) -> Device:
        return Device(
            id=key,
            school_code=school,
            name=name,
            kind=Kind.switch,
            vendor="Example Networks",
            model="S24-PoE",
            serial=f"SN{key[-6:].upper()}",
            version="5.170",
            asset_number=f"ZC-{key[-4:]}",
            address=address,
            room_id="r00000000000room1" if school == URBAN else None,
        )

    yield switch(CORE, URBAN, "核心交换机", "10.20.1.1")
    yield switch(BROKEN, URBAN, "3号楼接入交换机", "10.20.1.3")
    yield switch(POINT_SWITCH, POINT, "教学点交换机", "10.22.1.1")
    yield Device(id=UPS, school_code=URBAN, name="机房 UPS", kind=Kind.ups, address="10.20.1.9")
    yield Device(
        id=PRINTER, school_code=RURAL, name="教务处打印机", kind=Kind.printer, address="10.21.1.8"
    )
    for school, count in ((URBAN, 60), (RURAL, 6)):
        for number in range(1, count + 1):
            yield Device(
                id=f"d00000000{school[-2:]}pan{number:03}",
                school_code=school,
                name=f"{(number - 1) // 6 + 1}年级{(number - 1) % 6 + 1}班 一体机",
                kind=Kind.whiteboard,
                protocol=Protocol.mqtt,
                mqtt_profile="whiteboard",
                mqtt_client=f"panel-{school}-{number}",
            )


def _lines(session: Session) -> None:
    for key, school, circuit, down, up, device in (
        (LINE_URBAN, URBAN, "YX-1001", 1000, 200, CORE),
        (LINE_RURAL, RURAL, "YX-1002", 100, 100, None),
        (LINE_POINT, POINT, "YX-1003", 50, 20, POINT_SWITCH),
    ):
        save_line(
            session,
            ALL,
            Line(
                id=key,
                school_code=school,
                provider="云溪电信",
                circuit=circuit,
                medium=Medium.fibre,
                down_mbps=Decimal(down),
                up_mbps=Decimal(up),
                starts_on=date(2024, 9, 1),
                yearly_fee_cny=Decimal("28600"),
                hotline="10000",
                device_id=device,
                port_name=UPLINK if device else None,
            ),
        )
    for key, plan, quote, mbps, setting in (
        ("b1", "云溪市教育信息化三年行动计划", "城市学校接入带宽不低于 200M", 200, Setting.urban),
        ("b2", "云溪市教育信息化三年行动计划", "农村学校百兆及以上光纤接入", 100, Setting.rural),
    ):
        demand(session, mbps, key=key, plan=plan, quote=quote, setting=setting)


def _measure(store: DuckDbStore, now: datetime) -> None:
    end = int(now.timestamp() * 1000)
    minute, hour = 60_000, 3_600_000
    rows = [_core_at(end - n * 5 * minute) for n in range(24 * 12 + 1)]
    rows += [_ups_at(end - n * 10 * minute) for n in range(6 * 12)]
    for n in range(14):
        at = end - n * hour - 17 * minute
        rows.append(_speed(LINE_URBAN, at, 941e6 - n * 2e6, 188e6))
        rows.append(_speed(LINE_RURAL, at, 37.4e6 + n * 1e5, 35.2e6))
    ordered = sorted(rows, key=lambda row: row.at)
    store.append([Append(BatchKey("a1", "e1", 1), tuple(ordered))])


def _core_at(at: int) -> Rows:
    wave = 1 + math.sin(at / 9e6)
    names = tuple(f"GigabitEthernet0/0/{index}" for index in range(1, 25))
    inbound = [wave * (240e6 if index == 24 else 3e6 + index * 1e5) for index in range(1, 25)]
    ports = Block(
        names,
        {
            "port_in_bits_per_second": list(inbound),
            "port_out_bits_per_second": [value / 5 for value in inbound],
        },
    )
    own = Block(
        ("",),
        {
            "cpu_ratio": [0.1 + 0.1 * wave],
            "memory_used_ratio": [0.46],
            "temperature_celsius": [41 + wave],
            "uptime_seconds": [7.8e5],
        },
    )
    return Rows(CORE, at, (ports, own))


def _ups_at(at: int) -> Rows:
    columns = {"battery_charge_ratio": [1.0], "load_ratio": [0.31 + 0.05 * math.sin(at / 5e6)]}
    return Rows(UPS, at, (Block(("",), columns),))


def _speed(line: str, at: int, down: float, up: float) -> Rows:
    columns = {
        "speedtest_download_bits_per_second": [down],
        "speedtest_upload_bits_per_second": [up],
        "speedtest_latency_seconds": [0.012],
    }
    return Rows(line, at, (Block(("bureau",), columns),))
