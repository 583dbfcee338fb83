"""Remote write: the bytes say what the readings said. Decoded here by hand, field by field."""

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.metrics.store import Rows
from controller.metrics.victoria import encode
from controller.metrics.victoria.bulk import bulk
from controller.metrics.victoria.encode import Encoder, Request
from drivers.readings import Block

Sample = tuple[tuple[tuple[str, str], ...], int, float]


def fields(body: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: varints, eight bytes, or bytes with their length."""
    place = 0

    def varint() -> int:
        nonlocal place
        number = shift = 0
        while True:
            byte = body[place]
            place += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while place < len(body):
        tag = varint()
        match tag & 7:
            case 0:
                yield tag >> 3, varint()
            case 1:
                yield tag >> 3, body[place : place + 8]
                place += 8
            case 2:
                length = varint()
                yield tag >> 3, body[place : place + length]
                place += length
            case other:
                pytest.fail(f"wire type {other}")


def samples(requests: list[Request]) -> list[Sample]:
    found = []
    for request in requests:
        before = len(found)
        for _, series in fields(request.body):
            labels = []
            for number, part in fields(series):
                inner = dict(fields(part))
                if number == 1:
                    labels.append((inner[1].decode(), inner[2].decode()))
                    continue
                at = inner[2] - (1 << 64) if inner[2] >> 63 else inner[2]
                found.append((tuple(labels), at, struct.unpack("<d", inner[1])[0]))
        assert len(found) - before == request.samples
    return sorted(found)


def wanted(subject: str, metric: str, part: str, at: int, value: float) -> Sample:
    labels = {"__name__": metric, "fleet": "f", "part": part, "subject": subject}
    return tuple((name, text) for name, text in labels.items() if text), at, value


texts = st.text(st.characters(codec="utf-8"), max_size=6)
blocks = st.integers(0, 4).flatmap(
    lambda width: st.builds(
        Block,
        st.lists(texts, min_size=width, max_size=width, unique=True).map(tuple),
        st.dictionaries(
            texts, st.lists(st.none() | st.floats(), min_size=width, max_size=width), max_size=3
        ),
    )
)
rows = st.lists(
    st.builds(
        Rows,
        texts,
        st.integers(0, 1 << 43) | st.integers(-(1 << 63), (1 << 63) - 1),
        st.lists(blocks, max_size=3).map(tuple),
    ),
    max_size=6,
)


@settings(max_examples=50, deadline=None)
@given(rows, st.integers(1, 400))
def test_readings_come_back_whatever_their_names_and_times(polled: list[Rows], limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "MAX_REQUEST_BYTES", limit)
        requests = list(Encoder({"fleet": "f"}).blocks(polled))

    assert samples(requests) == sorted(
        wanted(row.subject, reading.metric, reading.part, row.at, reading.value)
        for row in polled
        for block in row.blocks
        for reading in block
        if math.isfinite(reading.value)
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(-5, 5) | st.integers(-(1 << 63), (1 << 63) - 1),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=20,
    )
)
def test_a_bulk_of_samples_comes_back(some: list[tuple[int, int, float]]) -> None:
    series = [("s", "m", ""), ("s", "m", "p"), ("校", "n", "p")]
    index = np.array([one[0] for one in some], dtype=np.int32)
    times = np.array([one[1] for one in some], dtype=np.int64)
    figures = np.array([one[2] for one in some], dtype=np.float64)

    requests = list(bulk({"fleet": "f"}, series, times, index, figures))

    assert samples(requests) == sorted(
        wanted(*series[place], at, value) for place, at, value in some
    )


def test_a_shape_is_made_once_and_the_memory_of_shapes_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = Encoder({"fleet": "f"})

    def ask(subject: str, parts: int) -> list[Sample]:
        block = Block(tuple(f"p{n}" for n in range(parts)), {"m": [1.0] * parts})
        return samples(list(encoder.blocks([Rows(subject, 1_773_129_600_000, (block,))])))

    first = ask("d1", 3)
    assert ask("d2", 3) != first
    assert ask("d1", 3) == first
    monkeypatch.setattr(encode, "FORM_CACHE_BYTES", 1)
    assert len(ask("d1", 4)) == 4
    assert ask("d1", 3) == first
