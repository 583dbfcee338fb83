"""Columns of a table while they are walked: where each stands, and whether what came is sane.

Switches of a kind answer with the same OIDs again and again, so the index behind each is
decoded once for all devices and then only looked up.
"""

from functools import lru_cache
from typing import Final

from drivers.base import Column, Index, Oid, Value
from drivers.snmp.ber import (
    NULL,
    OBJECT_IDENTIFIER,
    decode_numbers,
    encode_oid_content,
    encode_tlv,
    expect,
)
from drivers.snmp.message import Pdu

NOT_INCREASING: Final = "OID not increasing"
_FIRST_EXCEPTION = 0x80
_MOST_KNOWN = 4096
_FIRST_WIDTH = 30.0
#: Less than every index.
_NOTHING: Final = -1


class ColumnName:
    """A column's OID in the form replies are compared with; shared by all walks of it."""

    __slots__ = ("_known", "key", "oid", "prefix", "width")

    def __init__(self, oid: Oid) -> None:
        self.oid = oid
        self.prefix = encode_oid_content(oid)
        #: The OID with tag and length: where a walk begins.
        self.key = encode_tlv(OBJECT_IDENTIFIER, self.prefix)
        #: Octets a cell takes in a reply, as last seen.
        self.width = _FIRST_WIDTH
        self._known: dict[bytes, Index] = {}

    def indices(self, keys: list[bytes]) -> list[Index]:
        """The index of each key, up to the first that is not of this column."""
        found = list(map(self._known.get, keys))
        if None not in found:
            return found  # type: ignore[return-value]
        indices: list[Index] = []
        for key, index in zip(keys, found, strict=True):
            if index is None:
                index = self._decode(key)  # noqa: PLW2901
                if index is None:
                    break
            indices.append(index)
        return indices

    def _decode(self, key: bytes) -> Index | None:
        start, stop = expect(key, 0, len(key), OBJECT_IDENTIFIER)
        content = key[start:stop]
        if not content.startswith(self.prefix):
            return None
        numbers = decode_numbers(content[len(self.prefix) :])
        index = numbers[0] if len(numbers) == 1 else numbers
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = index
        return index


@lru_cache(maxsize=4096)
def name_of(oid: Oid) -> ColumnName:
    """The name of a column; one object an OID."""
    return ColumnName(oid)


class Track:
    """One column of one walk."""

    __slots__ = ("_last", "column", "cursor", "done", "name")

    def __init__(self, oid: Oid) -> None:
        self.name = name_of(oid)
        self.column = Column(oid)
        self.cursor = self.name.key
        self.done = False
        self._last: Index = _NOTHING

    def end(self, fault: str = "") -> None:
        self.done = True
        self.column.fault = fault

    def take(self, keys: list[bytes], values: list[Value | None], tags: list[int]) -> None:
        """Add the cells of one reply that belong to this column.

        Ends the column where something else follows, and with a fault where an OID is not
        larger than the one before: such an agent would be walked for ever.
        """
        indices = self.name.indices(keys)
        count = len(indices)
        if not count:
            self.end()
            return
        column = self.column
        cells = column.cells
        if not (self._follows(indices[0]) and _ascending(indices)):
            self._take_while_increasing(indices, values, tags)
            return
        before = len(cells)
        cells.update(zip(indices, values, strict=False))  # type: ignore[arg-type]
        if len(cells) != before + count:
            self.end(NOT_INCREASING)
            return
        if not column.tag:
            column.tag = tags[0]
        self._last = indices[-1]
        self.cursor = keys[count - 1]
        if count < len(keys):
            self.end()

    def take_with_exceptions(
        self, keys: list[bytes], values: list[Value | None], tags: list[int]
    ) -> None:
        """As :meth:`take`, for a reply in which some value is missing."""
        for at, tag in enumerate(tags):
            if tag >= _FIRST_EXCEPTION:
                if at:
                    self.take_with_exceptions(keys[:at], values[:at], tags[:at])
                if not self.done:
                    self.end()
                return
        empty = [keys[at] for at, tag in enumerate(tags) if tag == NULL]
        if not empty:
            self.take(keys, values, tags)
            return
        # A cell without a value is left out, but the walk goes on behind it.
        self.take(keys, values, tags)
        for key in empty:
            for index in self.name.indices([key]):
                self.column.cells.pop(index, None)
        if self.column.tag == NULL:
            self.column.tag = 0

    def _follows(self, index: Index) -> bool:
        last = self._last
        if isinstance(last, int) and isinstance(index, int):
            return last < index
        return last == _NOTHING or _numbers(last) < _numbers(index)

    def _take_while_increasing(
        self, indices: list[Index], values: list[Value | None], tags: list[int]
    ) -> None:
        for index, value, tag in zip(indices, values, tags, strict=False):
            if not self._follows(index):
                break
            if value is not None:
                self.column.cells[index] = value
                self.column.tag = self.column.tag or tag
            self._last = index
        self.end(NOT_INCREASING)


def _numbers(index: Index) -> tuple[int, ...]:
    return index if isinstance(index, tuple) else (index,)


def _ascending(indices: list[Index]) -> bool:
    try:
        return indices == sorted(indices)
    except TypeError:  # numbers and tuples mixed, in a table whose index varies in length
        numbers = [_numbers(index) for index in indices]
        return numbers == sorted(numbers)


def share_out(pdu: Pdu, skip: int, tracks: list[Track]) -> None:
    """Give every column its cells of a reply, ``skip`` variable bindings from its beginning."""
    keys, values, tags = pdu.keys, pdu.values, pdu.tags
    step = len(tracks)
    for at, track in enumerate(tracks, skip):
        mine = keys[at::step]
        if not mine:
            return
        take = track.take_with_exceptions if pdu.exceptional else track.take
        take(mine, values[at::step], tags[at::step])
