"""The demonstration's register: one county, three schools, their lines, targets and equipment.

Everything is invented but the targets, which are quoted from the education bureau of Zibo's
three-year plan (淄博市教育信息化三年行动计划).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from controller.demo.catalogue import ages, months_before, write_catalogue
from controller.seed.ledger import ledger
from drivers.plan import SnmpAccess
from drivers.readings import Kind
from drivers.simulate.campus import (
    CENTRAL,
    COMMUNITY,
    LINE_PORT,
    POINT,
    URBAN,
    CampusDevice,
    CampusSchool,
    Speech,
    devices,
    gateway_id,
)
from drivers.simulate.strangers import NETWORK
from inventory.assets.catalogue import model_named
from inventory.discovery import DiscoveryWish, RangeWish, set_discovery
from inventory.ids import new_id
from inventory.lines import save_line
from inventory.models import (
    Broker,
    CatalogueModel,
    Credential,
    Device,
    Level,
    Line,
    Medium,
    NetworkPath,
    Protocol,
    RoomKind,
    SchoolForm,
    Setting,
    SpeedtestServer,
    Stage,
)
from inventory.organisations import add_organisation, add_school
from inventory.repositories import (
    BrokerRepository,
    CredentialRepository,
    DeviceRepository,
)
from inventory.schools.places import room_named
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.speedtest_servers import save_server
from inventory.standards.keeping import apply_standard, confirm, known_standard

CITY: Final = "9901"
COUNTY: Final = "990101"
#: The urban school's; the test server outside is for its schools alone.
TOWNSHIP: Final = "990101001"
_EVERYTHING: Final = Scope.everything()


@dataclass(frozen=True, slots=True)
class DemoLine:
    """An Internet line: what the contract says, and what the simulated line really carries.

    Args:
        school: whose line it is.
        provider: who runs it.
        circuit: its number.
        down: contracted Mbit/s from the Internet.
        up: contracted Mbit/s towards it.
        fee: CNY a year.
        hotline: to call when it fails.
        days_left: of its contract, which runs for two years.
        real_down: Mbit/s it carries from the Internet.
        real_up: Mbit/s it carries towards it.
    """

    school: CampusSchool
    provider: str
    circuit: str
    down: int
    up: int
    fee: str
    hotline: str
    days_left: int
    real_down: float
    real_up: float


#: The central school's line is the story: it carries a third of its contract from the Internet.
LINES: Final = (
    DemoLine(
        URBAN, "中国电信", "QH-EDU-0001", 1000, 1000, "36000.00", "000-10000", 71, 1000.0, 1000.0
    ),
    DemoLine(CENTRAL, "中国移动", "QH-EDU-0002", 100, 100, "7200.00", "000-10086", 22, 35.0, 98.0),
    DemoLine(POINT, "中国联通", "QH-EDU-0003", 20, 10, "1800.00", "000-10010", 340, 19.0, 9.5),
)
#: Mbit/s that come through the outlet to a server on the Internet, either way.
THROUGH_OUTLET: Final = 400.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where the simulator listens.

    Args:
        snmp_port: UDP port of every SNMP agent.
        broker_url: of the MQTT broker.
        pjlink_port: TCP port of every projector.
        outside: address of the test server beyond the outlet, for the urban school.
    """

    snmp_port: int
    broker_url: str
    pjlink_port: int
    outside: str = "http://127.0.0.1:8081/speedtest"


def register_county(
    session: Session, box: SecretBox, places: Places, today: date
) -> Mapping[str, str]:
    """Write schools, lines and what is watched; flushed, not committed.

    Returns:
        Ids of the devices by their ids in the simulation.
    """
    _organisations(session)
    write_catalogue(session, today)
    _targets(session, today)
    credential = Credential(
        id=new_id("c"),
        name="SNMP v2c, read only",
        secret=box.seal_access(SnmpAccess(version="2c", community=COMMUNITY)),
    )
    CredentialRepository(session, _EVERYTHING).add(credential)
    rooms = _rooms(session)
    repository = DeviceRepository(session, _EVERYTHING)
    ids: dict[str, str] = {}
    months = ages(devices())
    for device in devices():
        bought = months_before(today, months[device.id])
        model = model_named(session, device.vendor, device.model)
        row = _device(device, rooms, credential.id, places)
        for name, value in _ledger(device, bought, model).items():
            setattr(row, name, value)
        repository.add(row)
        ids[device.id] = row.id
        if device.speech is Speech.nothing:
            repository.set_macs(row, [device.mac])
    for line in LINES:
        _line(session, line, ids[gateway_id(line.school)], today)
    save_server(
        session,
        _EVERYTHING,
        SpeedtestServer(
            id="",
            organisation_code=TOWNSHIP,
            name="省教科网测速点",
            address=places.outside,
            path=NetworkPath.outside,
            capacity_mbps=Decimal(1000),
        ),
    )
    # Three devices there are not in the register: the page of discovered devices has them.
    looked_for = DiscoveryWish(
        every_seconds=300.0, ranges=[RangeWish(NETWORK)], ports=[places.snmp_port]
    )
    set_discovery(session, _EVERYTHING, URBAN.code, looked_for)
    BrokerRepository(session, _EVERYTHING).add(
        Broker(id=new_id("b"), school_code=URBAN.code, url=places.broker_url)
    )
    return ids


def _organisations(session: Session) -> None:
    add_organisation(
        session, _EVERYTHING, code=CITY, name="云溪市教育局", name_en="Yunxi City", level=Level.city
    )
    add_organisation(
        session,
        _EVERYTHING,
        code=COUNTY,
        name="青禾县教育局",
        name_en="Qinghe County",
        level=Level.county,
        parent_code=CITY,
    )
    add_organisation(
        session,
        _EVERYTHING,
        code=TOWNSHIP,
        name="文昌街道教育办公室",
        name_en="Wenchang Subdistrict",
        level=Level.township,
        parent_code=COUNTY,
    )
    schools: tuple[tuple[CampusSchool, str, dict[str, Any]], ...] = (
        (
            URBAN,
            "青禾县第一实验学校",
            {
                "name_en": "Qinghe No. 1 Experimental School",
                "stage": Stage.nine_year,
                "setting": Setting.urban,
                "address": "青禾县文昌路 18 号",
                "students": 756,
                "teachers": 58,
                "classes": 18,
            },
        ),
        (
            CENTRAL,
            "柳河镇中心小学",
            {
                "name_en": "Liuhe Central Primary School",
                "setting": Setting.rural,
                "form": SchoolForm.central_school,
                "address": "青禾县柳河镇学苑街 3 号",
                "students": 280,
                "teachers": 21,
                "classes": 8,
            },
        ),
        (
            POINT,
            "石桥教学点",
            {
                "name_en": "Shiqiao Teaching Point",
                "setting": Setting.rural,
                "form": SchoolForm.teaching_point,
                "lead_school_code": CENTRAL.code,
                "address": "青禾县柳河镇石桥村",
                "students": 36,
                "teachers": 4,
                "classes": 3,
            },
        ),
    )
    for school, name, fields in schools:
        bureau = TOWNSHIP if school is URBAN else COUNTY
        add_school(
            session, _EVERYTHING, code=school.code, name=name, organisation_code=bureau, **fields
        )


def _targets(session: Session, today: date) -> None:
    """The plan of Zibo; its own years are corrupt, and it leaves schools of towns open."""
    zibo, begin = known_standard(session, _EVERYTHING, "zibo"), date(today.year - 1, 1, 1)
    apply_standard(session, _EVERYTHING, zibo, at=COUNTY, valid_from=begin, by="林晓")
    for question, answer in (
        ("years", begin.isoformat()),
        ("town_setting", "rural"),
        ("per_class_reading", "yes"),
    ):
        confirm(
            session,
            _EVERYTHING,
            zibo,
            question=question,
            answer=answer,
            organisation_code=COUNTY,
            by="林晓",
        )


def _rooms(session: Session) -> dict[tuple[str, str, str], str]:
    """Every room the equipment stands in; (school, building, room) to its id."""
    kinds = {
        "网络中心": RoomKind.server_room,
        "文印室": RoomKind.office,
        "计算机教室": RoomKind.computer_room,
        "多功能厅": RoomKind.hall,
        "传达室": RoomKind.other,
    }
    rooms: dict[tuple[str, str, str], str] = {}
    for device in devices():
        key = (device.school, device.building, device.room)
        if key not in rooms:
            usual = RoomKind.server_room if "弱电间" in device.room else RoomKind.classroom
            kind = kinds.get(device.room, usual)
            rooms[key] = room_named(session, _EVERYTHING, *key, kind=kind).id
    return rooms


#: How what speaks like that is watched.
_PROTOCOLS: Final = {
    Speech.snmp: Protocol.snmp,
    Speech.mqtt: Protocol.mqtt,
    Speech.pjlink: Protocol.pjlink,
    Speech.ping: Protocol.ping,
    Speech.nothing: Protocol.presence,
}


def _device(
    device: CampusDevice, rooms: dict[tuple[str, str, str], str], credential: str, places: Places
) -> Device:
    """What the school knows when it puts a device up; maker and model the agent finds out."""
    speech = device.speech
    # What says nothing of itself is written down by hand.
    unspoken = speech in (Speech.ping, Speech.nothing)
    ports = {Speech.snmp: places.snmp_port, Speech.pjlink: places.pjlink_port}
    return Device(
        id=new_id("d"),
        school_code=device.school,
        room_id=rooms[device.school, device.building, device.room],
        name=device.name,
        kind=device.kind,
        vendor=device.vendor if unspoken else None,
        model=device.model if unspoken else None,
        serial=device.serial,
        asset_number=f"ZC-{device.id.upper()}",
        protocol=_PROTOCOLS[speech],
        address=device.address,
        service_port=ports.get(speech),
        credential_id=credential if speech is Speech.snmp else None,
        mqtt_profile=device.kind.value if speech is Speech.mqtt else None,
        mqtt_client=device.id if speech is Speech.mqtt else None,
        ping=device.kind is Kind.router,
    )


def _ledger(device: CampusDevice, bought: date, model: CatalogueModel | None) -> Mapping[str, Any]:
    price = None if model is None or model.list_price_cny is None else int(model.list_price_cny)
    known = ledger(f"ZC-{device.id.upper()}", device.kind, bought, price=price)
    return {**known, "catalogue_id": None if model is None else model.id}


def _line(session: Session, line: DemoLine, gateway: str, today: date) -> None:
    save_line(
        session,
        _EVERYTHING,
        Line(
            id="",
            school_code=line.school.code,
            provider=line.provider,
            circuit=line.circuit,
            medium=Medium.fibre,
            down_mbps=Decimal(line.down),
            up_mbps=Decimal(line.up),
            starts_on=today - timedelta(days=730 - line.days_left),
            ends_on=today + timedelta(days=line.days_left),
            yearly_fee_cny=Decimal(line.fee),
            hotline=line.hotline,
            device_id=gateway,
            port_name=LINE_PORT,
        ),
    )
