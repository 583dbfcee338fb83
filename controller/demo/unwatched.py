"""Equipment of the demonstration that no agent watches: it stands in the register alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from controller.demo.catalogue import MODELS, months_before
from controller.seed.ledger import ledger
from drivers.readings import Kind
from drivers.simulate.campus import CENTRAL, URBAN
from inventory.assets.catalogue import model_named
from inventory.assets.steps import take_step
from inventory.days import day_of
from inventory.ids import new_id
from inventory.models import Device, Lifecycle, Protocol, RoomKind
from inventory.repositories import DeviceRepository
from inventory.schools.places import room_named
from inventory.scope import Scope

_EVERYTHING: Final = Scope.everything()
_PRICES: Final[Mapping[str, int]] = {model.name: model.price for model in MODELS}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some devices of one model that were bought together.

    Args:
        months: since they were bought.
        state: where they are in their lives.
        reason: why they are there.
        days: since they got there.
    """

    school: str
    mark: str
    name: str
    vendor: str
    model: str
    kind: Kind
    number: int
    months: int
    building: str
    room: str
    room_kind: RoomKind = RoomKind.classroom
    state: Lifecycle = Lifecycle.in_service
    reason: str = ""
    days: int = 0


_COMPUTERS: Final = ("Campus Computers", "CC-300", Kind.terminal)
_OLD_BOARDS: Final = ("Campus Panels", "CP-70", Kind.whiteboard)
_OLD_PROJECTORS: Final = ("Campus Projectors", "CL-3000", Kind.projector)
_STORE: Final = ("明德楼", "设备库房", RoomKind.other)
BATCHES: Final = (
    Batch(
        URBAN.code, "XS", "学生机", *_COMPUTERS, 12, 75,
        "博学楼", "计算机教室二", RoomKind.computer_room,
    ),
    Batch(
        CENTRAL.code, "XS", "学生机", *_COMPUTERS, 6, 82,
        "教学楼", "计算机教室", RoomKind.computer_room,
    ),
    Batch(
        URBAN.code, "TY", "壁挂投影机", *_OLD_PROJECTORS, 4, 96,
        "明德楼", "阶梯教室", RoomKind.hall,
    ),
    Batch(
        URBAN.code, "JB", "旧交互白板", *_OLD_BOARDS, 3, 110, *_STORE,
        Lifecycle.retired, "触摸框失灵，配件已停产", 40,
    ),
    Batch(
        URBAN.code, "BJ", "备用无线AP", "Ruijie", "RG-AP820-L", Kind.access_point, 3, 16, *_STORE,
        Lifecycle.in_stock, "备件", 120,
    ),
    Batch(
        CENTRAL.code, "JB", "旧交互白板", *_OLD_BOARDS, 1, 104,
        "教学楼", "多功能厅", RoomKind.classroom,
        Lifecycle.in_repair, "更换触摸框，厂家返修", 9,
    ),
    Batch(
        CENTRAL.code, "JY", "移动投影机", *_OLD_PROJECTORS, 1, 88,
        "教学楼", "文印室", RoomKind.office,
        Lifecycle.lent, "借给石桥教学点开家长会", 5,
    ),
    Batch(
        CENTRAL.code, "YS", "教师笔记本", "Campus Computers", "CC-400", Kind.terminal, 1, 64,
        "教学楼", "文印室", RoomKind.office,
        Lifecycle.lost, "盘点未见，使用人已报失", 150,
    ),
)  # fmt: skip


def register_unwatched(session: Session, now: datetime) -> Mapping[str, list[Device]]:
    """Put all of it into the register; devices by school code and mark, such as ``…0001 XS``."""
    return {
        f"{batch.school} {batch.mark}": list(_devices(session, batch, now)) for batch in BATCHES
    }


def _devices(session: Session, batch: Batch, now: datetime) -> Iterator[Device]:
    room = room_named(
        session, _EVERYTHING, batch.school, batch.building, batch.room, kind=batch.room_kind
    )
    model = model_named(session, batch.vendor, batch.model)
    bought = months_before(day_of(now), batch.months)
    for number in range(1, batch.number + 1):
        asset = f"ZC-{batch.school[-2:]}{batch.mark}{number:03d}"
        device = DeviceRepository(session, _EVERYTHING).add(
            Device(
                id=new_id("d"),
                school_code=batch.school,
                room_id=room.id,
                name=f"{batch.name}{number}",
                kind=batch.kind,
                vendor=batch.vendor,
                model=batch.model,
                serial=f"CF20{batch.school[-2:]}{batch.mark}{number:04d}",
                asset_number=asset,
                protocol=Protocol.none,
                catalogue_id=None if model is None else model.id,
                lifecycle=Lifecycle.in_service,
                **ledger(asset, batch.kind, bought, price=_PRICES[batch.model]),
            )
        )
        if batch.state is not Lifecycle.in_service:
            then = now - timedelta(days=batch.days)
            take_step(session, device, batch.state, on=then.date(), reason=batch.reason, now=then)
        yield device
