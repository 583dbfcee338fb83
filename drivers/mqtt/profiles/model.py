"""A profile of MQTT devices, as its YAML file says it. ``docs/mqtt.md`` explains every key."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from drivers.mqtt.fields import CONVERSIONS, BadValue, checked, number, text
from drivers.mqtt.paths import parse_path
from drivers.mqtt.topics import TopicPattern
from drivers.readings import Identity, Kind

Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{1,31}$")]
PathText = Annotated[str, msgspec.Meta(pattern=r"^\$", max_length=200)]
Pattern = Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class Availability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The topic of the last will, and its two words."""

    topic: Pattern
    online: str = "online"
    offline: str = "offline"


#: What apps write where they know nothing.
_NOTHING = frozenset({"unknown", "null", "none", "n/a", "undefined"})


class IdentityPaths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payload says who the device is; ``topic`` if not in a state.

    Of several paths the first that leads to something counts: versions of an app differ.
    """

    # Plain texts, checked when a file is read: PathText in a union with a tuple of itself makes
    # msgspec 0.22 crash in the interpreter's last collection (its issue 717).

    topic: Pattern | None = None
    vendor: str | tuple[str, ...] = ()
    model: str | tuple[str, ...] = ()
    serial: str | tuple[str, ...] = ()
    version: str | tuple[str, ...] = ()
    os: str | tuple[str, ...] = ()
    name: str | tuple[str, ...] = ()

    def of(self, word: str) -> tuple[str, ...]:
        """The paths of one word."""
        found: str | tuple[str, ...] = getattr(self, word)
        return (found,) if isinstance(found, str) else found


def _first(paths: tuple[str, ...], document: object) -> str | None:
    said = (text(parse_path(path).first(document)) for path in paths)
    return next((one for one in said if one and one.lower() not in _NOTHING), None)


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric.

    Args:
        metric: name in the data dictionary.
        path: where the value is; ``$`` is the whole payload.
        part: what it is a part of: a text, or a path inside the row that ``[*]`` takes.
        convert: a name of ``drivers.mqtt.fields.CONVERSIONS``.
        scale: factor, after ``convert``.
        over: path of a divisor, before ``convert``.
        topic: the one state topic it is in; every one if left out.
    """

    metric: str
    path: PathText
    part: str = ""
    convert: Literal["number", "percent", "complement", "switch"] = "number"
    scale: float = 1.0
    over: PathText | None = None
    topic: Pattern | None = None

    def read(self, document: object) -> Iterator[tuple[str, float]]:
        """(part, value); nothing where the payload has no such key.

        Raises:
            BadValue: a value has the wrong type or cannot be right.
        """
        for key, row, value in parse_path(self.path).rows(document):
            if value is None:
                continue
            part = self._part(key, row)
            if part is not None:
                yield part, self._value(value, document)

    def _part(self, key: str | int | None, row: object) -> str | None:
        if self.part.startswith("$"):
            return text(parse_path(self.part).first(row))
        return self.part or (text(key) or "" if key is not None else "")

    def _value(self, value: object, document: object) -> float:
        if self.over is not None:
            divisor = number(parse_path(self.over).first(document))
            if not divisor:
                raise BadValue("divided by zero")
            value = number(value) / divisor
        return checked(self.metric, CONVERSIONS[self.convert](value) * self.scale)


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device can be told: where, in what words, and where it answers. Only declared."""

    name: Name
    topic: Pattern
    payload: str
    reply: Pattern | None = None


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One family of devices.

    Args:
        name: ``MqttAccess.profile``.
        title: what it covers.
        kind: what its devices are.
        state: topic patterns of the numbers; where there are several, what comes within a
            second makes one poll.
        proven: ``recording`` when tried on what a real client said.
        vendor: of all its devices, where they do not say it.
        stamp: path of the device's own clock in a state, seconds since the epoch.
        silence: seconds without a message after which a device counts as gone.
        plain: a state is a bare word or number instead of JSON.
    """

    name: Name
    title: str
    kind: Kind
    state: Annotated[tuple[Pattern, ...], msgspec.Meta(min_length=1, max_length=32)]
    metrics: Annotated[tuple[Metric, ...], msgspec.Meta(min_length=1, max_length=64)]
    proven: Literal["recording", "documentation"] = "documentation"
    availability: Availability | None = None
    identity: IdentityPaths | None = None
    vendor: str | None = None
    stamp: PathText | None = None
    silence: Annotated[float, msgspec.Meta(ge=10, le=86_400)] = 180.0
    plain: bool = False
    commands: tuple[Command, ...] = ()

    @cached_property
    def patterns(self) -> Mapping[str, TopicPattern]:
        """Topic text to pattern, of everything the device publishes.

        Raises:
            BadPattern: one of them is none.
        """
        texts = list(self.state)
        if self.availability is not None:
            texts.append(self.availability.topic)
        if self.identity is not None and self.identity.topic is not None:
            texts.append(self.identity.topic)
        return {one: TopicPattern(one) for one in texts}

    def subscriptions(self, school: str = "+") -> list[str]:
        """Topic filters for one school's devices, or for every school's."""
        return [pattern.subscription(school) for pattern in self.patterns.values()]

    def topic(self, school: str, client: str, what: str) -> str:
        """Where a device publishes ``availability``, ``identity`` or its (first) ``state``."""
        text_ = self.state[0]
        if what == "availability" and self.availability is not None:
            text_ = self.availability.topic
        elif what == "identity" and self.identity is not None and self.identity.topic is not None:
            text_ = self.identity.topic
        return self.patterns[text_].topic(school, client)

    def identity_of(self, document: object) -> Identity:
        """Who the device says it is; what it does not say stays ``None``."""
        paths = self.identity or IdentityPaths()
        said = {
            name: _first(paths.of(name), document)
            for name in ("vendor", "model", "serial", "version", "os", "name")
        }
        said["vendor"] = said.get("vendor") or self.vendor
        return Identity(kind=self.kind, **said)
