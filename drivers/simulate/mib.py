"""The objects of one simulated agent, in order, with values that may depend on the time."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from drivers.base import Oid, Value
from drivers.snmp.ber import COUNTER32, COUNTER64, TIME_TICKS

#: A value, or what it is at a real time in seconds since the epoch; ``None``: not there then.
Live: TypeAlias = Value | Callable[[float], Value | None]
#: BER tag and value.
Cell: TypeAlias = tuple[int, Live]

_WRAPS: Final[Mapping[int, int]] = {
    COUNTER32: 1 << 32,
    TIME_TICKS: 1 << 32,
    COUNTER64: 1 << 64,
}


def oid(dotted: str) -> Oid:
    """``1.3.6.1.2.1.1.1.0`` as numbers."""
    return tuple(int(part) for part in dotted.strip(".").split("."))


class MibTree:
    """A sorted table of objects; later cells of the same name replace earlier ones."""

    def __init__(self, cells: Iterable[tuple[Oid, Cell]]) -> None:
        self._cells = dict(cells)
        self._order = sorted(self._cells)

    def extended(self, cells: Iterable[tuple[Oid, Cell]]) -> "MibTree":
        """A table with more objects, or with other values for some."""
        return MibTree([*self._cells.items(), *cells])

    def __len__(self) -> int:
        return len(self._order)

    def get(self, name: Oid, now: float) -> tuple[int, Value] | None:
        """Tag and value of one object, ``None`` where there is none. Counters wrap."""
        cell = self._cells.get(name)
        if cell is None:
            return None
        tag, live = cell
        value = live(now) if callable(live) else live
        if value is None:
            return None
        wrap = _WRAPS.get(tag)
        if wrap is not None and isinstance(value, int):
            value %= wrap
        return tag, value

    def after(self, name: Oid) -> Oid | None:
        """The first object behind ``name`` in lexicographic order; ``None`` at the end."""
        place = bisect_right(self._order, name)
        return self._order[place] if place < len(self._order) else None
