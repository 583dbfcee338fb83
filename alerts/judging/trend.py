"""A trend that single bad values do not bend: Theil and Sen's median of slopes."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

#: More samples are put together by this many medians: the slopes grow with their square.
_MOST = 60


class Trend(NamedTuple):
    """A straight line: ``value`` at the newest sample, ``slope`` a second."""

    value: float
    slope: float


def trend_of(samples: Sequence[tuple[float, float]]) -> Trend | None:
    """The line through samples, oldest first; ``None`` for fewer than three moments.

    Up to 29 % of the samples may be anything (H. Theil 1950, P. K. Sen 1968).
    """
    points = _thinned(samples)
    slopes = [
        (later[1] - one[1]) / (later[0] - one[0])
        for place, one in enumerate(points)
        for later in points[place + 1 :]
        if later[0] > one[0]
    ]
    if len(points) < 3 or not slopes:  # noqa: PLR2004 - two points are no trend
        return None
    slope, end = median(slopes), points[-1][0]
    return Trend(median(value + slope * (end - at) for at, value in points), slope)


def _thinned(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    count = len(samples)
    if count <= _MOST:
        return list(samples)
    pieces = [
        samples[place * count // _MOST : (place + 1) * count // _MOST] for place in range(_MOST)
    ]
    return [(median(at for at, _ in one), median(value for _, value in one)) for one in pieces]
