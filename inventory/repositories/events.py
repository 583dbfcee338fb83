"""Questions about what happened to devices."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select

from inventory.models import DeviceEvent
from inventory.repositories.scoped import Page, Repository, window


class EventRepository(Repository):
    """Events of devices of the schools within the caller's scope."""

    def page(
        self,
        *,
        device: str | None = None,
        school: str | None = None,
        kinds: Sequence[str] = (),
        offset: int = 0,
        limit: int = 50,
    ) -> Page[DeviceEvent]:
        """Events of a device or a school, the youngest first."""
        query = select(DeviceEvent).where(self._at_visible_school(DeviceEvent.school_code))
        if device is not None:
            query = query.where(DeviceEvent.device_id == device)
        if school is not None:
            query = query.where(DeviceEvent.school_code == school)
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
