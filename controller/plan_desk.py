"""Plans handed out at once, or when there is something new."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

import msgspec

from controller.lookout import About, Lookout, News, Waiter
from controller.settings import Settings, plan_settings
from inventory.agent_plans.basis import (
    RENEWED,
    Basis,
    basis_of,
    common_basis,
    kept_basis,
    still_holds,
)
from inventory.agent_plans.changes import OVERLAP
from inventory.agent_plans.making import asking, make_plan
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.days import day_of
from inventory.models.base import utc_now
from inventory.repositories.agents import AgentRepository, PlanNote
from inventory.repositories.plans import Asking, PlanRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox

logger = logging.getLogger(__name__)
_EVERYTHING = Scope.everything()
#: However quiet it is: what was written past the sessions we watch is found after this long.
_TRUSTED_FOR = timedelta(minutes=10)
#: An agent that posts batches is noted with them; one that only asks, this often.
_HEARD_EVERY = timedelta(minutes=1)
#: Somebody who edits, or imports, is let finish: one plan is made of it all.
_SETTLE_SECONDS = 0.3
#: Plans made in a second after news that concerns many; a city's are made within half a minute.
_A_SECOND = 80
#: Looks at the database for plans at the same time; other questions have threads left.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Known:
    """An agent has this plan, or is being given it, and nothing was heard since of its schools.

    Args:
        trusted_until: made again then, whatever was heard.
        note: written when the agent asks with this revision for the first time.
    """

    basis: Basis
    schools: frozenset[str]
    trusted_until: datetime
    note: PlanNote | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan, or (without content) that the one of this revision still holds."""

    revision: str
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look at the database said; ``note`` is to be written."""

    answer: Answer
    known: _Known
    note: PlanNote | None


class PlanDesk:
    """Makes plans, and lets agents wait for the next one.

    Args:
        longest: seconds a request may be held.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        secret_box: SecretBox,
        settings: Settings,
        lookout: Lookout,
        *,
        longest: float,
    ) -> None:
        self._sessions = sessions
        self._secret_box = secret_box
        self._settings = plan_settings(settings)
        self._common = common_basis(self._settings, secret_box)
        self._lookout = lookout
        self._longest = longest
        self._known: dict[str, _Known] = {}
        #: Counts news: a plan made while some came may be an old one already.
        self._news = 0
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._notes: dict[str, PlanNote] = {}
        self._writing: asyncio.Task[None] | None = None
        lookout.listen(self._heard)

    async def answer(self, agent_id: str, revision: str, wait: float) -> Answer:
        """The plan, when it is another one than ``revision`` now or within ``wait`` seconds.

        Raises:
            NotFound: no such agent, or a revoked one.
            TooManyRequests: too many wait.
        """
        if wait <= 0 or self._lookout.closing:
            return await self._looked(agent_id, revision)
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(wait, self._longest)
        async with self._lookout.waiting(agent_id, About.plan) as waiter:
            while True:
                waiter.woken.clear()
                if not self._holds(agent_id, revision):
                    made = await self._looked(agent_id, revision)
                    if made.content:
                        return made
                known = self._known.get(agent_id)
                waiter.schools = known.schools if known else None
                left = ends - loop.time()
                if left <= 0 or self._lookout.closing or not await waiter.wait(left):
                    return Answer(revision)
                pause = _SETTLE_SECONDS + waiter.turn / _A_SECOND
                await self._settle(waiter, min(ends, loop.time() + pause))

    def _heard(self, news: News) -> None:
        if news.of_plans:
            self._news += 1
            for agent, known in list(self._known.items()):
                if news.concern(agent, known.schools):
                    del self._known[agent]
        if self._notes and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write_notes())

    def _holds(self, agent_id: str, revision: str) -> bool:
        """Whether we know that the agent's plan holds; what it rests on is noted once."""
        known, now = self._known.get(agent_id), utc_now()
        if known is None or known.basis.revision != revision or not _trusted(known, now):
            return False
        if known.note is not None:
            self._notes[agent_id] = known.note._replace(seen_at=now)
            self._known[agent_id] = replace(known, note=None)
        return True

    async def _settle(self, waiter: Waiter, until: float) -> None:
        """Let time pass, whatever more is heard of, unless the controller ends."""
        loop = asyncio.get_running_loop()
        while not self._lookout.closing and (left := until - loop.time()) > 0:
            waiter.woken.clear()
            await waiter.wait(left)

    async def _looked(self, agent_id: str, revision: str) -> Answer:
        async with self._room:
            known, news = self._known.get(agent_id), self._news
            # What is kept tells nothing of writes that leave no note: we may know better, or it
            # is time to see.
            afresh = known is not None and not (
                known.basis.revision == revision and _trusted(known, utc_now())
            )
            found = await self._lookout.run(self._found, agent_id, revision, afresh=afresh)
            if news == self._news:
                self._known[agent_id] = found.known
            else:
                self._known.pop(agent_id, None)
            if found.note is not None:
                self._notes[agent_id] = found.note
            return found.answer

    def _found(self, agent_id: str, revision: str, *, afresh: bool) -> _Found:
        now = utc_now()
        with read_only(self._sessions) as session:
            agent = asking(session, agent_id)
            codes = frozenset(school.code for school in agent.schools)
            kept = kept_basis(agent, revision, now)
            since = (kept.made_at if kept else now) - OVERLAP
            # Before anything a plan is made of: what is written in between then comes as news.
            notes = PlanRepository(session, _EVERYTHING).changes(agent_id, codes, since)
            if kept is not None and not still_holds(kept, self._common, notes):
                kept = None
            if kept is None or afresh:
                made = make_plan(
                    session, agent, self._secret_box, today=day_of(now), settings=self._settings
                )
                basis = basis_of(self._common, made.plan.revision, now, made.until, notes)
            else:
                made, basis = None, kept
        known = _Known(basis, codes, _next_look(agent_id, now))
        note = PlanNote(agent_id, now, revision, basis.made_at, basis.until, basis.digest)
        if made is not None and basis.revision != revision:
            known = replace(known, note=note._replace(revision=basis.revision))
            # Changed without a note: what is kept must not be believed elsewhere either.
            spoilt = note._replace(basis="") if kept is not None else None
            return _Found(Answer(basis.revision, msgspec.msgpack.encode(made.plan)), known, spoilt)
        young = kept is not None and now - kept.made_at < RENEWED
        return _Found(Answer(revision), known, None if young and _heard(agent, now) else note)

    async def _write_notes(self) -> None:
        """Write what was noted since the last time, in one transaction.

        Nothing depends on it but time: what is not written is found out again.
        """
        notes, self._notes = self._notes, {}
        try:
            await self._lookout.run(self._written, list(notes.values()))
        except Exception:
            logger.exception("could not note by which plans agents work; trying again")
            self._notes = notes | self._notes

    def _written(self, notes: Sequence[PlanNote]) -> None:
        with unit_of_work(self._sessions) as session:
            AgentRepository(session, _EVERYTHING).works_by(notes)


def _trusted(known: _Known, now: datetime) -> bool:
    until = known.basis.until
    return now < known.trusted_until and (until is None or day_of(now) <= until)


def _heard(agent: Asking, now: datetime) -> bool:
    return agent.last_seen_at is not None and now - agent.last_seen_at <= _HEARD_EVERY


def _next_look(agent_id: str, now: datetime) -> datetime:
    """When the agent's plan is made again: each has its own moment of every ten minutes.

    However often controllers start, and however many boxes then ask at once.
    """
    every = _TRUSTED_FOR.total_seconds()
    moment = crc32(agent_id.encode()) % 10_000 / 10_000 * every
    return now + timedelta(seconds=every - (now.timestamp() - moment) % every)
