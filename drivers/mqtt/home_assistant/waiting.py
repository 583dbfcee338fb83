"""Which announced devices wait for which topics: bounded, and free of what was taken back."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.mqtt.home_assistant.announcement import Entity, Watch
from drivers.mqtt.home_assistant.device import Device, Source

MAX_TOPICS = 20_000
_What = TypeVar("_What", bound=Hashable)
_Waiter = TypeVar("_Waiter")


@dataclass(slots=True)
class Topic:
    """Who waits for a topic."""

    states: dict[tuple[int, str], tuple[Device, Entity]] = field(default_factory=dict)
    attributes: dict[tuple[int, str], tuple[Device, Source]] = field(default_factory=dict)
    watches: dict[tuple[int, Watch], tuple[Device, Watch]] = field(default_factory=dict)

    def forget(self, device: Device) -> None:
        """Wait for it on behalf of the others only."""
        self.states = _others(self.states, device)
        self.attributes = _others(self.attributes, device)
        self.watches = _others(self.watches, device)

    def is_idle(self) -> bool:
        return not (self.states or self.attributes or self.watches)


def _others(
    waiting: dict[tuple[int, _What], _Waiter], device: Device
) -> dict[tuple[int, _What], _Waiter]:
    return {key: one for key, one in waiting.items() if key[0] != id(device)}


class Waiting:
    """The topics that devices named."""

    def __init__(self) -> None:
        #: Topics that were beyond the limit.
        self.refused = 0
        self._topics: dict[str, Topic] = {}
        self._new: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._topics

    def get(self, name: str) -> Topic | None:
        return self._topics.get(name)

    def new(self) -> list[str]:
        """Topics that were named since the last call: subscribe to them."""
        found, self._new = self._new, []
        return found

    def listen_to(self, device: Device) -> None:
        """Wait for what its entities say, and no more for what those said that are gone."""
        before, device.topics = device.topics, set()
        for name in before:
            if (topic := self._topics.get(name)) is not None:
                topic.forget(device)
        for entity in device.entities():
            self._wait(device, entity)
        for name in before - device.topics:
            if name in self._topics and self._topics[name].is_idle():
                del self._topics[name]

    def _wait(self, device: Device, entity: Entity) -> None:
        topic = self._named(entity.state_topic, device)
        if topic is not None:
            topic.states[id(device), entity.key] = (device, entity)
        source = device.sources.get(entity.key)
        if source is not None and source.attributes and entity.attributes_topic is not None:
            topic = self._named(entity.attributes_topic, device)
            if topic is not None:
                topic.attributes[id(device), entity.key] = (device, source)
        for watch in entity.watches:
            topic = self._named(watch.topic, device)
            if topic is not None:
                topic.watches[id(device), watch] = (device, watch)

    def _named(self, name: str, device: Device) -> Topic | None:
        found = self._topics.get(name)
        if found is None:
            if len(self._topics) >= MAX_TOPICS:
                self.refused += 1
                return None
            found = self._topics[name] = Topic()
            self._new.append(name)
        device.topics.add(name)
        return found
