"""The seam between what is read and how: a live SNMP session and a recording both fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

#: An object identifier as its numbers.
Oid: TypeAlias = tuple[int, ...]
#: What is left of an OID behind the column's: one number, or several as a tuple.
Index: TypeAlias = int | tuple[int, ...]
#: INTEGER, Counter, Gauge, TimeTicks are int; OCTET STRING, IpAddress, Opaque are bytes.
Value: TypeAlias = int | bytes | Oid


@dataclass(slots=True)
class Column:
    """One walked column of a table, as far as it came.

    Args:
        oid: the column's own OID.
        cells: index to value, in the device's order.
        tag: BER tag of the first cell (0x41 Counter32, 0x42 Gauge32, 0x43 TimeTicks,
            0x46 Counter64, 0x02 Integer32, 0x04 OCTET STRING, ...); 0 when empty.
        fault: why the column is incomplete; empty when it is whole.
    """

    oid: Oid
    cells: dict[Index, Value] = field(default_factory=dict)
    tag: int = 0
    fault: str = ""


class SnmpSession(Protocol):
    """The two SNMP verbs drivers need, for one device.

    Both raise ``DriverError`` subclasses when the device cannot be read at all. A table that
    breaks off after something came is returned with ``fault`` set, never raised.
    """

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        """Values of single objects; what the device does not have is left out."""
        ...

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        """Columns walked side by side, in the order asked for.

        ``scalars`` (such as sysUpTime.0) are read with the first request of the walk, so that
        the rows and the clock belong together.
        """
        ...
