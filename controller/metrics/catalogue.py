"""The series of a store: a small number for every (subject, metric, part), kept in memory."""

from collections.abc import Collection, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from drivers.readings import Block

#: Series numbers remembered by block; beyond this the memory of blocks is begun anew.
BLOCK_CACHE_SERIES = 4_000_000


class Catalogue:
    """Numbers series as they first appear; a block seen before is one look-up, not one a reading.

    One thread numbers (the writer); any thread may look up.
    """

    def __init__(self) -> None:
        self._subjects: dict[str, dict[tuple[str, str], int]] = {}
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}
        self._blocks: dict[tuple[str, tuple[str, ...], tuple[str, ...]], NDArray[np.int32]] = {}
        self._parts: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._cached = 0
        # By number: a subject and a pair that the dictionaries hold as well.
        self._names: list[tuple[str, tuple[str, str]] | None] = [None]
        self._of_metric: dict[str, list[int]] = {}
        self._fresh: list[tuple[int, str, str, str]] = []

    def __len__(self) -> int:
        return len(self._names) - 1

    def load(self, series: int, subject: str, metric: str, part: str) -> None:
        """Take over a series that is already stored."""
        self._put(series, subject, (metric, part))

    def number(self, subject: str, block: Block) -> NDArray[np.int32]:
        """The series numbers of a block, metric by metric in the order of its columns."""
        key = (subject, block.parts, tuple(block.columns))
        known = self._blocks.get(key)
        return known if known is not None else self._number(*key)

    def _number(
        self, subject: str, parts: tuple[str, ...], metrics: tuple[str, ...]
    ) -> NDArray[np.int32]:
        numbers = [self._one(subject, metric, part) for metric in metrics for part in parts]
        if self._cached > BLOCK_CACHE_SERIES:
            self._blocks, self._parts, self._cached = {}, {}, 0
        known = np.array(numbers, dtype=np.int32)
        parts = self._parts.setdefault(parts, parts)
        self._blocks[subject, parts, metrics] = known
        self._cached += len(numbers)
        return known

    def numbers(self, series: Iterable[tuple[str, str, str]]) -> NDArray[np.int32]:
        """The numbers of (subject, metric, part)."""
        return np.array([self._one(*one) for one in series], dtype=np.int32)

    def _one(self, subject: str, metric: str, part: str) -> int:
        number = self._subjects.get(subject, {}).get((metric, part))
        if number is None:
            number = len(self._names)
            self._put(number, subject, (metric, part))
            self._fresh.append((number, subject, metric, part))
        return number

    def _put(self, series: int, subject: str, pair: tuple[str, str]) -> None:
        # Thousands of switches share port names and metrics: the pair is kept once.
        pair = self._pairs.setdefault(pair, pair)
        known = self._subjects.setdefault(subject, {})
        if pair in known:
            return
        known[pair] = series
        while len(self._names) <= series:
            self._names.append(None)
        self._names[series] = subject, pair
        self._of_metric.setdefault(pair[0], []).append(series)

    def take_fresh(self) -> list[tuple[int, str, str, str]]:
        """Series numbered since the last call: (number, subject, metric, part), to be stored."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def find(
        self, subject: str, metrics: Collection[str], parts: Collection[str] | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """The stored (number, metric, part) of one subject, as first seen."""
        # A copy made in one step, because the writer may add while this is read.
        for (metric, part), number in list(self._subjects.get(subject, {}).items()):
            if metric in metrics and (parts is None or part in parts):
                yield number, metric, part

    def name(self, number: int) -> tuple[str, str, str]:
        """The (subject, metric, part) of a number.

        Raises:
            KeyError: no series has that number.
        """
        name = self._names[number] if 0 < number < len(self._names) else None
        if name is None:
            raise KeyError(number)
        subject, (metric, part) = name
        return subject, metric, part

    def numbers_of(
        self,
        metric: str,
        subjects: Collection[str] | None = None,
        only: Collection[tuple[str, str]] | None = None,
    ) -> NDArray[np.int32]:
        """Numbers of the series of a metric, in order; some subjects, some (subject, part)."""
        if only is not None:
            allowed = None if subjects is None else set(subjects)
            found = [
                self._subjects.get(subject, {}).get((metric, part))
                for subject, part in set(only)
                if allowed is None or subject in allowed
            ]
            numbers = [number for number in found if number is not None]
        elif subjects is not None:
            numbers = [
                number
                for subject in set(subjects)
                for (name, _), number in list(self._subjects.get(subject, {}).items())
                if name == metric
            ]
        else:
            numbers = list(self._of_metric.get(metric, ()))
        return np.sort(np.array(numbers, dtype=np.int32))
