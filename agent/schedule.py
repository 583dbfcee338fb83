"""The coarse jobs: housekeeping, speed tests at random minutes.

Polling is not here (``agent.watch.timelines``): APScheduler costs 0.1 ms a run, which is nothing
for a handful of jobs and too much for a thousand devices a minute.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from agent.lines.windows import is_open, next_start
from drivers.plan import LineTest, Plan

log = logging.getLogger(__name__)

_HOUSEKEEPING_SECONDS = 300.0


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
        self._test = test
        self._clock = clock
        self._draw = draw
        self._tests: dict[str, LineTest] = {}
        self._closing = False
        # Two tests at once would measure each other.
        self._one_at_a_time = asyncio.Lock()
        # A late beat is run once, however many were missed; a laptop lid is not an error.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._scheduler.add_job(
            housekeeping, "interval", seconds=_HOUSEKEEPING_SECONDS, jitter=30, id="housekeeping"
        )

    def start(self) -> None:
        self._scheduler.start()

    def close(self) -> None:
        """End the jobs; a test under way is broken off."""
        self._closing = True
        self._scheduler.shutdown(wait=False)

    def follow(self, plan: Plan) -> None:
        """Plan the speed tests; a test that did not change keeps the moment it has drawn."""
        wanted = {_job(test): test for test in plan.line_tests if test.server}
        for job in [job for job, test in self._tests.items() if wanted.get(job) != test]:
            del self._tests[job]
            try:
                self._scheduler.remove_job(job)
            except JobLookupError:
                continue  # it is running just now, and will find itself unwanted
        for job, test in wanted.items():
            if job not in self._tests:
                self._tests[job] = test
                self._plan_next(test, again=False)

    def _plan_next(self, test: LineTest, *, again: bool) -> None:
        start = next_start(test, self._clock(), self._draw(), again=again)
        if start is None:
            log.warning("%s: no window for tests opens within a hundred days", test.line)
            return
        self._scheduler.add_job(
            self._run_test,
            "date",
            run_date=datetime.fromtimestamp(start, UTC),
            args=(test,),
            id=_job(test),
            replace_existing=True,
        )

    async def _run_test(self, test: LineTest) -> None:
        try:
            async with self._one_at_a_time:
                # The box may have slept, or waited for another test, past the window.
                if is_open(test, self._clock()):
                    await self._test(test)
        except asyncio.CancelledError:
            if self._closing:
                return  # APScheduler would log the cancellation it asked for as an error
            raise
        if self._tests.get(_job(test)) == test:
            self._plan_next(test, again=True)


def _job(test: LineTest) -> str:
    return f"line {test.line} {test.server}"
