"""A device that its agent asks and that does not answer."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from alerts.rules.base import Finding
from alerts.severity import Severity
from drivers.readings import ALIVE, Kind, Outcome

#: When one of these is away, others are away with it.
INFRASTRUCTURE = frozenset(
    {
        Kind.switch,
        Kind.router,
        Kind.firewall,
        Kind.wireless_controller,
        Kind.server,
        Kind.storage,
        Kind.ups,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceWindow:
    """How the last polls of one device ended.

    Args:
        outcome: of the last poll. A device that nobody polled has no window.
        failures: polls in a row, the last one included, that found it not alive.
        since: since when it has been alive, or not alive.
    """

    subject: str
    kind: Kind
    outcome: Outcome
    failures: int
    since: datetime
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceDown:
    """Fires when polls in a row found the device not alive; one living answer clears it.

    Only polls speak: an agent that is silent says nothing about its devices.
    """

    polls: int = 2
    critical_kinds: AbstractSet[Kind] = INFRASTRUCTURE

    @property
    def name(self) -> str:
        return "device_down"

    def check(self, window: DeviceWindow) -> Finding | None:
        if window.outcome in ALIVE or window.failures < self.polls:
            return None
        return Finding(
            rule=self.name,
            subject=window.subject,
            severity=Severity.critical if window.kind in self.critical_kinds else Severity.warning,
            arguments={
                "outcome": window.outcome.value,
                "detail": window.detail,
                "failures": window.failures,
                "since": window.since.isoformat(timespec="seconds"),
            },
        )

    def clears(self, window: DeviceWindow) -> bool:
        return window.outcome in ALIVE
