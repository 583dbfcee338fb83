"""What ``/api/v1/export/native`` sends: blocks of samples as the server keeps them, never unpacked.

The server copies these bytes from its files, so unpacking them here is all the work there is: a
tenth of what the same samples cost as JSON. A block is a series' name and some rows; times and
values are whole numbers (values with one decimal exponent a block), each stored as a constant, as
a constant step, or as zigzag varints of differences or of differences of differences, which may be
compressed by zstd.

VictoriaMetrics calls the format its own and has changed the head of a block once: 1.79 has neither
the last time nor the precision, later releases have both. What fits neither raises
:class:`UnknownBlocks`, and readers ask for JSON instead.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple

import zstandard

_RANGE_BYTES = 16
_LENGTH = struct.Struct(">I")
_EXACT = 64
_MOST_ROWS = 8192
_MOST_UNPACKED = 16 * _MOST_ROWS
_SEPARATOR = b"\x01"
_ESCAPED = ((b"\x002", b"\x02"), (b"\x001", b"\x01"), (b"\x000", b"\x00"))


class UnknownBlocks(ValueError):
    """The server sends blocks of a form that is not known here."""


class Packing(IntEnum):
    """How a column of whole numbers is stored."""

    zstd_twice = 1
    steps = 2
    constant = 3
    zstd_once = 4
    twice = 5
    once = 6


# Tuples: tens of thousands are made for one answer.
class Column(NamedTuple):
    """Whole numbers: ``first``, and the bytes that make the others."""

    packing: Packing
    first: int
    data: bytes


class Block(NamedTuple):
    """Some rows of one series; values are to be multiplied by ``10 ** exponent``."""

    series: bytes
    rows: int
    exponent: int
    times: Column
    values: Column


#: A block's head: first time, first value, rows, exponent, packing of times and of values; and
#: where the data begins.
_Head = tuple[int, int, int, int, int, int, int]
_PACKINGS = {int(one): one for one in Packing}


def blocks(pieces: Iterable[bytes]) -> Iterator[Block]:
    """The blocks of an answer, as its bytes come in.

    Raises:
        UnknownBlocks: the bytes mean something else.
    """
    rest, skipped = b"", False
    read: Callable[[bytes], _Head] | None = None
    unpack = zstandard.ZstdDecompressor()
    for piece in pieces:
        rest += piece
        at = 0
        if not skipped:
            if len(rest) < _RANGE_BYTES:
                continue
            at, skipped = _RANGE_BYTES, True
        while (found := _framed(rest, at)) is not None:
            name, body, at = found
            if read is None:
                read = _head_of(body)
            yield _block(name, body, read(body), unpack)
        rest = rest[at:]
    if rest or not skipped:
        raise UnknownBlocks("the answer broke off")


def labels(series: bytes) -> dict[str, str]:
    """The labels in a series' name; the metric's own is ``__name__``."""
    metric, *rest = [_plain(one) for one in series.split(_SEPARATOR)]
    if len(rest) % 2 == 0 or rest[-1]:
        raise UnknownBlocks(f"a name: {series!r}")
    return {"__name__": metric, **dict(zip(rest[:-1:2], rest[1:-1:2], strict=True))}


def _plain(text: bytes) -> str:
    if b"\x00" in text:
        for written, meant in _ESCAPED:
            text = text.replace(written, meant)
    return text.decode()


def _framed(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """Name and body of the block at ``at``, and where it ends; ``None``: not all of it is here."""
    begin = at + _LENGTH.size
    if len(data) < begin:
        return None
    middle = begin + int(_LENGTH.unpack_from(data, at)[0])
    if len(data) < middle + _LENGTH.size:
        return None
    end = middle + _LENGTH.size + int(_LENGTH.unpack_from(data, middle)[0])
    if len(data) < end:
        return None
    return data[begin:middle], data[middle + _LENGTH.size : end], end


def _head_of(body: bytes) -> Callable[[bytes], _Head]:
    """The one of the two forms that this block has."""
    fitting = []
    for form in (_old_head, _new_head):
        with suppress(IndexError, UnknownBlocks):
            _, _, rows, _, times, values, at = form(body)
            _, at = _bytes(body, at)
            _, at = _bytes(body, at)
            known = times in _PACKINGS and values in _PACKINGS
            if at == len(body) and known and 0 < rows <= _MOST_ROWS:
                fitting.append(form)
    if len(fitting) != 1:
        raise UnknownBlocks("the head of a block")
    return fitting[0]


def _old_head(body: bytes) -> _Head:
    begin, at = _signed(body, 0)
    first, at = _signed(body, at)
    rows, at = _unsigned(body, at)
    exponent, at = _signed(body, at)
    return begin, first, rows, exponent, body[at], body[at + 1], at + 2


def _new_head(body: bytes) -> _Head:
    begin, at = _signed(body, 0)
    end, at = _signed(body, at)
    first, at = _signed(body, at)
    rows, at = _unsigned(body, at)
    exponent, at = _signed(body, at)
    if end < begin or body[at + 2] != _EXACT:
        raise UnknownBlocks("times or precision of a block")
    return begin, first, rows, exponent, body[at], body[at + 1], at + 3


def _block(name: bytes, body: bytes, head: _Head, unpack: zstandard.ZstdDecompressor) -> Block:
    begin, first, rows, exponent, times, values, at = head
    some, at = _bytes(body, at)
    more, at = _bytes(body, at)
    if at != len(body) or not 0 < rows <= _MOST_ROWS:
        raise UnknownBlocks(f"{rows} rows in a block")
    return Block(
        name,
        rows,
        exponent,
        _column(times, begin, some, unpack),
        _column(values, first, more, unpack),
    )


def _column(number: int, first: int, data: bytes, unpack: zstandard.ZstdDecompressor) -> Column:
    packing = _PACKINGS.get(number)
    if packing is Packing.zstd_once:
        return Column(Packing.once, first, unpack.decompress(data, _MOST_UNPACKED))
    if packing is Packing.zstd_twice:
        return Column(Packing.twice, first, unpack.decompress(data, _MOST_UNPACKED))
    if packing is None:
        raise UnknownBlocks(f"packing {number}")
    return Column(packing, first, data)


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _unsigned(data, at)
    if len(data) < at + length:
        raise UnknownBlocks("a block that ends too early")
    return data[at : at + length], at + length


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    number = byte & 0x7F
    shift = 7
    while byte & 0x80:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
    return number, at


def _signed(data: bytes, at: int) -> tuple[int, int]:
    number, at = _unsigned(data, at)
    return (number >> 1) ^ -(number & 1), at


def step_of(column: Column) -> int:
    """The step of a column that is stored as one."""
    step, at = _signed(column.data, 0)
    if at != len(column.data):
        raise UnknownBlocks("bytes left in a step")
    return step
