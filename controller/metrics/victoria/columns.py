"""Columns of many blocks at once: whole numbers out of varints, by numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.victoria.native import Column, Packing, UnknownBlocks, step_of

_U = np.uint64
#: Bytes of a varint that are put together in one go; longer ones are rare.
_WORD = 8


def numbers(columns: Sequence[Column], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of all columns, one after the other.

    Args:
        columns: at least one.
        rows: how many numbers each has.

    Raises:
        UnknownBlocks: the bytes of one do not make as many.
    """
    kinds = np.array([int(column.packing) for column in columns])
    if (kinds == kinds[0]).all():
        return _alike(columns, rows)
    out = np.empty(int(rows.sum()), dtype=np.int64)
    begins = np.cumsum(rows) - rows
    for kind in np.unique(kinds):
        places = np.flatnonzero(kinds == kind)
        some = rows[places]
        out[_spans(begins[places], some)] = _alike([columns[n] for n in places.tolist()], some)
    return out


def _alike(columns: Sequence[Column], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same for columns of one packing."""
    first = np.array([column.first for column in columns], dtype=np.int64)
    packing = columns[0].packing
    if packing is Packing.constant:
        if any(column.data for column in columns):
            raise UnknownBlocks("bytes left in a constant")
        return np.repeat(first, rows)
    if packing is Packing.steps:
        step = np.array([step_of(column) for column in columns], dtype=np.int64)
        begins = np.cumsum(rows) - rows
        places = np.arange(int(rows.sum())) - np.repeat(begins, rows)
        return np.repeat(first, rows) + places * np.repeat(step, rows)
    differences = _varints([column.data for column in columns], rows - 1)
    if packing is Packing.once:
        return _running(first, differences, rows)
    # The first difference comes as it is, the others as differences of differences.
    begins = np.cumsum(rows - 1) - (rows - 1)
    rest = np.ones(len(differences), dtype=bool)
    rest[begins] = False
    return _running(first, _running(differences[begins], differences[rest], rows - 1), rows)


def _running(
    first: NDArray[np.int64], differences: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sums from each first number on; they may wrap around in between, as whole numbers do."""
    begins = np.cumsum(rows) - rows
    out = np.empty(int(rows.sum()), dtype=np.int64)
    rest = np.ones(len(out), dtype=bool)
    rest[begins] = False
    out[begins] = 0
    out[rest] = differences
    np.cumsum(out, out=out)
    out += np.repeat(first - out[begins], rows)
    return out


def _spans(begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of several stretches, one after the other."""
    ends = np.cumsum(lengths)
    return np.repeat(begins - (ends - lengths), lengths) + np.arange(int(ends[-1]))


def _varints(texts: Sequence[bytes], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Zigzag varints; each text has to hold exactly its count of them."""
    joined = b"".join(texts)
    data = np.frombuffer(joined + bytes(_WORD), dtype=np.uint8)
    ends = np.flatnonzero(data[: len(joined)] < 0x80)  # noqa: PLR2004 - seven bits a byte
    borders = np.cumsum([len(text) for text in texts])
    last = np.cumsum(counts) - 1
    if len(ends) != last[-1] + 1 or (counts < 1).any() or (ends[last] != borders - 1).any():
        raise UnknownBlocks("not as many numbers as rows")
    begins = np.empty_like(ends)
    begins[0] = 0
    begins[1:] = ends[:-1] + 1
    lengths = ends - begins + 1
    words: NDArray[np.uint64] = np.ndarray(
        shape=(len(joined),), dtype="<u8", buffer=data, strides=(1,)
    )[begins]
    longest = int(lengths.max())
    if longest > _WORD:
        return _zigzag(_with_long_ones(data, words, begins, lengths))
    return _zigzag(_packed(words, lengths))


def _packed(words: NDArray[np.uint64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Seven bits of each of the first bytes, side by side; ``words`` is used up."""
    shift = (_U(64) - _U(8) * lengths.astype(np.uint64)).astype(np.uint64)
    words <<= shift
    words >>= shift
    words &= _U(0x7F7F7F7F7F7F7F7F)
    for low, high, by in (
        (0x007F007F007F007F, 0x7F007F007F007F00, 1),
        (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
        (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
    ):
        upper = words & _U(high)
        upper >>= _U(by)
        words &= _U(low)
        words |= upper
    return words


def _with_long_ones(
    data: NDArray[np.uint8],
    words: NDArray[np.uint64],
    begins: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> NDArray[np.uint64]:
    if int(lengths.max()) > _WORD + 2:
        raise UnknownBlocks("a number that is too long")
    out = _packed(words, np.minimum(lengths, _WORD))
    for more in (0, 1):
        places = np.flatnonzero(lengths > _WORD + more)
        byte = data[begins[places] + _WORD + more].astype(np.uint64) & _U(0x7F)
        out[places] |= byte << _U(7 * (_WORD + more))
    return out


def _zigzag(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    sign = (words & _U(1)).astype(np.int64)
    np.negative(sign, out=sign)
    words >>= _U(1)
    out = words.view(np.int64)
    out ^= sign
    return out
