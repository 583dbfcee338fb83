"""Questions about what happened to devices.

What happened to a device is the device's own: it is seen by who sees the device, wherever the
device was when it happened.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, true
from sqlmodel import col, select

from inventory.models import Device, DeviceEvent
from inventory.repositories.scoped import Page, Repository, window


class EventRepository(Repository):
    """Events of devices that are at schools within the caller's scope."""

    def page(
        self,
        *,
        device: str | None = None,
        school: str | None = None,
        kinds: Sequence[str] = (),
        offset: int = 0,
        limit: int = 50,
    ) -> Page[DeviceEvent]:
        """Events of a device, or of the devices a school has now, the youngest first."""
        query = select(DeviceEvent).where(self._visible())
        if device is not None:
            query = query.where(DeviceEvent.device_id == device)
        if school is not None:
            here = select(Device.id).where(Device.school_code == school)
            query = query.where(col(DeviceEvent.device_id).in_(here))
        if kinds:
            query = query.where(col(DeviceEvent.kind).in_(kinds))
        ordered = query.order_by(col(DeviceEvent.at).desc(), col(DeviceEvent.id))
        items = self._session.exec(window(ordered, offset, limit)).all()
        return Page(items, self._count(query))

    def forget(self, before: datetime) -> None:
        """Delete events older than that."""
        self._session.execute(
            delete(DeviceEvent)
            .where(col(DeviceEvent.at) < before)
            .execution_options(synchronize_session=False)
        )

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        return exists().where(
            col(Device.id) == DeviceEvent.device_id, self._at_visible_school(Device.school_code)
        )
