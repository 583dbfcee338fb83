"""Which extracts there are, which are wanted, and when they go.

Questions over a month of the same series come again: of the running month every day, of the one
before while late batches may come. A question says what it read; housekeeping then makes extracts
of that for every sorted file of these months, and takes them away again when their file is gone or
nobody has asked for a while. What is wanted is known after a start, too: what there is tells it.
"""

import logging
import re
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import count
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from controller.metrics.extracts.file import ADDRESS, Damaged, Extract, Run
from controller.metrics.extracts.making import make
from controller.metrics.manifest import Manifest, Segment
from controller.metrics.periods import DAY
from controller.metrics.segments import Stopped

logger = logging.getLogger(__name__)

#: Extracts of a month go when nobody has asked for so long.
KEPT_FOR = 10 * DAY
#: What one file has in more than so many extracts is put into one.
MOST_EXTRACTS = 4
_NAME = re.compile(r"(?P<segment>.+)\.(?P<step>\d+)-\d+\.extract")
_Numbers = NDArray[np.int32]
_NOBODY: _Numbers = np.empty(0, dtype=np.int32)


class Held(NamedTuple):
    """Where series are in the extracts of one file.

    Args:
        segment: the file.
        extracts: of it.
        which: of these, one a series; -1 where none has it.
        rows: place in that one.
    """

    segment: Segment
    extracts: Sequence[Extract]
    which: NDArray[np.int64]
    rows: NDArray[np.int64]

    def runs(self, places: NDArray[np.int64]) -> "Runs":
        """What it has of some of the series, which must be there."""
        which, rows = self.which[places], self.rows[places]
        addresses = np.empty((len(places), ADDRESS), dtype=np.int64)
        for place, extract in enumerate(self.extracts):
            its = which == place
            addresses[its] = extract.addresses(rows[its])
        extracts = [self.extracts[one] for one in which.tolist()]
        return Runs(self.segment, list(zip(extracts, addresses.tolist(), strict=True)))


class Runs(NamedTuple):
    """Series of a question in the extracts of one file, in the order of the question."""

    segment: Segment
    rows: Sequence[tuple[Extract, Sequence[int]]]

    def of(self, place: int) -> Run:
        """The one at a place of the question."""
        extract, address = self.rows[place]
        return extract.run(address)


class _Wish(NamedTuple):
    numbers: _Numbers
    asked_at: int


class Extracts:
    """The extracts of a store. Thread-safe; one thread at a time makes and removes.

    Args:
        connection: of the store.
        directory: for the extracts, of nothing else.
        clock: milliseconds since the epoch.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, directory: Path, clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._directory = directory
        self._clock = clock
        self._lock = Lock()
        self._stopping = Event()
        # Tuples are replaced and never changed, so whoever looks needs no lock.
        self._held: dict[tuple[str, int], tuple[Extract, ...]] = {}
        self._wishes: dict[tuple[int, int], _Wish] = {}

    def open(self, manifest: Manifest) -> None:
        """Find what is there; what is damaged, left over or of no file any more is removed.

        Raises:
            OSError: the directory cannot be read.
        """
        self._directory.mkdir(exist_ok=True)
        segments = {one.name: one for one in manifest.segments if one.kind == "raw"}
        for path in sorted(self._directory.iterdir()):
            named = _NAME.fullmatch(path.name)
            segment = segments.get(named["segment"]) if named else None
            if named is None or segment is None:
                path.unlink()
                continue
            try:
                found = Extract(path, segment, int(named["step"]))
            except Damaged:
                logger.warning("%s is damaged and is made anew", path)
                path.unlink()
                continue
            self._hold(found)
            self.ask([segment], found.step, found.numbers)

    def ask(self, segments: Sequence[Segment], step: int, numbers: _Numbers) -> None:
        """Have extracts made of some series of the months of these files."""
        now = self._clock()
        for month in {one.start for one in segments}:
            with self._lock:
                known = self._wishes.get((month, step), _Wish(_NOBODY, now)).numbers
                if not np.isin(numbers, known, assume_unique=True).all():
                    known = np.union1d(known, numbers)
                self._wishes[month, step] = _Wish(known, now)

    def holding(self, segments: Sequence[Segment], step: int, numbers: _Numbers) -> list[Held]:
        """Where series are in the extracts of each of some files.

        What is read the first time is looked through; an extract that is damaged is removed.
        """
        return [self._holding(one, step, numbers) for one in segments]

    def _holding(self, segment: Segment, step: int, numbers: _Numbers) -> Held:
        extracts = self._held.get((segment.name, step), ())
        which, places = (np.full(len(numbers), -1) for _ in range(2))
        for place, extract in enumerate(extracts):
            rows = extract.rows_of(numbers)
            new = (rows >= 0) & (which < 0)
            if extract.is_sound(rows[new]):
                which[new], places[new] = place, rows[new]
            else:
                logger.warning("%s is damaged and is made anew", extract.path)
                self._discard(extract)
        return Held(segment, extracts, which, places)

    def stop(self) -> None:
        """Have a ``tidy`` of another thread end soon; later ones do nothing."""
        self._stopping.set()

    def tidy(self, manifest: Manifest, now: int) -> None:
        """Remove what nobody needs and make what is wanted.

        Args:
            manifest: of a view that is open meanwhile.
            now: milliseconds since the epoch.

        Raises:
            duckdb.Error, OSError: the disk is full or failing; what was there is untouched.
        """
        segments = {one.name: one for one in manifest.segments if one.kind == "raw"}
        with self._lock:
            asked = {k: v for k, v in self._wishes.items() if v.asked_at + KEPT_FOR > now}
            self._wishes = dict(asked)
        for (name, step), extracts in list(self._held.items()):
            if name not in segments or (segments[name].start, step) not in asked:
                for one in extracts:
                    self._discard(one)
        try:
            for (month, step), wish in sorted(asked.items()):
                for segment in segments.values():
                    if segment.start == month:
                        self._complete(segment, step, wish.numbers)
        except Stopped:
            logger.info("stopped in the middle; what is left is made after the next start")

    def _complete(self, segment: Segment, step: int, wanted: _Numbers) -> None:
        """Make an extract of what those there are do not have."""
        extracts = self._held.get((segment.name, step), ())
        known = reduce(np.union1d, (one.numbers for one in extracts), _NOBODY)
        missing = np.setdiff1d(wanted, known, assume_unique=True)
        if not len(missing):
            return
        replaced: Sequence[Extract] = ()
        if len(extracts) >= MOST_EXTRACTS:
            replaced, missing = extracts, np.union1d(known, missing)
        path = self._new_path(segment, step)
        with self._connection.cursor() as cursor:
            make(cursor, segment, step, missing, path, stopping=self._stopping)
        made = Extract(path, segment, step)
        logger.info("made an extract of %d series of %s", len(missing), segment.name)
        self._hold(made)
        for one in replaced:
            self._discard(one)

    def _new_path(self, segment: Segment, step: int) -> Path:
        paths = (self._directory / f"{segment.name}.{step}-{n}.extract" for n in count(1))
        return next(path for path in paths if not path.exists())

    def _hold(self, extract: Extract) -> None:
        key = extract.segment.name, extract.step
        with self._lock:
            self._held[key] = (*self._held.get(key, ()), extract)

    def _discard(self, extract: Extract) -> None:
        """Remove an extract; who reads it goes on."""
        key = extract.segment.name, extract.step
        with self._lock:
            left = tuple(one for one in self._held.get(key, ()) if one is not extract)
            if left:
                self._held[key] = left
            else:
                self._held.pop(key, None)
        extract.path.unlink(missing_ok=True)
