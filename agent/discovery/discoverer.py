"""When to look for devices, and looking: a timeline a school, and at once when told to."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING

from agent.discovery.memory import Memory
from agent.discovery.ranges import BadRange
from drivers.definitions import Definitions
from drivers.plan import Discovery, Plan
from drivers.readings import Finding

if TYPE_CHECKING:
    from agent.discovery.look import Summary
    from drivers.mqtt.profiles import Profiles

log = logging.getLogger(__name__)

#: A look that is new in the plan comes this many seconds later, so that boxes do not all begin.
_FIRST_SECONDS = (5.0, 20.0)
#: One that became due while the box was off.
_OVERDUE_SECONDS = (60.0, 600.0)
_JITTER = 0.1
#: Brokers are listened to so long: most devices publish once a minute.
_LISTEN_SECONDS = 75.0
#: Of an interval, where devices are looked for more often than that.
_LISTEN_SHARE = 0.1


class NotLookedFor(LookupError):
    """The plan does not say where to look for devices in {0}."""


class Discoverer:
    """Looks for devices as the plan says.

    Args:
        report: takes each finding, to be sent.
        state_dir: where it remembers what worked.
        tls: what ``mqtts`` brokers are checked against that bring no certificates of their own.
        clock: seconds since the epoch.
        rng: for jitter and the order of addresses.
    """

    def __init__(
        self,
        report: Callable[[Finding], None],
        state_dir: Path,
        *,
        definitions: Definitions,
        profiles: "Profiles | None" = None,
        tls: SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self._report = report
        self._profiles = profiles
        self._tls = tls
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 (spreads load, guards nothing)
        self._memory = Memory(state_dir, clock=clock)
        self._definitions = definitions
        self._plan: Plan | None = None
        self._following: dict[str, Discovery] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Two looks at once would send twice as fast as either may.
        self._turn = asyncio.Lock()

    def follow(self, plan: Plan) -> None:
        """Keep to this plan: timelines of schools whose ranges changed begin anew."""
        self._plan = plan
        wanted = {discovery.school: discovery for discovery in plan.discovery}
        for school in self._following.keys() - wanted.keys():
            self._tasks.pop(school).cancel()
        for school, discovery in wanted.items():
            before = self._following.get(school)
            if discovery == before:
                continue
            if school in self._tasks:
                self._tasks[school].cancel()
            changed = before is not None
            self._tasks[school] = asyncio.create_task(self._keep_looking(discovery, changed))
        self._following = wanted

    async def run_now(self, school: str) -> "Summary":
        """Look through a school at once; findings are reported on the way.

        Waits while another look is under way.

        Raises:
            NotLookedFor: the plan has no ranges for the school.
        """
        if self._plan is None or school not in self._following:
            raise NotLookedFor(school)
        async with self._turn:
            return await self._look(self._following[school], self._plan)

    async def rediscover(self, school: str) -> dict[str, str]:
        """The same, with what came of it by name: what the answer to a command holds."""
        return (await self.run_now(school)).fields()

    async def close(self) -> None:
        """Stop looking; what was learned so far is kept."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        self._following.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._save()

    async def _save(self) -> None:
        await asyncio.to_thread(self._memory.write, self._memory.encoded())

    async def _keep_looking(self, discovery: Discovery, changed: bool) -> None:
        await asyncio.sleep(self._first_delay(discovery, changed))
        while True:
            try:
                await self.run_now(discovery.school)
            except NotLookedFor:
                return
            except Exception:
                # One look's surprise must not end all that were to come.
                log.exception("looking for devices in %s failed", discovery.school)
            share = self._rng.uniform(1 - _JITTER, 1 + _JITTER)
            await asyncio.sleep(discovery.every_seconds * share)

    def _first_delay(self, discovery: Discovery, changed: bool) -> float:
        last = self._memory.looked_at(discovery.school)
        if changed or last is None:
            return self._rng.uniform(*_FIRST_SECONDS)
        left = last + discovery.every_seconds - self._clock()
        overdue = min(self._rng.uniform(*_OVERDUE_SECONDS), discovery.every_seconds)
        return left if left > 0 else overdue

    async def _look(self, discovery: Discovery, plan: Plan) -> "Summary":
        # What looks and listens is loaded where the plan has something to look for.
        from agent.discovery.announcements import strangers  # noqa: PLC0415
        from agent.discovery.look import Look, Manner, Summary  # noqa: PLC0415
        from drivers.mqtt.profiles import PROFILES  # noqa: PLC0415

        log.info("looking for devices in %s", discovery.school)
        try:
            look = Look(
                discovery,
                plan.targets,
                memory=self._memory,
                tell=self._report,
                manner=Manner(definitions=self._definitions, rng=self._rng, clock=self._clock),
            )
        except BadRange as error:
            log.error("%s: %s", discovery.school, error)
            return Summary(discovery.school, 0, 0, 0, 0, 0.0, (str(error),))
        seconds = min(_LISTEN_SECONDS, discovery.every_seconds * _LISTEN_SHARE)
        summary, (heard, problems) = await asyncio.gather(
            look.run(),
            strangers(
                plan,
                discovery.school,
                seconds,
                profiles=self._profiles or PROFILES,
                clock=self._clock,
                tls=self._tls,
            ),
        )
        for finding in heard:
            self._report(finding)
        self._memory.note_look(discovery.school)
        await self._save()
        summary = replace(
            summary,
            found=summary.found + len(heard),
            problems=(*summary.problems, *problems),
        )
        log.info(
            "looked for devices in %s: %d addresses, %d alive, %d devices, %d packets in %.0f s",
            summary.school,
            summary.addresses,
            summary.alive,
            summary.found,
            summary.packets,
            summary.seconds,
        )
        return summary
