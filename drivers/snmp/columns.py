"""Columns of a table while they are walked: where each stands, and whether what came is sane.

Switches of a kind answer with the same OIDs again and again. What the OIDs of a reply mean
for the columns asked for (a :class:`Layout`) is therefore worked out once for all devices,
and then only looked up.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drivers.base import Column, Index, Oid, Value
from drivers.snmp.ber import (
    NULL,
    OBJECT_IDENTIFIER,
    BerError,
    decode_numbers,
    encode_oid_content,
    encode_tlv,
    expect,
)
from drivers.snmp.message import Pdu, encode_null_varbinds

NOT_INCREASING: Final = "OID not increasing"
MALFORMED_OID: Final = "malformed OID"
_FIRST_EXCEPTION = 0x80
_MOST_KNOWN = 2048
_MOST_LAYOUTS = 512
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

    def index(self, key: bytes) -> Index | None:
        """The index behind the column's OID; ``None`` for a key of something else.

        Raises:
            BerError: the OID ends in the middle of a number.
        """
        index = self._known.get(key)
        if index is None:
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


@dataclass(frozen=True, slots=True)
class Part:
    """What one reply brings for one column.

    Args:
        indices: of the cells, strictly increasing.
        cursor: key of the last cell.
        ends: something of another column, or nothing, follows.
        fault: why the column ends, when it ends badly.
    """

    indices: list[Index]
    cursor: bytes
    ends: bool
    fault: str = ""


class Layout:
    """What the OIDs of a reply mean for the columns it was asked for; cells in turn.

    ``onward`` is the variable bindings of the request that goes on behind this reply, where
    it goes on for every column; else empty.
    """

    __slots__ = ("names", "onward", "parts", "skip")

    def __init__(self, skip: int, names: list[ColumnName], parts: list[Part]) -> None:
        self.skip = skip
        self.names = names
        self.parts = parts
        whole = len(parts) == len(names) and not any(part.ends for part in parts)
        self.onward = encode_null_varbinds([part.cursor for part in parts]) if whole else b""


class Track:
    """One column of one walk."""

    __slots__ = ("_indices", "_last", "_untyped", "_values", "column", "cursor", "done", "name")

    def __init__(self, oid: Oid) -> None:
        self.name = name_of(oid)
        self.column = Column(oid)
        self.cursor = self.name.key
        self.done = False
        self._last: Index = _NOTHING
        self._untyped = True
        self._indices: list[Index] = []
        self._values: list[Value | None] = []

    @property
    def rows(self) -> int:
        return len(self._indices)

    def end(self, fault: str = "") -> None:
        """Nothing more is asked for; the cells are put into the column."""
        self.done = True
        column = self.column
        column.fault = fault
        column.cells = {
            index: value
            for index, value in zip(self._indices, self._values, strict=True)
            if value is not None
        }
        if not column.cells:
            column.tag = 0

    def take(self, part: Part, pdu: Pdu, at: int, step: int) -> None:
        """Add the cells of a reply, every ``step``-th from ``at``.

        A column whose OIDs do not increase ends with a fault: such an agent would be walked
        for ever.
        """
        indices = part.indices
        if indices:
            if not _follows(self._last, indices[0]):
                self.end(NOT_INCREASING)
                return
            self._last = indices[-1]
            self._indices += indices
            self._values += pdu.values[at : at + step * len(indices) : step]
            self.cursor = part.cursor
            if self._untyped:
                self.column.tag = tag = pdu.tags[at]
                self._untyped = tag == NULL
        if part.ends:
            self.end(part.fault)


def _follows(last: Index, index: Index) -> bool:
    if last.__class__ is int and index.__class__ is int:
        return last < index
    return last == _NOTHING or _numbers(last) < _numbers(index)


def _numbers(index: Index) -> tuple[int, ...]:
    return index if isinstance(index, tuple) else (index,)


def _part(name: ColumnName, keys: list[bytes], tags: list[int]) -> Part:
    indices: list[Index] = []
    last: Index = _NOTHING
    cursor = b""
    for key, tag in zip(keys, tags, strict=True):
        try:
            index = name.index(key) if tag < _FIRST_EXCEPTION else None
        except BerError:
            return Part(indices, cursor, ends=True, fault=MALFORMED_OID)
        if index is None:
            return Part(indices, cursor, ends=True)
        if not _follows(last, index):
            return Part(indices, cursor, ends=True, fault=NOT_INCREASING)
        indices.append(index)
        last, cursor = index, key
    return Part(indices, cursor, ends=False)


_layouts: dict[tuple[bytes, ...], Layout] = {}


def _layout(pdu: Pdu, skip: int, names: list[ColumnName]) -> Layout:
    keys = tuple(pdu.keys)
    layout = _layouts.get(keys)
    if layout is not None and not pdu.exceptional and layout.names == names and layout.skip == skip:
        return layout
    step = len(names)
    parts = [
        _part(name, pdu.keys[at::step], pdu.tags[at::step])
        for at, name in enumerate(names, skip)
        if at < len(keys)
    ]
    layout = Layout(skip, names, parts)
    if not pdu.exceptional:
        if len(_layouts) >= _MOST_LAYOUTS:
            _layouts.clear()
        _layouts[keys] = layout
    return layout


def share_out(pdu: Pdu, skip: int, tracks: list[Track]) -> bytes:
    """Give every column its cells of a reply, ``skip`` variable bindings from its beginning.

    A reply may break off in the middle of a row; the columns behind get nothing then.

    Returns:
        ``Layout.onward``.
    """
    step = len(tracks)
    layout = _layout(pdu, skip, [track.name for track in tracks])
    for at, (track, part) in enumerate(zip(tracks, layout.parts, strict=False), skip):
        track.take(part, pdu, at, step)
    return layout.onward
