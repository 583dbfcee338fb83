"""Agents that wait for news: one look at the database a second for all of them.

A waiting request is a coroutine and an event, no thread and no transaction. A commit of this
process makes the lookout look at once; commits of other controllers are seen within a second.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TypeVar

from controller.errors import TooManyRequests
from inventory.commands import agents_to_tell
from inventory.database import SessionFactory, read_only
from inventory.models.base import utc_now
from inventory.plan_changes import OVERLAP, changes_since

logger = logging.getLogger(__name__)
T = TypeVar("T")
_EVERY_SECONDS = 1.0
#: Requests of one agent: one for each subject, and those it has given up a moment ago.
_AT_ONCE_FROM_ONE = 6
_RETRY_SECONDS = 30
_THREADS = 4


class About(StrEnum):
    """What somebody waits for."""

    plan = "plan"
    commands = "commands"


@dataclass(frozen=True, slots=True)
class News:
    """What one look has found.

    Args:
        schools: whose plans may be other ones now.
        everyone: all plans may be.
        told: agents that have commands to fetch.
    """

    schools: frozenset[str] = frozenset()
    everyone: bool = False
    told: frozenset[str] = frozenset()


@dataclass(eq=False, slots=True)
class Waiter:
    """One waiting request; ``schools`` are those of the agent's plan, once it is known."""

    agent: str
    about: About
    schools: Collection[str] | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        """Whether there was news within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        return True

    def concerns(self, news: News) -> bool:
        if self.about is About.commands:
            return self.agent in news.told
        if news.everyone or (news.schools and self.schools is None):
            return True
        return self.schools is not None and not news.schools.isdisjoint(self.schools)


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
        self._waiters: set[Waiter] = set()
        self._by_agent: Counter[str] = Counter()
        self._listeners: list[Callable[[News], None]] = []
        self._also_closed: list[Callable[[], None]] = []
        self._seen: dict[tuple[int, datetime], None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lookout")

    def __len__(self) -> int:
        """Requests that wait."""
        return len(self._waiters)

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
        if len(self._waiters) >= self._room or self._by_agent[agent] >= _AT_ONCE_FROM_ONE:
            raise TooManyRequests(_RETRY_SECONDS)
        waiter = Waiter(agent, about)
        self._waiters.add(waiter)
        self._by_agent[agent] += 1
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)
            self._by_agent[agent] -= 1
            if not self._by_agent[agent]:
                del self._by_agent[agent]

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
        fresh = [change for change in changes if change.key not in self._seen]
        self._seen = dict.fromkeys(change.key for change in changes)
        return News(
            schools=frozenset(change.school for change in fresh if change.school is not None),
            everyone=any(change.school is None for change in fresh),
            told=told,
        )

    def _spread(self, news: News) -> None:
        for listener in self._listeners:
            listener(news)
        for waiter in self._waiters:
            if waiter.concerns(news):
                waiter.woken.set()

    def _wake_all(self) -> None:
        for also in self._also_closed:
            also()
        for waiter in self._waiters:
            waiter.woken.set()
