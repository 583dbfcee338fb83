"""Plans handed out at once, or when there is something new."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from controller.lookout import About, Lookout, News
from controller.settings import Settings, plan_settings
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.hearing import heard_from
from inventory.models.base import utc_now
from inventory.plans import build_plan
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox

#: However quiet it is: what was written past the sessions we watch is found after this long.
_TRUSTED_FOR = timedelta(minutes=10)
#: A write a minute, not one for each look.
_HEARD_EVERY = timedelta(minutes=1)
#: Somebody who edits, or imports, is let finish: one plan is made of it all.
_SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class _Known:
    """An agent works by this plan, and nothing was heard since that could change it."""

    revision: str
    schools: frozenset[str]
    made_at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan, or (without content) that the one of this revision still holds."""

    revision: str
    content: bytes = b""


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
        self._lookout = lookout
        self._longest = longest
        self._known: dict[str, _Known] = {}
        #: Counts news: a plan made while some came may be an old one already.
        self._news = 0
        lookout.listen(self._heard)

    async def answer(self, agent_id: str, revision: str, wait: float) -> Answer:
        """The plan, when it is another one than ``revision`` now or within ``wait`` seconds.

        Raises:
            NotFound: no such agent, or a revoked one.
            TooManyRequests: too many wait.
        """
        if wait <= 0 or self._lookout.closing:
            return await self._lookout.run(self._made, agent_id, revision)
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(wait, self._longest)
        async with self._lookout.waiting(agent_id, About.plan) as waiter:
            while True:
                waiter.woken.clear()
                known = self._known.get(agent_id)
                if known is None or known.revision != revision or not _holds(known, utc_now()):
                    made = await self._lookout.run(self._made, agent_id, revision)
                    if made.content:
                        return made
                    known = self._known.get(agent_id)
                waiter.schools = known.schools if known else None
                left = ends - loop.time()
                if left <= 0 or self._lookout.closing or not await waiter.wait(left):
                    return Answer(revision)
                await asyncio.sleep(min(_SETTLE_SECONDS, max(0.0, ends - loop.time())))

    def _heard(self, news: News) -> None:
        self._news += news.everyone or bool(news.schools)
        if news.everyone:
            self._known.clear()
        elif news.schools:
            for agent, known in list(self._known.items()):
                if not news.schools.isdisjoint(known.schools):
                    del self._known[agent]

    def _made(self, agent_id: str, revision: str) -> Answer:
        now, news = utc_now(), self._news
        with read_only(self._sessions) as session:
            plan = build_plan(
                session, agent_id, self._secret_box, today=now.date(), settings=self._settings
            )
            agent = AgentRepository(session, Scope.everything()).get(agent_id)
        works_by_it = plan.revision == revision
        if agent is not None:
            fresh = works_by_it and agent.plan_revision != revision
            seen = agent.last_seen_at
            if fresh or seen is None or now - seen > _HEARD_EVERY:
                with unit_of_work(self._sessions) as session:
                    heard_from(session, agent_id, now=now)
                    if fresh:
                        AgentRepository(session, Scope.everything()).works_by(
                            agent_id, revision, now
                        )
        if works_by_it and news == self._news:
            self._known[plan.agent] = _Known(
                plan.revision, frozenset(plan.schools), now, now.date()
            )
        return Answer(plan.revision, b"" if works_by_it else msgspec.msgpack.encode(plan))


def _holds(known: _Known, now: datetime) -> bool:
    return known.day == now.date() and now - known.made_at < _TRUSTED_FOR
