"""Remote write for many samples at once: one series in a request holds all of its samples."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.victoria.encode import (
    MAX_REQUEST_BYTES,
    NAME,
    PART,
    SUBJECT,
    Request,
    label_fields,
    sample_fields,
    varint,
)

#: Samples of one series in a request at most.
_PIECE = 100_000


def bulk(
    labels: Mapping[str, str],
    series: Sequence[tuple[str, str, str]],
    times: NDArray[np.int64],
    index: NDArray[np.int32],
    values: NDArray[np.float64],
) -> Iterator[Request]:
    """Requests for samples in any order.

    Args:
        labels: put on every series.
        series: (subject, metric, part).
        times: milliseconds since the epoch, one a sample.
        index: places in ``series``, one a sample.
        values: finite, one a sample.
    """
    if not len(index):
        return
    order = np.lexsort((times, index))
    text, ends = sample_fields(times[order], values[order])
    chosen = index[order]
    changes = np.flatnonzero(chosen[1:] != chosen[:-1]) + 1
    begins = [0, *changes.tolist()]
    bodies: list[bytes] = []
    held = samples = 0
    for begin, stop in zip(begins, [*begins[1:], len(chosen)], strict=True):
        subject, metric, part = series[int(chosen[begin])]
        names = label_fields({**labels, NAME: metric, SUBJECT: subject, PART: part})
        for first in range(begin, stop, _PIECE):
            last = min(first + _PIECE, stop)
            points = text[int(ends[first]) : int(ends[last])]
            body = b"\x0a" + varint(len(names) + len(points)) + names + points
            if held and held + len(body) > MAX_REQUEST_BYTES:
                yield Request(b"".join(bodies), samples)
                bodies, held, samples = [], 0, 0
            bodies.append(body)
            held += len(body)
            samples += last - first
    yield Request(b"".join(bodies), samples)
