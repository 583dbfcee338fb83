"""Agents that wait for news: one look at the database a second for all of them.

A waiting request is a coroutine and an event, no thread and no transaction. A commit of this
process makes the lookout look at once; commits of other controllers are seen within a second.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import chain
from math import inf
from typing import TypeVar

from controller.errors import TooManyRequests
from inventory.agent_plans.changes import OVERLAP, Concerned, changes_since
from inventory.commands import agents_to_tell
from inventory.database import SessionFactory, read_only
from inventory.models.base import utc_now

logger = logging.getLogger(__name__)
T = TypeVar("T")
_EVERY_SECONDS = 1.0
#: Requests of one agent: one for each subject, and those it has given up a moment ago.
_AT_ONCE_FROM_ONE = 6
_RETRY_SECONDS = 30
_THREADS = 4
#: Looks that may fail, or be late, before nobody relies on the last one.
_STALE = 5


class About(StrEnum):
    """What somebody waits for."""

    plan = "plan"
    commands = "commands"


@dataclass(frozen=True, slots=True)
class News:
    """What one look has found.

    Args:
        schools: whose plans may be other ones now.
        agents: the same of single agents.
        everyone: all plans may be.
        told: agents that have commands to fetch.
    """

    schools: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    everyone: bool = False
    told: frozenset[str] = frozenset()

    @property
    def of_plans(self) -> bool:
        """Whether any plan may be another one."""
        return self.everyone or bool(self.schools or self.agents)

    def concern(self, agent: str, schools: Collection[str] | None) -> bool:
        """Whether this agent's plan may be another one; ``None``: its schools are not known."""
        return (
            self.everyone
            or agent in self.agents
            or (bool(self.schools) if schools is None else not self.schools.isdisjoint(schools))
        )


@dataclass(eq=False, slots=True)
class Waiter:
    """One waiting request.

    Args:
        schools: those of the agent's plan, once it is known.
        turn: how many others were woken before it by the same news.
    """

    agent: str
    about: About
    schools: Collection[str] | None = None
    turn: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        """Whether there was news within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        return True


class Lookout:
    """Wakes waiting agents.

    Args:
        sessions: where to look.
        room: requests that may wait at the same moment; more are told to come later.
        every: seconds between looks.
    """

    def __init__(
        self, sessions: SessionFactory, *, room: int, every: float = _EVERY_SECONDS
    ) -> None:
        self.closing = False
        self._sessions = sessions
        self._room = room
        self._every = every
        #: Who waits, by subject and agent: a look without news touches none of them.
        self._waiters: dict[About, dict[str, set[Waiter]]] = {about: {} for about in About}
        self._waiting = 0
        self._told: frozenset[str] = frozenset()
        self._told_at = -inf
        self._listeners: list[Callable[[News], None]] = []
        self._also_closed: list[Callable[[], None]] = []
        self._seen: dict[tuple[int, datetime], None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lookout")

    def __len__(self) -> int:
        """Requests that wait."""
        return self._waiting

    def start(self) -> None:
        """Begin to look; called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Send everybody home, from any thread: their requests are answered at once."""
        self.closing = True
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(self._wake_all)

    def at_close(self, also: Callable[[], None]) -> None:
        """Have others who wait sent home, too; called on the event loop."""
        self._also_closed.append(also)

    async def stop(self) -> None:
        """Look no more."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._threads.shutdown(wait=True)

    def kick(self) -> None:
        """Look now; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._kicked.set)

    def listen(self, listener: Callable[[News], None]) -> None:
        """Have somebody told of all news, on the event loop."""
        self._listeners.append(listener)

    async def run(self, work: Callable[..., T], *arguments: object, **named: object) -> T:
        """Do blocking work in a thread of the lookout's."""
        call = partial(work, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    @asynccontextmanager
    async def waiting(self, agent: str, about: About) -> AsyncIterator[Waiter]:
        """A place to wait in. News that come while inside wake it, whenever it asks.

        Raises:
            TooManyRequests: no place is left, or this agent has too many.
        """
        places = self._waiters[about]
        at_once = sum(len(places_of.get(agent, ())) for places_of in self._waiters.values())
        if self._waiting >= self._room or at_once >= _AT_ONCE_FROM_ONE:
            raise TooManyRequests(_RETRY_SECONDS)
        waiter = Waiter(agent, about)
        places.setdefault(agent, set()).add(waiter)
        self._waiting += 1
        try:
            yield waiter
        finally:
            self._waiting -= 1
            places[agent].discard(waiter)
            if not places[agent]:
                del places[agent]

    def has_commands(self, agent: str) -> bool | None:
        """Whether the last look found commands for an agent; ``None``: it was too long ago."""
        if asyncio.get_running_loop().time() - self._told_at > _STALE * self._every:
            return None
        return agent in self._told

    async def _run(self) -> None:
        failing = False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._kicked.wait()
            self._kicked.clear()
            try:
                news = await self.run(self._look, utc_now())
            except Exception:
                if not failing:
                    logger.exception("no look for news of plans and commands; trying again")
                failing = True
                continue
            failing = False
            self._spread(news)

    def _look(self, now: datetime) -> News:
        with read_only(self._sessions) as session:
            changes = changes_since(session, now - OVERLAP)
            told = agents_to_tell(session, now)
        fresh = {change.concerned for change in changes if change.key not in self._seen}
        self._seen = dict.fromkeys(change.key for change in changes)
        return News(
            schools=frozenset(one.school for one in fresh if one.school is not None),
            agents=frozenset(one.agent for one in fresh if one.agent is not None),
            everyone=Concerned() in fresh,
            told=told,
        )

    def _spread(self, news: News) -> None:
        self._told, self._told_at = news.told, asyncio.get_running_loop().time()
        for listener in self._listeners:
            listener(news)
        for agent in news.told:
            for waiter in self._waiters[About.commands].get(agent, ()):
                waiter.woken.set()
        if not news.of_plans:
            return
        turn = 0
        for agent, waiters in self._waiters[About.plan].items():
            for waiter in waiters:
                if news.concern(agent, waiter.schools):
                    waiter.turn, turn = turn, turn + 1
                    waiter.woken.set()

    def _wake_all(self) -> None:
        for also in self._also_closed:
            also()
        for places in self._waiters.values():
            for waiter in chain.from_iterable(places.values()):
                waiter.woken.set()
