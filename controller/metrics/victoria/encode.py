"""Prometheus remote write: readings become protobuf by filling in forms.

A ``WriteRequest`` repeats field 1, one ``TimeSeries`` each: its labels (field 1: name 1, value 2)
and samples (field 2: value 1 as a double, time 2 as a varint of milliseconds). Blocks of one shape
differ only in subject, time and values, all of known length, so the bytes of a shape are made once
and numpy fills the rest in. Source: Prometheus Remote-Write 1.0, ``prompb/remote.proto``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from controller.metrics.store import Rows

#: Bytes of one request before compression; VictoriaMetrics refuses 32 MiB.
MAX_REQUEST_BYTES = 4 << 20
#: Bytes of forms that are remembered; beyond it they are made anew.
FORM_CACHE_BYTES = 128 << 20
NAME, SUBJECT, PART = "__name__", "subject", "part"
#: Tag and length of a sample, tag of its value, tag of its time.
_SAMPLE, _VALUE, _TIME = 0x12, b"\x09", b"\x10"

_Shape = tuple[tuple[str, ...], tuple[str, ...], int, int]


class Request(NamedTuple):
    """One request, not yet compressed, and the samples in it."""

    body: bytes
    samples: int


class _Form(NamedTuple):
    """The bytes of a shape and where its blanks are."""

    text: NDArray[np.uint8]
    lengths: NDArray[np.int64]  # of each series
    subjects: NDArray[np.int64]
    values: NDArray[np.int64]
    times: NDArray[np.int64]

    @property
    def size(self) -> int:
        return sum(array.nbytes for array in self)


class Encoder:
    """Makes requests; remembers the shapes it has met. For one thread at a time.

    Args:
        labels: put on every series, beside ``__name__``, ``subject`` and ``part``.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self._forms: dict[_Shape, _Form] = {}
        self._held = 0

    def blocks(self, rows: Iterable[Rows]) -> Iterator[Request]:
        """Requests for readings; gaps, and numbers that are not finite, are left out.

        Raises:
            ValueError: a column of a block is not as long as its parts. Comes before the first
                request.
        """
        alike: dict[_Shape, tuple[list[bytes], list[int], list[float | None]]] = {}
        for row in rows:
            subject = row.subject.encode()
            width = len(varint(row.at))
            for block in row.blocks:
                shape = (block.parts, tuple(block.columns), len(subject), width)
                subjects, times, values = alike.setdefault(shape, ([], [], []))
                for column in block.columns.values():
                    if len(column) != len(block.parts):
                        raise ValueError("a column of a block is not as long as its parts")
                    values += column
                subjects.append(subject)
                times.append(row.at)
        return _requests(self._filled(alike))

    def _filled(
        self, alike: Mapping[_Shape, tuple[list[bytes], list[int], list[float | None]]]
    ) -> Iterator[Request]:
        for shape, (subjects, times, some) in alike.items():
            parts, metrics, letters, width = shape
            readings = len(parts) * len(metrics)
            if not readings:
                continue
            form = self._form(shape)
            values = np.array(some, dtype="<f8").reshape(len(times), readings)
            names = np.frombuffer(b"".join(subjects), dtype=np.uint8).reshape(len(times), letters)
            at = varints(np.array(times, dtype=np.int64), width)
            most = max(1, MAX_REQUEST_BYTES // len(form.text))
            for first in range(0, len(times), most):
                chosen = slice(first, first + most)
                yield _fill(form, names[chosen], at[chosen], values[chosen])

    def _form(self, shape: _Shape) -> _Form:
        form = self._forms.get(shape)
        if form is None:
            form = self._make(shape)
            self._held += form.size
            if self._held > FORM_CACHE_BYTES:
                self._forms, self._held = {}, form.size
            self._forms[shape] = form
        return form

    def _make(self, shape: _Shape) -> _Form:
        parts, metrics, letters, width = shape
        text = bytearray()
        lengths, subjects, values, times = [], [], [], []
        sample = _VALUE + bytes(8) + _TIME + bytes(width)
        for metric in metrics:
            for part in parts:
                labels = {**self._labels, NAME: metric, PART: part, SUBJECT: "\0" * letters}
                # The subject's name is the last label, so its blank lies right before the sample.
                series = field(0x0A, label_fields(labels) + field(_SAMPLE, sample))
                text += series
                lengths.append(len(series))
                times.append(range(len(text) - width, len(text)))
                values.append(range(len(text) - width - 9, len(text) - width - 1))
                place = len(text) - len(sample) - 2
                subjects.append(range(place - letters, place))
        return _Form(
            np.frombuffer(bytes(text), dtype=np.uint8),
            np.array(lengths, dtype=np.int64),
            *(np.array(places, dtype=np.int64).ravel() for places in (subjects, values, times)),
        )


def label_fields(labels: Mapping[str, str]) -> bytes:
    """The labels of a series, sorted by name; an empty value means no label."""
    return b"".join(
        field(0x0A, field(0x0A, name.encode()) + field(0x12, labels[name].encode()))
        for name in sorted(labels)
        if labels[name]
    )


def sample_fields(
    times: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[bytes, NDArray[np.int64]]:
    """The samples of a series, one after the other, and where each begins; at last, the end."""
    widths = _widths(times)
    widest = int(widths.max(initial=1))
    out = np.empty((len(times), 12 + widest), dtype=np.uint8)
    out[:, 0], out[:, 1], out[:, 2] = _SAMPLE, 10 + widths, _VALUE[0]
    out[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    out[:, 11] = _TIME[0]
    out[:, 12:] = varints(times, widest)
    ends = np.concatenate([[0], np.cumsum(12 + widths)])
    if (widths == widest).all():
        return out.tobytes(), ends
    out[np.arange(len(times)), 11 + widths] &= 0x7F
    return out[np.arange(12 + widest) < 12 + widths[:, None]].tobytes(), ends


def varint(number: int) -> bytes:
    """A protobuf varint; a negative number takes ten bytes."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def varints(numbers: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Varints that all take ``width`` bytes, one a row."""
    shifts = np.arange(width, dtype=np.uint64) * np.uint64(7)
    bits = numbers.astype(np.uint64)[:, None] >> shifts
    out = (bits & np.uint64(0x7F)).astype(np.uint8)
    out[:, :-1] |= 0x80
    return out


def field(tag: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return bytes((tag,)) + varint(len(body)) + body


def _widths(times: NDArray[np.int64]) -> NDArray[np.int64]:
    limits = np.uint64(1) << (np.arange(1, 10, dtype=np.uint64) * np.uint64(7))
    return np.searchsorted(limits, times.astype(np.uint64), side="right") + 1


def _fill(
    form: _Form,
    subjects: NDArray[np.uint8],
    times: NDArray[np.uint8],
    values: NDArray[np.float64],
) -> Request:
    blocks, readings = values.shape
    out: NDArray[Any] = np.empty((blocks, len(form.text)), dtype=np.uint8)
    out[:] = form.text
    out[:, form.subjects] = np.tile(subjects, readings)
    out[:, form.times] = np.tile(times, readings)
    out[:, form.values] = values.view(np.uint8)
    finite = np.isfinite(values)
    if finite.all():
        return Request(out.tobytes(), blocks * readings)
    kept = np.repeat(finite.ravel(), np.tile(form.lengths, blocks))
    return Request(out.ravel()[kept].tobytes(), int(finite.sum()))


def _requests(pieces: Iterable[Request]) -> Iterator[Request]:
    """Pieces of a request, put together as far as the limit lets."""
    bodies: list[bytes] = []
    held = samples = 0
    for piece in pieces:
        if held and held + len(piece.body) > MAX_REQUEST_BYTES:
            yield Request(b"".join(bodies), samples)
            bodies, held, samples = [], 0, 0
        if piece.samples:
            bodies.append(piece.body)
            held += len(piece.body)
            samples += piece.samples
    if samples:
        yield Request(b"".join(bodies), samples)
