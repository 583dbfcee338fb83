"""What repositories of plain rows of a school share."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col, select

from inventory.errors import StillNeeded
from inventory.repositories.scoped import Repository

Row = TypeVar("Row", bound=SQLModel)


class OfSchool(Repository, Generic[Row]):
    """Rows of one table that has ``id`` and ``school_code``, within the caller's scope."""

    #: The table's class, and the columns by which rows of one school are listed.
    _model: ClassVar[type[Any]]
    _order: ClassVar[tuple[str, ...]] = ("id",)

    def get(self, row_id: str) -> Row | None:
        found: Row | None = self._session.exec(
            select(self._model).where(self._model.id == row_id, self._visible())
        ).one_or_none()
        return found

    def at_school(self, code: str) -> Sequence[Row]:
        """Rows of a school, in the order of the list."""
        order = [col(getattr(self._model, name)) for name in (*self._order, "id")]
        found: Sequence[Row] = self._session.exec(
            select(self._model)
            .where(self._visible(), self._model.school_code == code)
            .order_by(*order)
        ).all()
        return found

    def keep(self, row: Row) -> Row:
        """Keep a row, new or changed.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        with self._session.no_autoflush:
            self._admit(self._school_of(row))
        return self._save(row)

    def remove(self, row: Row) -> None:
        """Forget a row that nothing points to.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
            StillNeeded: another row points to it.
        """
        self._admit(self._school_of(row))
        try:
            with self._session.begin_nested():
                self._session.delete(row)
        except IntegrityError as error:
            raise StillNeeded(key=getattr(row, "name", "")) from error

    def _school_of(self, row: Any) -> str:
        code: str = row.school_code
        return code

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(self._model.school_code)
