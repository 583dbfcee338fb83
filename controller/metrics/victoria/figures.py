"""One figure of many values, as every store gives it."""

import numpy as np
from numpy.typing import NDArray

from controller.metrics.store import Aggregation
from controller.metrics.within import quantile


def spread(
    places: NDArray[np.int64], values: NDArray[np.float64], how: Aggregation
) -> list[tuple[int, float]]:
    steps, begins = np.unique(places, return_index=True)
    pieces = np.split(values, begins[1:])
    return [
        (step, figure_of(piece, how)) for step, piece in zip(steps.tolist(), pieces, strict=True)
    ]


def figure_of(values: NDArray[np.float64], how: Aggregation) -> float:
    match how:
        case "count":
            return float(len(values))
        case "min":
            return float(values.min())
        case "mean":
            return float(values.mean())
        case "max":
            return float(values.max())
        case "p05":
            return quantile(values, 0.05)
        case "p95":
            return quantile(values, 0.95)
