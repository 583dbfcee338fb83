"""Counts that only screens ask for, each in one query however many schools there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.models import Agent, Device, DeviceState, Lifecycle, Port
from inventory.repositories.scoped import Repository
from inventory.status import Status, status_expression


class CountRepository(Repository):
    """Figures of the schools within the caller's scope."""

    def heard_at_by_school(self, *, school: str | None = None) -> Mapping[str, datetime]:
        """When the newest poll of any of its devices was taken, by school code."""
        query = (
            select(DeviceState.school_code, func.max(col(DeviceState.taken_at)))
            .where(self._at_visible_school(DeviceState.school_code))
            .group_by(col(DeviceState.school_code))
        )
        if school is not None:
            query = query.where(DeviceState.school_code == school)
        return dict(self._session.exec(query).all())

    def by_kind_and_status(
        self, now: datetime, cadence: timedelta, school: str
    ) -> Mapping[Kind, Mapping[Status, int]]:
        """How many devices in service of one school are of which kind, and how they are."""
        how = status_expression(now, cadence)
        query: Any = (
            select(Device.kind, how, func.count())
            .select_from(Device)
            .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
            .outerjoin(Agent, col(Agent.id) == DeviceState.agent_id)
            .where(
                self._at_visible_school(Device.school_code),
                Device.school_code == school,
                Device.lifecycle == Lifecycle.in_service,
            )
            .group_by(col(Device.kind), how)
        )
        found: dict[Kind, dict[Status, int]] = {}
        for kind, status, number in self._session.exec(query).all():
            found.setdefault(Kind(kind), {})[Status(status)] = number
        return found

    def uplink_ports(self, ends: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Port]:
        """Ports on which lines arrive, by (device id, port name)."""
        devices = sorted({device for device, _ in ends})
        query = (
            select(Port)
            .join(Device, col(Device.id) == Port.device_id)
            .where(self._at_visible_school(Device.school_code), col(Port.device_id).in_(devices))
            .where(col(Port.name).in_(sorted({name for _, name in ends})))
        )
        wanted = set(ends)
        found = {(port.device_id, port.name): port for port in self._session.exec(query).all()}
        return {key: port for key, port in found.items() if key in wanted}
