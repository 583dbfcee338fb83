"""The series numbers of blocks that came before, found for a whole group at once.

The same device sends blocks of the same shape (parts and metrics) again and again, and what it
first sent together is numbered in a row. So a block needs a look-up of its shape and one number.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from controller.metrics.catalogue import Catalogue
from controller.metrics.growing import grown
from drivers.readings import Block

#: Shapes remembered of a subject; one more takes the place of the oldest.
WAYS = 8
#: Names in shapes, and numbers of blocks that are not in a row; beyond this, all is begun anew.
REMEMBERED = 1_000_000
_NONE = -1


class BlockNumbers:
    """Gives blocks their series numbers, out of a catalogue where they are not remembered.

    For the one thread that writes.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._forget()

    def _forget(self) -> None:
        self._shapes: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._pairs: list[list[int]] = []
        self._scattered: list[NDArray[np.int32]] = []
        self._held = 0
        # WAYS places a subject: a shape, and the first of its numbers; below _NONE, the place of
        # the numbers in _scattered, counted downwards.
        self._shape_in: NDArray[np.int32] = np.full(WAYS * 64, _NONE, dtype=np.int32)
        self._first_in: NDArray[np.int32] = np.full(WAYS * 64, _NONE, dtype=np.int32)
        self._turns = bytearray()

    def shape(self, block: Block) -> int:
        """The shape of a block; good until the next :meth:`numbers`."""
        key = (block.parts, tuple(block.columns))
        known = self._shapes.get(key)
        if known is None:
            pair = self._catalogue.pair
            self._pairs.append([pair(metric, part) for metric in key[1] for part in key[0]])
            known = self._shapes[key] = len(self._pairs) - 1
            self._held += len(key[0]) + len(key[1])
        return known

    def numbers(
        self, subjects: Sequence[int], shapes: Sequence[int], lengths: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """The series numbers of some blocks, each metric by metric in the order of its columns.

        Args:
            subjects: of each block, as the catalogue places them.
            shapes: of each block.
            lengths: places in each block, gaps included.
        """
        if not len(subjects):
            return np.zeros(0, dtype=np.int32)
        owners = np.array(subjects, dtype=np.int64)
        self._make_room(int(owners.max()) + 1)
        places = owners[:, None] * WAYS + np.arange(WAYS)
        same = self._shape_in[places] == np.array(shapes, dtype=np.int32)[:, None]
        which = same.argmax(axis=1)
        rows = np.arange(len(owners))
        firsts = np.where(same[rows, which], self._first_in[places[rows, which]], _NONE)
        for new in np.flatnonzero(firsts == _NONE).tolist():
            firsts[new] = self._learn(subjects[new], shapes[new])
        starts = np.cumsum(lengths) - lengths
        numbers = np.arange(int(lengths.sum()), dtype=np.int32)
        numbers += np.repeat(firsts - starts, lengths).astype(np.int32)
        for apart in np.flatnonzero(firsts < _NONE).tolist():
            own = self._scattered[_NONE - 1 - int(firsts[apart])]
            numbers[starts[apart] : starts[apart] + len(own)] = own
        if self._held > REMEMBERED:
            self._forget()
        return numbers

    def _make_room(self, subjects: int) -> None:
        self._shape_in = grown(self._shape_in, subjects * WAYS, _NONE)
        self._first_in = grown(self._first_in, subjects * WAYS, _NONE)
        self._turns.extend(bytes(max(0, subjects - len(self._turns))))

    def _learn(self, subject: int, shape: int) -> int:
        """Remember the numbers of a subject's block; their first, or their place, see above."""
        numbers = self._catalogue.number(subject, self._pairs[shape])
        if (np.diff(numbers) == 1).all():
            first = int(numbers[0]) if len(numbers) else 0
        else:
            self._scattered.append(numbers)
            self._held += len(numbers)
            first = _NONE - len(self._scattered)
        turn = self._turns[subject]
        self._turns[subject] = (turn + 1) % WAYS
        # The number before the shape, though only one thread looks.
        self._first_in[subject * WAYS + turn] = first
        self._shape_in[subject * WAYS + turn] = shape
        return first
