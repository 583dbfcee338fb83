"""Blocks as VictoriaMetrics sends them, of both forms and every packing."""

import struct
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from controller.metrics.victoria.native import Packing, UnknownBlocks, blocks, labels
from controller.metrics.victoria.windows import Hours, samples_within

NAME = b"m\x01fleet\x01a\x001b\x01subject\x01d1\x01"
ALL = Hours([(0, 1 << 50)])


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def zigzag(number: int) -> bytes:
    number = (number + (1 << 63)) % (1 << 64) - (1 << 63)
    return varint((number << 1) ^ (number >> 63) if number >= 0 else ((-number) << 1) - 1)


def column(packing: Packing, numbers: Sequence[int]) -> bytes:
    """The bytes behind the first number."""
    differences = [b - a for a, b in pairwise(numbers)]
    if packing is Packing.constant:
        return b""
    if packing is Packing.steps:
        return zigzag(differences[0])
    if packing in (Packing.twice, Packing.zstd_twice):
        twice = [b - a for a, b in pairwise(differences)]
        differences = [differences[0], *twice]
    text = b"".join(map(zigzag, differences))
    if packing in (Packing.zstd_once, Packing.zstd_twice):
        return zstandard.ZstdCompressor().compress(text)
    return text


def framed(
    times: Sequence[int],
    values: Sequence[int],
    *,
    exponent: int = 0,
    of_times: Packing = Packing.twice,
    of_values: Packing = Packing.once,
    new: bool = False,
    name: bytes = NAME,
) -> bytes:
    """One block with its lengths."""
    head = zigzag(times[0]) + (zigzag(times[-1]) if new else b"")
    head += zigzag(values[0]) + varint(len(times)) + zigzag(exponent)
    head += bytes((of_times, of_values)) + (bytes((64,)) if new else b"")
    parts = [column(of_times, times), column(of_values, values)]
    body = head + b"".join(varint(len(part)) + part for part in parts)
    return b"".join(struct.pack(">I", len(part)) + part for part in (name, body))


def read(*framed_blocks: bytes, hours: Hours = ALL, size: int = 1 << 20) -> list[tuple[int, float]]:
    whole = bytes(16) + b"".join(framed_blocks)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    found = samples_within(blocks(pieces), hours)
    if not found:
        return []
    [(times, values)] = found.values()
    return list(zip(times.tolist(), values.tolist(), strict=True))


_VARINTS = [Packing.once, Packing.twice, Packing.zstd_once, Packing.zstd_twice]


@given(
    rows=st.lists(
        st.tuples(
            st.integers(1 << 40, 1 << 42), st.integers(-(1 << 62), 1 << 62) | st.integers(-300, 300)
        ),
        min_size=2,
        max_size=40,
        unique_by=lambda row: row[0],
    ),
    of_times=st.sampled_from(_VARINTS),
    of_values=st.sampled_from(_VARINTS),
    new=st.booleans(),
    size=st.integers(1, 100),
)
def test_every_number_comes_out_as_it_went_in(
    rows: list[tuple[int, int]], of_times: Packing, of_values: Packing, new: bool, size: int
) -> None:
    rows.sort()
    times, values = [at for at, _ in rows], [value for _, value in rows]
    block = framed(times, values, of_times=of_times, of_values=of_values, new=new)
    assert read(block, size=size) == [(at, float(value)) for at, value in rows]


@pytest.mark.parametrize("new", [False, True])
def test_constants_steps_and_exponents(new: bool) -> None:
    times = list(range(1_000, 6_000, 1_000))
    steady = framed(times, [7] * 5, of_times=Packing.steps, of_values=Packing.constant, new=new)
    later = [at + 5_000 for at in times]
    small = framed(later, [1, 2, 3, 5, 8], of_times=Packing.steps, exponent=-1, new=new)
    last = framed([20_000, 21_000], [3, 4], exponent=2, new=new)
    assert read(steady, small, last) == [
        *((at, 7.0) for at in times),
        *zip(later, [0.1, 0.2, 0.3, 0.5, 0.8], strict=True),
        (20_000, 300.0),
        (21_000, 400.0),
    ]


def test_samples_that_lie_in_two_blocks_count_once_and_late_ones_find_their_place() -> None:
    first, again = framed([10, 20, 30], [1, 2, 3]), framed([20, 30, 40], [2, 3, 4])
    late = framed([15, 16], [9, 8])
    assert read(first, again, late) == [(10, 1), (15, 9), (16, 8), (20, 2), (30, 3), (40, 4)]


@given(
    edges=st.lists(st.integers(0, 40), min_size=2, max_size=8, unique=True),
    unit=st.sampled_from([1, 10, 900_000]),
)
def test_hours_begin_and_end_where_they_should(edges: list[int], unit: int) -> None:
    edges.sort()
    pairs = zip(edges[::2], edges[1::2], strict=False)
    windows = [(first * unit, last * unit) for first, last in pairs]
    hours = Hours(windows)
    times = np.array([at * unit + more for at in range(-3, 45) for more in (-1, 0, 1)])
    expected = [any(first <= at < last for first, last in windows) for at in times.tolist()]
    assert hours.hold(times).tolist() == expected


def test_hours_that_share_no_round_times_are_held_without_a_table() -> None:
    hours = Hours([(0, 1), (10_000_000, 10_000_007)])
    times = np.array([0, 1, 9_999_999, 10_000_000, 10_000_006, 10_000_007])
    assert hours.hold(times).tolist() == [True, False, False, True, True, False]


def test_names_keep_what_separates_their_parts() -> None:
    assert labels(NAME) == {"__name__": "m", "fleet": "a\x01b", "subject": "d1"}
    with pytest.raises(UnknownBlocks):
        labels(b"m\x01fleet\x01")


GOOD = framed([10, 20, 30], [1, 5, 3])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes(16) + GOOD[:-1],
        bytes(16) + GOOD[:-1] + b"\x80",
        bytes(16) + framed([10, 20, 30], [1, 5, 3]).replace(b"\x05\x06", b"\x09\x06"),
        bytes(16) + framed([10, 20, 30], [1, 5, 3, 7]),
    ],
)
def test_what_is_not_understood_is_said_and_never_guessed(answer: bytes) -> None:
    with pytest.raises(UnknownBlocks):
        samples_within(blocks([answer]), ALL)


def test_an_answer_without_blocks_has_no_samples() -> None:
    assert samples_within(blocks([bytes(16)]), ALL) == {}
