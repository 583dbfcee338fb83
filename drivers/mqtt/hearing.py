"""What has been heard of each device, and the polls that follow from it. Pure: no I/O, no clock.

Times are passed in twice: ``at`` is the agent's wall clock in milliseconds and goes into the poll;
``now`` is a monotonic clock in seconds and measures silence, so a corrected clock silences nobody.

* A live ``state`` is a poll at once: ``ok``, ``partial`` where some value cannot be right,
  ``malformed`` where nothing can be read.
* The last will (``offline``) is a ``timeout`` at once, silence a ``timeout`` when it has lasted.
* A device nothing changed at is polled again every ``heartbeat`` seconds, alive or not.
* A retained state counts only if its own ``at`` is fresh: brokers keep states for years.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from drivers.mqtt.fields import BadPayload, BadValue, number, read_json, read_object, text
from drivers.mqtt.paths import parse_path
from drivers.mqtt.polls import Rows, poll_of
from drivers.mqtt.profiles import PROFILES, Profile, Profiles
from drivers.mqtt.topics import TopicPattern
from drivers.plan import Target
from drivers.readings import ALIVE, Facts, Identity, Outcome, Poll

#: Polls of one device come at least this far apart while its outcome stays the same, in seconds.
MIN_INTERVAL = 1.0
#: Devices heard where everybody is listened for; more are counted as foreign.
MAX_DEVICES = 10_000


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
    #: Values that wait for others of the same second, and since when.
    pending: Rows = field(default_factory=dict)
    pending_since: float | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Whose a message is, and which of the profile's topics it came on."""

    profile: Profile
    school: str
    client: str
    text: str


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
    profiles: Profiles = field(default_factory=lambda: PROFILES)
    counts: Counts = field(default_factory=Counts)
    _devices: dict[tuple[str, str, str], Device] = field(default_factory=dict)
    _patterns: list[tuple[Profile, TopicPattern]] = field(default_factory=list)
    _connected: float | None = None

    def __post_init__(self) -> None:
        wanted = dict.fromkeys(self.profiles) if self.targets is None else {}
        for target in self.targets or ():
            profile = self.profiles.get(target.mqtt.profile) if target.mqtt else None
            if target.mqtt is None or profile is None:
                continue
            wanted[profile.name] = None
            names_school = "{school}" in profile.state[0]
            key = (target.school if names_school else "", profile.name, target.mqtt.client)
            device = Device(target.id, target.school, target.mqtt.client, profile)
            # Without a school in the topic, the first target of that id has it.
            self._devices.setdefault(key, device)
        for name in wanted:
            profile = self.profiles[name]
            self._patterns += [(profile, pattern) for pattern in profile.patterns.values()]

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
        address = self.address_of(topic)
        device = self._device(address) if address else None
        if address is None or device is None:
            self.counts.foreign += 1
            return []
        profile = address.profile
        hear: Callable[..., list[Poll]] = partial(self._state, topic=address.text)
        if profile.availability is not None and address.text == profile.availability.topic:
            hear = self._availability
        elif profile.identity is not None and address.text == profile.identity.topic:
            hear = self._identity
        return hear(device, payload, retained=retained, at=at, now=now)

    def address_of(self, topic: str) -> Address | None:
        """Whose topic it is by the profiles listened for; ``None`` for every other topic."""
        for profile, pattern in self._patterns:
            found = pattern.match(topic)
            if found is not None:
                return Address(profile, *found, pattern.text)
        return None

    def passed(self, *, at: int, now: float) -> Iterator[Poll]:
        """The polls that are due because time went by; call it about once a second."""
        if self._connected is None:
            return
        for device in self._devices.values():
            if device.pending_since is not None and now - device.pending_since >= MIN_INTERVAL:
                yield from self._settled(device, at=at, now=now)
            silence = self.silence if self.silence is not None else device.profile.silence
            since = self._connected if device.heard is None else device.heard
            if now - since >= silence and device.outcome is not Outcome.timeout:
                detail = f"silent for {silence:g} s"
                yield self._poll(device, Outcome.timeout, detail, at=at, now=now)
            elif device.outcome is None or now - device.polled < self.heartbeat:
                continue
            elif device.heard is not None or device.outcome not in ALIVE:
                yield self._poll(device, device.outcome, device.detail, at=at, now=now)

    def flush(self, *, at: int, now: float) -> Iterator[Poll]:
        """What still waits for other values; call it at the end."""
        for device in self._devices.values():
            if device.pending_since is not None:
                yield from self._settled(device, at=at, now=now)

    def _settled(self, device: Device, *, at: int, now: float) -> Iterator[Poll]:
        rows, device.pending, device.pending_since = device.pending, {}, None
        yield self._poll(device, Outcome.ok, "", rows, at=at, now=now)

    def _device(self, address: Address) -> Device | None:
        key = (address.school, address.profile.name, address.client)
        device = self._devices.get(key)
        if device is None and self.targets is None and len(self._devices) < MAX_DEVICES:
            place = address.school or address.profile.name
            subject = f"{place}/{address.client}"
            device = Device(subject, address.school, address.client, address.profile)
            self._devices[key] = device
        return device

    def _availability(
        self, device: Device, payload: bytes, *, retained: bool, at: int, now: float
    ) -> list[Poll]:
        said = device.profile.availability
        word = payload[:64].strip().decode(errors="replace")
        if said is not None and word == said.offline:
            if device.outcome is Outcome.timeout and device.detail == "offline":
                return []
            device.heard, device.pending, device.pending_since = now, {}, None
            return [self._poll(device, Outcome.timeout, "offline", at=at, now=now)]
        if retained:
            return []
        device.heard = now
        if said is None or word != said.online:
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
            self._learn(device, device.profile.identity_of(read_object(payload)))
        except BadPayload as error:
            return [] if retained else self._malformed(device, f"identity: {error}", at, now)
        return []

    @staticmethod
    def _learn(device: Device, identity: Identity) -> None:
        if identity != device.identity:
            device.identity = identity
            device.identity_is_news = True

    def _state(
        self,
        device: Device,
        payload: bytes,
        *,
        retained: bool,
        at: int,
        now: float,
        topic: str = "",
    ) -> list[Poll]:
        profile = device.profile
        if not retained:
            device.heard = now
        try:
            document = _read_state(profile, payload)
        except BadPayload as error:
            return [] if retained else self._malformed(device, f"state: {error}", at, now)
        if profile.identity is None or profile.identity.topic is None:
            self._learn(device, profile.identity_of(document))
        if retained:
            silence = self.silence if self.silence is not None else profile.silence
            stamp = parse_path(profile.stamp).first(document) if profile.stamp else None
            if not _is_fresh(stamp, at, silence):
                return []
            device.heard = now
        rows, wrong = _read_metrics(profile, document, topic)
        if not rows:
            detail = "state: " + ("; ".join(wrong) or "no known value")
            return self._malformed(device, detail, at, now)
        return self._values(device, rows, wrong, at=at, now=now)

    def _values(
        self, device: Device, rows: Rows, wrong: Sequence[str], *, at: int, now: float
    ) -> list[Poll]:
        if len(device.profile.state) > 1 and not wrong:
            for part, values in rows.items():
                device.pending.setdefault(part, {}).update(values)
            if device.pending_since is None:
                device.pending_since = now
            return []
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
        rows: Rows | None = None,
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
        return poll_of(
            device.subject, device.school, outcome, detail, rows or {}, at=at, facts=facts
        )


def _read_state(profile: Profile, payload: bytes) -> object:
    """The payload as JSON, as an object unless some path asks for the whole of it.

    Raises:
        BadPayload: it is not what the profile's states are.
    """
    if not profile.plain:
        return read_object(payload)
    try:
        return read_json(payload)
    except BadPayload:
        word = text(payload.decode(errors="replace"))
        if word is None:
            raise
        return word


def _read_metrics(profile: Profile, document: object, topic: str) -> tuple[Rows, Sequence[str]]:
    """Values by part and metric, and what is wrong with the others."""
    rows: Rows = {}
    wrong: list[str] = []
    for one in profile.metrics:
        if one.topic is not None and one.topic != topic:
            continue
        try:
            for part, value in one.read(document):
                rows.setdefault(part, {})[one.metric] = value
        except BadValue as error:
            wrong.append(f"{one.metric}: {error}")
    return rows, wrong


def _is_fresh(stamp: object, at: int, silence: float) -> bool:
    """Whether a retained state is young enough to count as heard; one without ``at`` is not."""
    try:
        return abs(at / 1000 - number(stamp)) <= silence
    except BadValue:
        return False
