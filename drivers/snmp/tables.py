"""The frequent poll of a switch: port states and raw counters in one walk.

This is the hot path of the agent: it works in columns, and makes no object a cell.
Source: RFC 2863 (ifTable, ifXTable, ifTableLastChange, ifCounterDiscontinuityTime).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import gt
from typing import NamedTuple, cast

import msgspec

from drivers.base import Column, Index, Oid, SnmpSession, Value
from drivers.errors import DriverError
from drivers.readings import Block
from drivers.snmp.counters import CounterColumn, Counters
from drivers.snmp.ports import (
    IF_ADMIN_STATUS,
    IF_DESCR,
    IF_ENTRY,
    IF_HC_IN_OCTETS,
    IF_HC_OUT_OCTETS,
    IF_HIGH_SPEED,
    IF_IN_OCTETS,
    IF_NAME,
    IF_OPER_STATUS,
    IF_OUT_OCTETS,
    IF_SPEED,
    IF_TYPE,
    IF_X_ENTRY,
    as_integer,
    faults_of,
    part_names,
    speed_of,
)
from drivers.snmp.text import decode_text

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IF_TABLE_LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5, 0)
IF_COUNTER_DISCONTINUITY_TIME: Oid = (*IF_X_ENTRY, 19)
_COUNTER64 = 0x46
#: ifType of what has no speed of its own: other, softwareLoopback, propVirtual, tunnel, l2vlan,
#: l3ipvlan, mplsTunnel, mpls, bridge. Source: IANAifType-MIB.
_SPEEDLESS = frozenset({1, 24, 53, 131, 135, 136, 150, 166, 209})


class _Counted(NamedTuple):
    oid: Oid
    metric: str
    bits: bool = False


#: Asked in every table poll; a metric named twice prefers the first (64-bit) column.
_COUNTED = (
    _Counted((*IF_ENTRY, 13), "port_in_discards_per_second"),
    _Counted((*IF_ENTRY, 14), "port_in_errors_per_second"),
    _Counted((*IF_ENTRY, 19), "port_out_discards_per_second"),
    _Counted((*IF_ENTRY, 20), "port_out_errors_per_second"),
    _Counted(IF_HC_IN_OCTETS, "port_in_bits_per_second", bits=True),
    _Counted((*IF_X_ENTRY, 7), "port_in_unicast_packets_per_second"),
    _Counted((*IF_X_ENTRY, 9), "port_in_broadcast_packets_per_second"),
    _Counted(IF_HC_OUT_OCTETS, "port_out_bits_per_second", bits=True),
    _Counted((*IF_X_ENTRY, 11), "port_out_unicast_packets_per_second"),
    _Counted(IF_IN_OCTETS, "port_in_bits_per_second", bits=True),
    _Counted((*IF_X_ENTRY, 3), "port_in_broadcast_packets_per_second"),
    _Counted((*IF_ENTRY, 11), "port_in_unicast_packets_per_second"),
    _Counted(IF_OUT_OCTETS, "port_out_bits_per_second", bits=True),
    _Counted((*IF_ENTRY, 17), "port_out_unicast_packets_per_second"),
)
_OF_OID = {counted.oid: counted for counted in _COUNTED}


class Known(msgspec.Struct, frozen=True):
    """What the frequent poll has to remember of a device; may be kept over a restart.

    Args:
        indexes: ifIndex values in the device's order.
        parts: the name of each port in readings: ifName, else ifDescr, else the index; made
            unique with the index where it repeats.
        speeds: nominal speed in bit/s, None where unknown, 0 where it means nothing (tunnels,
            VLANs, loopbacks).
        columns: the columns this device has, of those the frequent poll wants.
        table_change: ifTableLastChange when the names were read.
        uptime: sysUpTime when the names were read or last found unchanged.
        up: which ports were up at the last poll, an octet each; one that comes up may have another
            speed.
    """

    indexes: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()
    speeds: tuple[int | None, ...] = ()
    columns: tuple[Oid, ...] = ()
    table_change: int | None = None
    uptime: int | None = None
    up: bytes = b""


@dataclass(slots=True)
class TablesRead:
    """One frequent poll of the ports.

    Args:
        known: hand it to the next poll of the device.
        counters: raw counters for :class:`drivers.snmp.counters.RateKeeper`.
        blocks: what needs no rate: uptime, port states.
        faults: tables that broke off, with the reason.
    """

    known: Known
    counters: Counters
    blocks: tuple[Block, ...]
    faults: tuple[str, ...] = ()


async def learn_ports(session: SnmpSession) -> tuple[Known, list[str]]:
    """Names and speeds of the ports, and which counters the device has.

    64-bit columns are preferred; the 32-bit twin is kept only where a port lacks the 64-bit one.
    """
    known, faults, _ = await _learn(session)
    return known, faults


async def _learn(session: SnmpSession) -> tuple[Known, list[str], list[Column]]:
    """As :func:`learn_ports`, with the first values of the columns that are kept."""
    wanted = (IF_DESCR, IF_TYPE, IF_SPEED, IF_OPER_STATUS, IF_NAME, IF_HIGH_SPEED)
    counted = tuple(counted.oid for counted in _COUNTED)
    walked, scalars = await session.walk(
        (*wanted, IF_ADMIN_STATUS, *counted, IF_COUNTER_DISCONTINUITY_TIME),
        scalars=(SYS_UP_TIME, IF_TABLE_LAST_CHANGE),
    )
    cells = {column.oid: column.cells for column in walked}
    rows = cells[IF_OPER_STATUS] or cells[IF_DESCR]
    indexes = tuple(index for index in rows if isinstance(index, int))
    names = {i: decode_text(v) or "" for i, v in cells[IF_NAME].items()}
    descriptions = {i: decode_text(v) or "" for i, v in cells[IF_DESCR].items()}
    present = [oid for oid in (IF_ADMIN_STATUS, IF_OPER_STATUS) if cells[oid]]
    served: dict[str, set[Index]] = {}
    for entry in _COUNTED:
        have = served.setdefault(entry.metric, set())
        if not have.issuperset(cells[entry.oid]):
            have.update(cells[entry.oid])
            present.append(entry.oid)
    if cells[IF_COUNTER_DISCONTINUITY_TIME]:
        present.append(IF_COUNTER_DISCONTINUITY_TIME)
    known = Known(
        indexes=indexes,
        parts=part_names(indexes, names, descriptions),
        speeds=tuple(
            0
            if cells[IF_TYPE].get(i) in _SPEEDLESS
            else speed_of(cells[IF_HIGH_SPEED].get(i), cells[IF_SPEED].get(i))
            for i in indexes
        ),
        columns=tuple(present),
        table_change=as_integer(scalars.get(IF_TABLE_LAST_CHANGE)),
        uptime=as_integer(scalars.get(SYS_UP_TIME)),
        up=_up_of(indexes, cells[IF_OPER_STATUS]),
    )
    kept = {column.oid: column for column in walked}
    return known, faults_of("ifTable", walked), [kept[oid] for oid in present]


async def read_tables(
    session: SnmpSession, known: Known | None = None, *, doubted: bool = False
) -> TablesRead:
    """The frequent poll: port states and raw counters, one walk.

    Names are read anew when the set of ifIndexes changed, when ifTableLastChange moved, or when
    sysUpTime went back; speeds also when a port came up.

    Args:
        session: a live device or a recording.
        known: what the last poll returned; None to learn it.
        doubted: read the speeds anew, for counters went beyond them.

    Raises:
        DriverError: the device gave nothing at all.
    """
    learned: list[str] = []
    if known is None:
        known, learned, first = await _learn(session)
        if first:  # the names and the first values came in one walk
            return _as_read(known, first, known.uptime, learned)
    if not known.columns:
        return await _read_without_ports(session, known, learned)
    walked, scalars = await session.walk(known.columns, scalars=(SYS_UP_TIME, IF_TABLE_LAST_CHANGE))
    uptime = as_integer(scalars.get(SYS_UP_TIME))
    if _has_changed(known, walked, uptime, as_integer(scalars.get(IF_TABLE_LAST_CHANGE))):
        known, learned = await learn_ports(session)
        return _as_read(known, walked, uptime, learned)
    states = next((c.cells for c in walked if c.oid == IF_OPER_STATUS and not c.fault), {})
    up = _up_of(known.indexes, states) if states else known.up
    if doubted or any(map(gt, up, known.up)):
        known = await _with_new_speeds(session, known)
    if uptime != known.uptime or up != known.up:
        known = msgspec.structs.replace(known, uptime=uptime, up=up)
    return _as_read(known, walked, uptime, learned)


async def _with_new_speeds(session: SnmpSession, known: Known) -> Known:
    """Speeds as they are now; the old ones where the device gives none."""
    try:
        walked, _ = await session.walk((IF_SPEED, IF_HIGH_SPEED))
    except DriverError:
        return known
    low, high = (column.cells for column in walked)
    speeds = tuple(
        0 if before == 0 else speed_of(high.get(index), low.get(index)) or before
        for index, before in zip(known.indexes, known.speeds, strict=True)
    )
    return known if speeds == known.speeds else msgspec.structs.replace(known, speeds=speeds)


def _up_of(indexes: Sequence[int], states: Mapping[Index, Value]) -> bytes:
    return bytes([states.get(index) == 1 for index in indexes])


async def _read_without_ports(session: SnmpSession, known: Known, faults: list[str]) -> TablesRead:
    """A device without ifTable still has a clock."""
    scalars = await session.get((SYS_UP_TIME,))
    return _as_read(known, (), as_integer(scalars.get(SYS_UP_TIME)), faults)


async def read_reachability(
    session: SnmpSession, known: Known, uplink: str | None = None
) -> TablesRead:
    """The shortest poll: the clock, and the one port the school's line arrives on.

    Raises:
        DriverError: the device did not answer.
    """
    at = known.parts.index(uplink) if uplink in known.parts else None
    if at is None:
        scalars = await session.get((SYS_UP_TIME,))
        return _as_read(
            msgspec.structs.replace(known, indexes=(), parts=(), speeds=()),
            (),
            as_integer(scalars.get(SYS_UP_TIME)),
            [],
            keep=known,
        )
    index = known.indexes[at]
    found = await session.get((SYS_UP_TIME, *((*oid, index) for oid in known.columns)))
    columns = [_one_cell(oid, index, found.get((*oid, index))) for oid in known.columns]
    one = msgspec.structs.replace(
        known, indexes=(index,), parts=(known.parts[at],), speeds=(known.speeds[at],)
    )
    return _as_read(one, columns, as_integer(found.get(SYS_UP_TIME)), [], keep=known)


def _has_changed(
    known: Known, walked: Sequence[Column], uptime: int | None, table_change: int | None
) -> bool:
    if known.uptime is not None and uptime is not None and uptime < known.uptime:
        return True
    if table_change != known.table_change and table_change is not None:
        return True
    states = next((c for c in walked if c.oid == IF_OPER_STATUS), None)
    if states is None or states.fault:
        return False
    return known.indexes != tuple(states.cells) and known.indexes != tuple(
        index for index in states.cells if isinstance(index, int)
    )


def _one_cell(oid: Oid, index: int, value: Value | None) -> Column:
    """A GET answers without types: what ifXTable counts in is taken to be Counter64."""
    cells: dict[Index, Value] = {} if value is None else {index: value}
    tag = _COUNTER64 if oid[: len(IF_X_ENTRY)] == IF_X_ENTRY else 0
    return Column(oid, cells, tag)


def _as_read(
    known: Known,
    walked: Sequence[Column],
    uptime: int | None,
    faults: list[str],
    keep: Known | None = None,
) -> TablesRead:
    """Columns into one block of states and the raw counters, all in the order of the parts."""
    states: dict[str, list[float | None]] = {}
    counters: list[CounterColumn] = []
    discontinuities: list[int | None] = []
    for column in walked:
        values = _in_order(column.cells, known.indexes)
        counted = _OF_OID.get(column.oid)
        if counted is not None:
            wide = column.tag == _COUNTER64
            counters.append(CounterColumn(counted.metric, wide, counted.bits, values))
        elif column.oid == IF_OPER_STATUS:
            states["port_up"] = _is_one(values)
        elif column.oid == IF_ADMIN_STATUS:
            states["port_enabled"] = _is_one(values)
        else:
            discontinuities = values
    blocks = []
    if uptime is not None:
        blocks.append(Block(("",), {"uptime_seconds": [uptime / 100]}))
    if states and known.parts:
        blocks.append(Block(known.parts, states))
    return TablesRead(
        known=keep or known,
        counters=Counters(uptime, known.parts, known.speeds, counters, discontinuities),
        blocks=tuple(blocks),
        faults=tuple(dict.fromkeys(faults + faults_of("ifTable", walked))),
    )


def _in_order(cells: Mapping[Index, Value], indexes: tuple[int, ...]) -> list[int | None]:
    """Cells in the order of the parts; on nearly every poll they already are."""
    if tuple(cells) == indexes:
        values = list(cells.values())
        if {type(value) for value in values} <= {int}:
            return cast("list[int | None]", values)
    found = (cells.get(index) for index in indexes)
    return [value if isinstance(value, int) else None for value in found]


def _is_one(values: Sequence[int | None]) -> list[float | None]:
    return [None if value is None else 1.0 if value == 1 else 0.0 for value in values]
