"""What has been heard of each device, and the polls that follow from it. Pure: no I/O, no clock.

Times are passed in twice: ``at`` is the agent's wall clock in milliseconds and goes into the poll;
``now`` is a monotonic clock in seconds and measures silence, so a corrected clock silences nobody.

* A live ``state`` is a poll at once: ``ok``, ``partial`` where some value cannot be right,
  ``malformed`` where nothing can be read.
* The last will (``offline``) is a ``timeout`` at once, silence a ``timeout`` when it has lasted.
* A device nothing changed at is polled again every ``heartbeat`` seconds, alive or not.
* A retained state counts only if its own ``at`` is fresh: brokers keep states for years.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from drivers.mqtt.fields import BadPayload, BadValue, number, read_object
from drivers.mqtt.profiles import PROFILES, Address, Profile, parse_topic
from drivers.plan import Target
from drivers.readings import ALIVE, Block, Facts, Identity, Outcome, Poll

#: Polls of one device come at least this far apart while its outcome stays the same, in seconds.
MIN_INTERVAL = 1.0


@dataclass(slots=True)
class Device:
    """One device on the broker and what is known of it."""

    subject: str
    school: str
    client: str
    profile: Profile
    #: When the device last said something itself; ``None`` while only retained messages came.
    heard: float | None = None
    outcome: Outcome | None = None
    detail: str = ""
    identity: Identity | None = None
    identity_is_news: bool = False
    polled: float = -1e12


@dataclass(slots=True)
class Counts:
    """What came in since the listener was made."""

    messages: int = 0
    foreign: int = 0  # topics that are not ours, clients nobody asked for
    malformed: int = 0
    skipped: int = 0  # states that came faster than MIN_INTERVAL


@dataclass(slots=True)
class Hearing:
    """Turns messages and the passing of time into polls.

    Args:
        targets: devices to listen for; ``None`` takes every device of a known profile.
        heartbeat: seconds after which an unchanged device is polled again.
        silence: seconds of silence that end in ``timeout``; ``None`` leaves it to the profile.
    """

    targets: Iterable[Target] | None
    heartbeat: float = 60.0
    silence: float | None = None
    counts: Counts = field(default_factory=Counts)
    _devices: dict[tuple[str, str, str], Device] = field(default_factory=dict)
    _connected: float | None = None

    def __post_init__(self) -> None:
        for target in self.targets or ():
            profile = PROFILES.get(target.mqtt.profile) if target.mqtt else None
            if target.mqtt is None or profile is None:
                continue
            key = (target.school, profile.name, target.mqtt.client)
            self._devices[key] = Device(target.id, target.school, target.mqtt.client, profile)

    @property
    def devices(self) -> tuple[Device, ...]:
        """Every device listened for, or heard where everybody is listened for."""
        return tuple(self._devices.values())

    def connected(self, now: float) -> None:
        """The broker is there (again): silence is measured from now on."""
        self._connected = now
        for device in self._devices.values():
            device.heard = None
            device.identity_is_news = device.identity is not None

    def disconnected(self) -> None:
        """The broker is gone. That is no device's fault, so none is polled until it is back."""
        self._connected = None

    def heard(
        self, topic: str, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        """The polls one message leads to; none for most."""
        self.counts.messages += 1
        address = parse_topic(topic)
        device = self._device(address) if address else None
        if address is None or device is None:
            self.counts.foreign += 1
            return []
        hear: Callable[..., list[Poll]] = {
            "availability": self._availability,
            "identity": self._identity,
            "state": self._state,
        }[address.what]
        return hear(device, payload, retained=retained, at=at, now=now)

    def passed(self, *, at: int, now: float) -> Iterator[Poll]:
        """The polls that are due because time went by; call it about once a second."""
        if self._connected is None:
            return
        for device in self._devices.values():
            silence = self.silence if self.silence is not None else device.profile.silence
            since = self._connected if device.heard is None else device.heard
            if now - since >= silence and device.outcome is not Outcome.timeout:
                detail = f"silent for {silence:g} s"
                yield self._poll(device, Outcome.timeout, detail, at=at, now=now)
            elif device.outcome is None or now - device.polled < self.heartbeat:
                continue
            elif device.heard is not None or device.outcome not in ALIVE:
                yield self._poll(device, device.outcome, device.detail, at=at, now=now)

    def _device(self, address: Address) -> Device | None:
        key = (address.school, address.profile, address.client)
        device = self._devices.get(key)
        if device is None and self.targets is None and address.profile in PROFILES:
            subject = f"{address.school}/{address.client}"
            profile = PROFILES[address.profile]
            device = Device(subject, address.school, address.client, profile)
            self._devices[key] = device
        return device

    def _availability(
        self, device: Device, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        word = payload[:16].strip()
        if word == b"offline":
            if device.outcome is Outcome.timeout and device.detail == "offline":
                return []
            device.heard = now
            return [self._poll(device, Outcome.timeout, "offline", at=at, now=now)]
        if retained:
            return []
        device.heard = now
        if word != b"online":
            return self._malformed(device, "availability: neither online nor offline", at, now)
        if device.outcome in ALIVE:
            return []
        return [self._poll(device, Outcome.ok, "", at=at, now=now)]

    def _identity(
        self, device: Device, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        if not retained:
            device.heard = now
        try:
            identity = device.profile.identity(read_object(payload))
        except BadPayload as error:
            return [] if retained else self._malformed(device, f"identity: {error}", at, now)
        if identity != device.identity:
            device.identity = identity
            device.identity_is_news = True
        return []

    def _state(
        self, device: Device, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        if not retained:
            device.heard = now
        try:
            document = read_object(payload)
        except BadPayload as error:
            return [] if retained else self._malformed(device, f"state: {error}", at, now)
        if retained:
            silence = self.silence if self.silence is not None else device.profile.silence
            if not _is_fresh(document.get("at"), at, silence):
                return []
            device.heard = now
        rows: dict[str, dict[str, float]] = {}
        wrong: list[str] = []
        for one in device.profile.fields:
            try:
                for part, value in one.read(document):
                    rows.setdefault(part, {})[one.metric] = value
            except BadValue as error:
                wrong.append(f"{one.metric}: {error}")
        if not rows:
            detail = "state: " + ("; ".join(wrong) or "no known value")
            return self._malformed(device, detail, at, now)
        outcome = Outcome.partial if wrong else Outcome.ok
        if outcome is device.outcome and now - device.polled < MIN_INTERVAL:
            self.counts.skipped += 1
            return []
        return [self._poll(device, outcome, "; ".join(wrong), rows, at=at, now=now)]

    def _malformed(self, device: Device, detail: str, at: int, now: float) -> list[Poll]:
        self.counts.malformed += 1
        if device.outcome is Outcome.malformed and now - device.polled < MIN_INTERVAL:
            return []
        return [self._poll(device, Outcome.malformed, detail, at=at, now=now)]

    def _poll(
        self,
        device: Device,
        outcome: Outcome,
        detail: str,
        rows: dict[str, dict[str, float]] | None = None,
        *,
        at: int,
        now: float,
    ) -> Poll:
        device.outcome, device.detail, device.polled = outcome, detail, now
        alive = outcome in ALIVE
        facts = None
        if alive and device.identity is not None and device.identity_is_news:
            facts = Facts(identity=device.identity)
            device.identity_is_news = False
        online = Block(("",), {"online": [1.0 if alive else 0.0]})
        return Poll(
            subject=device.subject,
            school=device.school,
            taken_at=at,
            outcome=outcome,
            detail=detail,
            blocks=(online, *_blocks(rows or {})),
            facts=facts,
        )


def _is_fresh(stamp: object, at: int, silence: float) -> bool:
    """Whether a retained state is young enough to count as heard; one without ``at`` is not."""
    try:
        return abs(at / 1000 - number(stamp)) <= silence
    except BadValue:
        return False


def _blocks(rows: dict[str, dict[str, float]]) -> Iterator[Block]:
    """One block a set of metrics: the parts that share them travel together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for part, values in rows.items():
        groups.setdefault(tuple(values), []).append(part)
    for metrics, parts in groups.items():
        columns: dict[str, list[float | None]] = {
            metric: [rows[part][metric] for part in parts] for metric in metrics
        }
        yield Block(tuple(parts), columns)
