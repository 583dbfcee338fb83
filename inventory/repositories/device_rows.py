"""Rows of the list of devices: the few columns that are shown, and how each device is.

A page has fifty of them. Objects of three models for each, with a hundred columns, took longer than
everything else that is asked for a page.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import col

from drivers.readings import Kind, Outcome
from inventory.models import Agent, Device, DeviceState, School
from inventory.status import Status, status_of


class ListedDevice(NamedTuple):
    """What a list of devices tells of each."""

    id: str
    name: str
    kind: Kind
    vendor: str | None
    model: str | None
    address: str | None
    mqtt_client: str | None
    warranty_until: date | None
    school_code: str
    school_name: str
    school_name_en: str
    since: datetime | None
    status: Status


class _Poll(NamedTuple):
    """What the last poll says of how a device is."""

    taken_at: datetime
    outcome: Outcome
    present: bool | None


#: Columns of the device itself.
_OF_DEVICE = ListedDevice._fields[: ListedDevice._fields.index("school_code")]
_COLUMNS: tuple[Any, ...] = (
    *(getattr(Device, name) for name in _OF_DEVICE),
    *(School.code, School.name, School.name_en),
    *(DeviceState.since, DeviceState.taken_at, DeviceState.outcome, DeviceState.present),
    *(Device.lifecycle, Device.protocol, Agent.last_batch_at),
)
#: What is read of each; to be narrowed to the devices of a page.
LISTED: Any = (
    select(*_COLUMNS)
    .join(School, col(School.code) == Device.school_code)
    .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
    .outerjoin(Agent, col(Agent.id) == DeviceState.agent_id)
)


def told(found: Any, now: datetime, cadence: timedelta) -> ListedDevice:
    """A row of :data:`LISTED` as of the time of the look."""
    *facts, since, taken_at, outcome, present, lifecycle, protocol, heard_at = found
    poll = None if taken_at is None else _Poll(taken_at, outcome, present)
    status = status_of(
        lifecycle, protocol, poll, now=now, agent_last_batch_at=heard_at, cadence=cadence
    )
    return ListedDevice._make([*facts, since, status])
