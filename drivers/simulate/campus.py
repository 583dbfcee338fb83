"""The demonstration's equipment: what stands where in three schools, as plain declarations.

The simulator builds living devices from it (:mod:`drivers.simulate.build`), the controller's
demonstration registers the same devices in its inventory. All names and numbers are invented.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.readings import Kind

#: The read community of every simulated SNMP agent.
COMMUNITY: Final = "campus-demo"


class Speech(StrEnum):
    """How a device of the demonstration is watched."""

    snmp = "snmp"
    mqtt = "mqtt"
    pjlink = "pjlink"
    #: It answers echo requests and nothing else.
    ping = "ping"
    #: It says nothing; the switch it hangs on has its address.
    nothing = "nothing"


@dataclass(frozen=True, slots=True)
class CampusDevice:
    """One device of the demonstration.

    Args:
        id: unique, in commands, sysName and MQTT client id; begins with its school's prefix.
        school: school code.
        kind: what it is.
        name: what the school calls it.
        vendor: maker.
        model: model.
        serial: serial number.
        building: where it stands.
        room: where in there.
        speech: how it is watched.
        address: loopback address; ``None`` on MQTT and of what says nothing.
        upstream: id of the device its uplink goes to.
        access_ports: ports for others, of switches and gateways.
        peak: bit/s through it in the busiest lesson.
    """

    id: str
    school: str
    kind: Kind
    name: str
    vendor: str
    model: str
    serial: str
    building: str
    room: str
    speech: Speech = Speech.snmp
    address: str | None = None
    upstream: str | None = None
    access_ports: int = 0
    peak: float = 0.0

    @property
    def mac(self) -> str:
        """Its hardware address; locally administered, so no real maker's range is used."""
        return f"02{zlib.crc32(self.id.encode()):08x}00"


@dataclass(frozen=True, slots=True)
class CampusSchool:
    """How much of everything a school has.

    Args:
        code: immutable school code.
        prefix: of its devices' ids.
        net: third octet of its loopback addresses.
        switches: access switches, besides the core.
        peak: bit/s over its Internet line in the busiest lesson.
    """

    code: str
    prefix: str
    net: int
    buildings: tuple[str, ...]
    switches: int
    access_points: int
    printers: int
    has_ups: bool
    whiteboards: int
    terminals: int
    panels: int
    silent_terminals: int
    projectors: int
    peak: float


URBAN: Final = CampusSchool(
    code="9901010001",
    prefix="qh1",
    net=1,
    buildings=("明德楼", "博学楼"),
    switches=4,
    access_points=10,
    printers=2,
    has_ups=True,
    whiteboards=8,
    terminals=5,
    panels=4,
    silent_terminals=3,
    projectors=2,
    peak=420e6,
)
CENTRAL: Final = CampusSchool(
    code="9901010002",
    prefix="lh",
    net=2,
    buildings=("教学楼",),
    switches=2,
    access_points=5,
    printers=1,
    has_ups=True,
    whiteboards=6,
    terminals=3,
    panels=2,
    silent_terminals=2,
    projectors=1,
    peak=31e6,
)
POINT: Final = CampusSchool(
    code="9901010003",
    prefix="sq",
    net=3,
    buildings=("教学点",),
    switches=1,
    access_points=2,
    printers=1,
    has_ups=False,
    whiteboards=2,
    terminals=2,
    panels=1,
    silent_terminals=1,
    projectors=1,
    peak=9e6,
)
SCHOOLS: Final = (URBAN, CENTRAL, POINT)

#: The gateway's port the Internet line arrives on.
LINE_PORT: Final = "GigabitEthernet0/0"
#: The device that dies and comes back in the story: an access switch of the central school.
STORY_SWITCH: Final = "lh-sw2"


def devices() -> tuple[CampusDevice, ...]:
    """Every device of the demonstration, about eighty."""
    return tuple(device for school in SCHOOLS for device in _devices(school))


def gateway_id(school: CampusSchool) -> str:
    """The device the school's Internet line arrives at."""
    return f"{school.prefix}-gw"


def _devices(school: CampusSchool) -> Iterator[CampusDevice]:
    yield from _network(school)
    yield from _wireless(school)
    yield from _peripherals(school)
    yield from _classrooms(school)
    yield from _projectors(school)
    yield from _silent(school)


def _place(school: CampusSchool, n: int) -> str:
    return school.buildings[n % len(school.buildings)]


def _address(school: CampusSchool, host: int) -> str:
    return f"127.20.{school.net}.{host}"


def _serial(school: CampusSchool, what: str, n: int) -> str:
    return f"CF26{school.prefix.upper()}{what}{n:04d}"


def _network(school: CampusSchool) -> Iterator[CampusDevice]:
    prefix, first = school.prefix, school.buildings[0]
    yield CampusDevice(
        id=gateway_id(school),
        school=school.code,
        kind=Kind.router,
        name="出口路由器",
        vendor="H3C",
        model="MSR3620",
        serial=_serial(school, "GW", 1),
        building=first,
        room="网络中心",
        address=_address(school, 1),
        access_ports=4,
        peak=school.peak,
    )
    yield CampusDevice(
        id=f"{prefix}-core",
        school=school.code,
        kind=Kind.switch,
        name="核心交换机",
        vendor="H3C",
        model="S5560X-30C-EI",
        serial=_serial(school, "CO", 1),
        building=first,
        room="网络中心",
        address=_address(school, 2),
        upstream=gateway_id(school),
        access_ports=24,
        peak=school.peak,
    )
    for n in range(1, school.switches + 1):
        huawei = n % 2 == 0
        yield CampusDevice(
            id=f"{prefix}-sw{n}",
            school=school.code,
            kind=Kind.switch,
            name=f"接入交换机{n}",
            vendor="Huawei" if huawei else "H3C",
            model="S5735-L48T4X-A" if huawei else "S5130S-28S-EI",
            serial=_serial(school, "SW", n),
            building=_place(school, n - 1),
            room=f"{n}层弱电间",
            address=_address(school, 10 + n),
            upstream=f"{prefix}-core",
            access_ports=48 if huawei else 24,
            peak=school.peak / school.switches,
        )


def _wireless(school: CampusSchool) -> Iterator[CampusDevice]:
    # The last of several switches serves classrooms only, so nothing goes dark behind it.
    fed = max(1, school.switches - 1)
    for n in range(1, school.access_points + 1):
        yield CampusDevice(
            id=f"{school.prefix}-ap{n}",
            school=school.code,
            kind=Kind.access_point,
            name=f"无线AP{n}",
            vendor="Ruijie",
            model="RG-AP820-L",
            serial=_serial(school, "AP", n),
            building=_place(school, n - 1),
            room=f"{100 + n}教室",
            address=_address(school, 30 + n),
            upstream=f"{school.prefix}-sw{(n - 1) % fed + 1}",
            peak=school.peak / school.access_points / 2,
        )


def _peripherals(school: CampusSchool) -> Iterator[CampusDevice]:
    if school.has_ups:
        yield CampusDevice(
            id=f"{school.prefix}-ups",
            school=school.code,
            kind=Kind.ups,
            name="机房UPS",
            vendor="Huawei",
            model="UPS2000-G-6KRTL",
            serial=_serial(school, "UP", 1),
            building=school.buildings[0],
            room="网络中心",
            address=_address(school, 61),
        )
    for n in range(1, school.printers + 1):
        yield CampusDevice(
            id=f"{school.prefix}-pr{n}",
            school=school.code,
            kind=Kind.printer,
            name=f"文印室打印机{n}",
            vendor="Brother",
            model="HL-5590DN",
            serial=_serial(school, "PR", n),
            building=school.buildings[0],
            room="文印室",
            address=_address(school, 70 + n),
        )


def _classrooms(school: CampusSchool) -> Iterator[CampusDevice]:
    for n in range(1, school.whiteboards + 1):
        yield CampusDevice(
            id=f"{school.prefix}-wb{n}",
            school=school.code,
            kind=Kind.whiteboard,
            name=f"交互式白板{n}",
            vendor="Campus Panels",
            model="CP-86",
            serial=_serial(school, "WB", n),
            building=_place(school, n - 1),
            room=f"{100 + n}教室",
            speech=Speech.mqtt,
        )
    for n in range(1, school.terminals + 1):
        yield CampusDevice(
            id=f"{school.prefix}-pc{n}",
            school=school.code,
            kind=Kind.terminal,
            name=f"教师机{n}",
            vendor="Campus Computers",
            model="CC-400",
            serial=_serial(school, "PC", n),
            building=school.buildings[-1],
            room="计算机教室",
            speech=Speech.mqtt,
        )


def _projectors(school: CampusSchool) -> Iterator[CampusDevice]:
    for n in range(1, school.projectors + 1):
        yield CampusDevice(
            id=f"{school.prefix}-pj{n}",
            school=school.code,
            kind=Kind.projector,
            name=f"多功能厅投影机{n}",
            vendor="Campus Projectors",
            model="CL-5000",
            serial=_serial(school, "PJ", n),
            building=school.buildings[0],
            room="多功能厅",
            speech=Speech.pjlink,
            address=_address(school, 80 + n),
        )
    yield CampusDevice(
        id=f"{school.prefix}-cam1",
        school=school.code,
        kind=Kind.camera,
        name="校门摄像机",
        vendor="Campus Cameras",
        model="CC-4MP",
        serial=_serial(school, "CA", 1),
        building=school.buildings[0],
        room="传达室",
        speech=Speech.ping,
        address=_address(school, 90),
    )


def _silent(school: CampusSchool) -> Iterator[CampusDevice]:
    """Panels and PCs with restore cards, on the switch of the classrooms."""
    switch = f"{school.prefix}-sw{school.switches}"
    for n in range(1, school.panels + 1):
        yield CampusDevice(
            id=f"{school.prefix}-lp{n}",
            school=school.code,
            kind=Kind.display,
            name=f"班级一体机{n}",
            vendor="Campus Panels",
            model="CP-75",
            serial=_serial(school, "LP", n),
            building=school.buildings[-1],
            room=f"{200 + n}教室",
            speech=Speech.nothing,
            upstream=switch,
        )
    for n in range(1, school.silent_terminals + 1):
        yield CampusDevice(
            id=f"{school.prefix}-rc{n}",
            school=school.code,
            kind=Kind.terminal,
            name=f"还原卡学生机{n}",
            vendor="Campus Computers",
            model="CC-300",
            serial=_serial(school, "RC", n),
            building=school.buildings[-1],
            room="计算机教室",
            speech=Speech.nothing,
            upstream=switch,
        )
