"""Questions about batches that were set aside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, true
from sqlmodel import col, select

from inventory.models import Agent, AgentSchool, QuarantinedBatch, QuarantinedBody
from inventory.repositories.scoped import Page, Repository, window


class QuarantineRepository(Repository):
    """Batches set aside that came from agents serving a school within the caller's scope."""

    def get(self, batch_id: str) -> QuarantinedBatch | None:
        return self._session.exec(
            select(QuarantinedBatch).where(QuarantinedBatch.id == batch_id, self._visible())
        ).one_or_none()

    def body(self, batch_id: str) -> bytes | None:
        """The bytes of one, as they travelled."""
        return self._session.exec(
            select(QuarantinedBody.content)
            .join(QuarantinedBatch, col(QuarantinedBatch.id) == col(QuarantinedBody.batch_id))
            .where(QuarantinedBody.batch_id == batch_id, self._visible())
        ).one_or_none()

    def page(
        self,
        *,
        discarded: bool = False,
        agent: str | None = None,
        reason: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[tuple[QuarantinedBatch, Agent]]:
        """Those that wait for somebody, or those thrown away, the youngest first."""
        where: list[Any] = [self._visible(), self._is_discarded(discarded)]
        if agent is not None:
            where.append(QuarantinedBatch.agent_id == agent)
        if reason is not None:
            where.append(QuarantinedBatch.reason == reason)
        query = (
            select(QuarantinedBatch, Agent)
            .join(Agent, col(Agent.id) == col(QuarantinedBatch.agent_id))
            .where(*where)
            .order_by(col(QuarantinedBatch.kept_at).desc(), col(QuarantinedBatch.id).desc())
        )
        count = select(func.count()).select_from(QuarantinedBatch).where(*where)
        total = self._session.exec(count).one()
        rows = self._session.exec(window(query, offset, limit)).all()
        return Page([(row[0], row[1]) for row in rows], total)

    def count_waiting(self) -> int:
        """How many wait for somebody."""
        query = select(func.count()).select_from(QuarantinedBatch)
        return self._session.exec(query.where(self._visible(), self._is_discarded(False))).one()

    def reasons(self) -> Sequence[str]:
        """Reasons there are, sorted."""
        query = select(QuarantinedBatch.reason).where(self._visible()).distinct()
        return sorted(self._session.exec(query))

    def forget(self, ids: Collection[str]) -> None:
        """Forget batches for good."""
        seen = select(QuarantinedBatch.id).where(col(QuarantinedBatch.id).in_(ids), self._visible())
        found = list(self._session.exec(seen))
        for model, column in (
            (QuarantinedBody, col(QuarantinedBody.batch_id)),
            (QuarantinedBatch, col(QuarantinedBatch.id)),
        ):
            self._session.execute(
                delete(model).where(column.in_(found)).execution_options(synchronize_session=False)
            )

    def discarded_before(self, at: datetime) -> Collection[str]:
        """Ids of those thrown away before then."""
        query = select(QuarantinedBatch.id).where(
            self._visible(), col(QuarantinedBatch.discarded_at) < at
        )
        return self._session.exec(query).all()

    @staticmethod
    def _is_discarded(discarded: bool) -> ColumnElement[bool]:
        at = col(QuarantinedBatch.discarded_at)
        return at.is_not(None) if discarded else at.is_(None)

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        return exists().where(
            col(AgentSchool.agent_id) == col(QuarantinedBatch.agent_id),
            self._at_visible_school(AgentSchool.school_code),
        )
