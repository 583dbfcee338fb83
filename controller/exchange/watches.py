"""Work of one controller that goes on while its owner looks at something else.

Whoever does it best knows how far it is; other controllers read that in a row of the database,
where it is noted every second. With SQLite there is one controller only, and nothing is noted.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Event
from typing import NamedTuple

from inventory.models import RunState
from inventory.models.base import utc_now

_NOTED_EVERY = 1.0
#: A run of another controller that says nothing for so long has gone down with it.
_SILENT = timedelta(minutes=5)
#: How long whoever begins a run waits for it: small ones are done by then.
_PATIENCE = 1.0


class Cancelled(Exception):
    """Somebody has asked to end it."""


class Step(NamedTuple):
    """How far it is: a phase (``read``, ``compare``, ``write``); ``total`` 0 is not known yet."""

    phase: str
    done: int
    total: int


#: Notes a step in the database; returns whether somebody has asked there to end it.
Note = Callable[[Step], bool]


class Watch:
    """How far one run of this controller is, and whether it shall end."""

    def __init__(self, step: Step, note: Note | None) -> None:
        self.step = step
        self.ends = Event()
        self._note = note
        self._noted_at = time.monotonic()

    def told(self, phase: str, done: int, total: int) -> None:
        """Remember it.

        Raises:
            Cancelled: it shall end.
        """
        self.step = Step(phase, done, total)
        if self._note is not None and time.monotonic() - self._noted_at >= _NOTED_EVERY:
            if self._note(self.step):
                self.ends.set()
            self._noted_at = time.monotonic()
        self.check()

    def check(self) -> None:
        """Go on.

        Raises:
            Cancelled: it shall end.
        """
        if self.ends.is_set():
            raise Cancelled


class Watches:
    """The runs of one controller by their ids.

    Args:
        name: of the threads.
        at_once: runs at a time; the others wait for their turn.
        shared: whether other controllers work on the same database.
    """

    def __init__(self, name: str, at_once: int, *, shared: bool) -> None:
        self.shared = shared
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._watches: dict[str, Watch] = {}

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._watches

    def begin(self, run_id: str, step: Step, note: Note, work: Callable[[Watch], None]) -> None:
        """Do work in a thread; returns soon, and often it is done by then."""
        watch = Watch(step, note if self.shared else None)
        self._watches[run_id] = watch
        future = self._pool.submit(work, watch)
        future.add_done_callback(lambda _done: self._forget(run_id, watch))
        wait((future,), _PATIENCE)

    def end(self, run_id: str) -> bool:
        """Have a run end; whether it is one of this controller."""
        watch = self._watches.get(run_id)
        if watch is not None:
            watch.ends.set()
        return watch is not None

    def state(self, run_id: str, noted: RunState, seen_at: datetime) -> RunState:
        """What has become of a run; one whose controller is gone has failed."""
        if noted is not RunState.running or run_id in self._watches:
            return noted
        is_silent = utc_now() - seen_at > _SILENT
        return RunState.running if self.shared and not is_silent else RunState.failed

    def step(self, run_id: str, noted: Step) -> Step:
        """How far it is."""
        watch = self._watches.get(run_id)
        return noted if watch is None else watch.step

    def close(self) -> None:
        """End what runs."""
        for watch in list(self._watches.values()):
            watch.ends.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self, run_id: str, watch: Watch) -> None:
        if self._watches.get(run_id) is watch:
            del self._watches[run_id]
