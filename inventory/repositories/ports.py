"""Questions about ports."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from inventory.errors import NotFound
from inventory.models import Device, Port
from inventory.repositories.scoped import Repository


class PortRepository(Repository):
    """Ports of the devices within the caller's scope."""

    def of_device(self, device_id: str) -> Sequence[Port]:
        """Ports in the device's own order."""
        return self._session.exec(
            select(Port)
            .join(Device, col(Device.id) == Port.device_id)
            .where(self._visible(), Port.device_id == device_id)
            .order_by(col(Port.index), col(Port.name))
        ).all()

    def get(self, device_id: str, name: str) -> Port | None:
        return self._session.exec(
            select(Port)
            .join(Device, col(Device.id) == Port.device_id)
            .where(self._visible(), Port.device_id == device_id, Port.name == name)
        ).one_or_none()

    def add(self, port: Port) -> Port:
        """Keep a port.

        Raises:
            NotFound: no such device.
            OutOfScope: its school is outside the scope.
        """
        device = self._session.get(Device, port.device_id)
        if device is None:
            raise NotFound(what="device", key=port.device_id)
        self._admit(device.school_code)
        return self._save(port)

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Device.school_code)
