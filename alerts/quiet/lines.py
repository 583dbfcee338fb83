"""What maintenance and silences mean for speed tests of lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from sqlmodel import Session

from alerts.quiet.times import QuietTime, quiet_times

_MOMENT = timedelta(microseconds=1)


class Place(NamedTuple):
    """The school of a line."""

    code: str
    path: str


class QuietLines:
    """Lines that are asked about one by one; what is quiet is read once, when the first one is.

    Args:
        session: only reads.
        places: of all lines that may be asked about, by their ids.
        since: maintenance that ended before is left out.
        now: aware.
    """

    def __init__(
        self, session: Session, places: Mapping[str, Place], since: datetime, now: datetime
    ) -> None:
        self._session, self._places = session, places
        self._since, self._now = since, now

    def is_quiet(self, line: str, rule: str) -> bool:
        """Whether a fault of a line is not told of now."""
        return any(one.holds(self._now) and one.covers(line, rule) for one in self._of(line))

    def maintained(self, line: str, rule: str) -> Sequence[tuple[int, int]]:
        """When tests said nothing of a line, milliseconds: it was worked on; ends not included."""
        return [
            (_milliseconds(one.begin), _milliseconds(one.end))
            for one in self._of(line)
            if one.is_maintenance and one.covers(line, rule)
        ]

    @cached_property
    def _times(self) -> Mapping[str, Sequence[QuietTime]]:
        paths = dict(self._places.values())
        return quiet_times(self._session, paths, self._since, self._now + _MOMENT)

    def _of(self, line: str) -> Sequence[QuietTime]:
        return self._times.get(self._places[line].code, ()) if line in self._places else ()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
