"""Tasmota's own discovery, in the words of Home Assistant's.

``tasmota/discovery/<MAC>/config`` says who a plug or sensor is and how its topics are built,
``.../sensors`` what its telemetry looks like. Both are retained. Telemetry comes on
``tele/<topic>/SENSOR`` and ``.../STATE``, every 300 s unless told otherwise; the last will on
``tele/<topic>/LWT``.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from drivers.mqtt.fields import BadPayload, read_object, text
from drivers.mqtt.home_assistant.announcement import (
    MAX_COMPONENTS,
    MAX_CONFIG_BYTES,
    Announcement,
    DeviceBlock,
    Entity,
    Watch,
    mac_identifier,
)

FILTERS = ("tasmota/discovery/+/config", "tasmota/discovery/+/sensors")
_TOPIC = re.compile(r"tasmota/discovery/(?P<mac>[0-9A-Fa-f]{12})/(?P<what>config|sensors)")
_NAME = re.compile(r"[A-Za-z0-9_ .-]{1,64}")
#: Telemetry key to device class and unit.
_SENSORS: Mapping[str, tuple[str, str]] = {
    "Power": ("power", "W"),
    "Voltage": ("voltage", "V"),
    "Current": ("current", "A"),
    "Frequency": ("frequency", "Hz"),
    "Temperature": ("temperature", "°C"),
    "Humidity": ("humidity", "%"),
}
#: Keys of a configuration that are read, beside the prefixes.
_CONFIG = ("dn", "md", "sw", "mac", "ft", "t", "hn", "onln", "ofln")
_LONGEST_WORD = 200
_MOST_GROUPS = 64
#: Two messages make a device; this many wait for their other half.
MAX_WAITING = 1_000


class TasmotaAnnouncements:
    """Joins the two messages of each device."""

    def __init__(self) -> None:
        self._configs: dict[str, Mapping[str, object]] = {}
        self._sensors: dict[str, Mapping[str, object]] = {}

    def is_one(self, topic: str) -> bool:
        return _TOPIC.fullmatch(topic) is not None

    def read(self, topic: str, payload: bytes) -> Announcement:
        """What is announced so far; a device without its ``sensors`` has its uptime only.

        Raises:
            BadPayload: another topic, or not an announcement within the limits.
        """
        found = _TOPIC.fullmatch(topic)
        if found is None:
            raise BadPayload("not a discovery topic")
        mac = found["mac"].lower()
        kept = self._configs if found["what"] == "config" else self._sensors
        if not payload.strip():
            kept.pop(mac, None)
        elif mac in kept or len(kept) < MAX_WAITING:
            document = read_object(payload, longest=MAX_CONFIG_BYTES)
            kept[mac] = _config(document) if kept is self._configs else _example(document)
        config = self._configs.get(mac)
        if config is None:
            return Announcement(f"tasmota {mac}")
        return _announcement(mac, config, self._sensors.get(mac, {}))


def _config(document: Mapping[str, object]) -> Mapping[str, object]:
    """What is read of a configuration, no longer than it may be: a thousand of them are kept."""
    prefixes = document.get("tp")
    said = {key: _short(document[key]) for key in _CONFIG if key in document}
    return said | {
        "tp": [_short(one) for one in prefixes[:3]] if isinstance(prefixes, list) else None
    }


def _example(document: Mapping[str, object]) -> Mapping[str, object]:
    """The numbers of the telemetry that are read, out of an example of it."""
    said = document.get("sn")
    if not isinstance(said, dict):
        return {}
    groups = {
        group: {key: values[key] for key in _SENSORS if _is_number(values.get(key))}
        for group, values in list(said.items())[:_MOST_GROUPS]
        if isinstance(values, dict) and _NAME.fullmatch(group)
    }
    return {"sn": groups | {"TempUnit": _short(said.get("TempUnit"))}}


def _announcement(
    mac: str, config: Mapping[str, object], sensors: Mapping[str, object]
) -> Announcement:
    identifier = mac_identifier(config.get("mac")) or f"mac:{mac}"
    device = DeviceBlock(
        (mac.upper(), identifier),
        name=text(config.get("dn")),
        manufacturer="Tasmota",
        model=text(config.get("md")),
        sw_version=text(config.get("sw")),
    )
    tele = _tele_topic(config)
    watch = Watch(
        f"{tele}/LWT",
        text(config.get("onln")) or "Online",
        text(config.get("ofln")) or "Offline",
    )
    entities = [
        Entity(
            f"tasmota {mac} uptime", "sensor", f"{tele}/STATE", "Uptime",
            template="{{ value_json.UptimeSec }}", unit="s", watches=(watch,),
        )
    ]  # fmt: skip
    unit = _temperature_unit(sensors)
    for path, key in _telemetry(sensors):
        kind, usual = _SENSORS[key]
        entities.append(
            Entity(
                key=f"tasmota {mac} {'.'.join(path)}",
                component="sensor",
                state_topic=f"{tele}/SENSOR",
                name=" ".join(path),
                template="{{ value_json" + "".join(f"['{one}']" for one in path) + " }}",
                device_class=kind,
                unit=unit if kind == "temperature" else usual,
                watches=(watch,),
            )
        )
    return Announcement(f"tasmota {mac}", device, tuple(entities))


def _tele_topic(config: Mapping[str, object]) -> str:
    """The full topic with its placeholders filled in.

    Raises:
        BadPayload: what is there is no topic.
    """
    full, topic, prefixes = config.get("ft"), config.get("t"), config.get("tp")
    prefix = prefixes[2] if isinstance(prefixes, list) and len(prefixes) > 2 else None  # noqa: PLR2004
    if not (isinstance(full, str) and isinstance(topic, str) and isinstance(prefix, str)):
        raise BadPayload("no topic")
    filled = full.replace("%prefix%", prefix).replace("%topic%", topic).strip("/")
    filled = filled.replace("%hostname%", str(config.get("hn", "")))
    if not filled or len(filled) > 200 or set(filled) & set("+#%\0$"):  # noqa: PLR2004
        raise BadPayload("no topic")
    return filled


def _temperature_unit(sensors: Mapping[str, object]) -> str:
    said = sensors.get("sn")
    unit = said.get("TempUnit") if isinstance(said, dict) else None
    return "°F" if unit == "F" else "°C"


def _telemetry(sensors: Mapping[str, object]) -> Iterator[tuple[tuple[str, str], str]]:
    """(path, key) of the numbers in an example of the telemetry."""
    said = sensors.get("sn")
    found = (
        ((group, key), key)
        for group, values in (said.items() if isinstance(said, dict) else ())
        if isinstance(values, dict)
        # A plug of several channels says lists, which `_example` leaves out: which channel feeds
        # what nobody knows.
        for key in values
    )
    yield from islice(found, MAX_COMPONENTS)


def _short(value: object) -> object:
    return value[:_LONGEST_WORD] if isinstance(value, str) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
