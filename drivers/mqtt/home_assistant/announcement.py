"""What a discovery message announces: entities, and the device they belong to.

``<prefix>/<component>/[<node_id>/]<object_id>/config`` carries one entity with its ``device``
block, ``<prefix>/device/[<node_id>/]<object_id>/config`` a whole device with its ``components``.
An empty payload takes it back. Keys may be abbreviated and topics begin or end with ``~``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from drivers.mqtt.fields import BadPayload, read_object, text
from drivers.mqtt.templates.evaluator import MAX_TEMPLATE

#: A device with a hundred components is about 40 KB.
MAX_CONFIG_BYTES = 64 << 10
MAX_COMPONENTS = 256
MAX_IDENTIFIERS = 8
MAX_AVAILABILITY = 8
MAX_TOPIC = 256
#: Letters of the name a component has in its device's announcement.
MAX_KEY = 128
_ID = r"[A-Za-z0-9_-]{1,128}"
#: Entities that say something; the others (button, text, ...) only take orders.
_HEARD = frozenset({"sensor", "binary_sensor", "switch", "light"})

# Abbreviations of the keys that are read here, as Home Assistant's documentation lists them.
_SHORT: Mapping[str, str] = {
    "avty": "availability", "avty_mode": "availability_mode", "avty_t": "availability_topic",
    "avty_tpl": "availability_template", "cmps": "components", "dev": "device",
    "dev_cla": "device_class", "exp_aft": "expire_after", "json_attr_t": "json_attributes_topic",
    "o": "origin", "obj_id": "object_id", "p": "platform", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "pl_off": "payload_off", "pl_on": "payload_on",
    "stat_off": "state_off", "stat_on": "state_on", "stat_t": "state_topic",
    "stat_val_tpl": "state_value_template", "t": "topic", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
}  # fmt: skip
_SHORT_DEVICE: Mapping[str, str] = {
    "cns": "connections", "hw": "hw_version", "ids": "identifiers", "mdl": "model",
    "mdl_id": "model_id", "mf": "manufacturer", "sn": "serial_number", "sw": "sw_version",
}  # fmt: skip
_SHORT_ORIGIN: Mapping[str, str] = {"sw": "sw_version"}


@dataclass(frozen=True, slots=True)
class Watch:
    """One availability topic and its words."""

    topic: str
    online: str = "online"
    offline: str = "offline"
    template: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceBlock:
    """Who a device says it is. ``identifiers`` is never empty; MAC addresses are ``mac:`` + hex."""

    identifiers: tuple[str, ...]
    name: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    sw_version: str | None = None
    hw_version: str | None = None
    serial_number: str | None = None
    origin: str | None = None
    origin_version: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing a device says.

    Args:
        key: names it among the device's entities for as long as it is announced.
        component: ``sensor``, ``binary_sensor``, ``switch``, ``light``.
        payload_on: the word for on, of components that have two states.
    """

    key: str
    component: str
    state_topic: str
    name: str | None = None
    object_id: str = ""
    template: str | None = None
    device_class: str | None = None
    unit: str | None = None
    payload_on: str = "ON"
    payload_off: str = "OFF"
    attributes_topic: str | None = None
    expire_after: float | None = None
    watches: tuple[Watch, ...] = ()
    mode: str = "latest"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One discovery message: ``key`` names its topic, ``device`` is ``None`` when taken back."""

    key: str
    device: DeviceBlock | None = None
    entities: tuple[Entity, ...] = ()
    #: Entities that were announced but say nothing we could read.
    left_out: int = field(default=0, compare=False)


class Announcements:
    """Reads the discovery topics below one prefix."""

    def __init__(self, prefix: str = "homeassistant") -> None:
        self._topic = re.compile(
            rf"{re.escape(prefix)}/(?P<component>[a-z_]{{1,32}})/(?:(?P<node>{_ID})/)?"
            rf"(?P<object>{_ID})/config"
        )
        self.filters = (f"{prefix}/+/+/config", f"{prefix}/+/+/+/config")

    def is_one(self, topic: str) -> bool:
        return self._topic.fullmatch(topic) is not None

    def read(self, topic: str, payload: bytes) -> Announcement:
        """What is announced.

        Raises:
            BadPayload: another topic, or not an announcement within the limits.
        """
        found = self._topic.fullmatch(topic)
        if found is None:
            raise BadPayload("not a discovery topic")
        if not payload.strip():
            return Announcement(topic)
        document = _expanded(read_object(payload, longest=MAX_CONFIG_BYTES), _SHORT)
        origin = _expanded(_mapping(document.get("origin")), _SHORT_ORIGIN)
        device = _device(_mapping(document.get("device")), origin, found["node"])
        if found["component"] == "device":
            components = _components(document)
        else:
            components = [(found["object"], {"platform": found["component"], **document})]
        entities = tuple(
            entity
            for key, one in components
            if len(key) <= MAX_KEY and (entity := _entity(f"{topic} {key}", key, one)) is not None
        )
        return Announcement(topic, device, entities, len(components) - len(entities))


def _components(document: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """(id, settings) of a device's components, what they share filled in."""
    given = _mapping(document.get("components"))
    if len(given) > MAX_COMPONENTS:
        raise BadPayload(f"{len(given)} components, at most {MAX_COMPONENTS} are read")
    shared = {
        key: value
        for key, value in document.items()
        if key in {"~", "state_topic", "availability_mode", "json_attributes_topic"}
        or key.startswith(("availability", "payload_"))
    }
    return [(key, {**shared, **_expanded(_mapping(one), _SHORT)}) for key, one in given.items()]


def _device(
    block: Mapping[str, object], origin: Mapping[str, object], node: str | None
) -> DeviceBlock:
    block = _expanded(block, _SHORT_DEVICE)
    identifiers = [text(one) for one in _listed(block.get("identifiers"))]
    connections = block.get("connections")
    identifiers += [
        mac_identifier(one[1])
        for one in (connections if isinstance(connections, list) else ())
        if isinstance(one, list) and len(one) == 2 and one[0] == "mac"  # noqa: PLR2004
    ]
    known = tuple(dict.fromkeys(one for one in identifiers if one))[:MAX_IDENTIFIERS]
    if not known and node is not None:
        known = (node,)
    if not known:
        raise BadPayload("no device")
    return DeviceBlock(
        known,
        name=text(block.get("name")),
        manufacturer=text(block.get("manufacturer")),
        model=text(block.get("model")),
        sw_version=text(block.get("sw_version")),
        hw_version=text(block.get("hw_version")),
        serial_number=text(block.get("serial_number")),
        origin=text(origin.get("name")),
        origin_version=text(origin.get("sw_version")),
    )


def _listed(given: object) -> list[object]:
    """A list, also as WallPanel writes it: one text, ``[wallpanel_hall]``."""
    if isinstance(given, list):
        return given
    if isinstance(given, str) and given.startswith("[") and given.endswith("]"):
        return list(given[1:-1].split(", ", MAX_IDENTIFIERS))
    return [given]


def mac_identifier(value: object) -> str | None:
    """``AA-BB-...`` as ``mac:aabb...``; ``None`` for what is no MAC address."""
    digits = re.sub(r"[:.\-]", "", value).lower() if isinstance(value, str) else ""
    return f"mac:{digits}" if re.fullmatch(r"[0-9a-f]{12}", digits) else None


def _entity(key: str, object_id: str, given: Mapping[str, object]) -> Entity | None:
    """The entity, ``None`` if it is of a kind that says nothing."""
    component = text(given.get("platform"))
    base = given.get("~")
    base = base if isinstance(base, str) else ""
    topic = _topic(given.get("state_topic"), base)
    if component is None or component not in _HEARD or topic is None:
        return None
    template = given.get("value_template") or given.get("state_value_template")
    mode = given.get("availability_mode")
    expire = given.get("expire_after")
    return Entity(
        key=key,
        component=component,
        state_topic=topic,
        name=text(given.get("name")),
        object_id=object_id,
        template=_template(template),
        device_class=text(given.get("device_class")),
        unit=text(given.get("unit_of_measurement")),
        payload_on=_word(given.get("state_on", given.get("payload_on")), "ON"),
        payload_off=_word(given.get("state_off", given.get("payload_off")), "OFF"),
        attributes_topic=_topic(given.get("json_attributes_topic"), base),
        expire_after=float(expire) if isinstance(expire, int) and expire > 0 else None,
        watches=tuple(_watches(given, base)),
        mode=mode if mode in ("all", "any") else "latest",
    )


def _watches(given: Mapping[str, object], base: str) -> Iterator[Watch]:
    listed = given.get("availability")
    rows = [_expanded(_mapping(one), _SHORT) for one in listed] if isinstance(listed, list) else []
    if isinstance(listed, dict):
        rows = [_expanded(listed, _SHORT)]
    if given.get("availability_topic"):
        single = {**given, "topic": given["availability_topic"]}
        rows = [{**single, "value_template": given.get("availability_template")}]
    for row in rows[:MAX_AVAILABILITY]:
        topic = _topic(row.get("topic"), base)
        template = row.get("value_template")
        if topic is not None:
            yield Watch(
                topic,
                _word(row.get("payload_available"), "online"),
                _word(row.get("payload_not_available"), "offline"),
                _template(template),
            )


def _template(value: object) -> str | None:
    """A template no longer than needed to be refused as too long."""
    return value[: MAX_TEMPLATE + 1] if isinstance(value, str) else None


def _topic(value: object, base: str) -> str | None:
    """A topic to subscribe to; one with wildcards would hear what is not the device's."""
    if not isinstance(value, str):
        return None
    if value.startswith("~"):
        value = base + value[1:]
    elif value.endswith("~"):
        value = value[:-1] + base
    is_topic = 0 < len(value) <= MAX_TOPIC and not set(value) & set("+#\0") and value[0] != "$"
    return value if is_topic else None


def _word(value: object, default: str) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    return value[:64] if isinstance(value, str) and value else default


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _expanded(given: Mapping[str, object], short: Mapping[str, str]) -> Mapping[str, object]:
    return {short.get(key, key): value for key, value in given.items()}
