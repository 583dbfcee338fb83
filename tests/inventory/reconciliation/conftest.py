"""Two schools of a county with devices that agents poll."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from drivers.readings import Kind, Outcome
from inventory.models import (
    Agent,
    Device,
    DeviceState,
    Level,
    Match,
    Organisation,
    Port,
    Proposal,
    Room,
    School,
    User,
)

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
MISSING_AFTER = timedelta(days=30)


@pytest.fixture
def register(session: Session) -> Session:
    """SCH-A: switch sw in r1 (building 1), panel d1 in r1, spare room r2; SCH-B: switch sb."""
    session.add(Organisation(code="33", name="市", level=Level.city, path="/33/"))
    session.flush()
    session.add(
        Organisation(code="3301", name="县", level=Level.county, parent_code="33", path="/33/3301/")
    )
    session.flush()
    for code in ("SCH-A", "SCH-B"):
        path = f"/33/3301/{code}/"
        session.add(School(code=code, name=code, organisation_code="3301", path=path))
    session.add(User(id="u-mei", login="mei", name="Mei", password_hash="x"))
    session.add(Agent(id="a1", name="box", secret_hash="0" * 64))
    session.flush()
    for key, building in (("r1", "1号楼"), ("r2", "1号楼"), ("r3", "2号楼")):
        session.add(Room(id=key, school_code="SCH-A", building=building, name=f"{key}室"))
    session.flush()
    for key, school, room, kind in (
        ("sw", "SCH-A", "r1", Kind.switch),
        ("sb", "SCH-B", None, Kind.switch),
        ("d1", "SCH-A", "r1", Kind.whiteboard),
    ):
        session.add(
            Device(
                id=key,
                school_code=school,
                room_id=room,
                name=f"device {key}",
                kind=kind,
                serial=f"SN-{key.upper()}",
                version="1.0",
                address=f"10.0.0.{len(key)}",
            )
        )
    session.flush()
    for number in (1, 2):
        session.add(Port(device_id="sw", name=f"GE{number}", index=number, oper="up", seen_at=NOW))
    for key, school in (("sw", "SCH-A"), ("d1", "SCH-A")):
        session.add(
            DeviceState(
                device_id=key,
                school_code=school,
                agent_id="a1",
                outcome=Outcome.ok,
                taken_at=NOW,
                since=NOW - timedelta(days=90),
                last_ok_at=NOW,
            )
        )
    session.flush()
    return session


def state(session: Session, device: str = "d1") -> DeviceState:
    return session.get_one(DeviceState, device)


def attach(session: Session, switch: str, port: str = "GE1") -> None:
    """d1 hangs on a port."""
    row = state(session)
    row.attached_device_id, row.attached_port, row.attached_at = switch, port, NOW
    session.add(row)
    session.flush()


def find(session: Session, key: str = "p1", **more: object) -> Proposal:
    """An agent of SCH-A has come across something."""
    values: dict[str, object] = {
        "school_code": "SCH-A",
        "address": f"10.0.9.{len(key)}{key[-1]}",
        "match": Match.new,
        "first_found_at": NOW,
        "found_at": NOW,
        "how": "snmp",
        "protocol": "snmp",
    }
    row = Proposal(id=key, **(values | more))  # type: ignore[arg-type]
    session.add(row)
    session.flush()
    return row
