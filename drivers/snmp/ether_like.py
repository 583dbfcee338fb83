"""Faults of cables and of duplex, port by port: the counters of EtherLike-MIB.

They build up over hours and cost a walk of every port, so they are read once an hour.
Source: RFC 3635 (dot3StatsTable; its index is the ifIndex).
"""

from collections.abc import Sequence

from drivers.base import Column, Oid, SnmpSession
from drivers.snmp.counters import CounterColumn, Counters
from drivers.snmp.ports import as_integer, faults_of
from drivers.snmp.tables import SYS_UP_TIME, Known

DOT3_STATS_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 10, 7, 2, 1)
_METRICS = {
    (*DOT3_STATS_ENTRY, 2): "port_alignment_errors_per_second",
    (*DOT3_STATS_ENTRY, 3): "port_frame_check_errors_per_second",
    (*DOT3_STATS_ENTRY, 8): "port_late_collisions_per_second",
}


async def read_ether_like(
    session: SnmpSession, known: Known
) -> tuple[Counters | None, tuple[str, ...]]:
    """Raw counters of the ports known, for :class:`drivers.snmp.counters.RateKeeper`.

    Returns:
        Counters, None where the device does not have the table; and what broke off.

    Raises:
        DriverError: the device gave nothing at all.
    """
    walked, scalars = await session.walk(tuple(_METRICS), scalars=(SYS_UP_TIME,))
    faults = tuple(faults_of("dot3StatsTable", walked))
    columns = [_counted(column, known.indexes) for column in walked if column.cells]
    if not columns:
        return None, faults
    uptime = as_integer(scalars.get(SYS_UP_TIME))
    return Counters(uptime, known.parts, known.speeds, columns), faults


def _counted(column: Column, indexes: Sequence[int]) -> CounterColumn:
    values = [as_integer(column.cells.get(index)) for index in indexes]
    return CounterColumn(_METRICS[column.oid], wide=False, bits=False, values=values)
