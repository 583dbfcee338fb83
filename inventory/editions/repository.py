"""Questions about editions, within what whoever asks may see of them.

Who prepares or signs reports sees every edition of their places; who reads sees the frozen ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from inventory.editions.flow import ENDED
from inventory.models import (
    AppealState,
    EditionAppeal,
    EditionKind,
    EditionRun,
    EditionScan,
    EditionState,
    EditionStep,
    ReportEdition,
)
from inventory.repositories.scoped import Page, Repository, window, within
from inventory.scope import Scope

_NOWHERE = Scope(())
#: States in which whoever prepares or signs is awaited.
_AWAITED = (EditionState.computed, EditionState.review, EditionState.issued)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFilter:
    """Which editions are listed; ``under`` is a path prefix, ``on`` a day of the period."""

    under: str = ""
    kind: EditionKind | None = None
    state: EditionState | None = None
    on: date | None = None


class EditionRepository(Repository):
    """Editions of places.

    Args:
        session: to read with.
        scope: where whoever asks prepares or signs reports.
        reads: where they may read what is frozen.
    """

    def __init__(self, session: Session, scope: Scope, reads: Scope = _NOWHERE) -> None:
        super().__init__(session, scope)
        self._reads = reads

    def get(self, edition_id: str) -> ReportEdition | None:
        return self._session.exec(
            select(ReportEdition).where(ReportEdition.id == edition_id, self._visible())
        ).one_or_none()

    def to_change(self, edition_id: str) -> ReportEdition | None:
        """An edition that is prepared or signed here; others wait until this transaction ends."""
        return self._session.exec(
            select(ReportEdition)
            .where(ReportEdition.id == edition_id, self._scope.condition(col(ReportEdition.path)))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()

    def listed(self, wanted: EditionFilter, offset: int, limit: int) -> Page[ReportEdition]:
        """Editions, the newest period first.

        Raises:
            Invalid: of the window.
        """
        query = select(ReportEdition).where(self._visible(), *_conditions(wanted))
        rows = query.order_by(
            col(ReportEdition.last_day).desc(),
            col(ReportEdition.path),
            col(ReportEdition.kind),
            col(ReportEdition.number).desc(),
        ).options(defer(ReportEdition.manifest))  # type: ignore[arg-type]  # a column
        return Page(self._session.exec(window(rows, offset, limit)).all(), self._count(query))

    def of_period(self, path: str, kind: EditionKind, first: date) -> Sequence[ReportEdition]:
        """Editions of one place and period, the last one last."""
        return self._session.exec(
            select(ReportEdition)
            .where(
                self._scope.condition(col(ReportEdition.path)),
                ReportEdition.path == path,
                ReportEdition.kind == kind,
                ReportEdition.first_day == first,
            )
            .order_by(col(ReportEdition.number))
        ).all()

    def frozen_of(self, path: str, kind: EditionKind, first: date) -> ReportEdition | None:
        """The newest frozen edition of a place and period."""
        found = [
            one for one in self.of_period(path, kind, first) if one.state is EditionState.frozen
        ]
        return found[-1] if found else None

    def superseding(self, edition_id: str) -> ReportEdition | None:
        """The frozen edition that has taken the place of this one."""
        return self._session.exec(
            select(ReportEdition).where(
                ReportEdition.supersedes_id == edition_id,
                ReportEdition.state == EditionState.frozen,
            )
        ).first()

    def has_number(self, number: str, but: str) -> bool:
        """Whether another edition, wherever it is of, has this document number."""
        found = select(ReportEdition.id).where(
            ReportEdition.document_number == number, ReportEdition.id != but
        )
        return self._session.exec(found).first() is not None

    def steps(self, edition_id: str) -> Sequence[EditionStep]:
        """What was done with a visible edition, in order."""
        return self._of(EditionStep, edition_id, EditionStep.at)

    def appeals(self, edition_id: str) -> Sequence[EditionAppeal]:
        """Appeals against a visible edition, in order."""
        return self._of(EditionAppeal, edition_id, EditionAppeal.filed_at)

    def scans(self, edition_id: str) -> Sequence[EditionScan]:
        """Scans beside a visible edition, without their bytes, in order."""
        return self._of(
            EditionScan,
            edition_id,
            EditionScan.uploaded_at,
            defer(EditionScan.content),  # type: ignore[arg-type]
        )

    def run(self, edition_id: str) -> EditionRun | None:
        """The last work in the background on a visible edition."""
        query = select(EditionRun).join(
            ReportEdition, col(ReportEdition.id) == EditionRun.edition_id
        )
        return self._session.exec(
            query.where(EditionRun.edition_id == edition_id, self._visible())
        ).one_or_none()

    def count_waiting(self, today: date) -> int:
        """Editions that wait for whoever prepares or signs here."""
        late = and_(
            col(ReportEdition.state) == EditionState.draft,
            col(ReportEdition.appeals_until) < today,
        )
        query = select(func.count()).where(
            self._scope.condition(col(ReportEdition.path)),
            or_(col(ReportEdition.state).in_(_AWAITED), late),
        )
        return self._session.exec(query.select_from(ReportEdition)).one()

    def count_open_appeals(self) -> int:
        """Appeals that wait for an answer of whoever prepares here."""
        query = (
            select(func.count())
            .select_from(EditionAppeal)
            .join(ReportEdition, col(ReportEdition.id) == EditionAppeal.edition_id)
            .where(
                self._scope.condition(col(ReportEdition.path)),
                EditionAppeal.state == AppealState.open,
                col(ReportEdition.state).not_in(ENDED),
            )
        )
        return self._session.exec(query).one()

    def _of(self, model: Any, edition_id: str, order: Any, *options: Any) -> Sequence[Any]:
        visible = select(ReportEdition.id).where(self._visible())
        rows: Sequence[Any] = self._session.exec(
            select(model)
            .where(model.edition_id == edition_id, col(model.edition_id).in_(visible))
            .order_by(order, model.id)
            .options(*options)
        ).all()
        return rows

    def _visible(self) -> ColumnElement[bool]:
        path, frozen = col(ReportEdition.path), col(ReportEdition.state) == EditionState.frozen
        return or_(self._scope.condition(path), and_(self._reads.condition(path), frozen))


def _conditions(wanted: EditionFilter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.under:
        found.append(within(col(ReportEdition.path), wanted.under))
    if wanted.kind is not None:
        found.append(col(ReportEdition.kind) == wanted.kind)
    if wanted.state is not None:
        found.append(col(ReportEdition.state) == wanted.state)
    if wanted.on is not None:
        found.append(col(ReportEdition.first_day) <= wanted.on)
        found.append(col(ReportEdition.last_day) >= wanted.on)
    return found
