"""The coarse jobs: housekeeping, speed tests at random minutes.

Polling is not here (``agent.watch.timelines``): APScheduler costs 0.1 ms a run, which is nothing
for a handful of jobs and too much for a thousand devices a minute. It takes memory as well, so a
box without speed tests never loads it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent.lines.windows import is_open, is_planned, is_too_late, next_start
from drivers.plan import LineTest, Plan

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

_HOUSEKEEPING_SECONDS = 300.0
_JITTER_SECONDS = 30.0


class Schedule:
    """Jobs of the running agent.

    Args:
        housekeeping: keeps counters, tidies.
        test: runs one speed test; never raises.
        clock: seconds since the epoch.
        draw: random numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        housekeeping: Callable[[], Awaitable[None]],
        test: Callable[[LineTest], Awaitable[object]],
        clock: Callable[[], float],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._housekeeping = housekeeping
        self._tidying: asyncio.Task[None] | None = None
        self._test = test
        self._clock = clock
        self._draw = draw
        self._tests: dict[str, LineTest] = {}
        #: Planned moments that were begun last, so that a newer plan begins none twice.
        self._begun: dict[str, float] = {}
        self._closing = False
        # Two tests at once would measure each other.
        self._one_at_a_time = asyncio.Lock()
        self._scheduler: AsyncIOScheduler | None = None
        self._started = False

    def start(self) -> None:
        self._started = True
        self._tidying = asyncio.create_task(self._tidy())
        if self._scheduler is not None:
            self._scheduler.start()

    def close(self) -> None:
        """End the jobs; a test under way is broken off."""
        self._closing = True
        if self._tidying is not None:
            self._tidying.cancel()
        if self._scheduler is not None and self._started:
            self._scheduler.shutdown(wait=False)

    def follow(self, plan: Plan) -> None:
        """Plan the speed tests; a test that did not change keeps the moment it has drawn."""
        wanted = {_job(test): test for test in plan.line_tests if test.server}
        for job in [job for job, test in self._tests.items() if wanted.get(job) != test]:
            del self._tests[job]
            # One that is running just now is not there, and will find itself unwanted.
            if self._jobs.get_job(job) is not None:
                self._jobs.remove_job(job)
        for job, test in wanted.items():
            if job not in self._tests:
                self._tests[job] = test
                self._plan_next(test, again=False)

    @property
    def _jobs(self) -> "AsyncIOScheduler":
        if self._scheduler is None:
            self._scheduler = _scheduler()
            if self._started:
                self._scheduler.start()
        return self._scheduler

    async def _tidy(self) -> None:
        while True:
            jitter = _JITTER_SECONDS * (2 * random.random() - 1)  # noqa: S311 (spreads load)
            await asyncio.sleep(_HOUSEKEEPING_SECONDS + jitter)
            try:
                await self._housekeeping()
            except Exception:
                # The next time may go better; until then the box works on.
                log.exception("housekeeping failed")

    def _plan_next(self, test: LineTest, *, again: bool) -> None:
        begun = self._begun.get(_job(test), 0.0)
        start = next_start(test, self._clock(), self._draw(), again=again, begun=begun)
        if start is None:
            log.warning("%s: no window for tests opens within a hundred days", test.line)
            return
        self._jobs.add_job(
            self._run_test,
            "date",
            run_date=datetime.fromtimestamp(start, UTC),
            args=(test, start),
            id=_job(test),
            replace_existing=True,
        )

    async def _run_test(self, test: LineTest, start: float) -> None:
        is_due = True
        try:
            async with self._one_at_a_time:
                if is_planned(test, start):
                    # A newer plan that comes between the beat and this task plans the moment again.
                    is_due = start > self._begun.get(_job(test), 0.0)
                    # The box may have slept, or waited for another test, past the window.
                    is_due = is_due and not is_too_late(start, self._clock())
                    self._begun[_job(test)] = max(start, self._begun.get(_job(test), 0.0))
                if is_due and is_open(test, self._clock()):
                    await self._test(test)
        except asyncio.CancelledError:
            if self._closing:
                return  # APScheduler would log the cancellation it asked for as an error
            raise
        if self._tests.get(_job(test)) == test:
            self._plan_next(test, again=True)


def _scheduler() -> "AsyncIOScheduler":
    from apscheduler.executors.asyncio import AsyncIOExecutor  # noqa: PLC0415  (3 MB)
    from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415

    # A late beat is run once, however many were missed; a laptop lid is not an error. A test
    # plans its successor before it is counted out: one due at once would be dropped, and with
    # it the line.
    return AsyncIOScheduler(
        timezone=UTC,
        executors={"default": AsyncIOExecutor()},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 2},
    )


def _job(test: LineTest) -> str:
    return f"line {test.line} {test.server}"
