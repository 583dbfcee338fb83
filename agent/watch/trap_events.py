"""What traps say, for a device's story at the centre: short, told once, and never a storm."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from drivers.readings import Event
from drivers.traps.limits import Bucket
from drivers.traps.listener import TrapEvent

#: The same thing said again within this long is counted, not told.
_SAME_SECONDS: Final = 60.0
#: Events of one device: a switch that loses its power supplies may say it all, a storm may not.
_RATE, _BURST = 1 / 30, 20.0
_SUMMARY_SECONDS: Final = 300.0
_VENDOR: Final = "vendor:"
_NAMED: Final = "vendor_trap"
_UNNAMED: Final = "unknown_trap"
SUPPRESSED: Final = "traps_suppressed"


def is_configuration_change(event: TrapEvent) -> bool:
    """Whether a trap says that somebody has changed the device's configuration."""
    return event.kind.startswith(_VENDOR) and event.kind.endswith("_configuration")


@dataclass(slots=True)
class _Device:
    """What one device has said lately."""

    school: str
    bucket: Bucket
    told: dict[tuple[str, str], float] = field(default_factory=dict)
    suppressed: int = 0
    summary: asyncio.TimerHandle | None = None


class TrapEvents:
    """Turns traps into events.

    Args:
        report: takes events, durably.
        clock: seconds since the epoch.
    """

    def __init__(self, report: Callable[[Event], None], *, clock: Callable[[], float]) -> None:
        #: Events told, and traps that were not.
        self.told = 0
        self.suppressed = 0
        self._report = report
        self._clock = clock
        self._devices: dict[str, _Device] = {}

    def know(self, schools: dict[str, str]) -> None:
        """Learn which devices there are: ids and schools."""
        now = asyncio.get_running_loop().time()
        for gone in self._devices.keys() - schools.keys():
            self._end(self._devices.pop(gone))
        for id_, school in schools.items():
            known = self._devices.get(id_)
            if known is None:
                self._devices[id_] = _Device(school, Bucket(_RATE, _BURST, now))
            else:
                known.school = school

    def heard(self, id_: str, event: TrapEvent) -> None:
        """One trap of one device."""
        device = self._devices.get(id_)
        if device is None:
            return
        now = asyncio.get_running_loop().time()
        kind, fields = _told(event)
        key = (kind, "".join(fields.values()))
        last = device.told.get(key)
        if (last is not None and now - last < _SAME_SECONDS) or not device.bucket.take(now):
            self._hold_back(id_, device)
            return
        device.told[key] = now
        if len(device.told) > _BURST:
            device.told = {k: at for k, at in device.told.items() if now - at < _SAME_SECONDS}
        self._tell(id_, device, kind, fields)

    def close(self) -> None:
        """Tell what was held back."""
        for id_, device in self._devices.items():
            self._sum_up(id_, device)

    def _hold_back(self, id_: str, device: _Device) -> None:
        self.suppressed += 1
        device.suppressed += 1
        if device.summary is None:
            loop = asyncio.get_running_loop()
            device.summary = loop.call_later(_SUMMARY_SECONDS, self._sum_up, id_, device)

    def _sum_up(self, id_: str, device: _Device) -> None:
        self._end(device)
        count, device.suppressed = device.suppressed, 0
        if count:
            self._tell(id_, device, SUPPRESSED, {"count": str(count)})

    def _end(self, device: _Device) -> None:
        if device.summary is not None:
            device.summary.cancel()
            device.summary = None

    def _tell(self, id_: str, device: _Device, kind: str, fields: dict[str, str]) -> None:
        self.told += 1
        at = int(self._clock() * 1000)
        self._report(Event(id_, device.school, at, kind, fields=fields))


def _told(event: TrapEvent) -> tuple[str, dict[str, str]]:
    """Kind and fields of the event a trap becomes."""
    fields = {}
    port = event.told.port_name or event.told.port_index
    if port is not None:
        fields["port"] = str(port)[:255]
    if event.kind.startswith(_VENDOR):
        return _NAMED, {"trap": event.kind.removeprefix(_VENDOR), **fields}
    if event.kind == "unknown":
        return _UNNAMED, {"trap": event.told.trap[:255], **fields}
    return event.kind, fields
