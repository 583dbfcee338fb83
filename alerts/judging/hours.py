"""School hours as spans that can be counted: how long was school, and when was it long enough."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

#: From a moment until just before another; seconds since 1970, UTC.
Span = tuple[float, float]


class Hours:
    """Spans in order, none overlapping. Immutable once made."""

    __slots__ = ("_before", "_begins", "_ends")

    def __init__(self, spans: Iterable[Span]) -> None:
        kept = sorted((begin, end) for begin, end in spans if begin < end)
        self._begins = [begin for begin, _ in kept]
        self._ends = [end for _, end in kept]
        #: School time before each span.
        self._before = [0.0, *accumulate(end - begin for begin, end in kept)]

    def hold(self, at: float) -> bool:
        """Whether it is school at a moment."""
        place = bisect_right(self._begins, at)
        return place > 0 and at < self._ends[place - 1]

    def between(self, begin: float, end: float) -> float:
        """Seconds of school from one moment to another."""
        return self._until(end) - self._until(begin)

    def after(self, begin: float, seconds: float) -> float | None:
        """When so much school time has passed since ``begin``; ``None`` beyond what is known.

        With 0 seconds: ``begin`` itself in school hours, else when they begin next.
        """
        wanted = self._until(begin) + seconds
        place = bisect_right(self._before, wanted) - 1
        if seconds > 0 and place > 0 and self._before[place] == wanted:
            return self._ends[place - 1]
        if place >= len(self._begins):
            return None
        return self._begins[place] + wanted - self._before[place]

    def after_seen(self, begin: float, seconds: float, unseen: Iterable[Span]) -> float | None:
        """As ``after``, with times left out in which nobody could have seen it."""
        for gone, back in sorted(unseen):
            seen = self.between(begin, gone) if begin < gone else 0.0
            if seen >= seconds:
                break
            seconds -= seen
            begin = max(begin, back)
        return self.after(begin, seconds)

    def _until(self, at: float) -> float:
        place = bisect_right(self._begins, at)
        if place == 0:
            return 0.0
        return self._before[place - 1] + min(at, self._ends[place - 1]) - self._begins[place - 1]


#: Of a school whose calendar nobody knows.
NONE = Hours(())
