"""Rows of a query become curves."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.store import Series

#: Longest curve in steps; a caller that wants more asks for a larger step.
MAX_STEPS = 100_000


def grid_of(start: int, end: int, step: int) -> tuple[int, ...]:
    """Beginnings of the steps in ``[start, end)``; none when ``step`` is 0.

    Raises:
        ValueError: more than ``MAX_STEPS`` steps.
    """
    if not step:
        return ()
    grid = range(start, end, step)
    if len(grid) > MAX_STEPS:
        raise ValueError(f"more than {MAX_STEPS} steps; ask for a larger step")
    return tuple(grid)


def curves(
    found: Iterable[tuple[int, str, str]],
    rows: Iterable[tuple[int, int, float]],
    metrics: Collection[str],
    grid: tuple[int, ...],
) -> Sequence[Series]:
    """Curves in the order of ``metrics``, parts as first seen; series without rows are left out.

    Args:
        found: (series number, metric, part).
        rows: (series number, time or place in the grid, value), in the order of time.
        metrics: the order asked for.
        grid: beginnings of the steps; empty when the rows carry times.
    """
    points: dict[int, tuple[list[int], list[float | None]]] = {}
    for number, place, value in rows:
        times, values = points.setdefault(number, ([], []))
        times.append(place)
        values.append(value)
    order = {metric: place for place, metric in enumerate(metrics)}
    answer = []
    for number, metric, part in sorted(found, key=lambda one: (order[one[1]], one[0])):
        if number not in points:
            continue
        times, values = points[number]
        if grid:
            spread: list[float | None] = [None] * len(grid)
            for place, figure in zip(times, values, strict=True):
                spread[place] = figure
            answer.append(Series(metric, part, grid, tuple(spread)))
        else:
            answer.append(Series(metric, part, tuple(times), tuple(values)))
    return answer


def checked_load(
    series: Sequence[tuple[str, str, str]],
    times: NDArray[np.int64],
    index: NDArray[np.int32],
    values: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which samples of a load are finite.

    Raises:
        ValueError: arrays of unequal length, or an index outside ``series``.
    """
    if not len(times) == len(index) == len(values):
        raise ValueError("times, index and values are not equally long")
    if len(index) and not 0 <= int(index.min()) <= int(index.max()) < len(series):
        raise ValueError("an index lies outside the series")
    return np.isfinite(values)
