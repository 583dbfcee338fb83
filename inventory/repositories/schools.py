"""Questions about schools."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, true
from sqlmodel import col, select

from inventory.errors import OutOfScope
from inventory.models import Device, Lifecycle, School, SchoolForm, Setting, Stage
from inventory.repositories.scoped import Page, Repository, window, within


class SchoolFacts(NamedTuple):
    """What lists of thousands of schools tell of each."""

    code: str
    name: str
    name_en: str
    organisation_code: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool


class SchoolNumbers(NamedTuple):
    """What decides which targets hold for a school, and what they are multiplied with."""

    code: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool
    students: int
    teachers: int
    classes: int


class SchoolNames(NamedTuple):
    """What a choice of schools tells of each."""

    code: str
    name: str
    name_en: str


class OpenSchool(NamedTuple):
    """What equipment standards ask of a school."""

    code: str
    path: str
    name: str
    name_en: str
    stage: Stage
    setting: Setting
    lead_school_code: str | None
    students: int
    teachers: int
    classes: int


class LeftBehind(NamedTuple):
    """A school that has closed, and the devices that still stand in its ledger, by state."""

    school: School
    devices: Mapping[Lifecycle, int]


_COLUMNS: Any = (School.code, School.name, School.name_en)
_NAMES: Any = select(*_COLUMNS).order_by(col(School.path))


def stands(on: date | None, closed: bool = False) -> ColumnElement[bool]:
    """SQL for "the school is open on that day", or with ``closed`` "it has closed before it".

    Without a day any school will do. The day a school closes on is its last one.
    """
    if on is None:
        return true()
    if closed:
        return col(School.closed_on) < on
    return col(School.closed_on).is_(None) | (col(School.closed_on) >= on)


class SchoolRepository(Repository):
    """Schools within the caller's scope."""

    def get(self, code: str) -> School | None:
        return self._session.exec(
            select(School).where(School.code == code, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[School]:
        """Every visible school, in the order of the paths."""
        return self._session.exec(
            select(School).where(self._visible()).order_by(col(School.path))
        ).all()

    def facts(self, on: date | None = None, *, closed: bool = False) -> list[SchoolFacts]:
        """The same schools in the same order: no object of the model for each.

        With a day those that are open on it, or with ``closed`` those that have closed before.
        """
        columns = (getattr(School, name) for name in SchoolFacts._fields)
        query = (
            select(*columns).where(self._visible(), stands(on, closed)).order_by(col(School.path))
        )
        return [SchoolFacts(*row) for row in self._session.execute(query)]

    def open_on(self, day: date) -> list[OpenSchool]:
        """Schools that have not closed before that day, in the order of the paths."""
        columns = (getattr(School, name) for name in OpenSchool._fields)
        query = select(*columns).where(self._visible(), stands(day)).order_by(col(School.path))
        return [OpenSchool(*row) for row in self._session.execute(query)]

    def count(self, on: date | None = None) -> int:
        """How many there are; with a day, that are open on it."""
        return self._count(select(School.code).where(self._visible(), stands(on)))

    def offered(self, most: int, chosen: str = "") -> Sequence[SchoolNames]:
        """Schools to choose from, in the order of the paths: no object of the model for each.

        All of them if there are at most so many; else the one with the code that is chosen, if any.
        """
        some = select(School.code).where(self._visible()).limit(most + 1)
        query = _NAMES.where(self._visible())
        if self._count(some) > most:
            if not chosen:
                return ()
            query = query.where(School.code == chosen)
        return [SchoolNames._make(row) for row in self._session.execute(query)]

    def named(self, codes: Sequence[str]) -> Sequence[School]:
        """The visible ones of these codes."""
        return self._session.exec(
            select(School)
            .where(self._visible(), col(School.code).in_(codes))
            .order_by(col(School.path))
        ).all()

    def count_devices_left(self, code: str) -> int:
        """How many devices stand in the ledger of a school, disposed ones left out."""
        return self._count(
            select(Device.id).where(
                Device.school_code == code,
                self._at_visible_school(Device.school_code),
                Device.lifecycle != Lifecycle.disposed,
            )
        )

    def left_behind(self, on: date, under: str = "/") -> Sequence[LeftBehind]:
        """Schools that had closed by a day and whose ledgers are not empty, the last ones first.

        Devices that were disposed of are no longer in them.
        """
        counted: Any = self._session.exec(
            select(School.code, Device.lifecycle, func.count())
            .join(Device, col(Device.school_code) == School.code)
            .where(
                self._visible(),
                within(col(School.path), under),
                stands(on, closed=True),
                Device.lifecycle != Lifecycle.disposed,
            )
            .group_by(col(School.code), col(Device.lifecycle))
            .order_by(col(Device.lifecycle))
        )
        found: dict[str, dict[Lifecycle, int]] = {}
        for code, state, count in counted:
            found.setdefault(code, {})[state] = count
        schools = [LeftBehind(one, found[one.code]) for one in self.named(sorted(found))]
        return sorted(schools, key=lambda one: one.school.closed_on or on, reverse=True)

    def under(self, path: str, on: date | None = None) -> Sequence[School]:
        """Schools whose path begins with ``path``: those of a city, a county, a township.

        With a day those that are open on it.
        """
        return self._session.exec(
            select(School)
            .where(self._visible(), within(col(School.path), path), stands(on))
            .order_by(col(School.path))
        ).all()

    def numbers(self, path: str, on: date) -> list[SchoolNumbers]:
        """Those of them that are open on a day: no object of the model for each."""
        columns = (getattr(School, name) for name in SchoolNumbers._fields)
        query = (
            select(*columns)
            .where(self._visible(), within(col(School.path), path), stands(on))
            .order_by(col(School.path))
        )
        return [SchoolNumbers(*row) for row in self._session.execute(query)]

    def led_by(self, code: str) -> Sequence[School]:
        """Village schools and teaching points that this central school leads (一校多点)."""
        return self._session.exec(
            select(School)
            .where(self._visible(), School.lead_school_code == code)
            .order_by(col(School.code))
        ).all()

    def page(
        self,
        *,
        search: str = "",
        under: str = "/",
        on: date | None = None,
        closed: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[School]:
        """Schools whose code or either name contains ``search``, in the order of the paths.

        With a day those that are open on it, or with ``closed`` those that have closed before.
        """
        query = select(School).where(
            self._visible(), within(col(School.path), under), stands(on, closed)
        )
        if search.strip():
            text = search.strip()
            query = query.where(
                or_(
                    *(
                        col(column).icontains(text, autoescape=True)
                        for column in (School.code, School.name, School.name_en)
                    )
                )
            )
        rows = self._session.exec(window(query.order_by(col(School.path)), offset, limit))
        return Page(rows.all(), self._count(query))

    def add(self, school: School) -> School:
        """Keep a school whose ``path`` is set (``inventory.organisations`` derives it).

        Raises:
            OutOfScope: the path lies outside the scope.
        """
        if not self._scope.covers(school.path):
            raise OutOfScope(key=school.code)
        return self._save(school)

    def _visible(self) -> ColumnElement[bool]:
        return self._scope.condition(col(School.path))
