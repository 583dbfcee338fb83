"""An extract: some series of one sorted file, as plain columns that numpy maps.

::

    a series   values  float64, or a table of float64 and a byte each where they are few
               times   uint32, milliseconds since the beginning of the file's period, rising
               weights uint32, samples that a value is the mean of; only with a step
    index      an entry a series, by number
    trailer    magic, check of the index, number of series

Every column begins at a multiple of eight. A series has a check of its own, made when it is first
read: a file that was torn or has rotted is never believed. An extract says which file it was made
of, and files never change, so it is never stale.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.metrics.manifest import Segment, sync

_MAGIC = b"fleetx01"
_TRAILER = struct.Struct("<8sIq")
_ENTRY = np.dtype(
    [
        ("number", "<i4"),
        ("check", "<u4"),
        ("position", "<i8"),
        ("size", "<i8"),
        ("distinct", "<i8"),
    ]
)
#: Numbers in an address of a series.
ADDRESS = 5
#: Values that a byte tells apart.
_FEW = 256
#: Values that are looked at to see whether a table could do: most series show it at once.
_GLANCE = 1024


class Damaged(ValueError):
    """The extract in {0} is torn, has rotted or is somebody else's."""


class Run(NamedTuple):
    """One series of an extract.

    Args:
        times: milliseconds since the beginning of the period, rising.
        coded: values, or places in ``table``.
        table: of values; ``None`` where ``coded`` are the values.
        weights: samples that each value is the mean of; empty without a step.
    """

    times: NDArray[np.uint32]
    coded: NDArray[np.float64] | NDArray[np.uint8]
    table: NDArray[np.float64] | None
    weights: NDArray[np.uint32]

    def values(self, cuts: list[int]) -> NDArray[np.float64]:
        """Values between every other two places, one after the other."""
        coded = _joined(self.coded, cuts)
        return coded if self.table is None else self.table[coded]

    def weights_in(self, cuts: list[int]) -> NDArray[np.uint32]:
        """The weights of the same."""
        return _joined(self.weights, cuts)

    def times_in(self, cuts: list[int]) -> NDArray[np.uint32]:
        """The times of the same."""
        return _joined(self.times, cuts)


def _joined(column: NDArray[np.generic], cuts: list[int]) -> NDArray:  # type: ignore[type-arg]
    if len(cuts) == 2:  # noqa: PLR2004 - a beginning and its end
        return column[cuts[0] : cuts[1]]
    pairs = zip(cuts[::2], cuts[1::2], strict=True)
    return np.concatenate([column[begin:end] for begin, end in pairs])


class Writer:
    """Puts series into a file one after the other; see :func:`writing`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._entries: list[tuple[int, int, int, int, int]] = []

    def add(
        self,
        number: int,
        times: NDArray[np.uint32],
        values: NDArray[np.float64],
        weights: NDArray[np.uint32] | None = None,
    ) -> None:
        """One series; ``times`` rise, and numbers come in any order."""
        columns: list[NDArray[np.generic]] = [values]
        table = _table_of(values)
        if table is not None:
            columns = [table, np.searchsorted(table, values).astype(np.uint8)]
        columns.append(times)
        if weights is not None:
            columns.append(weights)
        position, check = self._file.tell(), 0
        for column in columns:
            some = column.tobytes()
            some += bytes(-len(some) % 8)
            check = zlib.crc32(some, check)
            self._file.write(some)
        distinct = 0 if table is None else len(table)
        self._entries.append((number, check, position, len(times), distinct))

    def finish(self, made_of: str) -> None:
        """Write the index and the trailer."""
        index = np.sort(np.array(self._entries, dtype=_ENTRY), order="number").tobytes()
        self._file.write(index)
        check = zlib.crc32(index, zlib.crc32(made_of.encode()))
        self._file.write(_TRAILER.pack(_MAGIC, check, len(self._entries)))


def _table_of(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The different values where they are few, such as losses of probes."""
    if len(values) <= _FEW or len(np.unique(values[:_GLANCE])) > _FEW:
        return None
    table = np.unique(values)
    return table if len(table) <= _FEW else None


@contextmanager
def writing(path: Path, segment: Segment, step: int) -> Iterator[Writer]:
    """A new extract, which is whole and on disk afterwards; of what fails nothing is left.

    Raises:
        OSError: the disk is full or failing.
    """
    aside = path.with_name(f"{path.name}.tmp")
    try:
        with aside.open("wb") as file:
            writer = Writer(file)
            yield writer
            writer.finish(_made_of(segment, step))
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)


class Extract:
    """An extract on disk; readable as long as it is held, even when its file is removed.

    Args:
        path: of the file.
        segment: the sorted file it was made of.
        step: milliseconds over which samples were averaged; 0: samples as they are.

    Raises:
        Damaged: it is not such a file, or not all of it is there.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, segment: Segment, step: int) -> None:
        self.path, self.segment, self.step = path, segment, step
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < _TRAILER.size:
                raise Damaged(path)
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = np.frombuffer(held, dtype=np.uint8)
        # Views of the whole file, so that a column is one slice: there are thousands of them.
        self._floats = np.frombuffer(held, dtype="<f8", count=len(held) // 8)
        self._times = np.frombuffer(held, dtype="<u4", count=len(held) // 4)
        magic, check, count = _TRAILER.unpack(held[-_TRAILER.size :])
        begin = len(held) - _TRAILER.size - count * _ENTRY.itemsize
        if magic != _MAGIC or count < 0 or begin < 0:
            raise Damaged(path)
        index = held[begin : len(held) - _TRAILER.size]
        if zlib.crc32(index, zlib.crc32(_made_of(segment, step).encode())) != check:
            raise Damaged(path)
        entries = np.frombuffer(index, dtype=_ENTRY)
        self.numbers: NDArray[np.int32] = entries["number"].astype(np.int32)
        self._entries = entries
        self._addresses = _addresses(entries)
        self._sound = np.zeros(count, dtype=np.bool_)

    def rows_of(self, numbers: NDArray[np.int32]) -> NDArray[np.int64]:
        """The places of some series in this extract; -1 for those it does not have."""
        if not len(self.numbers):
            return np.full(len(numbers), -1)
        places = np.searchsorted(self.numbers, numbers)
        places[places == len(self.numbers)] = 0
        return np.where(self.numbers[places] == numbers, places, -1)

    def is_sound(self, rows: NDArray[np.int64]) -> bool:
        """Whether these series are as they were written; each is looked through once."""
        fresh = rows[~self._sound[rows]]
        for _, check, position, size, distinct in self._entries[fresh].tolist():
            end = position + self._length(size, distinct)
            if zlib.crc32(self._bytes[position:end].data) != check:
                return False
        self._sound[fresh] = True
        return True

    def addresses(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """A row for each series: where :meth:`run` finds it."""
        return self._addresses[rows]

    def run(self, address: Sequence[int]) -> Run:
        """The series at an address."""
        size, table, coded, times, weights = address
        return Run(
            self._times[times : times + size],
            self._floats[coded : coded + size] if table < 0 else self._bytes[coded : coded + size],
            None if table < 0 else self._floats[table : coded // 8],
            self._times[weights : weights + size] if self.step else self._times[:0],
        )

    def _length(self, size: int, distinct: int) -> int:
        values = 8 * distinct + _padded(size) if distinct else 8 * size
        return values + _padded(4 * size) * (2 if self.step else 1)


def _addresses(entries: NDArray[np.void]) -> NDArray[np.int64]:
    """Of each series its size, and places of table, values, times and weights in their columns.

    The table's is -1 where values are not coded: they are counted in floats then, else in bytes.
    """
    size, position, distinct = (entries[name] for name in ("size", "position", "distinct"))
    is_coded = distinct > 0
    coded = position + 8 * distinct
    times = coded + np.where(is_coded, size + -size % 8, 8 * size)
    weights = times + 4 * size + -4 * size % 8
    columns = (
        size,
        np.where(is_coded, position // 8, -1),
        np.where(is_coded, coded, coded // 8),
        times // 4,
        weights // 4,
    )
    return np.stack(columns, axis=1)


def _made_of(segment: Segment, step: int) -> str:
    return f"{segment.name} {segment.rows} {segment.first} {segment.last} {step}"


def _padded(size: int) -> int:
    return size + -size % 8
