"""Where a device hangs, what hangs on it, and how long it is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.language import N_
from controller.pages.look import Look
from controller.usage import Usage, UsageDay, usage_of
from drivers.readings import Kind
from inventory.models import Device, DeviceState, Protocol
from inventory.repositories.devices import DeviceRepository
from inventory.status import PRESENCE_SILENT_AFTER

USAGE_DAYS = 14
#: Kinds whose hours people ask for.
_USED: frozenset[Kind] = frozenset({Kind.whiteboard, Kind.terminal, Kind.display, Kind.projector})
_COUNTED_BY: Mapping[str, str] = {
    "display_on": N_("counted while the screen is lit"),
    "online": N_("counted while it is seen on the network"),
}


@dataclass(frozen=True, slots=True)
class Attached:
    """The port a device was last seen at."""

    switch: Device
    port: str
    vlan: int | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class UsageView:
    """Days, newest first, and what was counted."""

    usage: Usage
    note: str

    @property
    def length(self) -> int:
        """How many days were looked at."""
        return len(self.usage.days)

    @property
    def days(self) -> Sequence[UsageDay]:
        """From today back to the first day of which anything is known."""
        known = [place for place, day in enumerate(self.usage.days) if day.known]
        return self.usage.days[min(known, default=0) :][::-1]


def attached_at(look: Look, device: Device, state: DeviceState | None) -> Attached | None:
    """Where a device hangs, if its switch is one of its school that the reader may see."""
    if state is None or state.attached_device_id is None or state.attached_port is None:
        return None
    switch = DeviceRepository(look.session, look.scope).get(state.attached_device_id)
    if switch is None or switch.school_code != device.school_code:
        return None
    return Attached(switch, state.attached_port, state.attached_vlan, state.attached_since)


def hanging_on(look: Look, device_id: str) -> Mapping[str, Sequence[Device]]:
    """Registered devices by the port of this one they were last seen at."""
    found: dict[str, list[Device]] = {}
    for device, state in DeviceRepository(look.session, look.scope).attached_to(device_id):
        found.setdefault(state.attached_port or "", []).append(device)
    return found


def usage_view(look: Look, device: Device) -> UsageView | None:
    """Use of the last days; ``None`` for what nobody uses in that sense, or nothing is known."""
    if device.protocol is not Protocol.presence and device.kind not in _USED:
        return None
    usage = usage_of(
        look.store,
        device.id,
        now=look.now,
        days=USAGE_DAYS,
        zone=look.lang.zone,
        hold=usage_hold(look.cadence),
    )
    if usage.metric is None:
        return None
    return UsageView(usage, _COUNTED_BY[usage.metric])


def usage_hold(cadence: timedelta) -> timedelta:
    """For how long a reading of use counts: as long as a device of presence is not silent."""
    return PRESENCE_SILENT_AFTER * cadence
