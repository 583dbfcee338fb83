"""Reads the gauges a definition declares: CPU, memory, temperature, supplies, ...

All scalars come with one GET, all columns of a table with one walk, however many gauges use them.
"""

import math
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from drivers.base import Index, Oid, SnmpSession, Value
from drivers.definitions import Gauge, dotted
from drivers.definitions.arithmetic import formula
from drivers.readings import Block
from drivers.snmp.text import decode_text

#: How net-snmp puts an IEEE float and double into an Opaque.
_OPAQUE_FLOAT, _OPAQUE_DOUBLE = b"\x9f\x78\x04", b"\x9f\x79\x08"
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}")
#: Longest name of a part.
_LONGEST_PART = 100
_OCTET = 256
#: In ``where``: the last number of a row's index.
_LAST = "last"


@dataclass(slots=True)
class _Answers:
    """What the device gave so far: single objects and columns."""

    scalars: dict[Oid, Value] = field(default_factory=dict)
    columns: dict[Oid, dict[Index, Value]] = field(default_factory=dict)
    asked: set[Oid] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Results:
    """Metric to part to value, in the order found."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, metric: str, found: Sequence[tuple[str, Index, float]]) -> None:
        """Parts that repeat get their index, as ports do."""
        readings = self.values.setdefault(metric, {})
        often = {part: 0 for part, _, _ in found}
        for part, _, _ in found:
            often[part] += 1
        for part, index, value in found:
            name = part if often[part] == 1 else f"{part}#{_index_text(index)}"
            readings.setdefault(name, value)

    def blocks(self) -> tuple[Block, ...]:
        """Metrics over the same parts share a block."""
        by_parts: dict[tuple[str, ...], dict[str, list[float | None]]] = {}
        for metric, readings in self.values.items():
            if readings:
                by_parts.setdefault(tuple(readings), {})[metric] = list(readings.values())
        return tuple(Block(parts, columns) for parts, columns in by_parts.items())


@dataclass(frozen=True, slots=True)
class GaugesFound:
    """What came of reading gauges.

    Args:
        blocks: the readings.
        faults: tables that broke off.
        there: positions of the gauges the device has objects for, or was not asked for; the
            others need not be asked for again until the inventory is read.
    """

    blocks: tuple[Block, ...] = ()
    faults: tuple[str, ...] = ()
    there: tuple[int, ...] = ()


async def read_definition_gauges(session: SnmpSession, gauges: Sequence[Gauge]) -> GaugesFound:
    """Readings of the gauges.

    A fallback gauge is read only when nothing before it gave its metric.

    Raises:
        DriverError: the device did not answer.
    """
    results = _Results()
    answers = _Answers()
    first = [gauge for gauge in gauges if not gauge.fallback]
    await _fetch(session, first, answers)
    for gauge in first:
        results.add(gauge.metric, _evaluate(gauge, answers))
    for gauge in gauges:
        if gauge.fallback and not results.values.get(gauge.metric):
            await _fetch(session, [gauge], answers)
            results.add(gauge.metric, _evaluate(gauge, answers))
    there = (at for at, gauge in enumerate(gauges) if answers.faults or _is_there(gauge, answers))
    return GaugesFound(results.blocks(), tuple(answers.faults), tuple(there))


def _is_there(gauge: Gauge, answers: _Answers) -> bool:
    """Whether the device has what the value is made of, or was not asked (a fallback)."""
    columns = [dotted(oid) for oid in gauge.columns.values()]
    scalars = [dotted(oid) for oid in gauge.scalars.values()]
    if not all(oid in answers.columns for oid in columns):
        return True
    if not columns:
        asked = any(oid in answers.asked for oid in scalars)
        return not asked or any(oid in answers.scalars for oid in scalars)
    return any(answers.columns[oid] for oid in columns)


async def _fetch(session: SnmpSession, gauges: Iterable[Gauge], answers: _Answers) -> None:
    scalars: dict[Oid, None] = {}
    tables: dict[Oid, dict[Oid, None]] = {}
    for gauge in gauges:
        for text in gauge.scalars.values():
            scalars[dotted(text)] = None
        lookups = (lookup.column for lookup in gauge.lookups.values())
        for text in (*gauge.columns.values(), *lookups):
            oid = dotted(text)
            if oid not in answers.columns:
                tables.setdefault(oid[:-1], {})[oid] = None
    wanted = [oid for oid in scalars if oid not in answers.asked]
    if wanted:
        answers.asked.update(wanted)
        answers.scalars.update(await session.get(wanted))
    for columns in tables.values():
        walked, _ = await session.walk(list(columns))
        for column in walked:
            answers.columns[column.oid] = column.cells
            if column.fault:
                name = ".".join(map(str, column.oid))
                answers.faults.append(f"{name}: {column.fault}")


def _evaluate(gauge: Gauge, answers: _Answers) -> list[tuple[str, Index, float]]:
    """Part, index and value of every row that has one."""
    scalars = {name: answers.scalars.get(dotted(oid)) for name, oid in gauge.scalars.items()}
    columns = {name: answers.columns.get(dotted(oid), {}) for name, oid in gauge.columns.items()}
    indexes: Iterable[Index] = next(iter(columns.values())) if columns else (0,)
    found: list[tuple[str, Index, float]] = []
    for index in indexes:
        row = scalars | {name: cells.get(index) for name, cells in columns.items()}
        if _LAST in gauge.where:
            row[_LAST] = index if isinstance(index, int) else index[-1]
        for name, lookup in gauge.lookups.items():
            target = _target(lookup.by, index, row)
            cells = answers.columns.get(dotted(lookup.column), {})
            row[name] = None if target is None else cells.get(target)
        if _is_wanted(gauge, row) and (value := _value(gauge, row)) is not None:
            found.append((_part(gauge, index, row), index, value))
    return _combined(gauge, found)


def _target(
    by: int | str | tuple[int, ...], index: Index, row: Mapping[str, Value | None]
) -> Index | None:
    if isinstance(by, str):
        value = row.get(by)
        return value if isinstance(value, int) else None
    numbers = (index,) if isinstance(index, int) else index
    positions = (by,) if isinstance(by, int) else by
    if any(not -len(numbers) <= position < len(numbers) for position in positions):
        return None
    target = tuple(numbers[position] for position in positions)
    return target[0] if len(target) == 1 else target


def _is_wanted(gauge: Gauge, row: Mapping[str, Value | None]) -> bool:
    wanted = all(_is_one_of(row.get(name), choices) for name, choices in gauge.where.items())
    return wanted and not any(_is_one_of(row.get(n), c) for n, c in gauge.unless.items())


def _is_one_of(value: Value | None, choices: Sequence[int | str]) -> bool:
    if value is None:
        return False
    for choice in choices:
        if isinstance(choice, int):
            hit = value == choice or (isinstance(value, bytes) and number_of(value) == choice)
        elif isinstance(value, tuple):
            hit = bool(_DOTTED.fullmatch(choice)) and value == dotted(choice)
        else:
            hit = bool(re.search(choice, decode_text(value) or ""))
        if hit:
            return True
    return False


def _value(gauge: Gauge, row: Mapping[str, Value | None]) -> float | None:
    numbers = {
        name: None if (number := _number(gauge, value)) in gauge.ignore else number
        for name, value in row.items()
    }
    value = formula(gauge.value)(numbers)
    if value is None or not math.isfinite(value):
        return None
    if gauge.ok is not None:
        return 1.0 if value in gauge.ok else 0.0
    if gauge.minimum is not None and value < gauge.minimum:
        return None
    if gauge.maximum is not None and value > gauge.maximum:
        return None
    # Twelve digits are more than any device measures; they hide that 0.57 is not binary.
    return float(f"{value:.12g}")


def _number(gauge: Gauge, value: Value | None) -> float | None:
    if gauge.pattern is None or not isinstance(value, bytes):
        return number_of(value)
    match = re.search(gauge.pattern, decode_text(value) or "")
    return number_of(match[1].encode()) if match else None


def number_of(value: Value | None) -> float | None:
    """The number a cell holds: an integer, an Opaque float, or the first number in a text."""
    if value is None or isinstance(value, tuple):
        return None
    if isinstance(value, int):
        return float(value)
    if value.startswith(_OPAQUE_FLOAT) and len(value) == len(_OPAQUE_FLOAT) + 4:
        return float(struct.unpack(">f", value[3:])[0])
    if value.startswith(_OPAQUE_DOUBLE) and len(value) == len(_OPAQUE_DOUBLE) + 8:
        return float(struct.unpack(">d", value[3:])[0])
    match = _NUMBER.search(decode_text(value) or "")
    return float(match[0]) if match else None


def _part(gauge: Gauge, index: Index, row: Mapping[str, Value | None]) -> str:
    if not gauge.part:
        return ""
    own = _index_text(index)
    names = {
        name: own if value is None else decode_text(value) or own for name, value in row.items()
    }
    builtin = {"index": own, "text": _spelt(index)}
    return gauge.part.format_map(builtin | names)[:_LONGEST_PART].strip()


def _spelt(index: Index) -> str:
    """An index that spells a name (SMIv2: its length, then its octets), else its numbers."""
    if isinstance(index, tuple) and index[0] == len(index) - 1 and max(index) < _OCTET:
        return decode_text(bytes(index[1:])) or _index_text(index)
    return _index_text(index)


def _index_text(index: Index) -> str:
    return str(index) if isinstance(index, int) else ".".join(map(str, index))


def _combined(
    gauge: Gauge, found: list[tuple[str, Index, float]]
) -> list[tuple[str, Index, float]]:
    if gauge.combine is None or not found:
        return found
    values = [value for _, _, value in found]
    total = sum(values)
    combined = {
        "sum": total,
        "mean": total / len(values),
        "max": max(values),
        "first": values[0],
    }[gauge.combine]
    part, index, _ = found[0]
    return [(part, index, combined)]
