"""What announced devices say, and the polls that follow. No I/O but templates' worker, no clock.

* Values that come within a second make one poll; ``partial`` where some cannot be right.
* The last will is a ``timeout`` at once where it leaves no entity available, silence when it has
  lasted.
* The broker's word that a device is connected (its retained availability) makes it alive, and its
  retained values count. Without that word retained values tell nothing about now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from drivers.mqtt.fields import BadPayload, BadValue, read_object, text
from drivers.mqtt.home_assistant import tasmota
from drivers.mqtt.home_assistant.announcement import Announcement, Announcements, Entity, Watch
from drivers.mqtt.home_assistant.device import Device, Source
from drivers.mqtt.home_assistant.meaning import Meaning
from drivers.mqtt.home_assistant.waiting import Waiting
from drivers.mqtt.polls import Rows, poll_of
from drivers.mqtt.templates.evaluator import Evaluator
from drivers.mqtt.templates.program import UNDEFINED, TemplateFailed
from drivers.plan import Target
from drivers.readings import ALIVE, Facts, Outcome, Poll

#: ``MqttAccess.profile`` of an announced device; its ``client`` is one of its identifiers.
PROFILE = "home_assistant"
SETTLE_SECONDS = 1.0
MAX_DEVICES = 2_000
#: Of all announcements that are kept, in bytes as they came; each counts as some at least.
MAX_ANNOUNCED_BYTES = 16 << 20
_FEWEST_BYTES = 512
MAX_DETAIL = 200
_NOTHING = frozenset({"", "none", "null", "unknown", "unavailable", "nan"})


@dataclass(slots=True)
class Counts:
    """What came in since the listener was made."""

    messages: int = 0
    malformed: int = 0
    foreign: int = 0  # announcements of devices that are not in the plan
    refused: int = 0  # devices, entities and topics beyond the limits
    failed: int = 0  # templates without a value


class HomeAssistantHearing:
    """Turns announcements and what follows them into polls.

    Args:
        targets: devices of the plan; ``None`` takes every announced device.
        evaluator: works out value templates.
        prefix: discovery prefix.
        heartbeat: seconds after which an unchanged device is polled again.
        silence: seconds of silence that end in ``timeout``; ``None`` leaves it to the device.
    """

    def __init__(
        self,
        targets: Iterable[Target] | None,
        evaluator: Evaluator,
        *,
        prefix: str = "homeassistant",
        heartbeat: float = 60.0,
        silence: float | None = None,
    ) -> None:
        self.counts = Counts()
        self._evaluator = evaluator
        self._heartbeat = heartbeat
        self._silence = silence
        self._readers = (Announcements(prefix), tasmota.TasmotaAnnouncements())
        self._takes_all = targets is None
        self._devices: list[Device] = []
        self._by_identifier: dict[str, Device] = {}
        #: Whose announcement it is, and how many bytes it had.
        self._by_announcement: dict[str, tuple[Device, int]] = {}
        self._announced_bytes = 0
        self._waiting = Waiting()
        self._connected: float | None = None
        for target in targets or ():
            if target.mqtt is not None and target.mqtt.profile == PROFILE:
                device = Device(target.id, target.school)
                self._devices.append(device)
                self._by_identifier.setdefault(target.mqtt.client.lower(), device)
        self.filters: tuple[str, ...] = ()
        if self._takes_all or self._devices:
            self.filters = (*self._readers[0].filters, *tasmota.FILTERS)

    @property
    def devices(self) -> tuple[Device, ...]:
        """Every device of the plan, or every announced one."""
        return tuple(self._devices)

    def new_topics(self) -> list[str]:
        """Topics that announcements named since the last call: subscribe to them."""
        return self._waiting.new()

    def knows(self, topic: str) -> bool:
        """Whether a topic is an announcement or was named by one."""
        return topic in self._waiting or any(one.is_one(topic) for one in self._readers)

    def is_quick(self, topic: str) -> bool:
        """Whether a message on it can be read without the templates' worker."""
        waiting = self._waiting.get(topic)
        if waiting is None:
            return True
        templates = [entity.template for _, entity in waiting.states.values()]
        templates += [watch.template for _, watch in waiting.watches.values()]
        return all(self._evaluator.is_quick(one) for one in templates if one is not None)

    def connected(self, now: float) -> None:
        """The broker is there (again): silence is measured from now on."""
        self._connected = now
        for device in self._devices:
            device.heard = None
            device.identity_is_news = device.identity is not None
            device.forget_words()

    def disconnected(self) -> None:
        """The broker is gone. That is no device's fault, so none is polled until it is back."""
        self._connected = None

    def heard(
        self, topic: str, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        """The polls one message leads to; none for most."""
        self.counts.messages += 1
        for reader in self._readers:
            if reader.is_one(topic):
                try:
                    said = reader.read(topic, payload)
                    self._announced(said, len(payload), retained=retained, now=now)
                except BadPayload:
                    self.counts.malformed += 1
                return []
        waiting = self._waiting.get(topic)
        if waiting is None:
            return []
        polls: list[Poll] = []
        for device, watch in list(waiting.watches.values()):
            polls += self._watched(device, watch, payload, retained=retained, at=at, now=now)
        for device, entity in list(waiting.states.values()):
            self._state(device, entity, payload, retained=retained, at=at, now=now)
        for device, source in list(waiting.attributes.values()):
            self._attributes(device, source, payload, retained=retained, at=at, now=now)
        return polls

    def passed(self, *, at: int, now: float) -> Iterator[Poll]:
        """The polls that are due because time went by; call it about once a second."""
        if self._connected is None:
            return
        for device in self._devices:
            if device.pending_since is not None and now - device.pending_since >= SETTLE_SECONDS:
                yield self._settled(device, at=at, now=now)
            silence = self._silence if self._silence is not None else device.silence()
            since = self._connected if device.heard is None else device.heard
            if now - since >= silence and device.outcome is not Outcome.timeout:
                detail = f"silent for {silence:g} s"
                yield self._poll(device, Outcome.timeout, detail, at=at, now=now)
            elif device.outcome is None or now - device.polled < self._heartbeat:
                continue
            elif device.heard is not None or device.outcome not in ALIVE:
                yield self._poll(device, device.outcome, device.detail, at=at, now=now)

    def flush(self, *, at: int, now: float) -> Iterator[Poll]:
        """What still waits for other values, and who was announced but never heard."""
        for device in self._devices:
            if device.pending_since is not None:
                yield self._settled(device, at=at, now=now)
            elif self._takes_all and device.outcome is None and device.is_announced:
                detail = "announced by the broker, not heard itself"
                yield self._poll(device, Outcome.timeout, detail, at=at, now=now)

    def _announced(self, said: Announcement, size: int, *, retained: bool, now: float) -> None:
        if said.device is None:
            self._withdraw(said.key)
            return
        found = self._device_of([one.lower() for one in said.device.identifiers])
        if found is None:
            return
        size = max(size, _FEWEST_BYTES)
        older, kept = self._by_announcement.get(said.key, (found, 0))
        if self._announced_bytes - kept + size > MAX_ANNOUNCED_BYTES:
            self.counts.refused += 1
            return
        if older is not found:
            self._withdraw(said.key)
            kept = 0
        left = found.announce(said.key, said.device, said.entities, said.left_out)
        self.counts.refused += left
        if found.has_announced(said.key):
            self._by_announcement[said.key] = (found, size)
            self._announced_bytes += size - kept
        for one in found.block.identifiers if found.block is not None else ():
            self._by_identifier.setdefault(one.lower(), found)
        if not retained:
            found.heard = now
        self._listen_to(found)

    def _device_of(self, identifiers: list[str]) -> Device | None:
        """The device that has one of the identifiers; a new one where all are listened to."""
        known = (self._by_identifier[one] for one in identifiers if one in self._by_identifier)
        if (found := next(known, None)) is not None:
            return found
        if not self._takes_all:
            self.counts.foreign += 1
            return None
        if len(self._devices) >= MAX_DEVICES:
            self.counts.refused += 1
            return None
        made = Device(f"{PROFILE}/{identifiers[0]}", "")
        self._devices.append(made)
        return made

    def _withdraw(self, key: str) -> None:
        device, size = self._by_announcement.pop(key, (None, 0))
        self._announced_bytes -= size
        if device is not None:
            device.withdraw(key)
            self._listen_to(device)

    def _listen_to(self, device: Device) -> None:
        before = self._waiting.refused
        self._waiting.listen_to(device)
        self.counts.refused += self._waiting.refused - before

    def _watched(
        self, device: Device, watch: Watch, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        word = self._word(watch.template, payload)
        if word not in {watch.online, watch.offline}:
            return []
        device.says(watch, word == watch.online)
        available = device.is_available()
        if available is None:
            return []
        if available:
            device.heard = now
            device.release(now)
            if device.outcome not in ALIVE:
                device.stir(now)
            return []
        if device.outcome is Outcome.timeout and device.detail == "offline":
            return []
        device.heard = now
        device.take()
        return [self._poll(device, Outcome.timeout, "offline", at=at, now=now)]

    def _word(self, template: str | None, payload: bytes) -> str | None:
        try:
            value = self._evaluated(template, payload)
        except TemplateFailed:
            self.counts.failed += 1
            return None
        return text(value) if not isinstance(value, bool) else str(value)

    def _evaluated(self, template: str | None, payload: bytes) -> object:
        if template is None:
            return text(payload[:1024].decode(errors="replace"))
        return self._evaluator.evaluate(template, payload)

    def _state(
        self,
        device: Device,
        entity: Entity,
        payload: bytes,
        *,
        retained: bool,
        at: int,
        now: float,
    ) -> None:
        if not self._is_current(device, entity, retained=retained, now=now):
            return
        source = device.sources.get(entity.key)
        if source is None or source.entity != entity:
            return
        try:
            value = self._evaluated(entity.template, payload)
            if value is UNDEFINED or value is None or str(value).strip().lower() in _NOTHING:
                return
            number = source.meaning.read(value, at=at)
        except (TemplateFailed, BadValue) as error:
            self.counts.failed += 1
            if not retained:
                device.wrong[entity.key] = f"{source.meaning.metric}: {error}"
                device.stir(now)
            return
        self._value(device, source, source.meaning, number, retained=retained, now=now)

    def _attributes(
        self,
        device: Device,
        source: Source,
        payload: bytes,
        *,
        retained: bool,
        at: int,
        now: float,
    ) -> None:
        if device.availability(source.entity) is False:
            return
        try:
            document = read_object(payload)
        except BadPayload:
            self.counts.malformed += 1
            return
        for name, meaning in source.attributes.items():
            try:
                if document.get(name) is not None:
                    number = meaning.read(document[name], at=at)
                    self._value(device, source, meaning, number, retained=retained, now=now)
            except BadValue:
                self.counts.failed += 1

    @staticmethod
    def _is_current(device: Device, entity: Entity, *, retained: bool, now: float) -> bool:
        """Whether the entity may speak; a message of its own is a sign of life."""
        if device.availability(entity) is False:
            return False
        if not retained:
            device.heard = now
            if device.outcome not in ALIVE:
                device.stir(now)
        return True

    @staticmethod
    def _value(
        device: Device,
        source: Source,
        meaning: Meaning,
        value: float,
        *,
        retained: bool,
        now: float,
    ) -> None:
        if not retained or device.availability(source.entity):
            device.keep(meaning, value, now)
        else:
            device.retained.setdefault(source.entity.key, []).append((meaning, value))
            del device.retained[source.entity.key][: -len(source.attributes) - 1]

    def _settled(self, device: Device, *, at: int, now: float) -> Poll:
        rows, wrong = device.take()
        outcome = Outcome.partial if wrong else Outcome.ok
        detail = "; ".join(islice(wrong, 8))[:MAX_DETAIL]
        return self._poll(device, outcome, detail, rows, at=at, now=now)

    def _poll(
        self,
        device: Device,
        outcome: Outcome,
        detail: str,
        rows: Rows | None = None,
        *,
        at: int,
        now: float,
    ) -> Poll:
        device.outcome, device.detail, device.polled = outcome, detail, now
        facts = None
        told = outcome in ALIVE or self._takes_all
        if told and device.identity is not None and device.identity_is_news:
            facts = Facts(identity=device.identity)
            device.identity_is_news = False
        return poll_of(
            device.subject, device.school, outcome, detail, rows or {}, at=at, facts=facts
        )
