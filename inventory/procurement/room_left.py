"""Whether the state that a counter-entry restores still has room.

What a step gave up - pieces of a contract, the hold on a device, its numbers - others may have
taken since, by steps that touch no row of it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import or_
from sqlmodel import Session, SQLModel, col, select

from inventory.assets.numbers import stand_in_line
from inventory.models.device import Device, Lifecycle
from inventory.models.organisation import School
from inventory.models.procurement_ledger import Subject
from inventory.models.procurement_movement import DeviceTransfer, Disposal
from inventory.models.procurement_order import PurchaseOrder
from inventory.models.procurement_project import ProcurementProject
from inventory.models.procurement_request import EquipmentRequest
from inventory.procurement.errors import CeilingExceeded, DeviceBusy, NumberTaken
from inventory.procurement.movement_rows import (
    DisposalRepository,
    MovementRepository,
    TransferRepository,
)
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.scope import Scope

_DOCUMENTS: Mapping[Subject, type[SQLModel]] = {
    Subject.request: EquipmentRequest,
    Subject.project: ProcurementProject,
    Subject.order: PurchaseOrder,
    Subject.transfer: DeviceTransfer,
    Subject.disposal: Disposal,
}
#: Others' documents count, too.
_ALL = Scope.everything()


def hold(session: Session, subject: Subject, subject_id: str) -> None:
    """Let others wait with steps about a document, its contract and its devices until the end.

    Raises:
        DeviceBusy: a device of the transfer or disposal is part of another one by now.
    """
    document = _locked(session, _DOCUMENTS[subject], subject_id)
    if isinstance(document, PurchaseOrder):
        _locked(session, ProcurementProject, document.project_id)
    if isinstance(document, DeviceTransfer | Disposal):
        movements = MovementRepository(session, _ALL)
        for device in _devices(session, document):
            _locked(session, Device, device.id)
            busy = movements.under_way_with(device.id)
            if busy not in (None, document.number):
                raise DeviceBusy(key=device.name, number=busy)


def check_room(session: Session, subject: Subject, subject_id: str) -> None:
    """Let a document stand as a counter-entry has restored it.

    Raises:
        CeilingExceeded: the contract of an order is overdrawn with it.
        NumberTaken: another device bears the number of one that a disposal had let go.
    """
    if subject is Subject.order:
        _check_contract(session, subject_id)
    elif subject is Subject.disposal:
        for _, device in DisposalRepository(session, _ALL).items(subject_id):
            if device.lifecycle is not Lifecycle.disposed:
                _check_numbers(session, device)


def _check_numbers(session: Session, device: Device) -> None:
    """A serial number tells devices apart anywhere, an asset number those of one bureau."""
    bureau = session.get_one(School, device.school_code).organisation_code
    taken = []
    if device.serial:
        taken.append(col(Device.serial) == device.serial)
    if device.asset_number:
        here = col(School.organisation_code) == bureau
        taken.append((col(Device.asset_number) == device.asset_number) & here)
    if not taken:
        return
    stand_in_line(session)
    other = session.exec(
        select(Device)
        .join(School, col(School.code) == Device.school_code)
        .where(or_(*taken), Device.id != device.id, Device.lifecycle != Lifecycle.disposed)
        .order_by(col(Device.id))
    ).first()
    if other is not None:
        same = bool(device.serial) and other.serial == device.serial
        text = device.serial if same else device.asset_number
        raise NumberTaken(text=text, key=other.name)


def _check_contract(session: Session, order_id: str) -> None:
    """Let an order stand as it is now, or be gone.

    Raises:
        CeilingExceeded: its contract is overdrawn with it.
    """
    order = session.get(PurchaseOrder, order_id)
    if order is None:
        return
    projects = ProjectRepository(session, _ALL)
    drawn, spent = projects.drawn(order.project_id)
    mine: dict[str, int] = {}
    for count in OrderRepository(session, _ALL).counts(order.id):
        of = count.line.project_line_id
        mine[of] = mine.get(of, 0) + count.line.quantity
    for line in projects.lines(order.project_id):
        over = drawn.get(line.id, 0) - line.quantity
        if over > 0:
            wanted = mine.get(line.id, 0)
            raise CeilingExceeded(key=line.name, wanted=wanted, left=wanted - over)
    project = session.get_one(ProcurementProject, order.project_id)
    beyond = spent - (project.ceiling_cny or Decimal(0))
    if beyond > 0:
        raise CeilingExceeded(
            key=project.number, wanted=order.total_cny, left=order.total_cny - beyond
        )


def _devices(session: Session, document: DeviceTransfer | Disposal) -> Sequence[Device]:
    """In the order of their ids, in which everybody takes their locks."""
    if isinstance(document, DeviceTransfer):
        found = list(TransferRepository(session, _ALL).devices(document.id))
    else:
        found = [device for _, device in DisposalRepository(session, _ALL).items(document.id)]
    return sorted(found, key=lambda device: device.id)


def _locked(session: Session, model: type[SQLModel], key: str) -> SQLModel | None:
    return session.get(model, key, with_for_update=True, populate_existing=True)
