"""Questions about the ledger."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from inventory.models.organisation import Organisation
from inventory.models.procurement_ledger import ProcurementEntry, ProcurementTouch, Subject
from inventory.repositories.scoped import Repository


class EntryRepository(Repository):
    """Steps taken at schools and bureaus within the caller's scope."""

    def get(self, entry_id: int) -> ProcurementEntry | None:
        return self._session.exec(
            select(ProcurementEntry).where(ProcurementEntry.id == entry_id, self._visible())
        ).one_or_none()

    def of(self, subject: Subject, subject_id: str) -> Sequence[ProcurementEntry]:
        """Every step about a document, the first one first.

        Whoever sees the document sees all of its steps, whoever took them.
        """
        return self._session.exec(
            select(ProcurementEntry)
            .where(ProcurementEntry.subject == subject, ProcurementEntry.subject_id == subject_id)
            .order_by(col(ProcurementEntry.id))
        ).all()

    def is_undone(self, entry_id: int) -> bool:
        """Whether a counter-entry takes it back."""
        return (
            self._session.exec(
                select(ProcurementEntry.id).where(ProcurementEntry.undoes_id == entry_id)
            ).first()
            is not None
        )

    def standing_on(self, entry_id: int) -> Sequence[ProcurementEntry]:
        """Later steps that touch rows which this one changed and that stand; the latest first.

        Wherever they were taken: what a caller may not see still holds a step in its place.
        """
        mine, theirs = aliased(ProcurementTouch), aliased(ProcurementTouch)
        counter = aliased(ProcurementEntry)
        undone = select(counter.id).where(counter.undoes_id == ProcurementEntry.id)
        touching = (
            select(theirs.entry_id)
            .join(
                mine,
                (col(mine.row_table) == col(theirs.row_table))
                & (col(mine.row_key) == col(theirs.row_key)),
            )
            .where(
                mine.entry_id == entry_id,
                col(mine.changed).is_(True),
                col(theirs.entry_id) > entry_id,
            )
        )
        return self._session.exec(
            select(ProcurementEntry)
            .where(
                col(ProcurementEntry.id).in_(touching),
                col(ProcurementEntry.undoes_id).is_(None),
                ~undone.exists(),
            )
            .order_by(col(ProcurementEntry.id).desc())
        ).all()

    def rested_upon(self, entry_ids: Collection[int]) -> frozenset[int]:
        """Those of these steps that a later one rests on which stands, so that they stay."""
        mine, theirs = aliased(ProcurementTouch), aliased(ProcurementTouch)
        later, counter = aliased(ProcurementEntry), aliased(ProcurementEntry)
        undone = select(counter.id).where(counter.undoes_id == later.id)
        found = self._session.exec(
            select(mine.entry_id)
            .join(
                theirs,
                (col(mine.row_table) == col(theirs.row_table))
                & (col(mine.row_key) == col(theirs.row_key))
                & (col(theirs.entry_id) > col(mine.entry_id)),
            )
            .join(later, col(later.id) == col(theirs.entry_id))
            .where(
                col(mine.entry_id).in_(entry_ids),
                col(mine.changed).is_(True),
                col(later.undoes_id).is_(None),
                ~undone.exists(),
            )
            .distinct()
        )
        return frozenset(found)

    def life_steps_of(self, device_id: str) -> int:
        """How often procurement moved a device on in its life, or back by a counter-entry."""
        touching = select(ProcurementTouch.entry_id).where(
            ProcurementTouch.row_table == "device", ProcurementTouch.row_key == device_id
        )
        entries = self._session.exec(
            select(ProcurementEntry).where(col(ProcurementEntry.id).in_(touching))
        ).all()
        moved = [entry.id for entry in entries if _moves_on(entry, device_id)]
        undone = select(func.count()).select_from(ProcurementEntry)
        undone = undone.where(col(ProcurementEntry.undoes_id).in_(moved))
        return len(moved) + self._session.exec(undone).one()

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        organisations = select(Organisation.code).where(
            self._scope.condition(col(Organisation.path))
        )
        return or_(
            col(ProcurementEntry.school_code).is_not(None)
            & self._at_visible_school(ProcurementEntry.school_code),
            col(ProcurementEntry.organisation_code).in_(organisations),
        )


def _moves_on(entry: ProcurementEntry, device_id: str) -> bool:
    # What is scanned is made as ordered, and taken into the store in the same step.
    return any(
        (change["table"], change["key"]) == ("device", device_id)
        and (change["before"] is None or "lifecycle" in change["before"])
        for change in json.loads(entry.changes)
    )
