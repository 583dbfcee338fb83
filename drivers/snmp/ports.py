"""IF-MIB: what ports a device has. Source: RFC 2863 (ifTable, ifXTable)."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from drivers.base import Column, Index, Oid, SnmpSession, Value
from drivers.readings import Port
from drivers.snmp.text import decode_text

IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)

IF_DESCR, IF_TYPE, IF_SPEED, IF_PHYS_ADDRESS = ((*IF_ENTRY, n) for n in (2, 3, 5, 6))
IF_ADMIN_STATUS, IF_OPER_STATUS = (*IF_ENTRY, 7), (*IF_ENTRY, 8)
IF_IN_OCTETS, IF_OUT_OCTETS = (*IF_ENTRY, 10), (*IF_ENTRY, 16)
IF_NAME, IF_HIGH_SPEED, IF_ALIAS = (*IF_X_ENTRY, 1), (*IF_X_ENTRY, 15), (*IF_X_ENTRY, 18)
IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS = (*IF_X_ENTRY, 6), (*IF_X_ENTRY, 10)

_ADMIN = {1: "up", 2: "down", 3: "testing"}
_OPER = {
    **_ADMIN,
    4: "unknown",
    5: "dormant",
    6: "notPresent",
    7: "lowerLayerDown",
}
_MAC_LENGTH = 6
#: Longest name of a port in readings, as SNMPv2-TC has it for DisplayString.
_LONGEST_PART = 255


def faults_of(table: str, columns: Sequence[Column]) -> list[str]:
    """``["table: reason"]`` for a walk that broke off, else nothing."""
    reasons = sorted({column.fault for column in columns if column.fault})
    return [f"{table}: {', '.join(reasons)}"] if reasons else []


def part_names(
    indexes: Sequence[int], names: Mapping[Index, str], descriptions: Mapping[Index, str]
) -> tuple[str, ...]:
    """Unique names of ports: ifName, else ifDescr, else the index.

    A name that repeats gets ``#index`` behind it on every port that has it, so that which port
    came first in the walk does not decide whose history it is. What is longer than a
    DisplayString may be is cut.
    """
    chosen = [
        (names.get(index) or descriptions.get(index) or str(index))[:_LONGEST_PART]
        for index in indexes
    ]
    often = Counter(chosen)
    # Interned: a thousand switches share the names of their ports.
    return tuple(
        sys.intern(f"{name}#{index}" if often[name] > 1 else name)
        for name, index in zip(chosen, indexes, strict=True)
    )


def speed_of(high_speed: Value | None, speed: Value | None) -> int | None:
    """Bits per second: ifHighSpeed (Mbit/s) where it says something, else ifSpeed.

    A full 32 bits of ifSpeed mean "at least so much"; without ifHighSpeed that is all there is.
    Zero says that speed means nothing to the port.
    """
    if isinstance(high_speed, int) and high_speed > 0:
        return high_speed * 1_000_000
    return speed if isinstance(speed, int) and speed > 0 else None


def mac_of(value: Value | None) -> str | None:
    """Twelve hex digits of a six-byte ifPhysAddress; other lengths are not Ethernet."""
    if isinstance(value, bytes) and len(value) == _MAC_LENGTH:
        return value.hex()
    return None


async def read_ports(session: SnmpSession) -> tuple[tuple[Port, ...], list[str]]:
    """Every row of ifTable with its ifXTable half, and what was incomplete."""
    columns = (
        IF_DESCR,
        IF_TYPE,
        IF_SPEED,
        IF_PHYS_ADDRESS,
        IF_ADMIN_STATUS,
        IF_OPER_STATUS,
        IF_IN_OCTETS,
        IF_OUT_OCTETS,
    )
    extended = (IF_NAME, IF_HIGH_SPEED, IF_ALIAS, IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS)
    walked, _ = await session.walk((*columns, *extended))
    cells = {column.oid: column.cells for column in walked}
    indexes = sorted({i for c in walked for i in c.cells if isinstance(i, int)})
    # Some devices number ifXTable rows that no ifTable row has; they are not ports.
    base = {i for column in columns for i in cells[column]}
    ports = tuple(
        Port(
            index=index,
            name=_text(cells[IF_NAME].get(index)),
            description=_text(cells[IF_DESCR].get(index)),
            alias=_text(cells[IF_ALIAS].get(index)),
            type=as_integer(cells[IF_TYPE].get(index)),
            speed_bits_per_second=speed_of(
                cells[IF_HIGH_SPEED].get(index), cells[IF_SPEED].get(index)
            ),
            admin=_word(_ADMIN, cells[IF_ADMIN_STATUS].get(index)),
            oper=_word(_OPER, cells[IF_OPER_STATUS].get(index)),
            mac=mac_of(cells[IF_PHYS_ADDRESS].get(index)),
            in_octets=_first_integer(index, cells[IF_HC_IN_OCTETS], cells[IF_IN_OCTETS]),
            out_octets=_first_integer(index, cells[IF_HC_OUT_OCTETS], cells[IF_OUT_OCTETS]),
        )
        for index in indexes
        if index in base or not base
    )
    faults = faults_of("ifTable", walked[: len(columns)])
    return ports, faults + faults_of("ifXTable", walked[len(columns) :])


def _text(value: Value | None) -> str | None:
    return None if value is None else decode_text(value)


def as_integer(value: Value | None) -> int | None:
    """The number a cell holds; None for an absent cell or one of another type."""
    return value if isinstance(value, int) else None


def _first_integer(index: int, *tables: Mapping[Index, Value]) -> int | None:
    for cells in tables:
        value = cells.get(index)
        if isinstance(value, int):
            return value
    return None


def _word(words: Mapping[int, str], value: Value | None) -> str | None:
    return words.get(value) if isinstance(value, int) else None
