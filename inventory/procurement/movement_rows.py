"""Questions about transfers and disposals."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from inventory.models import Device, Lifecycle
from inventory.models.procurement_movement import (
    DeviceTransfer,
    Disposal,
    DisposalItem,
    DisposalState,
    TransferItem,
    TransferState,
)
from inventory.procurement.document_rows import DocumentRepository
from inventory.repositories.scoped import Page, Repository, window

_MOVING = (TransferState.proposed, TransferState.agreed)
_GOING = (
    DisposalState.proposed,
    DisposalState.appraised,
    DisposalState.approved,
    DisposalState.wiped,
)


Movement = DeviceTransfer | Disposal


class MovementRepository(Repository):
    """What is under way with devices, whoever may see it."""

    def under_way_with(self, device_id: str) -> str | None:
        """Number of the transfer or disposal that holds a device; ``None``: it is free."""
        held = self.holding(device_id)
        return held.number if held else None

    def holding(self, device_id: str) -> Movement | None:
        """The transfer or disposal that holds a device; ``None``: it is free."""
        moving = self._session.exec(
            select(DeviceTransfer)
            .join(TransferItem, col(TransferItem.transfer_id) == DeviceTransfer.id)
            .where(TransferItem.device_id == device_id, col(DeviceTransfer.state).in_(_MOVING))
        ).first()
        if moving is not None:
            return moving
        return self._session.exec(
            select(Disposal)
            .join(DisposalItem, col(DisposalItem.disposal_id) == Disposal.id)
            .where(DisposalItem.device_id == device_id, col(Disposal.state).in_(_GOING))
        ).first()

    def held_at(self, schools: Collection[str]) -> Mapping[str, int]:
        """How many devices of each of these schools a transfer or a disposal holds."""
        moving = (
            select(Device.school_code, func.count())
            .join(TransferItem, col(TransferItem.device_id) == Device.id)
            .join(DeviceTransfer, col(DeviceTransfer.id) == TransferItem.transfer_id)
            .where(col(DeviceTransfer.state).in_(_MOVING))
        )
        going = (
            select(Device.school_code, func.count())
            .join(DisposalItem, col(DisposalItem.device_id) == Device.id)
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(col(Disposal.state).in_(_GOING))
        )
        found: Counter[str] = Counter()
        for query in (moving, going):
            some = query.where(
                col(Device.school_code).in_(schools), self._at_visible_school(Device.school_code)
            ).group_by(col(Device.school_code))
            found.update(dict(self._session.exec(some).all()))
        return found

    def free_at(
        self, school_code: str, states: Collection[Lifecycle], *, search: str = "", limit: int = 100
    ) -> Sequence[Device]:
        """Devices of a visible school in these states that nothing holds, by name.

        ``search`` looks into name, asset number and serial number.
        """
        moving = (
            select(TransferItem.device_id)
            .join(DeviceTransfer, col(DeviceTransfer.id) == TransferItem.transfer_id)
            .where(col(DeviceTransfer.state).in_(_MOVING))
        )
        going = (
            select(DisposalItem.device_id)
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(col(Disposal.state).in_(_GOING))
        )
        query = select(Device).where(
            Device.school_code == school_code,
            self._at_visible_school(Device.school_code),
            col(Device.lifecycle).in_(states),
            col(Device.id).not_in(moving),
            col(Device.id).not_in(going),
        )
        if search.strip():
            columns = (Device.name, Device.asset_number, Device.serial)
            query = query.where(_contain(search, *columns))
        order = (col(Device.name), col(Device.id))
        found: Sequence[Device] = self._session.exec(window(query.order_by(*order), 0, limit)).all()
        return found


class TransferRepository(DocumentRepository[DeviceTransfer]):
    """Transfers from or to schools within the caller's scope."""

    _model = DeviceTransfer

    def devices(self, transfer_id: str, *, lock: bool = False) -> Sequence[Device]:
        """Its devices, at whichever school they stand by now."""
        query = (
            select(Device)
            .join(TransferItem, col(TransferItem.device_id) == Device.id)
            .join(DeviceTransfer, col(DeviceTransfer.id) == TransferItem.transfer_id)
            .where(TransferItem.transfer_id == transfer_id, self._visible())
            .order_by(col(Device.name), col(Device.id))
        )
        if lock:
            query = query.with_for_update(of=Device).execution_options(populate_existing=True)
        return self._session.exec(query).all()

    def sizes(self, ids: Sequence[str]) -> Mapping[str, int]:
        """How many devices each of these transfers has, by id."""
        query = (
            select(TransferItem.transfer_id, func.count())
            .join(DeviceTransfer, col(DeviceTransfer.id) == TransferItem.transfer_id)
            .where(col(TransferItem.transfer_id).in_(ids), self._visible())
            .group_by(TransferItem.transfer_id)
        )
        return dict(self._session.exec(query).all())

    def page(
        self,
        *,
        state: TransferState | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[DeviceTransfer]:
        """One page, the youngest first; ``search`` looks into number and reason."""
        query = select(DeviceTransfer).where(self._visible())
        if state is not None:
            query = query.where(DeviceTransfer.state == state)
        if search.strip():
            query = query.where(_contain(search, DeviceTransfer.number, DeviceTransfer.reason))
        order = (col(DeviceTransfer.created_at).desc(), col(DeviceTransfer.id).desc())
        found = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        return Page(found, self._count(query))

    def _visible(self) -> ColumnElement[bool]:
        return or_(
            self._at_visible_school(DeviceTransfer.from_school_code),
            self._at_visible_school(DeviceTransfer.to_school_code),
        )


class DisposalRepository(DocumentRepository[Disposal]):
    """Disposals of schools within the caller's scope."""

    _model = Disposal

    def items(self, disposal_id: str) -> Sequence[tuple[DisposalItem, Device]]:
        """Its devices with how they went."""
        return self._session.exec(
            select(DisposalItem, Device)
            .join(Device, col(Device.id) == DisposalItem.device_id)
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(DisposalItem.disposal_id == disposal_id, self._visible())
            .order_by(col(Device.name), col(Device.id))
        ).all()

    def sizes(self, ids: Sequence[str]) -> Mapping[str, int]:
        """How many devices each of these disposals has, by id."""
        query = (
            select(DisposalItem.disposal_id, func.count())
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(col(DisposalItem.disposal_id).in_(ids), self._visible())
            .group_by(DisposalItem.disposal_id)
        )
        return dict(self._session.exec(query).all())

    def page(
        self,
        *,
        state: DisposalState | None = None,
        school: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[Disposal]:
        """One page, the youngest first; ``search`` looks into number and reason."""
        query = select(Disposal).where(self._visible())
        if state is not None:
            query = query.where(Disposal.state == state)
        if school:
            query = query.where(Disposal.school_code == school)
        if search.strip():
            query = query.where(_contain(search, Disposal.number, Disposal.reason))
        order = (col(Disposal.created_at).desc(), col(Disposal.id).desc())
        found = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        return Page(found, self._count(query))


def _contain(text: str, *columns: Any) -> ColumnElement[bool]:
    """SQL for "one of these columns has the text in it"."""
    wanted = text.strip()
    return or_(*(col(column).icontains(wanted, autoescape=True) for column in columns))
