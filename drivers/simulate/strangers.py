"""Equipment of the demonstration that nobody has registered: the agent comes across it."""

from drivers.readings import Kind
from drivers.simulate.campus import URBAN, CampusDevice, Speech

#: What the agent of the demonstration looks through.
NETWORK = f"127.20.{URBAN.net}.0/24"


def strangers() -> tuple[CampusDevice, ...]:
    """A switch a teacher brought along, a new printer, and a panel on the broker."""
    return (
        CampusDevice(
            id=f"{URBAN.prefix}-office-sw",
            school=URBAN.code,
            kind=Kind.switch,
            name="办公室交换机",
            vendor="H3C",
            model="S5130S-28S-EI",
            serial="CF26QH1XX0001",
            building="博学楼",
            room="教师办公室",
            address=f"127.20.{URBAN.net}.91",
            access_ports=24,
            peak=8e6,
        ),
        CampusDevice(
            id=f"{URBAN.prefix}-new-pr",
            school=URBAN.code,
            kind=Kind.printer,
            name="新打印机",
            vendor="Brother",
            model="HL-5590DN",
            serial="CF26QH1XX0002",
            building="博学楼",
            room="教务处",
            address=f"127.20.{URBAN.net}.92",
        ),
        CampusDevice(
            id=f"{URBAN.prefix}-new-wb",
            school=URBAN.code,
            kind=Kind.whiteboard,
            name="新交互式白板",
            vendor="Campus Panels",
            model="CP-86",
            serial="CF26QH1XX0003",
            building="博学楼",
            room="录播教室",
            speech=Speech.mqtt,
        ),
    )
