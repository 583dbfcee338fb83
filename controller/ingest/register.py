"""Many batches into the register in one transaction, each judged on its own.

What an agent may not write is left out; what the database cannot hold costs its own batch only.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session

from controller.errors import FleetError, RejectedBatch, Unavailable
from controller.ingest.checks import part_foreign
from controller.telemetry import Telemetry
from drivers.readings import Batch, Poll
from inventory.database import SessionFactory, unit_of_work
from inventory.intake.hearing import Heard, heard_from_all
from inventory.intake.ingest import StateBook
from inventory.intake.parts import record_parts
from inventory.intake.reports import Source, record_reports
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope

logger = logging.getLogger(__name__)
RETRY_SECONDS = 5
#: A batch that fails so often, for no reason that lies in the database, is set aside.
TRIES = 3
_MOST_FAILURES = 10_000
#: The database, or a connection to it, is not to be had: it is the same for every batch.
_AWAY = (OperationalError, InterfaceError, NoConnection)


@dataclass(frozen=True, slots=True)
class Brought:
    """A batch to be written.

    Args:
        by_agent: its agent brings it now; else somebody takes it out of the quarantine.
    """

    batch: Batch
    by_agent: bool = True


@dataclass(frozen=True, slots=True)
class Registered:
    """A batch the register has taken.

    Args:
        polls: those the agent may write.
        refusals: why others are left out, one a poll.
    """

    polls: tuple[Poll, ...]
    refusals: tuple[RejectedBatch, ...] = ()


class Register:
    """Brings the register up to date with what agents may write.

    Args:
        cadence: of reachability; polls further apart than some of it do not follow each other.
    """

    def __init__(self, sessions: SessionFactory, telemetry: Telemetry, cadence: timedelta) -> None:
        self._sessions = sessions
        self._telemetry = telemetry
        self._cadence = cadence
        self._failures: dict[tuple[str, str, int], int] = {}

    def write(self, group: Sequence[Brought]) -> list[Registered | FleetError]:
        """Write batches, together if that is possible, else each alone.

        Returns what came of each, in their order: what was taken, ``RejectedBatch`` if nothing of
        it may be written or ever can be, ``Unavailable`` if the database does not take it now.
        """
        try:
            written = self._write(group, datetime.now(UTC))
        except _AWAY:
            logger.exception("the database does not take %d batches", len(group))
            return [Unavailable(after=RETRY_SECONDS) for _ in group]
        except Exception as error:  # noqa: BLE001 - said of the batch whose fault it is
            if len(group) == 1:
                return [self._refused(group[0].batch, error)]
            logger.warning("of %d batches one cannot be written: each alone then", len(group))
            return [one for brought in group for one in self.write([brought])]
        for brought in group:
            self._failures.pop(_name(brought.batch), None)
        return written

    def _refused(self, batch: Batch, error: Exception) -> FleetError:
        """What to say of a batch that cannot be written though the database is there."""
        logger.error("a batch of agent %s cannot be written", batch.agent, exc_info=error)
        if isinstance(error, DataError):
            return RejectedBatch("batch_unstorable", type(error.orig).__name__)
        # Perhaps it is the batch, perhaps the moment. One that fails and fails while the database
        # takes others is set aside, or its agent would never get beyond it.
        if len(self._failures) >= _MOST_FAILURES:
            self._failures.clear()
        failures = self._failures[_name(batch)] = self._failures.get(_name(batch), 0) + 1
        if failures >= TRIES:
            del self._failures[_name(batch)]
            return RejectedBatch("batch_unprocessable", type(error).__name__)
        return Unavailable(after=RETRY_SECONDS)

    def _write(self, group: Sequence[Brought], now: datetime) -> list[Registered | FleetError]:
        written: list[Registered | FleetError] = []
        taken: list[tuple[Brought, Registered]] = []
        batches = [brought.batch for brought in group]
        with unit_of_work(self._sessions) as session:
            agents = AgentRepository(session, Scope.everything())
            schools = agents.authorised_by_agent({batch.agent for batch in batches})
            polls = [poll for batch in batches for poll in batch.polls]
            book = StateBook(session, polls, frozenset().union(*schools.values()))
            for brought in group:
                batch = brought.batch
                try:
                    ours, refusals = part_foreign(batch.polls, schools[batch.agent], book.owners)
                except RejectedBatch as error:
                    written.append(error)
                    continue
                book.apply(ours, now, agent_id=batch.agent, cadence=self._cadence)
                registered = Registered(ours, refusals)
                taken.append((brought, registered))
                written.append(registered)
            book.write(now)
            record_parts(session, [poll for _, registered in taken for poll in registered.polls])
            left_out = {
                one.batch.agent: self._report(session, one.batch, schools[one.batch.agent], now)
                for one, _ in taken
                if one.batch.reports
            }
            heard = [
                Heard(one.batch.agent, one.batch.created_at, one.batch.status)
                for one, _ in taken
                if one.by_agent
            ]
            heard_from_all(session, heard, now)
        self._count_reports(sum(len(one.batch.reports) for one, _ in taken), left_out)
        return written

    def _report(
        self, session: Session, batch: Batch, authorised: Collection[str], now: datetime
    ) -> int:
        """Store what came beside the readings; returns how many reports are left out."""
        source = Source(batch.agent, batch.epoch, batch.sequence, frozenset(authorised), now)
        return record_reports(session, source, batch.reports)

    def _count_reports(self, brought: int, left_out: Mapping[str, int]) -> None:
        lost = sum(left_out.values())
        self._telemetry.reports.inc(brought - lost)
        self._telemetry.reports_left_out.inc(lost)
        for agent, count in left_out.items():
            if count:
                logger.warning("%d reports of agent %s left out", count, agent)


def _name(batch: Batch) -> tuple[str, str, int]:
    return batch.agent, batch.epoch, batch.sequence
