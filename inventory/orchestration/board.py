"""The planned tests of all lines: what stands, what no longer fits, what is missing.

Read once, changed in memory, written at the end. Planning twice changes nothing the second time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil

from sqlmodel import Session

from inventory.days import day_of
from inventory.models import PlannedState
from inventory.orchestration.caps import cap_along
from inventory.orchestration.load import Load
from inventory.orchestration.planning import (
    Count,
    LineDay,
    Moment,
    Span,
    hour_of,
    minute_of,
    number_of_day,
    plan_day,
)
from inventory.orchestration.repository import BoxedLine, Planned, PlannedTestRepository
from inventory.orchestration.school_time import (
    SchoolTime,
    SchoolTimes,
    begin_of,
    milliseconds,
)
from inventory.orchestration.settings import Orchestration
from inventory.orchestration.ways import Share, Way, Ways
from inventory.scope import Scope
from inventory.standards.bound import Bindings, kind_of

#: Agents are told of a test at least so long before it.
LEAD = timedelta(minutes=10)
_DAY, _MINUTE = timedelta(days=1), 60_000
#: China keeps UTC+8 all year.
_OFFSET_MS, _DAY_MS = 8 * 3_600_000, 86_400_000


@dataclass(slots=True)
class _Line:
    """A line along one way, when it may be tested, and what of its tests stands."""

    row: BoxedLine
    way: Way
    time: SchoolTime
    bits_per_second: int
    #: The last day that can be planned; before today: none can.
    until: date
    by_day: dict[date, list[Planned]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[date, Count] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, bool]:
        return self.row.id, self.way.outside

    @property
    def name(self) -> str:
        """What minutes are drawn for: of the outer way others than of the inner one."""
        return f"{self.row.id} outside" if self.way.outside else self.row.id

    def add(self, test: Planned) -> None:
        day = _day_of(test.at)
        self.by_day[day].append(test)
        if test.attempt == 0:
            weekday, hour = hour_of(test.at)
            count = self.count(day)
            pair = weekday, hour
            count.hours[hour] = count.hours.get(hour, 0) + 1
            count.pairs[pair] = count.pairs.get(pair, 0) + 1

    def count(self, day: date) -> Count:
        """What the month of a day has."""
        return self.counts.setdefault(day.replace(day=1), Count({}, {}))

    def scheduled(self, first: date, last: date) -> int:
        """Tests of the schedule from one day until just before another."""
        days = (first + n * _DAY for n in range((last - first).days))
        return sum(test.attempt == 0 for day in days for test in self.by_day.get(day, ()))


@dataclass(frozen=True, slots=True)
class Change:
    """What planning has changed.

    Args:
        planned: tests that are new, follow-ups among them.
        withdrawn: tests that are not to be made after all.
        unplaced: tests the cap left no room for.
    """

    planned: Sequence[Planned]
    withdrawn: Sequence[Planned]
    unplaced: int


class Board:
    """Tests of every line from the beginning of the month to the days ahead.

    Args:
        session: to read the register with.
        now: aware.
        key: secret; minutes are drawn by it.
        settings: how tests are planned.
        ways: along which schools are tested.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        *,
        key: bytes,
        settings: Orchestration,
        ways: Ways,
    ) -> None:
        everything = Scope.everything()
        self._key, self._settings = key, settings
        self._today = day_of(now)
        self._begin, self._soon = begin_of(self._today), milliseconds(now + LEAD)
        self._last = self._today + settings.days_ahead * _DAY
        repository = PlannedTestRepository(session, everything)
        first = self._today.replace(day=1)
        times = SchoolTimes(session, everything, first, _end_of_month(self._last))
        bindings = Bindings(session, everything, self._today, self._today)
        self._loads: dict[str, Load] = {}
        self._lines: dict[tuple[str, bool], _Line] = {}
        for row in repository.boxed_lines(self._today):
            its = ways.of(row.school_code, row.path, self._today)
            bound = bindings.of(kind_of(row), self._today) if its else ()
            for way in its:
                cap = cap_along(
                    way,
                    its,
                    bound,
                    (row.down_mbps, row.up_mbps),
                    classes=row.classes,
                    persons=row.students + row.teachers,
                )
                time = times.of(row.path, row.stage)
                line = _Line(row, way, time, cap, self._until(time))
                self._lines[line.key] = line
                self._open(way.share)
        self._named = {line.name: line for line in self._lines.values()}
        self._boxes: dict[tuple[str, date], list[int]] = defaultdict(list)
        self._planned: list[Planned] = []
        self._withdrawn: list[Planned] = []
        self._unplaced = 0
        for test in repository.between(begin_of(first), begin_of(self._last, 1)):
            self._take(test)

    def withdraw_follow_ups(self, made: Collection[tuple[str, int]]) -> None:
        """Take away what stands in for tests whose results came late after all.

        Args:
            made: lines, and moments of the schedule.
        """
        for line_id, at in made:
            ways = (self._lines.get((line_id, outside)) for outside in (False, True))
            for tests in (tests for line in ways if line for tests in line.by_day.values()):
                spare = [one for one in tests if one.stands_for == at and self._can_be_told(one)]
                self._withdrawn += spare
                for one in spare:
                    tests.remove(one)

    def follow_up(self, missed: Sequence[Planned]) -> None:
        """Plan another moment for each missed test: the same day, else one of the next ones."""
        for test in missed:
            line = self._lines.get(test.line)
            if line is not None and test.attempt < self._settings.follow_ups:
                self._stand_in(line, test)

    def plan(self) -> None:
        """Plan what the days ahead lack."""
        day = self._today
        while day <= self._last:
            wanted = [one for line in self._lines.values() for one in self._wanted(line, day)]
            for moment in self._drawn(day, wanted):
                self._keep(moment, attempt=0, stands_for=0)
            day += _DAY

    def write(self, repository: PlannedTestRepository) -> Change:
        """Keep it: new tests, withdrawn ones, and to which day lines are planned."""
        repository.withdraw(self._withdrawn)
        repository.plan(self._planned)
        by_day: dict[date, dict[str, str]] = defaultdict(dict)
        for line in self._lines.values():
            if line.until >= self._today:
                by_day[line.until][line.row.id] = line.row.school_code
        for until, lines in by_day.items():
            repository.schedule(list(lines.items()), until)
        planned = {id_ for lines in by_day.values() for id_ in lines}
        repository.unschedule(repository.schedules().keys() - planned)
        return Change(self._planned, self._withdrawn, self._unplaced)

    def _open(self, share: Share) -> None:
        if share.owner not in self._loads:
            most = share.bits_per_second or self._settings.bits_per_second
            self._loads[share.owner] = Load(most, self._settings.at_once)

    def _take(self, test: Planned) -> None:
        line = self._lines.get(test.line)
        if self._can_be_told(test) and (line is None or not _fits(line, test.at)):
            self._withdrawn.append(test)
            return
        if line is None:
            return
        line.add(test)
        if test.at >= self._begin:
            minute = minute_of(test.at)
            self._loads[line.way.share.owner].take(minute, line.bits_per_second)
            self._boxes[test.school_code, _day_of(test.at)].append(minute)

    def _can_be_told(self, test: Planned) -> bool:
        return test.state is PlannedState.planned and test.at > self._soon

    def _until(self, time: SchoolTime) -> date:
        """The day before the first one nobody has said anything of."""
        unknown = [day for day in time.unknown if day >= self._today]
        return min([*(day - _DAY for day in unknown), self._last])

    def _wanted(self, line: _Line, day: date) -> Iterator[LineDay]:
        """What a line lacks on a day."""
        spans = line.time.spans.get(day, ())
        if not spans or day > line.until:
            return
        first = day.replace(day=1)
        number = number_of_day(
            self._settings.wanted,
            line.scheduled(first, day),
            _days_left(line.time, day),
            self._settings.most_a_day,
        )
        stand = line.by_day.get(day, ())
        if day == self._today:
            # A line that is new today gets its share of what is left of the day.
            left = _after(spans, self._soon)
            number = 0 if stand else ceil(number * _length(left) / _length(spans))
            spans = left
        number = min(
            number - sum(one.attempt == 0 for one in stand),
            self._settings.most_a_day - len(stand),
        )
        if number > 0 and spans:
            yield self._line_day(line, day, spans, number)

    def _line_day(
        self,
        line: _Line,
        day: date,
        spans: Sequence[Span],
        number: int,
        first: frozenset[int] = frozenset(),
    ) -> LineDay:
        school = line.row.school_code
        return LineDay(
            line=line.name,
            box=school,
            bits_per_second=line.bits_per_second,
            spans=spans,
            number=number,
            count=line.count(day),
            taken=tuple(self._boxes.get((school, day), ())),
            first=first,
            load=line.way.share.owner,
        )

    def _drawn(self, day: date, wanted: Sequence[LineDay]) -> list[Moment]:
        found = plan_day(self._key, day, wanted, self._loads)
        self._unplaced += sum(one.number for one in wanted) - len(found)
        return found

    def _stand_in(self, line: _Line, missed: Planned) -> None:
        begin = _day_of(missed.at)
        end = min(begin + self._settings.follow_up_days * _DAY, _end_of_month(begin) + _DAY)
        day = max(begin, self._today)
        while day < min(end, line.until + _DAY):
            spans = line.time.spans.get(day, ())
            if day == self._today:
                spans = _after(spans, self._soon)
            if spans and len(line.by_day.get(day, ())) < self._settings.most_a_day:
                hour = frozenset({hour_of(missed.at)[1]})
                # Drawn by another name, so that it is not the minute of the schedule again.
                key = self._key + f" {missed.at}".encode()
                wanted = self._line_day(line, day, spans, 1, hour)
                for moment in plan_day(key, day, [wanted], self._loads):
                    original = missed.stands_for or missed.at
                    self._keep(moment, attempt=missed.attempt + 1, stands_for=original)
                    return
            day += _DAY

    def _keep(self, moment: Moment, *, attempt: int, stands_for: int) -> None:
        line = self._named[moment.line]
        test = Planned(
            line_id=line.row.id,
            at=moment.at,
            school_code=line.row.school_code,
            attempt=attempt,
            stands_for=stands_for,
            state=PlannedState.planned,
            outcome=None,
            outside=line.way.outside,
        )
        self._planned.append(test)
        line.add(test)
        self._boxes[test.school_code, _day_of(test.at)].append(minute_of(test.at))


def _fits(line: _Line, at: int) -> bool:
    """Whether a test of that moment lies in school hours that can be planned."""
    day, minute = _day_of(at), minute_of(at) * _MINUTE
    return day <= line.until and any(
        begin <= minute and minute + _MINUTE <= end for begin, end in line.time.spans.get(day, ())
    )


def _days_left(time: SchoolTime, day: date) -> int:
    """School days of a day's month from that day on."""
    end = _end_of_month(day)
    return sum(day <= other <= end for other in time.spans)


def _after(spans: Sequence[Span], at: int) -> tuple[Span, ...]:
    return tuple((max(begin, at), end) for begin, end in spans if end > at)


def _length(spans: Sequence[Span]) -> int:
    return sum(end - begin for begin, end in spans)


@lru_cache(maxsize=64)
def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY


def _day_of(at: int) -> date:
    """The day of a moment by the schools' clock."""
    return _day_of_number((at + _OFFSET_MS) // _DAY_MS)


@lru_cache(maxsize=1024)
def _day_of_number(number: int) -> date:
    return date(1970, 1, 1) + number * _DAY
