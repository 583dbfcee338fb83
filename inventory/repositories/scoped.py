"""What every repository shares: a session, a scope, pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, true
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.models import School
from inventory.scope import Scope

#: No page holds more rows than this, whatever a caller asks for.
MAX_PAGE = 500

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many there are in all.

    Args:
        items: the rows.
        total: how many there are, or how many of them can be listed.
        more: there are others beyond ``total``, which only another question brings up.
    """

    items: Sequence[Row]
    total: int
    more: bool = False


class Repository:
    """Reads only rows within ``scope``; writes flush and never commit."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    @property
    def _sees_everything(self) -> bool:
        return "/" in self._scope.prefixes

    def _at_visible_school(self, school_code: Any) -> ColumnElement[bool]:
        """SQL for "this school code is within the scope"."""
        if self._sees_everything:
            return true()
        visible = select(School.code).where(self._scope.condition(col(School.path)))
        return col(school_code).in_(visible)

    def _admit(self, school_code: str) -> None:
        """Let a row of this school be written.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        school = self._session.get(School, school_code)
        if school is None:
            raise NotFound(what="school", key=school_code)
        if not self._scope.covers(school.path):
            raise OutOfScope(key=school_code)

    def _save(self, row: Row) -> Row:
        self._session.add(row)
        self._session.flush()
        return row

    def _count(self, statement: Select[Any]) -> int:
        query = select(func.count()).select_from(statement.order_by(None).subquery())
        return self._session.exec(query).one()


def window(statement: Any, offset: int, limit: int) -> Any:
    """The statement cut to one page.

    Raises:
        Invalid: a negative offset or a limit that is not 1 to ``MAX_PAGE``.
    """
    admit_window(offset, limit)
    return statement.offset(offset).limit(limit)


def admit_window(offset: int, limit: int) -> None:
    """Let so many rows be asked for.

    Raises:
        Invalid: a negative offset or a limit that is not 1 to ``MAX_PAGE``.
    """
    if offset < 0:
        raise Invalid(field="offset", reason=str(offset))
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(field="limit", reason=f"{limit} (1-{MAX_PAGE})")


def within(path: "Mapped[str] | ColumnElement[str]", prefix: str) -> ColumnElement[bool]:
    """SQL for "``path`` is ``prefix`` or below it"; prefixes end with a slash."""
    return Scope((prefix,)).condition(path)
