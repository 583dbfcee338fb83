"""The device families we can hear, as declarations: topics, and where each number is.

A device publishes under ``campus/<school>/<profile>/<client>/``:

=================  ========  ================================================================
topic              retained  payload
=================  ========  ================================================================
``availability``   yes       ``online`` after connecting; ``offline`` is its last will
``identity``       yes       ``{"vendor", "model", "serial", "version", "os", "name"}``
``state``          yes       the profile's own object, every minute or on change; ``at`` is the
                             device's clock in seconds since the epoch (UTC)
=================  ========  ================================================================

Retained states let a listener that comes later know at once; ``at`` tells it how old they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.mqtt.fields import Field, percent, switch, text
from drivers.readings import Identity, Kind

ROOT: Final = "campus"
_TOPIC: Final = re.compile(
    r"campus/(?P<school>[A-Z0-9-]{4,32})/(?P<profile>[a-z_]{1,32})/(?P<client>[A-Za-z0-9_.:-]{1,64})/"
    r"(?P<what>availability|identity|state)"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Who a topic belongs to, and which of its messages it is."""

    school: str
    profile: str
    client: str
    what: str


def parse_topic(topic: str) -> Address | None:
    """The address in a topic of ours; ``None`` for every other topic."""
    found = _TOPIC.fullmatch(topic)
    return Address(**found.groupdict()) if found else None


@dataclass(frozen=True, slots=True)
class Profile:
    """One device family on MQTT.

    Args:
        name: the topic's third level, and ``MqttAccess.profile``.
        kind: what its devices are.
        fields: the numbers of a ``state`` payload.
        silence: seconds without a message after which a device counts as gone.
    """

    name: str
    kind: Kind
    fields: tuple[Field, ...]
    silence: float = 180.0

    def subscription(self, school: str = "+") -> str:
        """The topic filter for one school's devices of this profile, or for every school's."""
        return f"{ROOT}/{school}/{self.name}/+/+"

    def topic(self, school: str, client: str, what: str) -> str:
        """Where a device publishes ``availability``, ``identity`` or ``state``."""
        return f"{ROOT}/{school}/{self.name}/{client}/{what}"

    def identity(self, document: Mapping[str, object]) -> Identity:
        """Who the device says it is; what it does not say stays ``None``."""
        return Identity(
            vendor=text(document.get("vendor")),
            kind=self.kind,
            model=text(document.get("model")),
            serial=text(document.get("serial")),
            version=text(document.get("version")),
            os=text(document.get("os")),
            name=text(document.get("name")),
        )


#: Interactive whiteboards and panels (交互式电子白板/一体机): display, sound and built-in computer.
WHITEBOARD: Final = Profile(
    name="whiteboard",
    kind=Kind.whiteboard,
    fields=(
        Field("display_on", "display.power", switch, high=1.0),
        Field("display_backlight_hours", "display.backlight_hours", high=1e6),
        Field("volume_ratio", "volume", percent, high=1.0),
        Field("cpu_ratio", "cpu", percent, high=1.0),
        Field("memory_used_ratio", "memory", percent, high=1.0),
        Field("storage_used_ratio", "storage", percent, high=1.0),
        Field("temperature_celsius", "temperature", low=-40.0, high=150.0),
        Field("uptime_seconds", "uptime", high=1e10),
    ),
)

#: Classroom computers and thin clients (终端).
TERMINAL: Final = Profile(
    name="terminal",
    kind=Kind.terminal,
    fields=(
        Field("cpu_ratio", "cpu_percent", percent, high=1.0),
        Field("memory_used_ratio", "memory_percent", percent, high=1.0),
        Field("storage_used_ratio", "used_percent", percent, high=1.0, rows="disks"),
        Field("temperature_celsius", "temperature", low=-40.0, high=150.0),
        Field("display_on", "display", switch, high=1.0),
        Field("uptime_seconds", "uptime_seconds", high=1e10),
    ),
)

PROFILES: Final[Mapping[str, Profile]] = {p.name: p for p in (WHITEBOARD, TERMINAL)}
