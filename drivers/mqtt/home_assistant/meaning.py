"""What an entity measures, told by its unit, device class and words; most measure nothing of ours.

Rules are declarations; the first that fits wins. An entity that no rule fits is left out and
counted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from drivers.mqtt.fields import BadValue, checked, complement, number, percent, switch
from drivers.mqtt.home_assistant.announcement import Entity


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an entity's values are.

    Args:
        metric: name in the data dictionary.
        part: what it is a part of, empty for the device.
        convert: a value as a float in the metric's unit; raises ``BadValue``.
        scale: factor, after ``convert``.
        since: the value is a moment, and the metric the time since then.
    """

    metric: str
    part: str = ""
    convert: Callable[[object], float] = number
    scale: float = 1.0
    since: bool = False

    def read(self, value: object, *, at: int) -> float:
        """The metric's value, at a time in milliseconds since the epoch.

        Raises:
            BadValue: the value has the wrong type or cannot be right.
        """
        found = self.convert(value) * self.scale
        return checked(self.metric, at / 1000 - found if self.since else found)


_BYTES: Mapping[str, float] = {
    "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4,
}  # fmt: skip
_SECONDS: Mapping[str, float] = {
    "ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0,
}  # fmt: skip
_SCALES: Mapping[str, Mapping[str, float]] = {
    "power_watts": {"W": 1.0, "kW": 1e3, "mW": 1e-3},
    "voltage_volts": {"V": 1.0, "mV": 1e-3},
    "current_amperes": {"A": 1.0, "mA": 1e-3},
    "frequency_hertz": {"Hz": 1.0},
    "fan_speed_rpm": {"rpm": 1.0, "RPM": 1.0},
    "memory_used_bytes": _BYTES,
    "memory_total_bytes": _BYTES,
    "storage_used_bytes": _BYTES,
    "storage_total_bytes": _BYTES,
    "uptime_seconds": _SECONDS,
    "display_backlight_hours": {unit: factor / 3600 for unit, factor in _SECONDS.items()},
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to tell a metric.

    Args:
        metric: the metric it tells.
        words: must be found in the entity's words (name, ids, last key of its template).
        classes: device classes that tell it without words.
        units: units it may have; ``None`` where the metric has a table of scales.
        unless: must not be found.
        free: what is measured is what is free, not what is used.
        components: entities that can be it.
    """

    metric: str
    words: str = r"(?!)"
    classes: frozenset[str] = frozenset()
    units: frozenset[str | None] | None = None
    unless: str = r"(?!)"
    free: bool = False
    components: frozenset[str] = frozenset({"sensor"})

    def fits(self, entity: Entity, words: str) -> bool:
        if entity.component not in self.components or not self._has_unit(entity.unit):
            return False
        if re.search(self.unless, words):
            return False
        return entity.device_class in self.classes or re.search(self.words, words) is not None

    def _has_unit(self, unit: str | None) -> bool:
        if self.units is not None:
            return unit in self.units
        return unit in _SCALES[self.metric]


_PERCENT: frozenset[str | None] = frozenset({"%"})
_WORD: frozenset[str | None] = frozenset({None})
_SCREEN = r"\b(screen|display|monitor)\b"
_DISK = r"\b(disk|drive|harddrive|storage|space|hdd|ssd|filesystem|partition|mount)\b"
_MEMORY = r"\b(memory|ram)\b"
_FREE = r"\b(free|available|avail|remaining)\b"
_TWO_STATES = frozenset({"binary_sensor", "switch", "light"})
RULES = (
    Rule("battery_charge_ratio", r"\bbattery\b", frozenset({"battery"}), _PERCENT,
         unless=r"\b(health|charging|temperature)\b"),
    Rule("humidity_ratio", r"\bhumidity\b", frozenset({"humidity"}), _PERCENT),
    Rule("cpu_ratio", r"\b(cpu|processor)\b", units=_PERCENT,
         unless=r"\b(gpu|idle|frequency|fan|iowait|user|system|nice|steal)\b"),
    Rule("storage_used_ratio", rf"(?=.*{_DISK}).*{_FREE}", units=_PERCENT, free=True),
    Rule("storage_used_ratio", _DISK, units=_PERCENT, unless=r"\b(io|busy|active|health)\b"),
    Rule("memory_used_ratio", rf"(?=.*{_MEMORY}).*{_FREE}", units=_PERCENT, free=True,
         unless=r"\b(gpu|swap)\b"),
    Rule("memory_used_ratio", _MEMORY, units=_PERCENT, unless=r"\b(gpu|swap)\b"),
    Rule("volume_ratio", r"\b(volume|loudness)\b", units=_PERCENT),
    Rule("memory_total_bytes", rf"(?=.*{_MEMORY}).*\btotal\b",
         unless=r"\b(gpu|swap|free|available|used)\b"),
    Rule("memory_used_bytes", rf"(?=.*{_MEMORY}).*\b(used|usage)\b",
         unless=rf"{_FREE}|\b(gpu|swap|cached)\b"),
    Rule("storage_total_bytes", rf"(?=.*{_DISK}).*\b(total|size|capacity)\b",
         unless=rf"{_FREE}|\bused\b"),
    Rule("storage_used_bytes", rf"(?=.*{_DISK}).*\b(used|usage)\b", unless=_FREE),
    Rule("temperature_celsius", r"\b(temperature|temp)\b", frozenset({"temperature"}),
         frozenset({"°C", "°F", "C", "F", "K"})),
    Rule("power_watts", r"\bpower\b", frozenset({"power"}),
         unless=r"\b(apparent|reactive|today|yesterday|total)\b"),
    Rule("voltage_volts", r"\bvoltage\b", frozenset({"voltage"})),
    Rule("current_amperes", r"\bcurrent\b", frozenset({"current"})),
    Rule("frequency_hertz", r"\bfrequency\b", frozenset({"frequency"}), unless=r"\b(cpu|clock)\b"),
    Rule("fan_speed_rpm", r"\bfan\b"),
    Rule("display_backlight_hours", r"\b(backlight|lamp)\b"),
    Rule("uptime_seconds", r"\b(uptime|up time)\b", unless=r"\bapp\b"),
    Rule("uptime_seconds", r"\b(last boot|boot time|uptime)\b", units=_WORD),
    Rule("display_on", _SCREEN, units=_WORD, components=_TWO_STATES,
         unless=r"\b(saver|screensaver|lock|locked|brightness|touch|motion|always)\b"),
    Rule("display_on", rf"(?=.*{_SCREEN}).*\b(power|powerstate|state|on)\b", units=_WORD,
         unless=r"\b(saver|screensaver|lock|locked|brightness|system)\b"),
)  # fmt: skip
# Words that say nothing about which part is meant.
_COMMON = re.compile(
    r"\b(sensor|level|usage|used|use|percent|percentage|load|total|size|capacity|state|status|"
    r"current|value|the|of|virtual|free|available|space|energy)\b"
)
_OWN_WORDS: Mapping[str, str] = {
    "cpu_ratio": r"\b(cpu|processor)\b",
    "memory": r"\b(memory|ram)\b",
    "storage": r"\b(disk|drive|storage|volume)\b",
    "temperature_celsius": r"\b(temperature|temp)\b",
    "power_watts": r"\bpower\b",
    "voltage_volts": r"\bvoltage\b",
    "frequency_hertz": r"\bfrequency\b",
    "battery_charge_ratio": r"\bbattery\b",
    "humidity_ratio": r"\bhumidity\b",
    "fan_speed_rpm": r"\b(fan|speed)\b",
}
# HASS.Agent writes "memoryusage" and "monitorpowerstate".
_GLUED = re.compile(
    r"(?<![a-z])(cpu|memory|ram|disk|drive|monitor|display|screen|battery|last)"
    r"(?=(load|usage|used|power|level|boot|temperature|total|free))"
)
#: Of the device as a whole, whatever the entity is called.
_WHOLE = frozenset({"display_on", "volume_ratio", "uptime_seconds", "display_backlight_hours"})


def meaning_of(entity: Entity, device_name: str | None) -> Meaning | None:
    """What the entity measures; ``None`` if it is nothing of ours."""
    words = _words(entity, device_name)
    rule = next((rule for rule in RULES if rule.fits(entity, words)), None)
    if rule is None:
        return None
    part = "" if rule.metric in _WHOLE else _part(rule.metric, entity, device_name)
    found = Meaning(rule.metric, part, number)
    if rule.metric == "temperature_celsius":
        return replace(found, convert=_TEMPERATURES[str(entity.unit)])
    if rule.metric == "display_on":
        return replace(found, convert=_two_states(entity))
    if rule.metric in _SCALES and entity.unit is not None:
        return replace(found, scale=_SCALES[rule.metric][entity.unit])
    if rule.metric == "uptime_seconds":
        return replace(found, convert=_moment, since=True)
    return replace(found, convert=_free_percent if rule.free else percent)


def attribute_meanings(entity: Entity, meaning: Meaning) -> Mapping[str, Meaning]:
    """What the entity's JSON attributes add: memory and disks say all their numbers there."""
    what = meaning.metric.partition("_")[0]
    if what not in {"memory", "storage"}:
        return {}
    part = meaning.part
    found = {"percent": Meaning(f"{what}_used_ratio", part, percent)}
    if entity.unit in _BYTES:
        scale = _BYTES[str(entity.unit)]
        found["total"] = Meaning(f"{what}_total_bytes", part, scale=scale)
        found["used"] = Meaning(f"{what}_used_bytes", part, scale=scale)
    return found


def _words(entity: Entity, device_name: str | None) -> str:
    key = re.search(r"(\w+)['\"]?\]?\s*(\||\}|if\b)", entity.template or "")
    said = [_without(entity.name, device_name), entity.object_id, key[1] if key else ""]
    return _split(" ".join(said))


def _split(said: str) -> str:
    """``CamelCase``, ``snake_case`` and the rest as lower-case words."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", said)
    return _GLUED.sub(r"\1 ", re.sub(r"[_\-/.:]+", " ", apart).lower())


def _without(name: str | None, device_name: str | None) -> str:
    name = name or ""
    if device_name and name.lower().startswith(device_name.lower()):
        return name[len(device_name) :].strip(" _-")
    return name


def _part(metric: str, entity: Entity, device_name: str | None) -> str:
    name = _without(entity.name, device_name)
    if metric.startswith("storage"):
        name = name or entity.object_id
        volume = re.search(
            r"\(volume:\s*([^)]+)\)|(?:^|[ _])([a-z]):?(?=[ _]|$)", name, re.IGNORECASE
        )
        if volume is not None:
            return volume[1] or f"{volume[2].upper()}:"
    own = _OWN_WORDS.get(metric) or _OWN_WORDS.get(metric.partition("_")[0], r"(?!)")
    rest = re.sub(own, " ", _COMMON.sub(" ", _split(name)))
    return " ".join(re.sub(r"[^\w\s]", " ", rest).split())


def _free_percent(value: object) -> float:
    return complement(percent(value))


def _fahrenheit(value: object) -> float:
    return (number(value) - 32.0) / 1.8


def _kelvin(value: object) -> float:
    return number(value) - 273.15


_TEMPERATURES: Mapping[str, Callable[[object], float]] = {
    "°C": number, "C": number, "°F": _fahrenheit, "F": _fahrenheit, "K": _kelvin,
}  # fmt: skip


def _two_states(entity: Entity) -> Callable[[object], float]:
    def read(value: object) -> float:
        word = str(value).strip()
        if word == entity.payload_on:
            return 1.0
        if word == entity.payload_off:
            return 0.0
        return switch(word)

    return read


def _moment(value: object) -> float:
    """A time in ISO 8601, one without a zone being UTC, as seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise BadValue("not a time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
