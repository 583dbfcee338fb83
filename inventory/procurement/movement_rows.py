"""Questions about transfers and disposals."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from inventory.models import Device
from inventory.models.procurement_movement import (
    DeviceTransfer,
    Disposal,
    DisposalItem,
    DisposalState,
    TransferItem,
    TransferState,
)
from inventory.repositories.scoped import Page, Repository, window

_MOVING = (TransferState.proposed, TransferState.agreed)
_GOING = (
    DisposalState.proposed,
    DisposalState.appraised,
    DisposalState.approved,
    DisposalState.wiped,
)


class MovementRepository(Repository):
    """What is under way with devices, whoever may see it."""

    def under_way_with(self, device_id: str) -> str | None:
        """Number of the transfer or disposal that holds a device; ``None``: it is free."""
        moving = self._session.exec(
            select(DeviceTransfer.number)
            .join(TransferItem, col(TransferItem.transfer_id) == DeviceTransfer.id)
            .where(TransferItem.device_id == device_id, col(DeviceTransfer.state).in_(_MOVING))
        ).first()
        if moving is not None:
            return moving
        return self._session.exec(
            select(Disposal.number)
            .join(DisposalItem, col(DisposalItem.disposal_id) == Disposal.id)
            .where(DisposalItem.device_id == device_id, col(Disposal.state).in_(_GOING))
        ).first()


class TransferRepository(Repository):
    """Transfers from or to schools within the caller's scope."""

    def get(self, transfer_id: str) -> DeviceTransfer | None:
        return self._session.exec(
            select(DeviceTransfer).where(DeviceTransfer.id == transfer_id, self._visible())
        ).one_or_none()

    def to_change(self, transfer_id: str) -> DeviceTransfer | None:
        """The transfer as it is now; others wait until this transaction ends."""
        return self._session.exec(
            select(DeviceTransfer)
            .where(DeviceTransfer.id == transfer_id, self._visible())
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()

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

    def page(
        self, *, state: TransferState | None = None, offset: int = 0, limit: int = 50
    ) -> Page[DeviceTransfer]:
        """One page, the youngest first."""
        query = select(DeviceTransfer).where(self._visible())
        if state is not None:
            query = query.where(DeviceTransfer.state == state)
        order = (col(DeviceTransfer.created_at).desc(), col(DeviceTransfer.id).desc())
        found = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        return Page(found, self._count(query))

    def _visible(self) -> ColumnElement[bool]:
        return or_(
            self._at_visible_school(DeviceTransfer.from_school_code),
            self._at_visible_school(DeviceTransfer.to_school_code),
        )


class DisposalRepository(Repository):
    """Disposals of schools within the caller's scope."""

    def get(self, disposal_id: str) -> Disposal | None:
        return self._session.exec(
            select(Disposal).where(Disposal.id == disposal_id, self._visible())
        ).one_or_none()

    def to_change(self, disposal_id: str) -> Disposal | None:
        """The disposal as it is now; others wait until this transaction ends."""
        return self._session.exec(
            select(Disposal)
            .where(Disposal.id == disposal_id, self._visible())
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()

    def items(self, disposal_id: str) -> Sequence[tuple[DisposalItem, Device]]:
        """Its devices with how they went."""
        return self._session.exec(
            select(DisposalItem, Device)
            .join(Device, col(Device.id) == DisposalItem.device_id)
            .join(Disposal, col(Disposal.id) == DisposalItem.disposal_id)
            .where(DisposalItem.disposal_id == disposal_id, self._visible())
            .order_by(col(Device.name), col(Device.id))
        ).all()

    def page(
        self,
        *,
        state: DisposalState | None = None,
        school: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[Disposal]:
        """One page, the youngest first."""
        query = select(Disposal).where(self._visible())
        if state is not None:
            query = query.where(Disposal.state == state)
        if school:
            query = query.where(Disposal.school_code == school)
        order = (col(Disposal.created_at).desc(), col(Disposal.id).desc())
        found = self._session.exec(window(query.order_by(*order), offset, limit)).all()
        return Page(found, self._count(query))

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Disposal.school_code)
