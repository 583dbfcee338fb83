"""Questions about contradictions, within the schools a caller may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from inventory.models import Contradiction, Device, ItemState, ReconciliationItem, School
from inventory.repositories.scoped import Page, Repository, window


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A contradiction, its school, and its device where the caller may see that."""

    item: ReconciliationItem
    school: School
    device: Device | None


class ReconciliationRepository(Repository):
    """Contradictions in schools within the caller's scope."""

    def get(self, item_id: str) -> ReconciliationItem | None:
        return self._session.exec(
            select(ReconciliationItem).where(ReconciliationItem.id == item_id, self._visible())
        ).one_or_none()

    def row(self, item_id: str) -> ItemRow | None:
        """One of them with its school and device."""
        found = self._session.exec(self._rows().where(ReconciliationItem.id == item_id)).first()
        return None if found is None else ItemRow(*found)

    def page(
        self,
        *,
        state: ItemState | None = ItemState.open,
        kind: Contradiction | None = None,
        school: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[ItemRow]:
        """One page, the newest first."""
        wanted = list(self._wanted(state, kind, school))
        order = (col(ReconciliationItem.seen_at).desc(), col(ReconciliationItem.id))
        rows = self._session.exec(
            window(self._rows().where(*wanted).order_by(*order), offset, limit)
        ).all()
        total = self._count(select(ReconciliationItem.id).where(self._visible(), *wanted))
        return Page([ItemRow(*row) for row in rows], total)

    def count_open(self) -> Mapping[Contradiction, int]:
        """How many of each kind wait for somebody; every kind is there."""
        rows = self._session.exec(
            select(ReconciliationItem.kind, func.count())
            .where(self._visible(), ReconciliationItem.state == ItemState.open)
            .group_by(col(ReconciliationItem.kind))
        ).all()
        counted = {Contradiction(kind): number for kind, number in rows}
        return {kind: counted.get(kind, 0) for kind in Contradiction}

    def _rows(self) -> Any:
        return (
            select(ReconciliationItem, School, Device)
            .join(School, col(School.code) == ReconciliationItem.school_code)
            .outerjoin(
                Device,
                (col(Device.id) == ReconciliationItem.device_id)
                & self._at_visible_school(Device.school_code),
            )
            .where(self._visible())
        )

    def _wanted(
        self, state: ItemState | None, kind: Contradiction | None, school: str | None
    ) -> list[Any]:
        wanted: list[Any] = []
        if state is not None:
            wanted.append(col(ReconciliationItem.state) == state)
        if kind is not None:
            wanted.append(col(ReconciliationItem.kind) == kind)
        if school is not None:
            wanted.append(col(ReconciliationItem.school_code) == school)
        return wanted

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(ReconciliationItem.school_code)
