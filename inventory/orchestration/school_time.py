"""School hours in which lines may be tested, day by day: without blackouts and exclusions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from inventory.calendars import school_hours
from inventory.calendars.calendar import SchoolCalendar
from inventory.calendars.loading import Calendars
from inventory.days import ZONE, day_of
from inventory.models import Stage
from inventory.orchestration.planning import Span
from inventory.scope import Scope
from inventory.standards.exclusions import ExclusionRepository

_MICRO = 1000


@dataclass(frozen=True, slots=True)
class SchoolTime:
    """School hours of one school.

    Args:
        spans: milliseconds since 1970, by day; only days that have any.
        unknown: days of which nobody has said whether they are school days.
    """

    spans: Mapping[date, tuple[Span, ...]]
    unknown: frozenset[date]


class SchoolTimes:
    """School hours of the schools within a scope for days from ``first`` to ``last``; read once."""

    def __init__(self, session: Session, scope: Scope, first: date, last: date) -> None:
        self._first, self._last = first, last
        self._calendars = Calendars(session, scope, first, last)
        self._known: dict[tuple[int, tuple[Span, ...]], tuple[SchoolCalendar, SchoolTime]] = {}
        rows = ExclusionRepository(session, scope).touching(_begin(first), _begin(last, 1))
        self._taken: dict[str, list[Span]] = defaultdict(list)
        for row in rows:
            span = milliseconds(row.begins_at), milliseconds(row.ends_at)
            self._taken[row.school_code or row.organisation_code or ""].append(span)

    def of(self, path: str, stage: Stage) -> SchoolTime:
        """Those of a school; schools of one calendar and the same exclusions share one object."""
        calendar = self._calendars.of(path, stage)
        taken = tuple(
            span for code in path.strip("/").split("/") for span in self._taken.get(code, ())
        )
        found = self._known.get((id(calendar), taken))
        if found is None:
            # The calendar is kept, so that no other can have its place in memory.
            found = calendar, self._time(calendar, taken)
            self._known[id(calendar), taken] = found
        return found[1]

    def _time(self, calendar: SchoolCalendar, taken: Sequence[Span]) -> SchoolTime:
        hours = school_hours(calendar, self._first, self._last)
        by_day: dict[date, list[Span]] = defaultdict(list)
        for window in hours.windows:
            left = without([(window.begin // _MICRO, window.end // _MICRO)], taken)
            if left:
                by_day[day_of(window.begins_at)] += left
        unknown = frozenset(day_of(window.begins_at) for window in hours.unknown)
        return SchoolTime({day: tuple(spans) for day, spans in by_day.items()}, unknown)


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return round(at.timestamp() * 1000)


def begin_of(day: date, days: int = 0) -> int:
    """The first millisecond of a day, or of one so many days later."""
    return milliseconds(_begin(day, days))


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of spans that are in order when others are taken out."""
    left = list(spans)
    for begin, end in taken:
        parts = ((one, (one[0], min(one[1], begin)), (max(one[0], end), one[1])) for one in left)
        left = [part for _, *both in parts for part in both if part[0] < part[1]]
    return left


def _begin(day: date, days: int = 0) -> datetime:
    later = day + timedelta(days=days)
    return datetime(later.year, later.month, later.day, tzinfo=ZONE)
