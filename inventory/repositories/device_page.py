"""Which devices a page of the list shows, and how many fit, read from few rows of the register.

Where the filters leave few devices, those are read and put in order. Where they leave many, the
order's index is followed until the page is full. A planner cannot tell the two apart, since it
takes filters, words and orders to have nothing to do with each other: a bounded count does. See
``docs/decisions/0049-lists-of-a-city.md``.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, case, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from inventory.days import day_of
from inventory.kept_totals import KeptTotals, totals_of
from inventory.keys import among, gathered
from inventory.models import Device, DeviceState, School
from inventory.repositories.device_list import (
    DATED,
    DeviceQuestion,
    DeviceSort,
    conditions,
    directed,
    order_of,
)
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import Page, Repository, admit_window, within
from inventory.scope import Scope
from inventory.search.in_lists import FEW, Words
from inventory.status import RANKS, status_expression
from inventory.summaries import counted_at

#: More devices than these are met soon along any order; fewer are put in order as quickly.
MANY = 10_000
#: The same for all devices of some places: in some orders they stand together, at the far end.
MANY_OF_PLACES = 25_000
#: Devices of some places with a word that are put in order; of more, a page is met soon.
FEW_OF_PLACES = 5_000
#: Of words that many devices hold, so many are listed; who wants another asks for more words.
LISTED = 500
#: Ids whose documents are read together, at first and later on.
_PIECE, _LARGEST_PIECE = 1_000, 8_000
#: Of few, so many ids are read in order before all of them are.
_FIRST = 3 * _PIECE


class DevicePage(Repository):
    """Pages of one list of devices within the caller's scope: their ids.

    Args:
        session: one that reads.
        scope: of the caller.
        asked: what is listed.
        now: of the answer.
        cadence: in which devices are polled.
    """

    def __init__(
        self,
        session: Session,
        scope: Scope,
        asked: DeviceQuestion,
        *,
        now: datetime,
        cadence: timedelta,
    ) -> None:
        super().__init__(session, scope)
        self._asked = asked
        self._now = now
        self._cadence = cadence
        self._by_status = asked.status is not None or asked.sort is DeviceSort.status

    def ids(self, offset: int, limit: int) -> Page[str]:
        """Ids of one page, in order.

        Raises:
            Invalid: a negative offset, or a limit that is too small or too large.
        """
        admit_window(offset, limit)
        fitting = self._fitting()
        if not self._asked.search.strip():
            return self._without_words(fitting, offset, limit)
        words = Words.of("device", self._asked.search)
        vendor = self._asked.wish.vendor
        most = FEW_OF_PLACES if self._is_of_places else FEW
        few = words.few(self._session, paths=self._places(), named=vendor, most=most)
        if few is not None:
            named = [*fitting, among(self._session, Device.id, few)]
            return self._part(named, offset, limit)
        if self._are_few(fitting):
            found = self._holding(words, self._pieces(fitting))
        else:
            along = self._fitting(walking=True)
            found = self._holding(words, lambda start, size: self._along(along, start, size))
        listed = found[:LISTED]
        return Page(listed[offset : offset + limit], len(listed), more=len(found) > LISTED)

    @property
    def _is_of_places(self) -> bool:
        """Whether only devices of some places are asked for, or may be seen."""
        return self._asked.under != "/" or not self._sees_everything

    @property
    def _is_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    @cached_property
    def _is_live(self) -> bool:
        """Whether a status is told from the states of this moment."""
        return self._by_status and counted_at(self._session, self._now) is None

    @cached_property
    def _rank(self) -> Any:
        """SQL for the number of a device's status."""
        return _rank(self._now, self._cadence) if self._is_live else col(Device.status_rank)

    @cached_property
    def _totals(self) -> KeptTotals:
        return totals_of(self._session.get_bind().engine)

    @cached_property
    def _counted(self) -> Hashable:
        """What a total depends on: neither the order, nor words, but that there are some."""
        searched = bool(self._asked.search.strip())
        alike = replace(self._asked, search="", sort=DeviceSort.name, descending=False)
        return self._scope, alike, searched or self._closed

    def _holding(self, words: Words, some: Callable[[int, int], Sequence[str]]) -> Sequence[str]:
        """The first ids that hold words, of what ``some`` gives: so many from a place on."""
        found: dict[str, None] = {}
        start, size = 0, _PIECE
        while len(found) <= LISTED:
            ids = some(start, size)
            fitting = words.fitting(self._session, ids)
            found.update((one, None) for one in ids if one in fitting)
            if len(ids) < size:
                break
            start, size = start + size, min(2 * size, _LARGEST_PIECE)
        return list(found)

    def _pieces(
        self, fitting: Sequence[ColumnElement[bool]]
    ) -> Callable[[int, int], Sequence[str]]:
        """Pieces of few ids in order: nearly always the first ones are enough."""

        def some(start: int, size: int) -> Sequence[str]:
            if start + size <= _FIRST:
                return first()[start : start + size]
            return everything()[start : start + size]

        @cache
        def first() -> Sequence[str]:
            return self._sorted(fitting, _FIRST)

        @cache
        def everything() -> Sequence[str]:
            return self._sorted(fitting, MANY_OF_PLACES)

        return some

    def _without_words(
        self, fitting: Sequence[ColumnElement[bool]], offset: int, limit: int
    ) -> Page[str]:
        total = self._kept_total()
        if total is not None and total <= self._most:
            return self._part(fitting, offset, limit)
        if total is None and fitting:
            few = self._few(fitting)
            if few is not None:
                return Page(self._ids(self._in_order(fitting), offset, limit), few)
        ids = self._along(self._fitting(walking=True), offset, limit)
        return Page(ids, self._keep(self._count(self._query(fitting))) if total is None else total)

    def _kept_total(self) -> int | None:
        """How many fit apart from words, as of a minute ago at most, if that is known."""
        return None if self._is_live else self._totals.get(self._counted)

    def _keep(self, total: int) -> int:
        if not self._is_live:
            self._totals.keep(self._counted, total)
        return total

    def _fitting(self, *, walking: bool = False) -> list[ColumnElement[bool]]:
        """SQL for everything but words; ``walking``: along an index of the order."""
        asked = self._asked
        # The index by vendor is in the order of names, too.
        by_vendor = not self._is_frequent or (walking and asked.sort is DeviceSort.name)
        wanted = [
            *conditions(asked.kind, asked.lifecycle, asked.school),
            *asked.wish.conditions(by_vendor=by_vendor),
        ]
        if not self._sees_everything:
            wanted.append(self._at_visible_school(Device.school_code))
        if asked.school is None and not asked.search.strip() and self._closed:
            wanted.append(col(Device.school_code).not_in(self._closed))
        if asked.status is not None:
            wanted.append(self._rank == RANKS[asked.status])
        if asked.under != "/":
            below = select(School.code).where(within(col(School.path), asked.under))
            wanted.append(col(Device.school_code).in_(below))
        return wanted

    @cached_property
    def _closed(self) -> frozenset[str]:
        """Schools that have closed: their devices are found by school or words, and not counted."""
        schools = SchoolRepository(self._session, self._scope)
        return frozenset(one.code for one in schools.facts(day_of(self._now), closed=True))

    @cached_property
    def _is_frequent(self) -> bool:
        """Whether the vendor has more devices than SQLite, which cannot know it, expects."""
        vendor = self._asked.wish.vendor
        if vendor is None or self._is_postgresql:
            return False
        some = select(Device.id).where(Device.vendor == vendor)
        return self._count(some.limit(MANY + 1)) > MANY

    def _places(self) -> Sequence[str]:
        """Paths below which everything of this list lies."""
        if self._asked.school is not None:
            path = self._session.scalar(
                select(School.path).where(School.code == self._asked.school)
            )
            return () if path is None else (path,)
        return (self._asked.under,) if self._asked.under != "/" else self._scope.prefixes

    @property
    def _most(self) -> int:
        """So many devices are put in order; more are followed."""
        return MANY_OF_PLACES if self._is_of_places else MANY

    def _few(self, fitting: Sequence[ColumnElement[bool]]) -> int | None:
        """How many devices fit; ``None`` when they are many."""
        count = self._count(self._query(fitting).limit(self._most + 1))
        return self._keep(count) if count <= self._most else None

    def _are_few(self, fitting: Sequence[ColumnElement[bool]]) -> bool:
        total = self._kept_total()
        return self._few(fitting) is not None if total is None else total <= self._most

    def _query(self, fitting: Sequence[ColumnElement[bool]], *, sorting: bool = False) -> Any:
        """Ids of what fits; ``sorting``: beside whatever the order asks for."""
        query: Any = select(Device.id).where(*fitting)
        if self._is_live or (sorting and self._asked.sort is DeviceSort.since):
            query = query.outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
        if sorting and self._asked.sort is DeviceSort.school:
            query = query.join(School, col(School.code) == Device.school_code)
        return query

    def _near(self) -> Any:
        """Since when the devices of the list's places are as they are; ``None``: ask each of them.

        A planner takes the schools of a county to have their states anywhere, and reads a city's.
        Told only that there are some schools, it reads those of each: a third of the time.
        """
        unlike = self._asked.sort is not DeviceSort.since or self._is_live
        if unlike or not self._is_of_places or not self._is_postgresql:
            return None
        schools = select(School.code).where(Scope.of(self._places()).condition(col(School.path)))
        known: Any = select(DeviceState.device_id, DeviceState.since)
        array = func.array(schools.scalar_subquery(), type_=ARRAY(Text))
        return known.where(col(DeviceState.school_code) == any_(array)).subquery("near")

    def _part(self, fitting: Sequence[ColumnElement[bool]], offset: int, limit: int) -> Page[str]:
        """One page of what fits, which is few, and how many there are."""
        query = self._in_order(fitting, counting=True).offset(offset).limit(limit)
        found = self._session.exec(query).all()
        if found or not offset:
            return Page([row[0] for row in found], found[0][1] if found else 0)
        return Page((), self._count(self._query(fitting)))

    def _sorted(self, fitting: Sequence[ColumnElement[bool]], most: int) -> Sequence[str]:
        """The first ids that fit, which are few, in order."""
        return self._ids(self._in_order(fitting), 0, most)

    def _ids(self, query: Any, offset: int, limit: int) -> list[str]:
        """Some of the ids of a query, in its order."""
        return gathered(self._session, query.offset(offset).limit(limit))

    def _in_order(self, fitting: Sequence[ColumnElement[bool]], *, counting: bool = False) -> Any:
        """Ids of all that fit are read, and then sorted; ``counting``: each with their number."""
        near = self._near()
        columns = order_of(self._asked.sort, self._rank)
        query = self._query(fitting, sorting=near is None)
        if near is not None:
            query = query.outerjoin(near, near.c.device_id == Device.id)
            # One that has just moved is still among those of its last school.
            of_it = select(DeviceState.since).where(DeviceState.device_id == Device.id)
            columns = (func.coalesce(near.c.since, of_it.scalar_subquery()), *columns[1:])
        keys = [column.label(f"by_{number}") for number, column in enumerate(columns)]
        fits = query.add_columns(*keys).cte("fits")
        # By itself, or a planner would hope to find them soon along the index of the order.
        fits = fits.prefix_with("MATERIALIZED")
        order = directed(
            [fits.c[key.name] for key in keys],
            descending=self._asked.descending,
            sort=self._asked.sort,
        )
        number = [select(func.count()).select_from(fits).scalar_subquery()] if counting else []
        return select(fits.c.id, *number).order_by(*order)

    def _along(
        self, fitting: Sequence[ColumnElement[bool]], offset: int, limit: int
    ) -> Sequence[str]:
        """Some ids that fit, which are many, along the index of their order."""
        sort, descending = self._asked.sort, self._asked.descending
        if sort is DeviceSort.since and not self._is_live:
            return self._by_time(fitting, offset, limit)
        if sort in DATED:
            return self._by_date(fitting, offset, limit)
        order = directed(order_of(sort, self._rank), descending=descending, sort=sort)
        return self._ids(self._query(fitting, sorting=True).order_by(*order), offset, limit)

    def _by_time(
        self, fitting: Sequence[ColumnElement[bool]], offset: int, limit: int
    ) -> Sequence[str]:
        """In the order in which devices changed; those that were never polled follow."""
        descending = self._asked.descending
        # Not a join: SQLite would begin with the devices.
        there = select(Device.id).where(col(Device.id) == DeviceState.device_id, *fitting)
        polled: Any = select(DeviceState.device_id).where(there.exists())
        order = directed(
            (col(DeviceState.since), col(DeviceState.device_id)), descending=descending
        )
        ids = self._ids(polled.order_by(*order), offset, limit)
        if len(ids) < limit:
            state = select(DeviceState.device_id).where(col(DeviceState.device_id) == Device.id)
            never = select(Device.id).where(*fitting, ~state.exists())
            skipped = max(0, offset - self._count(polled))
            order = directed([col(Device.id)], descending=descending)
            ids += self._ids(never.order_by(*order), skipped, limit - len(ids))
        return ids

    def _by_date(
        self, fitting: Sequence[ColumnElement[bool]], offset: int, limit: int
    ) -> Sequence[str]:
        """In the order of a date; devices without one follow by name."""
        date = DATED[self._asked.sort]
        name = (col(Device.name), col(Device.id))
        descending = self._asked.descending
        dated = self._query([*fitting, date.is_not(None)])
        order = directed((date, *name), descending=descending)
        ids = self._ids(dated.order_by(*order), offset, limit)
        if len(ids) < limit:
            others = self._query([*fitting, date.is_(None)])
            skipped = max(0, offset - self._count(dated))
            order = directed(name, descending=descending)
            ids += self._ids(others.order_by(*order), skipped, limit - len(ids))
        return ids


def _rank(now: datetime, cadence: timedelta) -> Any:
    """SQL for the number of a device's status as it is now."""
    ranks = {status.value: rank for status, rank in RANKS.items()}
    return case(ranks, value=status_expression(now, cadence))
