"""Questions about what devices are made of and whom they are wired to."""

from collections.abc import Sequence

from sqlmodel import col, select

from inventory.models import Component, Device, Neighbour
from inventory.repositories.scoped import Repository


class PartRepository(Repository):
    """Components and neighbours of the devices within the caller's scope."""

    def components(self, device_id: str) -> Sequence[Component]:
        """In the device's own order."""
        return self._session.exec(
            select(Component)
            .join(Device, col(Device.id) == Component.device_id)
            .where(self._at_visible_school(Device.school_code), Component.device_id == device_id)
            .order_by(col(Component.place))
        ).all()

    def neighbours(self, device_id: str) -> Sequence[Neighbour]:
        """In the device's own order."""
        return self._session.exec(
            select(Neighbour)
            .join(Device, col(Device.id) == Neighbour.device_id)
            .where(self._at_visible_school(Device.school_code), Neighbour.device_id == device_id)
            .order_by(col(Neighbour.place))
        ).all()
