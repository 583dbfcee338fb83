"""Calendars of schools out of the register: read once for all of them, shared where they agree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from sqlmodel import Session

from inventory.calendars.calendar import (
    BlackoutEntry,
    DayEntry,
    HoursEntry,
    Layer,
    SchoolCalendar,
    school_year_of,
)
from inventory.calendars.stage_hours import shipped_hours
from inventory.calendars.statutory import statutory_days
from inventory.calendars.weeks import week_kept
from inventory.days import ZONE
from inventory.models import (
    CalendarBlackout,
    CalendarEntry,
    CalendarHours,
    CalendarKind,
    CalendarRow,
    School,
    Stage,
)
from inventory.repositories.calendars import CalendarRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope

_AUGUST = 8
_Row = TypeVar("_Row", bound=CalendarRow)


class Rows(NamedTuple):
    """What one owner has entered, for schools of a stage or for all."""

    days: Sequence[CalendarEntry]
    hours: Sequence[CalendarHours]
    blackouts: Sequence[CalendarBlackout]


class Calendars:
    """Calendars of the schools within a scope for days from ``first`` to ``last``.

    Schools that nothing tells apart get one and the same object.

    Args:
        zone: name of the time zone hours are written in.
        paths: of the only schools that are asked for, be they hundreds; empty for all.
    """

    def __init__(
        self,
        session: Session,
        scope: Scope,
        first: date,
        last: date,
        zone: str = ZONE.key,
        *,
        paths: Iterable[str] = (),
    ) -> None:
        self._first, self._last, self._zone = first, last, zone
        owners = {code for path in paths for code in path.strip("/").split("/")}
        rows = CalendarRepository(session, scope, owners)
        begin = date(school_year_of(first), _AUGUST, 1)
        end = date(school_year_of(last) + 1, _AUGUST, 1)
        self._days = _by_owner(rows.touching(begin, end))
        self._hours = _by_owner(rows.hours_until(last))
        self._blackouts = _by_owner(rows.blackouts_between(first, last))
        self._owners = {
            owner for found in (self._days, self._hours, self._blackouts) for owner, _ in found
        }
        self._layers: dict[tuple[str, Stage | None], Layer] = {}
        self._made: dict[tuple[Stage, tuple[str, ...]], SchoolCalendar] = {}

    def of(self, path: str, stage: Stage) -> SchoolCalendar:
        """The calendar of a school of that path and stage."""
        owners = self._above(path)
        key = (stage, owners)
        if key not in self._made:
            layers = [
                layer
                for owner in owners
                for layer in (self._layer(owner, stage), self._layer(owner, None))
                if layer.days or layer.hours or layer.blackouts
            ]
            self._made[key] = SchoolCalendar(
                stage=stage,
                first_day=self._first,
                last_day=self._last,
                layers=(*layers, shipped_hours(stage)),
                statutory=statutory_days(self._first.year, self._last.year),
                zone=self._zone,
            )
        return self._made[key]

    def of_schools(self, schools: Iterable[School]) -> dict[str, SchoolCalendar]:
        """The same by school code."""
        return {one.code: self.of(one.path, one.stage) for one in schools}

    def rows(self, path: str, stage: Stage | None) -> Sequence[Rows]:
        """What was entered for a school or bureau of that path, the nearest owner first.

        Args:
            path: of the school or bureau.
            stage: of the school; without one rows for every stage, as the page of a bureau has.
        """
        return [
            Rows(
                _for_stage(self._days, owner, stage),
                _for_stage(self._hours, owner, stage),
                _for_stage(self._blackouts, owner, stage),
            )
            for owner in self._above(path)
        ]

    def _above(self, path: str) -> tuple[str, ...]:
        """Those on the way up from a path that have entered anything, the nearest first."""
        codes = reversed(path.strip("/").split("/"))
        return tuple(code for code in codes if code in self._owners)

    def _layer(self, owner: str, stage: Stage | None) -> Layer:
        key = (owner, stage)
        if key not in self._layers:
            self._layers[key] = Layer(
                owner=owner,
                days=tuple(
                    _day(row)
                    for row in self._days.get(key, ())
                    if row.kind in (CalendarKind.term, CalendarKind.holidays_entered)
                    or (row.first_day <= self._last and row.last_day >= self._first)
                ),
                hours=_hours(self._hours.get(key, ()), self._first),
                blackouts=tuple(_blackout(row) for row in self._blackouts.get(key, ())),
            )
        return self._layers[key]


def calendars_of_schools(
    session: Session, scope: Scope, first: date, last: date
) -> dict[str, SchoolCalendar]:
    """Calendars of all schools within a scope that are open on ``first``, by school code."""
    calendars = Calendars(session, scope, first, last)
    schools = SchoolRepository(session, scope).open_on(first)
    return {one.code: calendars.of(one.path, one.stage) for one in schools}


def _by_owner(rows: Iterable[_Row]) -> Mapping[tuple[str, Stage | None], list[_Row]]:
    found: dict[tuple[str, Stage | None], list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.school_code or row.organisation_code or "", row.stage].append(row)
    return dict(found)


def _for_stage(
    rows: Mapping[tuple[str, Stage | None], list[_Row]], owner: str, stage: Stage | None
) -> list[_Row]:
    if stage is not None:
        return [*rows.get((owner, stage), ()), *rows.get((owner, None), ())]
    return [row for (one, _), its in rows.items() if one == owner for row in its]


def _day(row: CalendarEntry) -> DayEntry:
    return DayEntry(
        id=row.id,
        revision=row.revision,
        kind=row.kind,
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        follows=row.follows or 0,
    )


def _hours(rows: Sequence[CalendarHours], first: date) -> tuple[HoursEntry, ...]:
    """Entries by their first day; of those that have begun by ``first`` the last one alone."""
    entries = [
        HoursEntry(
            id=row.id,
            revision=row.revision,
            first_day=row.first_day,
            lessons=week_kept(row.lessons),
            evenings=week_kept(row.evenings),
            boards=row.boards,
        )
        for row in rows
    ]
    begun = [one for one in entries if one.first_day <= first]
    return (*begun[-1:], *(one for one in entries if one.first_day > first))


def _blackout(row: CalendarBlackout) -> BlackoutEntry:
    return BlackoutEntry(
        id=row.id,
        revision=row.revision,
        kind=row.kind,
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        weekdays=tuple(int(digit) for digit in row.weekdays),
        span=(row.begins_at, row.ends_at),
    )
