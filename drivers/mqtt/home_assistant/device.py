"""One announced device: its entities, what they mean, and whether it is there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from drivers.mqtt.home_assistant.announcement import DeviceBlock, Entity, Watch
from drivers.mqtt.home_assistant.clients import identity_of
from drivers.mqtt.home_assistant.meaning import Meaning, attribute_meanings, meaning_of
from drivers.mqtt.polls import Rows
from drivers.readings import Identity, Outcome

MAX_ENTITIES = 256
#: Announcements of one device, and identifiers that all of them together may name.
MAX_ANNOUNCEMENTS = 512
MAX_IDENTIFIERS = 32
#: Seconds of silence after which a device is gone whose entities do not say when they expire.
SILENCE = 900.0
_LONGEST_SILENCE = 3_600.0
_SHORTEST_SILENCE = 60.0


@dataclass(frozen=True, slots=True)
class Source:
    """An entity that means something, and what its attributes add."""

    entity: Entity
    meaning: Meaning
    attributes: Mapping[str, Meaning]


@dataclass(slots=True)
class Device:
    """One device and what is known of it.

    ``heard`` is when it last said something itself (a broker's word that it is connected counts);
    ``None`` while only retained messages came.
    """

    subject: str
    school: str
    block: DeviceBlock | None = None
    identity: Identity | None = None
    identity_is_news: bool = False
    sources: dict[str, Source] = field(default_factory=dict)
    left_out: int = 0
    heard: float | None = None
    outcome: Outcome | None = None
    detail: str = ""
    polled: float = -1e12
    pending: Rows = field(default_factory=dict)
    pending_since: float | None = None
    wrong: dict[str, str] = field(default_factory=dict)
    #: Retained values of entities that are not known to be available.
    retained: dict[str, list[tuple[Meaning, float]]] = field(default_factory=dict)
    _announced: dict[str, tuple[Entity, ...]] = field(default_factory=dict)
    _left_out: dict[str, int] = field(default_factory=dict)
    #: Topics somebody listens to for it.
    topics: set[str] = field(default_factory=set)
    #: Availability by topic and words, with the order in which it came.
    _words: dict[Watch, tuple[int, bool]] = field(default_factory=dict)
    _order: int = 0

    @property
    def is_announced(self) -> bool:
        return bool(self._announced)

    def has_announced(self, key: str) -> bool:
        """Whether an announcement is kept."""
        return key in self._announced

    def announce(self, key: str, block: DeviceBlock, entities: tuple[Entity, ...], out: int) -> int:
        """Take in an announcement; how many entities were too many."""
        room = MAX_ENTITIES - sum(len(v) for k, v in self._announced.items() if k != key)
        if room <= 0 or (key not in self._announced and len(self._announced) >= MAX_ANNOUNCEMENTS):
            return max(1, len(entities))
        self._announced[key] = entities[:room]
        self._left_out[key] = out
        if self.block is not None:
            # Not every entity repeats all of the device block.
            older = {one.name: getattr(self.block, one.name) for one in fields(block)}
            newer = {one.name: getattr(block, one.name) for one in fields(block)}
            kept = {name: value for name, value in older.items() if newer[name] is None}
            known = tuple(dict.fromkeys((*self.block.identifiers, *block.identifiers)))
            block = replace(block, **kept, identifiers=known[:MAX_IDENTIFIERS])
        self.block = block
        self._understand()
        return max(0, len(entities) - room)

    def withdraw(self, key: str) -> None:
        """Forget an announcement that was taken back."""
        self._announced.pop(key, None)
        self._left_out.pop(key, None)
        self._understand()

    def _understand(self) -> None:
        """Which entity means what; the same whatever the order of announcements."""
        said = sorted(
            (one for entities in self._announced.values() for one in entities),
            key=lambda one: (one.component not in {"sensor", "binary_sensor"}, one.key),
        )
        name = self.block.name if self.block is not None else None
        self.sources = {}
        taken: set[tuple[str, str]] = set()
        for entity in said:
            meaning = meaning_of(entity, name)
            if meaning is None:
                continue
            if (meaning.metric, meaning.part) in taken:
                if entity.component != "sensor":
                    continue
                meaning = replace(meaning, part=entity.object_id)
            taken.add((meaning.metric, meaning.part))
            added = attribute_meanings(entity, meaning) if entity.attributes_topic else {}
            self.sources[entity.key] = Source(entity, meaning, added)
        # What was said of entities that are there no more is forgotten with them.
        watches = {watch for entity in said for watch in entity.watches}
        self._words = {watch: word for watch, word in self._words.items() if watch in watches}
        self.retained = {key: one for key, one in self.retained.items() if key in self.sources}
        self.wrong = {key: one for key, one in self.wrong.items() if key in self.sources}
        self.left_out = len(said) - len(self.sources) + sum(self._left_out.values())
        self._identify()

    def _identify(self) -> None:
        if self.block is None:
            return
        sources = self.sources.values()
        metrics = {one.meaning.metric for one in sources}
        identity = identity_of(self.block, metrics)
        if identity != self.identity:
            self.identity = identity
            self.identity_is_news = True

    def entities(self) -> Iterator[Entity]:
        """Those worth listening to; one of the others if there is none, as a sign of life."""
        for source in self.sources.values():
            yield source.entity
        if not self.sources:
            yield from next(iter(self._announced.values()), ())[:1]

    def says(self, watch: Watch, online: bool) -> None:
        """Take in a word on availability."""
        self._order += 1
        self._words[watch] = (self._order, online)

    def forget_words(self) -> None:
        """Nothing is known of availability (the broker will tell again)."""
        self._words.clear()
        self.retained.clear()

    def availability(self, entity: Entity) -> bool | None:
        """Whether the entity is available by its mode; ``None`` if nobody said."""
        said = [self._words[watch] for watch in entity.watches if watch in self._words]
        if not said:
            return None
        if entity.mode == "all":
            if not all(online for _, online in said):
                return False
            return True if len(said) == len(entity.watches) else None
        if entity.mode == "any":
            return any(online for _, online in said)
        return max(said)[1]

    def is_available(self) -> bool | None:
        """Whether any entity is available; ``None`` if none has a word on it."""
        found = {self.availability(entity) for entity in self.entities()} - {None}
        return None if not found else True in found

    def silence(self) -> float:
        """Seconds without a message after which it is gone."""
        expiries = [source.entity.expire_after for source in self.sources.values()]
        longest = max((one for one in expiries if one is not None), default=None)
        if longest is None or None in expiries:
            return SILENCE
        return min(max(longest, _SHORTEST_SILENCE), _LONGEST_SILENCE)

    def keep(self, meaning: Meaning, value: float, now: float) -> None:
        """A value for the next poll."""
        self.pending.setdefault(meaning.part, {})[meaning.metric] = value
        self.stir(now)

    def stir(self, now: float) -> None:
        """There is something to say."""
        if self.pending_since is None:
            self.pending_since = now

    def release(self, now: float) -> None:
        """Retained values count now, of entities that are available."""
        for key in list(self.retained):
            source = self.sources.get(key)
            if source is not None and self.availability(source.entity):
                for meaning, value in self.retained.pop(key):
                    self.keep(meaning, value, now)

    def take(self) -> tuple[Rows, list[str]]:
        """Values and complaints since the last time."""
        rows, wrong = self.pending, list(self.wrong.values())
        self.pending, self.wrong, self.pending_since = {}, {}, None
        return rows, wrong
