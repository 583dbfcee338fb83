"""Questions about Internet lines (线路台账)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from inventory.errors import StillNeeded
from inventory.models import Line, Medium, School
from inventory.repositories.scoped import Page, Repository, window, within


class Contract(NamedTuple):
    """What a line is contracted for, and where it arrives: for looks at thousands of lines."""

    id: str
    school_code: str
    down_mbps: Decimal
    up_mbps: Decimal
    device_id: str | None
    port_name: str | None


class Terms(NamedTuple):
    """What a contract says, and where it arrives; ``runs``: on the last of the days asked for."""

    id: str
    school_code: str
    provider: str
    circuit: str
    medium: Medium
    down_mbps: Decimal
    up_mbps: Decimal
    device_id: str | None
    port_name: str | None
    runs: bool


class LineRepository(Repository):
    """Lines of the schools within the caller's scope."""

    def get(self, line_id: str) -> Line | None:
        return self._session.exec(
            select(Line).where(Line.id == line_id, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[Line]:
        return self._session.exec(
            select(Line).where(self._visible()).order_by(col(Line.school_code), col(Line.id))
        ).all()

    def named(self, line_ids: Sequence[str]) -> Sequence[Line]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Line).where(self._visible(), col(Line.id).in_(line_ids)).order_by(col(Line.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Line]:
        return self._session.exec(
            select(Line).where(self._visible(), Line.school_code == code).order_by(col(Line.id))
        ).all()

    def in_force(self, on: date, *, school_codes: Sequence[str] | None = None) -> Sequence[Line]:
        """Lines whose contract runs on that day; a missing date is open."""
        query = select(Line).where(self._visible(), runs_on(on))
        if school_codes is not None:
            query = query.where(col(Line.school_code).in_(school_codes))
        return self._session.exec(query.order_by(col(Line.school_code), col(Line.id))).all()

    def terms(self, first: date, last: date) -> list[Terms]:
        """Lines whose contract runs on either day, by school and id: no object of the model."""
        ends = runs_on(last)
        told = (getattr(Line, name) for name in Terms._fields[:-1])
        query = (
            columns(*told, ends.label("runs"))
            .where(self._visible(), ends | runs_on(first))
            .order_by(col(Line.school_code), col(Line.id))
        )
        return [Terms(*row) for row in self._session.execute(query)]

    def of_several_providers(self, on: date, under: str = "/") -> dict[str, list[str]]:
        """Providers of schools below a path that have lines of more than one, by school."""
        running = (
            columns(col(Line.school_code), col(Line.provider))
            .join(School, col(School.code) == col(Line.school_code))
            .where(self._visible(), runs_on(on), within(col(School.path), under))
            .distinct()
            .subquery()
        )
        several = (
            columns(running.c.school_code).group_by(running.c.school_code).having(func.count() > 1)
        )
        rows = self._session.execute(
            columns(running.c.school_code, running.c.provider)
            .where(running.c.school_code.in_(several))
            .order_by(running.c.school_code, running.c.provider)
        )
        found: dict[str, list[str]] = {}
        for code, provider in rows:
            found.setdefault(code, []).append(provider)
        return found

    def contracts(self, on: date, *, school_codes: Sequence[str] | None = None) -> list[Contract]:
        """The same lines in the same order, as contracts: no object of the model for each."""
        query = select(*(getattr(Line, name) for name in Contract._fields)).where(
            self._visible(), runs_on(on)
        )
        if school_codes is not None:
            query = query.where(col(Line.school_code).in_(school_codes))
        rows = self._session.execute(query.order_by(col(Line.school_code), col(Line.id)))
        return [Contract(*row) for row in rows]

    def page(
        self, *, search: str = "", school: str | None = None, offset: int = 0, limit: int = 50
    ) -> Page[Line]:
        """Lines whose provider, circuit or school code contains ``search``."""
        query = select(Line).where(self._visible())
        if school is not None:
            query = query.where(Line.school_code == school)
        if search.strip():
            query = query.where(
                or_(
                    *(
                        col(column).icontains(search.strip(), autoescape=True)
                        for column in (Line.provider, Line.circuit, Line.school_code)
                    )
                )
            )
        ordered = query.order_by(col(Line.school_code), col(Line.id))
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def add(self, line: Line) -> Line:
        """Keep a line (``inventory.lines`` checks its values first).

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(line.school_code)
        return self._save(line)

    def ending(
        self, on: date, first: date, last: date, *, offset: int = 0, limit: int = 50
    ) -> Page[Line]:
        """Lines whose contract ends in ``first`` to ``last``, in the order of their ends.

        One that ended before ``on`` is left out where another line of the school runs on that day.
        """
        other = aliased(Line)
        is_served = (
            select(other.id)
            .where(col(other.school_code) == col(Line.school_code), runs_on(on, other))
            .exists()
        )
        query = select(Line).where(
            self._visible(),
            col(Line.ends_on) >= first,
            col(Line.ends_on) <= last,
            (col(Line.ends_on) >= on) | ~is_served,
        )
        ordered = query.order_by(col(Line.ends_on), col(Line.school_code), col(Line.id))
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def remove(self, line: Line) -> None:
        """Forget a line that was a mistake; one that ends gets a last day instead.

        Raises:
            OutOfScope: the school is outside the scope.
            StillNeeded: alerts or tickets speak of it.
        """
        self._admit(line.school_code)
        try:
            with self._session.begin_nested():
                self._session.delete(line)
        except IntegrityError as error:
            raise StillNeeded(key=line.provider) from error

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Line.school_code)


def runs_on(on: date, line: type[Line] = Line) -> ColumnElement[bool]:
    """SQL for "the line's contract runs on that day"; ``line``: the table, or an alias of it."""
    return (col(line.starts_on).is_(None) | (col(line.starts_on) <= on)) & (
        col(line.ends_on).is_(None) | (col(line.ends_on) >= on)
    )
