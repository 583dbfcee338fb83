"""Who a device is: the system group, then what its definition knows. Source: RFC 3418."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.base import Oid, SnmpSession, Value
from drivers.definitions import Definition, Source, dotted, located
from drivers.definitions.vendors import spelt, vendor_of
from drivers.readings import Identity, Kind
from drivers.snmp.entity import Entities, said
from drivers.snmp.kinds import KIND_OIDS, kind_by_deeds, kind_in_words
from drivers.snmp.text import decode_text

_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME, SYS_LOCATION = (
    (*_SYSTEM, number, 0) for number in (1, 2, 3, 5, 6)
)
SYSTEM_OIDS: tuple[Oid, ...] = (SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME, SYS_LOCATION)
_WORDS = ("vendors", "model", "serial", "version")
#: Asked last, of any family. What devices write into sysDescr follows no standard, but a number
#: behind "Version" or "S/N" means one thing.
_LAST: Mapping[str, tuple[Source, ...]] = {
    "vendors": (),
    "model": (
        Source(entity="model"),
        Source(description=r"(?i)\b(?:model|product)(?: name)?\s*[:=]\s*([\w+/-]*\d[\w+/-]*)"),
    ),
    "serial": (
        Source(entity="serial"),
        Source(
            description=r"(?i)\b(?:serial(?: number| no\.?)?|S/N|SN)\s*[:=#]?\s*"
            r"((?=[A-Z-]*\d)[A-Z\d][A-Z\d-]{5,31})\b"
        ),
    ),
    "version": (
        Source(entity="software"),
        Source(entity="firmware"),
        Source(
            description=r"(?i)\b(?:version|ver|firmware|release|fw|software|rev(?:ision)?)\b"
            r"[\s:.=]*(?:version\b[\s:=]*)?v?(\d+(?:\.\d+)+[\w.()-]*)"
        ),
        Source(description=r"\b[vV](\d+(?:\.\d+)+[\w.()-]*)"),
    ),
}
#: Longest word of an identity; what is longer is not a model or a serial number.
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class System:
    """The system group as the device gave it."""

    object_id: Oid | None = None
    description: str | None = None
    name: str | None = None
    location: str | None = None
    uptime: int | None = None

    @classmethod
    def from_values(cls, values: Mapping[Oid, Value]) -> "System":
        object_id = values.get(SYS_OBJECT_ID)
        uptime = values.get(SYS_UP_TIME)
        return cls(
            object_id=object_id if isinstance(object_id, tuple) else None,
            description=_text(values.get(SYS_DESCR)),
            name=_text(values.get(SYS_NAME)),
            location=_text(values.get(SYS_LOCATION)),
            uptime=uptime if isinstance(uptime, int) else None,
        )

    def bare_identity(self) -> Identity:
        """What the system group alone says."""
        return Identity(
            name=self.name,
            description=self.description,
            location=self.location,
            object_id=".".join(map(str, self.object_id)) if self.object_id else None,
        )


@dataclass(slots=True)
class _Lookup:
    """Evaluates the sources of one device; a column is walked at most once."""

    session: SnmpSession
    system: System
    entities: Entities
    scalars: Mapping[Oid, Value]
    faults: list[str] = field(default_factory=list)
    _columns: dict[Oid, list[Value]] = field(default_factory=dict)

    async def first(self, sources: tuple[Source, ...]) -> str | None:
        for source in sources:
            for found in await self._found(source):
                text = _matched(source, found)
                if text is not None:
                    return text
        return None

    async def _found(self, source: Source) -> list[str]:
        """Texts a source offers, best first; a column may offer many."""
        if source.description is not None:
            return [self.system.description] if self.system.description else []
        if source.oid is not None:
            place = located(source.oid, self.system.object_id)
            return _texts([self.scalars.get(place) if place else None])
        if source.column is not None:
            place = located(source.column, self.system.object_id)
            return _texts(await self._column(place)) if place else []
        if source.entity is not None:
            whole = self.entities.whole(source.entity)
            return [whole] if whole else []
        if source.objects is not None:
            return self._of_object_id(source.objects)
        return [source.text] if source.text else []

    def _of_object_id(self, objects: Mapping[str, str]) -> list[str]:
        own = self.system.object_id or ()
        fitting = [oid for oid in objects if own[: len(dotted(oid))] == dotted(oid)]
        return [objects[max(fitting, key=len)]] if fitting else []

    async def _column(self, oid: Oid) -> list[Value]:
        if oid not in self._columns:
            (column,), _ = await self.session.walk((oid,))
            self._columns[oid] = list(column.cells.values())
            if column.fault:
                self.faults.append(f"{'.'.join(map(str, oid))}: {column.fault}")
        return self._columns[oid]


async def identify(
    session: SnmpSession, system: System, definition: Definition, entities: Entities
) -> tuple[Identity, list[str]]:
    """The identity of a device by its definition; what no source knows stays None.

    Where the family's own sources are silent, ENTITY-MIB's word is taken, then what sysDescr
    says in so many words. The vendor is at last the owner of the enterprise number in
    sysObjectID, or entPhysicalMfgName.
    """
    rules = definition.identity
    sources = {word: (*getattr(rules, word), *_LAST[word]) for word in _WORDS}
    places = {source.oid for many in sources.values() for source in many if source.oid is not None}
    wanted = {oid for p in places if (oid := located(p, system.object_id)) is not None}
    if rules.kind is Kind.unknown:
        wanted.update(KIND_OIDS)
    scalars = await session.get(sorted(wanted)) if wanted else {}
    lookup = _Lookup(session, system, entities, scalars)
    vendor = rules.vendor or await lookup.first(sources["vendors"])
    model = await lookup.first(sources["model"])
    serial = await lookup.first(sources["serial"])
    version = await lookup.first(sources["version"])
    kind = _kind(definition, system, model)
    if kind is Kind.unknown:
        kind = kind_in_words(system.description)
    if kind is Kind.unknown:
        kind = kind_by_deeds(scalars)
    vendor = vendor or vendor_of(system.object_id) or entities.whole("manufacturer")
    bare = system.bare_identity()
    identity = Identity(
        vendor=spelt(vendor) if vendor else None,
        kind=kind,
        model=model,
        serial=serial,
        version=version,
        os=rules.os,
        name=bare.name,
        description=bare.description,
        location=bare.location,
        object_id=bare.object_id,
    )
    return identity, lookup.faults


def _kind(definition: Definition, system: System, model: str | None) -> Kind:
    for rule in definition.identity.kinds:
        own = system.object_id or ()
        if rule.object_id is not None:
            prefix = dotted(rule.object_id)
            if own[: len(prefix)] != prefix:
                continue
        if rule.description is not None and not re.search(
            rule.description, system.description or ""
        ):
            continue
        if rule.model is not None and not re.search(rule.model, model or ""):
            continue
        return rule.kind
    return definition.identity.kind


def _matched(source: Source, found: str) -> str | None:
    pattern = source.description or source.pattern
    if pattern is None:
        return found[:_LONGEST_WORD]
    match = re.search(pattern, found)
    if match is None:
        return None
    text = source.template.format(*(group or "" for group in match.groups())).strip()
    return said(text.encode()[:_LONGEST_WORD])


def _texts(values: list[Value | None] | list[Value]) -> list[str]:
    return [text for value in values if (text := said(value)) is not None]


def _text(value: Value | None) -> str | None:
    return None if value is None else decode_text(value)
