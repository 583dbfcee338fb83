"""Tells open pages that what they show has changed: one look a second for all that are open.

An open page is a stream of server-sent events: a connection and an event, no thread and no
transaction. What it is told is only that it is old; it then asks for its parts as anybody would.
While no page is open nothing is looked for.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from controller.errors import TooManyRequests
from inventory.database import SessionFactory, read_only
from inventory.models.base import utc_now
from inventory.page_changes import OVERLAP, SchoolChanged, counted_at, polled_at, schools_changed
from inventory.scope import Scope

logger = logging.getLogger(__name__)
_EVERY_SECONDS = 1.0
_RETRY_SECONDS = 30
#: Proxies end what is silent for a minute; and a stream is asked whether its browser is there.
_BEAT_SECONDS = 20.0


@dataclass(eq=False, slots=True)
class Viewer:
    """One open page.

    Args:
        scope: what its reader may see.
        since: when the page was made.
        school: the school it is about; ``None``: all within the scope.
        device: the device it is about.
    """

    scope: Scope
    since: datetime
    school: str | None = None
    device: str | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    #: Whether the page was found old since it was told last.
    is_old: bool = False

    def tell(self) -> None:
        """Wake the stream, because its page is old."""
        self.is_old = True
        self.woken.set()

    def is_late(self, change: SchoolChanged) -> bool:
        """Whether the page does not show this change yet."""
        return change.key[1] >= self.since and self.concerns(change)

    def concerns(self, change: SchoolChanged) -> bool:
        return self.school in (None, change.school) and self.scope.covers(change.path)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look has found."""

    schools: tuple[SchoolChanged, ...]
    devices: frozenset[str]
    #: The first look after a pause: what pages made before it do not show is not known.
    is_first: bool


class LivePages:
    """Wakes viewers.

    Args:
        sessions: where to look.
        room: pages that may be open at the same moment; more look by themselves now and then.
        every: seconds between looks.
    """

    def __init__(
        self, sessions: SessionFactory, *, room: int, every: float = _EVERY_SECONDS
    ) -> None:
        self._sessions = sessions
        self._room = room
        self._every = every
        self._viewers: set[Viewer] = set()
        self._known: dict[tuple[int, datetime], SchoolChanged] | None = None
        self._polled: dict[str, tuple[object, ...]] = {}
        self._counted: datetime | None = None
        self._uncounted: dict[str, SchoolChanged] = {}
        self._task: asyncio.Task[None] | None = None
        self._anybody = asyncio.Event()
        self.closing = False

    def __len__(self) -> int:
        """Pages that are open."""
        return len(self._viewers)

    def close(self) -> None:
        """End all streams; on the event loop."""
        self.closing = True
        for viewer in self._viewers:
            viewer.woken.set()

    async def stop(self) -> None:
        """Look no more."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextmanager
    def watching(self, viewer: Viewer) -> Iterator[None]:
        """While inside, the viewer is woken when its page is old.

        Raises:
            TooManyRequests: no place is left.
        """
        if len(self._viewers) >= self._room:
            raise TooManyRequests(_RETRY_SECONDS)
        self._viewers.add(viewer)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._anybody.set()
        if viewer.since < utc_now() - OVERLAP or any(
            map(viewer.is_late, (self._known or {}).values())
        ):
            viewer.tell()
        try:
            yield
        finally:
            self._viewers.discard(viewer)
            if not self._viewers:
                self._anybody.clear()

    async def _run(self) -> None:
        failing = False
        looks, beat = 0, max(1, round(_BEAT_SECONDS / self._every))
        while True:
            if not self._viewers:
                # Nobody has seen anything: the first look after a pause is a beginning.
                self._known = None
                await self._anybody.wait()
            devices = {one.device for one in self._viewers if one.device is not None}
            try:
                self._spread(await run_in_threadpool(self._look, devices, utc_now()))
                failing = False
            except Exception:
                if not failing:
                    logger.exception("no look for news of open pages; trying again")
                failing = True
            looks += 1
            if looks % beat == 0:
                # One clock for all: a timer for each open page would cost memory.
                for viewer in self._viewers:
                    viewer.woken.set()
            await asyncio.sleep(self._every)

    def _look(self, devices: set[str], now: datetime) -> _Seen:
        with read_only(self._sessions) as session:
            rows = schools_changed(session, now - OVERLAP)
            polled = polled_at(session, devices) if devices else {}
            recounted = self._recounted(session)
        is_first, known = self._known is None, self._known or {}
        fresh = [row for row in rows if row.key not in known]
        self._known = {row.key: row for row in rows}
        changed = {d for d, at in polled.items() if d in self._polled and self._polled[d] != at}
        self._polled = polled
        # What is counted ahead shows a change with the next count only.
        late = list(self._uncounted.values()) if recounted else []
        if recounted:
            self._uncounted = {}
        if self._counted is not None:
            self._uncounted |= {row.school: row for row in fresh}
        return _Seen((*fresh, *late), frozenset(changed), is_first)

    def _recounted(self, session: Session) -> bool:
        before, self._counted = self._counted, counted_at(session)
        return self._counted != before

    def _spread(self, seen: _Seen) -> None:
        if not seen.schools and not seen.devices:
            return
        for viewer in self._viewers:
            is_news = viewer.is_late if seen.is_first else viewer.concerns
            if viewer.device in seen.devices or any(map(is_news, seen.schools)):
                viewer.tell()
