"""A school with two rooms and a store, another school beside it, and people with phones."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from inventory.models import (
    Device,
    Level,
    Lifecycle,
    Organisation,
    Room,
    School,
    StockCampaign,
    User,
)
from inventory.scope import Scope
from inventory.stocktaking.campaigns import CampaignStart, Where
from inventory.stocktaking.counting import CountDesk, Sighting
from inventory.stocktaking.repository import StockRepository

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ALL = Scope.everything()
AT_A, AT_B = Scope.of(["/33/3301/SCH-A/"]), Scope.of(["/33/3301/SCH-B/"])
PHONE, OTHER_PHONE = "phone-00001", "phone-00002"


@pytest.fixture
def stock(session: Session) -> Session:
    """SCH-A: rooms r1 (d1, d2), r2 (d3) and one device without a room (d4); SCH-B: rb (d9)."""
    session.add(Organisation(code="33", name="市", level=Level.city, path="/33/"))
    session.flush()
    session.add(
        Organisation(code="3301", name="县", level=Level.county, parent_code="33", path="/33/3301/")
    )
    session.flush()
    for code in ("SCH-A", "SCH-B"):
        path = f"/33/3301/{code}/"
        session.add(School(code=code, name=code, organisation_code="3301", path=path))
    for key in ("mei", "li"):
        session.add(User(id=f"u-{key}", login=key, name=key.title(), password_hash="x"))
    session.flush()
    for key, school in (("r1", "SCH-A"), ("r2", "SCH-A"), ("rb", "SCH-B")):
        session.add(Room(id=key, school_code=school, building="1号楼", name=f"{key}室"))
    session.flush()
    for key, school, room in (
        ("d1", "SCH-A", "r1"),
        ("d2", "SCH-A", "r1"),
        ("d3", "SCH-A", "r2"),
        ("d4", "SCH-A", None),
        ("d9", "SCH-B", "rb"),
    ):
        session.add(
            Device(
                id=key,
                school_code=school,
                room_id=room,
                name=f"device {key}",
                serial=f"SN-{key.upper()}",
                asset_number=f"ZC-{key.upper()}",
            )
        )
    session.add(Device(id="own", school_code="SCH-A", room_id="r1", name="own", is_personal=True))
    session.add(
        Device(
            id="sick",
            school_code="SCH-A",
            room_id="r1",
            name="in repair",
            lifecycle=Lifecycle.in_repair,
        )
    )
    session.flush()
    return session


def start(session: Session, scope: Scope = ALL, **where: object) -> StockCampaign:
    """A campaign over SCH-A, or where else it is said."""
    wanted = Where(**(where or {"schools": ["SCH-A"]}))  # type: ignore[arg-type]
    return CampaignStart(session, scope).start("秋季盘点", wanted, actor="u-mei", now=NOW)


def rooms_of(session: Session, campaign: StockCampaign) -> dict[str | None, str]:
    """Ids of rooms to count, by ids of rooms; ``None`` for devices without one."""
    rows = StockRepository(session, ALL).rooms(campaign.id)
    return {room.room_id: room.id for room in rows}


def desk(
    session: Session, actor: str = "u-mei", *, minutes: float = 60, scope: Scope = ALL
) -> CountDesk:
    return CountDesk(session, scope, actor, NOW + timedelta(minutes=minutes))


def look(key: str, room: str, code: str, minutes: float = 10, **more: object) -> Sighting:
    at = NOW + timedelta(minutes=minutes)
    return Sighting(f"sighting-{key}", room, code, at, **more)  # type: ignore[arg-type]
