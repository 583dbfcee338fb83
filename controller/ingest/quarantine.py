"""Batches that will never fit are set aside, so that somebody can see why, and try them again."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from controller.errors import AlreadyStored, RejectedBatch, TooManyReadings
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.errors import NotFound
from inventory.intake.quarantine import SetAside, set_aside, still_refused
from inventory.repositories.quarantine import QuarantineRepository
from inventory.scope import Scope

if TYPE_CHECKING:
    from controller.ingest.intake import Intake

logger = logging.getLogger(__name__)


class Retried(StrEnum):
    """What came of a batch that was tried again."""

    stored = "stored"
    already_stored = "already_stored"
    refused = "refused"


class Quarantine:
    """Keeps refused batches in the database, each with its reason; the oldest go first.

    Args:
        most: batches kept.
        most_bytes: their size together.
        clock: the time.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        *,
        most: int,
        most_bytes: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = sessions
        self._most = most
        self._most_bytes = most_bytes
        self._clock = clock

    def keep(self, one: SetAside) -> None:
        """Set a batch aside. A database that does not take it costs the copy, not the answer."""
        try:
            with unit_of_work(self._sessions) as session:
                set_aside(session, one, self._clock(), most=self._most, most_bytes=self._most_bytes)
        except SQLAlchemyError:
            logger.exception("a refused batch of agent %s could not be set aside", one.agent_id)

    async def retry(self, intake: "Intake", scope: Scope, batch_id: str) -> Retried:
        """Take a batch in as if its agent brought it again; what fits now is forgotten here.

        Raises:
            NotFound: no such batch within the scope.
            TooManyRequests, Unavailable: it can be tried again later.
        """
        agent_id, body = await intake.run(self._find, scope, batch_id)
        try:
            with intake.admit(len(body)) as place:
                place.given_to(agent_id)
                await intake.take_again(agent_id, body, place.weigh)
        except (RejectedBatch, TooManyReadings) as error:
            await intake.run(self._note, batch_id, error.code, str(error))
            return Retried.refused
        except AlreadyStored:
            await intake.run(self._forget, batch_id)
            return Retried.already_stored
        await intake.run(self._forget, batch_id)
        return Retried.stored

    def _find(self, scope: Scope, batch_id: str) -> tuple[str, bytes]:
        with read_only(self._sessions) as session:
            found = QuarantineRepository(session, scope)
            batch, body = found.get(batch_id), found.body(batch_id)
        if batch is None or body is None:
            raise NotFound(what="batch", key=batch_id)
        return batch.agent_id, body

    def _note(self, batch_id: str, reason: str, detail: str) -> None:
        with unit_of_work(self._sessions) as session:
            still_refused(session, batch_id, reason, detail, self._clock())

    def _forget(self, batch_id: str) -> None:
        with unit_of_work(self._sessions) as session:
            QuarantineRepository(session, Scope.everything()).forget([batch_id])
