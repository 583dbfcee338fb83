"""Arrays that grow at their end, by a quarter at a time."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int32, np.int64, np.float64)


def grown(array: NDArray[Number], size: int, fill: int) -> NDArray[Number]:
    """The array itself when it has so many places, else a longer one that begins with it.

    Whoever still reads the shorter one goes on reading what was true when it began.

    Args:
        array: of one dimension.
        size: places that are needed.
        fill: what the new places hold.
    """
    if size <= len(array):
        return array
    longer = np.full(max(size, len(array) + len(array) // 4), fill, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
