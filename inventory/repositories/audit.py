"""Questions about who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col, select

from inventory.models import AuditChange, ChangeAction, ChangeOrigin, Organisation
from inventory.repositories.scoped import Page, Repository, window


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are wanted; what is ``None`` is not asked for.

    Args:
        table, key: of the row that was changed.
        part_of: first part of the row's key, where that has several.
        device: changes of a device and of what belongs to it.
        actor: log-in name.
        field: one that changed.
        since, until: ``since`` itself is in, ``until`` is not.
    """

    table: str | None = None
    key: str | None = None
    part_of: str | None = None
    device: str | None = None
    school: str | None = None
    actor: str | None = None
    field: str | None = None
    action: ChangeAction | None = None
    origin: ChangeOrigin | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditRepository(Repository):
    """Changes at schools and bureaus within the scope.

    What belongs to nobody in particular, users and the catalogue, is told to whoever sees all.
    """

    def page(
        self, wanted: ChangeFilter, *, offset: int = 0, limit: int = 50, most: int | None = None
    ) -> Page[AuditChange]:
        """Changes, the youngest first; with ``most`` no more are counted: a trail only grows."""
        where = [self._visible(), *_conditions(wanted)]
        query = (
            select(AuditChange)
            .where(*where)
            .order_by(col(AuditChange.at).desc(), col(AuditChange.id).desc())
        )
        rows = self._session.exec(window(query, offset, limit)).all()
        every: Any = select(AuditChange.id).where(*where)
        if most is None:
            return Page(rows, self._count(every))
        count = self._count(every.limit(most + 1))
        return Page(rows, min(count, most), more=count > most)

    def tables(self) -> Sequence[str]:
        """Names of tables that have changes, sorted."""
        query = select(AuditChange.table_name).where(self._visible()).distinct()
        return sorted(self._session.exec(query))

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        bureaus = select(Organisation.code).where(self._scope.condition(col(Organisation.path)))
        return or_(
            self._at_visible_school(AuditChange.school_code),
            and_(
                col(AuditChange.school_code).is_(None),
                col(AuditChange.organisation_code).in_(bureaus),
            ),
        )


def _conditions(wanted: ChangeFilter) -> Sequence[Any]:
    found: list[Any] = []
    for column, value in (
        (AuditChange.table_name, wanted.table),
        (AuditChange.key, wanted.key),
        (AuditChange.device_id, wanted.device),
        (AuditChange.school_code, wanted.school),
        (AuditChange.actor, wanted.actor),
        (AuditChange.action, wanted.action),
        (AuditChange.origin, wanted.origin),
    ):
        if value is not None:
            found.append(col(column) == value)
    if wanted.part_of is not None:
        found.append(col(AuditChange.key).startswith(f"{wanted.part_of}/", autoescape=True))
    if wanted.field is not None:
        # Inside a text of JSON the quotes would be escaped.
        found.append(col(AuditChange.fields).contains(f'"{wanted.field}":', autoescape=True))
    if wanted.since is not None:
        found.append(col(AuditChange.at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(AuditChange.at) < wanted.until)
    return found
