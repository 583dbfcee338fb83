"""Replays a ``.snmprec`` file in place of a live SNMP session.

One value a line, ``oid|tag|value``; the tag is the BER type, an ``x`` behind it says the value is
hexadecimal (format of the snmpsim project). Only the first two bars divide: values may hold more.
Lines that cannot be read are counted and left out, as a device's odd objects would be.
"""

import bz2
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from drivers.base import Column, Index, Oid, Value

_INTEGERS = frozenset({0x02, 0x41, 0x42, 0x43, 0x46})
_OCTETS = frozenset({0x04, 0x44})
_OBJECT_ID = 0x06
_IP_ADDRESS = 0x40
#: What is read of a packed recording; no walk of a device is longer.
_LONGEST = 1 << 28


class Recording:
    """What one device answered once; an ``SnmpSession``.

    Args:
        values: object to BER tag and value.
        skipped: lines of the file that could not be read.
    """

    def __init__(self, values: Mapping[Oid, tuple[int, Value]], skipped: int = 0) -> None:
        self._values = dict(values)
        self._oids = sorted(self._values)
        self.skipped = skipped

    def __len__(self) -> int:
        return len(self._oids)

    def oids(self) -> Sequence[Oid]:
        """Every object recorded, in order."""
        return self._oids

    def cell(self, oid: Oid) -> tuple[int, Value]:
        """BER tag and value of a recorded object."""
        return self._values[oid]

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, Value]:
        return {oid: self._values[oid][1] for oid in oids if oid in self._values}

    async def walk(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = ()
    ) -> tuple[Sequence[Column], Mapping[Oid, Value]]:
        return [self._column(oid) for oid in columns], await self.get(scalars)

    def _column(self, oid: Oid) -> Column:
        column = Column(oid)
        length = len(oid)
        for position in range(bisect_left(self._oids, oid), len(self._oids)):
            found = self._oids[position]
            if found[:length] != oid:
                break
            rest = found[length:]
            if not rest:
                continue
            tag, value = self._values[found]
            index: Index = rest[0] if len(rest) == 1 else rest
            column.cells[index] = value
            column.tag = column.tag or tag
        return column


def read_recording(path: Path) -> Recording:
    """Read a file; the order of its lines does not matter, the first of a repeated OID wins.

    A ``.bz2`` file is unpacked on the way.

    Raises:
        OSError: the file cannot be read.
    """
    values: dict[Oid, tuple[int, Value]] = {}
    skipped = 0
    for line in _lines(_bytes_of(path)):
        try:
            oid, tag, value = _parsed(line)
        except ValueError:
            skipped += 1
            continue
        if value is not None:
            values.setdefault(oid, (tag, value))
    return Recording(values, skipped)


def _bytes_of(path: Path) -> bytes:
    if path.suffix != ".bz2":
        return path.read_bytes()
    with bz2.open(path) as file:
        return file.read(_LONGEST)


def _lines(raw: bytes) -> Iterator[bytes]:
    for line in raw.split(b"\n"):
        stripped = line.rstrip(b"\r")
        if stripped.strip() and not stripped.startswith(b"#"):
            yield stripped


def _parsed(line: bytes) -> tuple[Oid, int, Value | None]:
    dotted, kind, raw = line.split(b"|", 2)
    oid = _oid(dotted)
    # "2:numeric|..." is how snmpsim names a variation module: the value before it still counts.
    kind = kind.split(b":", 1)[0]
    digits = kind.rstrip(b"xe")
    tag = int(digits)
    return oid, tag, _value(tag, kind[len(digits) :], raw)


def _oid(dotted: bytes) -> Oid:
    return tuple(map(int, dotted.strip().strip(b".").split(b".")))


def _value(tag: int, coding: bytes, raw: bytes) -> Value | None:
    if coding == b"x":
        octets = bytes.fromhex(raw.decode("ascii").replace(" ", "").removeprefix("0x"))
    elif coding == b"e":
        octets = raw.decode("unicode_escape").encode("latin-1")
    else:
        octets = raw
    read = _READERS.get(tag)
    return None if read is None else read(octets, bool(coding))


def _integer(octets: bytes, coded: bool) -> int:
    return int.from_bytes(octets, "big") if coded else int(octets)


def _address(octets: bytes, coded: bool) -> bytes:
    return octets if coded else bytes(map(int, octets.split(b".")))


_READERS: dict[int, Callable[[bytes, bool], Value]] = {
    **dict.fromkeys(_INTEGERS, _integer),
    **dict.fromkeys(_OCTETS, lambda octets, _: octets),
    _OBJECT_ID: lambda octets, _: _oid(octets),
    _IP_ADDRESS: _address,
}
