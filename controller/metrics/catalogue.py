"""The series of a store: a small number for every (subject, metric, part), kept in memory.

A city has five million of them, so nothing here is an object a series. Subjects and pairs of metric
and part are kept once each. What a subject brings new at one time is numbered in a row, so that a
*run* says whose the numbers from its first one on are, and an array says the pair of each: four
bytes a series and sixteen a run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from controller.metrics.growing import grown

_NOBODY = -1
#: Subjects that are looked up one by one.
_FEW = 30


class Catalogue:
    """Numbers series from 1 on as they first appear.

    One thread numbers (the writer); any thread may look up.
    """

    def __init__(self) -> None:
        self._subjects: dict[str, int] = {}
        self._subject_names: list[str] = []
        self._pairs: dict[tuple[str, str], int] = {}
        self._pair_names: list[tuple[str, str]] = []
        self._pairs_of: dict[str, list[int]] = {}
        self._following = 1
        # By number; by run, in the order of their numbers; by subject. A reader that came upon a
        # run or a number finds it in whatever array stands here by then.
        self._pair_of = np.full(1024, _NOBODY, dtype=np.int32)
        self._runs = 0
        self._first = np.zeros(256, dtype=np.int32)
        self._subject_of = np.zeros(256, dtype=np.int32)
        self._earlier = np.zeros(256, dtype=np.int32)
        self._newest = np.full(256, _NOBODY, dtype=np.int32)
        self._fresh: list[tuple[int, str, str, str]] = []

    def __len__(self) -> int:
        return self._following - 1

    def restore(
        self,
        subjects: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        series: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    ) -> None:
        """Take over all series that are stored already; nothing may have been numbered yet.

        Args:
            subjects: every subject once.
            pairs: every (metric, part) once.
            series: number, place in ``subjects`` and place in ``pairs`` of each, equally long and
                in any order; a series may be there twice.
        """
        for subject in subjects:
            self.subject(subject)
        for metric, part in pairs:
            self.pair(metric, part)
        numbers, places = np.unique(series[0], return_index=True)
        if not len(numbers):
            return
        owners = series[1][places]
        self._pair_of = grown(self._pair_of, int(numbers[-1]) + 1, _NOBODY)
        self._pair_of[numbers] = series[2][places]
        self._following = int(numbers[-1]) + 1
        begins = np.flatnonzero(np.diff(owners, prepend=_NOBODY))
        self._first, self._subject_of = numbers[begins], owners[begins]
        self._runs = len(begins)
        self._earlier = np.full(len(begins), _NOBODY, dtype=np.int32)
        by_subject = np.argsort(self._subject_of, kind="stable").astype(np.int32)
        sorted_owners = self._subject_of[by_subject]
        follows = np.flatnonzero(sorted_owners[1:] == sorted_owners[:-1]) + 1
        self._earlier[by_subject[follows]] = by_subject[follows - 1]
        # Of repeated indices numpy keeps the last assignment: the subject's newest run.
        self._newest[sorted_owners] = by_subject

    def subject(self, name: str) -> int:
        """The place of a subject, which gets one when it is new."""
        place = self._subjects.get(name)
        if place is None:
            place = len(self._subject_names)
            self._newest = grown(self._newest, place + 1, _NOBODY)
            self._subject_names.append(name)
            self._subjects[name] = place
        return place

    def pair(self, metric: str, part: str) -> int:
        """The place of a metric and part, which get one when they are new together."""
        place = self._pairs.get((metric, part))
        if place is None:
            place = len(self._pair_names)
            self._pair_names.append((metric, part))
            self._pairs_of.setdefault(metric, []).append(place)
            self._pairs[metric, part] = place
        return place

    def number(self, subject: int, pairs: Sequence[int]) -> NDArray[np.int32]:
        """The numbers of some series of one subject, in their order; new ones get theirs."""
        known = {pair: number for number, pair in self._series_of(subject)}
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        if fresh:
            first = self._following
            known.update(zip(fresh, range(first, first + len(fresh)), strict=True))
            self._append(subject, fresh)
            name = self._subject_names[subject]
            self._fresh += [(known[pair], name, *self._pair_names[pair]) for pair in fresh]
        return np.array([known[pair] for pair in pairs], dtype=np.int32)

    def numbers(self, series: Sequence[tuple[str, str, str]]) -> NDArray[np.int32]:
        """The numbers of (subject, metric, part); fastest when those of a subject come together."""
        found = [
            self.number(self.subject(subject), [self.pair(metric, part) for _, metric, part in own])
            for subject, own in groupby(series, key=lambda one: one[0])
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int32)

    def _append(self, subject: int, pairs: Sequence[int]) -> None:
        """Give the numbers that follow to these pairs of a subject."""
        first, until = self._following, self._following + len(pairs)
        self._pair_of = grown(self._pair_of, until, _NOBODY)
        self._pair_of[first:until] = pairs
        run = self._runs
        # Others look at once: first what is read last, and the count of numbers after all else.
        if not run or self._subject_of[run - 1] != subject:
            self._first = grown(self._first, run + 1, 0)
            self._subject_of = grown(self._subject_of, run + 1, 0)
            self._earlier = grown(self._earlier, run + 1, 0)
            self._first[run], self._subject_of[run] = first, subject
            self._earlier[run] = self._newest[subject]
            self._runs = run + 1
            self._newest[subject] = run
        self._following = until

    def take_fresh(self) -> list[tuple[int, str, str, str]]:
        """Series numbered since the last call: (number, subject, metric, part), to be stored."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def find(
        self, subject: str, metrics: Collection[str], parts: Collection[str] | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """The stored (number, metric, part) of one subject, as first seen."""
        place = self._subjects.get(subject)
        for number, pair in () if place is None else self._series_of(place):
            metric, part = self._pair_names[pair]
            if metric in metrics and (parts is None or part in parts):
                yield number, metric, part

    def _series_of(self, subject: int) -> list[tuple[int, int]]:
        """The (number, pair) of a subject, as first seen."""
        found: list[tuple[int, int]] = []
        for first, until in reversed(self._stretches_of(subject)):
            pairs = self._pair_of[first:until].tolist()
            found += zip(range(first, until), pairs, strict=True)
        return [one for one in found if one[1] != _NOBODY]

    def _stretches_of(self, subject: int) -> list[tuple[int, int]]:
        """The numbers ``[first, until)`` of each run of a subject, newest first."""
        stretches = []
        run = int(self._newest[subject])
        while run != _NOBODY:
            until = self._following  # before the runs are counted, see _append
            if run + 1 < self._runs:
                until = int(self._first[run + 1])
            stretches.append((int(self._first[run]), until))
            run = int(self._earlier[run])
        return stretches

    def name(self, number: int) -> tuple[str, str, str]:
        """The (subject, metric, part) of a number.

        Raises:
            KeyError: no series has that number.
        """
        pair = self._pair_of[number] if 0 < number < self._following else _NOBODY
        if pair == _NOBODY:
            raise KeyError(number)
        run = int(np.searchsorted(self._first[: self._runs], number, side="right")) - 1
        return self._subject_names[self._subject_of[run]], *self._pair_names[pair]

    def names(self, numbers: NDArray[np.int32]) -> Iterator[tuple[str, str, str]]:
        """The (subject, metric, part) of each of some numbers that are known."""
        runs = np.searchsorted(self._first[: self._runs], numbers, side="right") - 1
        subjects, pairs = self._subject_of[runs].tolist(), self._pair_of[numbers].tolist()
        for subject, pair in zip(subjects, pairs, strict=True):
            yield self._subject_names[subject], *self._pair_names[pair]

    def numbers_of(
        self,
        metric: str,
        subjects: Collection[str] | None = None,
        only: Collection[tuple[str, str]] | None = None,
        without: Collection[str] = (),
    ) -> NDArray[np.int32]:
        """Numbers of the series of a metric, in order; some subjects, some (subject, part).

        ``without`` names parts that are left out where there are ``subjects`` alone.
        """
        if only is not None:
            allowed = None if subjects is None else set(subjects)
            wanted: dict[int, set[int]] = {}
            for subject, part in only:
                place, pair = self._subjects.get(subject), self._pairs.get((metric, part))
                if place is None or pair is None or not (allowed is None or subject in allowed):
                    continue
                wanted.setdefault(place, set()).add(pair)
        elif subjects is not None:
            left_out = {self._pairs.get((metric, part)) for part in without}
            pairs_of = set(self._pairs_of.get(metric, ())) - left_out
            places = (self._subjects.get(subject) for subject in subjects)
            wanted = {place: pairs_of for place in places if place is not None}
        else:
            return self._with_pairs(self._pairs_of.get(metric, ()))
        if len(wanted) > _FEW:
            return self._of_many(wanted)
        numbers = [
            number
            for place, pairs in wanted.items()
            for number, pair in self._series_of(place)
            if pair in pairs
        ]
        return np.sort(np.array(numbers, dtype=np.int32))

    def _with_pairs(self, pairs: Collection[int]) -> NDArray[np.int32]:
        """Numbers of all series that have one of these pairs, in order."""
        known = self._pair_of[: self._following]
        is_wanted = np.zeros(len(self._pair_names) + 1, dtype=np.bool_)  # the last: nobody's
        is_wanted[list(pairs)] = True
        return np.flatnonzero(is_wanted[known]).astype(np.int32)

    def _of_many(self, wanted: Mapping[int, set[int]]) -> NDArray[np.int32]:
        """The same for many subjects: one look at all series instead of one for each subject."""
        numbers = self._with_pairs(set().union(*wanted.values()))
        pairs = self._pair_of[numbers].astype(np.int64)
        runs = np.searchsorted(self._first[: self._runs], numbers, side="right") - 1
        owners = self._subject_of[runs].astype(np.int64)
        keys = [place << 32 | pair for place, its in wanted.items() for pair in its]
        return numbers[np.isin(owners << 32 | pairs, np.array(keys, dtype=np.int64))]
