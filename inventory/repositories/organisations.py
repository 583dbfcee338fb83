"""Questions about bureaus: city, county, township."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from inventory.errors import OutOfScope
from inventory.models import Level, Organisation
from inventory.repositories.scoped import Repository, within


class BureauNames(NamedTuple):
    """What a choice of bureaus tells of each."""

    code: str
    name: str
    name_en: str


_COLUMNS: Any = (Organisation.code, Organisation.name, Organisation.name_en)
_NAMES: Any = select(*_COLUMNS).order_by(col(Organisation.path))


class OrganisationRepository(Repository):
    """Bureaus at or below the caller's scope."""

    def get(self, code: str) -> Organisation | None:
        return self._session.exec(
            select(Organisation).where(Organisation.code == code, self._visible())
        ).one_or_none()

    def all(self) -> Sequence[Organisation]:
        """Every visible bureau, the one above before those below it."""
        return self._session.exec(
            select(Organisation).where(self._visible()).order_by(col(Organisation.path))
        ).all()

    def of_level(self, level: Level) -> Sequence[BureauNames]:
        """Every visible bureau of one level, in the order of the paths: no object for each."""
        query = _NAMES.where(col(Organisation.level) == level, self._visible())
        return [BureauNames._make(row) for row in self._session.execute(query)]

    def under(self, path: str) -> Sequence[Organisation]:
        """Bureaus whose path begins with ``path``, that one included."""
        return self._session.exec(
            select(Organisation)
            .where(self._visible(), within(col(Organisation.path), path))
            .order_by(col(Organisation.path))
        ).all()

    def children(self, code: str) -> Sequence[Organisation]:
        """Bureaus directly below this one."""
        return self._session.exec(
            select(Organisation)
            .where(self._visible(), Organisation.parent_code == code)
            .order_by(col(Organisation.code))
        ).all()

    def add(self, organisation: Organisation) -> Organisation:
        """Keep a bureau whose ``path`` is set (``inventory.organisations`` derives it).

        Raises:
            OutOfScope: the path lies outside the scope.
        """
        if not self._scope.covers(organisation.path):
            raise OutOfScope(key=organisation.code)
        return self._save(organisation)

    def _visible(self) -> ColumnElement[bool]:
        return self._scope.condition(col(Organisation.path))
