"""ENTITY-MIB: the parts a device is put together from. Source: RFC 6933 (entPhysicalTable)."""

from dataclasses import dataclass, field

import msgspec

from drivers.base import Index, Oid, SnmpSession, Value
from drivers.readings import Component
from drivers.snmp.ports import faults_of
from drivers.snmp.text import decode_text

_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1)
_FIELDS = {
    "description": 2,
    "contained_in": 4,
    "class_": 5,
    "name": 7,
    "hardware": 8,
    "firmware": 9,
    "software": 10,
    "serial": 11,
    "manufacturer": 12,
    "model": 13,
}
_CLASSES = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "power_supply",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
}
#: Which rows stand for the device as a whole, best first.
_WHOLE = ("chassis", "stack", "module", "other", "unknown")
#: What may speak for the device when it is the only one that does.
_BOARDS = frozenset({"module", "other", "unknown"})
#: Rows looked at when only the device as a whole is wanted; a stack has up to nine members.
_MOST_WHOLES = 10
#: Slots and sensors have no life of their own.
_NO_COMPONENT = frozenset({"container", "sensor", "backplane", "cpu"})
#: What firmware writes when it has nothing to say.
_JUNK = frozenset(
    {
        *("n/a", "na", "none", "null", "(null)", "unknown", "undefined", "unspecified", "empty"),
        *("not_available", "notavailable", "not_specified", "default_string"),
        "to_be_filled_by_o.e.m.",
    }
)


def said(value: Value | None) -> str | None:
    """Text that says something: None for absent, empty and placeholder values."""
    if value is None:
        return None
    text = decode_text(value)
    if text is None or text.lower().replace(" ", "_") in _JUNK or not text.strip("*.#xX?-_ 0"):
        return None
    return text


class Entity(msgspec.Struct, frozen=True):
    """One row of entPhysicalTable."""

    index: int
    class_: str
    contained_in: int | None = None
    description: str | None = None
    name: str | None = None
    hardware: str | None = None
    firmware: str | None = None
    software: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None


@dataclass(slots=True)
class Entities:
    """The table, by index."""

    rows: dict[int, Entity] = field(default_factory=dict)

    def whole(self, wanted: str) -> str | None:
        """A field of the row that stands for the device: chassis before stack.

        Any other row speaks for the device only when it is contained in nothing, or when it is
        the one board that says anything: fixed switches often put their serial number there.
        """
        for class_ in _WHOLE:
            for row in self.rows.values():
                value: str | None = getattr(row, wanted)
                if (
                    value
                    and row.class_ == class_
                    and (class_ in _WHOLE[:2] or not row.contained_in)
                ):
                    return value
        boards = {getattr(row, wanted) for row in self.rows.values() if row.class_ in _BOARDS}
        boards.discard(None)
        return boards.pop() if len(boards) == 1 else None


async def read_entities(session: SnmpSession) -> tuple[Entities, list[str]]:
    """The whole table, and what was incomplete."""
    walked, _ = await session.walk([(*_ENTRY, number) for number in _FIELDS.values()])
    cells = dict(zip(_FIELDS, (column.cells for column in walked), strict=True))
    indexes = sorted({i for column in cells.values() for i in column if isinstance(i, int)})
    rows = {index: _row(index, cells) for index in indexes}
    return Entities(rows), faults_of("entPhysicalTable", walked)


async def read_whole(session: SnmpSession) -> Entities:
    """The rows that may stand for the device: one column walked, then only those asked for.

    Raises:
        DriverError: the device did not answer.
    """
    walked, _ = await session.walk([(*_ENTRY, _FIELDS["class_"])])
    numbers = {name: number for number, name in _CLASSES.items()}
    classes = walked[0].cells
    for chosen in (_WHOLE[:2], _WHOLE[2:]):
        wanted = [i for i, n in classes.items() if n in {numbers[name] for name in chosen}]
        rows = [index for index in wanted if isinstance(index, int)][:_MOST_WHOLES]
        if not rows:
            continue
        fields = ("contained_in", "serial", "model")
        oids = [(*_ENTRY, _FIELDS[name], index) for index in rows for name in fields]
        values = await session.get(oids)
        cells: dict[str, dict[Index, Value]] = {name: {} for name in _FIELDS}
        cells["class_"] = {index: classes[index] for index in rows}
        for name in fields:
            places = {index: (*_ENTRY, _FIELDS[name], index) for index in rows}
            cells[name] = {i: values[oid] for i, oid in places.items() if oid in values}
        found = Entities({index: _row(index, cells) for index in rows})
        if found.whole("serial") or found.whole("model"):
            return found
    return Entities()


def components_of(entities: Entities) -> tuple[Component, ...]:
    """Parts worth listing: those with a model or a serial number, and every chassis."""
    return tuple(
        Component(
            class_=row.class_, name=row.name or row.description, model=row.model, serial=row.serial
        )
        for row in entities.rows.values()
        if row.class_ not in _NO_COMPONENT
        and (row.serial or row.model or row.class_ in ("chassis", "stack"))
    )


def _row(index: int, cells: dict[str, dict[Index, Value]]) -> Entity:
    class_ = cells["class_"].get(index)
    parent = cells["contained_in"].get(index)
    texts = {
        name: said(column.get(index))
        for name, column in cells.items()
        if name not in ("class_", "contained_in")
    }
    return Entity(
        index=index,
        class_=_CLASSES.get(class_, "unknown") if isinstance(class_, int) else "unknown",
        contained_in=parent if isinstance(parent, int) else None,
        **texts,
    )
