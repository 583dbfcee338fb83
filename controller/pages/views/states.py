"""States in words and in tones. A tone only repeats what the words say: never colour alone."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from controller.language import N_
from inventory.status import Status

Tone: TypeAlias = Literal["good", "warn", "bad", "info", "idle"]

_STATUS: Mapping[Status, tuple[str, Tone]] = {
    Status.healthy: (N_("Healthy"), "good"),
    Status.off: (N_("Not in use"), "idle"),
    Status.degraded: (N_("Degraded"), "warn"),
    Status.down: (N_("Down"), "bad"),
    Status.silent: (N_("Silent"), "warn"),
    Status.unknown: (N_("Unknown"), "idle"),
}
#: Statuses in which a device answers.
ONLINE = frozenset({Status.healthy, Status.degraded})


def status_word(status: Status) -> str:
    """Message id of a device's status."""
    return _STATUS[status][0]


def status_tone(status: Status) -> Tone:
    return _STATUS[status][1]


def port_state(admin: str | None, oper: str | None) -> tuple[str, Tone]:
    """Message id and tone of a port (IF-MIB ifAdminStatus, ifOperStatus)."""
    if admin == "down":
        return N_("Disabled"), "idle"
    if oper == "up":
        return N_("Connected"), "good"
    if oper is None:
        return N_("Unknown"), "idle"
    return N_("Not connected"), "idle"
