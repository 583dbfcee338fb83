"""The running agent: every part made once, wired, started, and stopped in order."""

import asyncio
import logging
import math
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from agent.centre.clock import BoxClock
from agent.centre.enrolment import VERSION
from agent.centre.long_poll import Asked
from agent.centre.membership import Membership
from agent.centre.office import Office
from agent.centre.plan_cache import PlanCache, PlanCut, PlanRefused, PlanUnavailable, Revoked
from agent.discovery.discoverer import Discoverer
from agent.lines.desk import Lines
from agent.memory import settle
from agent.metrics import AgentMetrics
from agent.metrics_page import serve_page
from agent.schedule import Schedule
from agent.service import Pulse, Service, feed_watchdog
from agent.settings import AgentSettings
from agent.uplink.batcher import Batcher, memory_spool
from agent.uplink.draft import draft_beside
from agent.uplink.sender import Uplink
from agent.uplink.spool import Spool
from agent.uplink.turns import Pace
from agent.watch import kept_rates
from agent.watch.brokers import Brokers
from agent.watch.device import SnmpDevice
from agent.watch.device_clocks import DeviceClocks
from agent.watch.doors import Doors
from agent.watch.kept_experience import KeptExperience
from agent.watch.load import Load
from agent.watch.pings import Pings, answers_with
from agent.watch.presence import Presence
from agent.watch.projector import ProjectorDevice
from agent.watch.terminal import TerminalDevice
from agent.watch.timelines import Device, Timelines
from agent.watch.trap_events import TrapEvents
from agent.watch.traps import Traps
from drivers.base import SnmpSession
from drivers.definitions import builtin_definitions
from drivers.ping import Pinger
from drivers.plan import Target
from drivers.readings import AgentStatus, Poll
from drivers.snmp.counters import RateKeeper
from drivers.snmp.engine import SnmpEngine

if TYPE_CHECKING:
    from agent.lines.line_test import Measure
    from drivers.mqtt.profiles import Profiles

log = logging.getLogger(__name__)


class Agent:
    """One agent, enrolled and running.

    Args:
        settings: what the box was told.
        membership: who it is to its controller.
        engine: speaks to the SNMP devices.
        spool: keeps what is to be sent.
        disk: the one thread that waits for the disk.
        client: carries base address, and signs.
        clock: what time it is; the client's answers set it.
    """

    def __init__(
        self,
        *,
        settings: AgentSettings,
        membership: Membership,
        engine: SnmpEngine,
        spool: Spool,
        disk: ThreadPoolExecutor,
        client: httpx.AsyncClient,
        clock: BoxClock,
        measure: "Measure | None" = None,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._spool = spool
        self._disk = disk
        self._client = client
        self._membership = membership
        self._tls = tls = membership.tls_elsewhere
        self._stopping = asyncio.Event()
        self._revoked = False
        self._clock = clock.now
        self._box_clock = clock
        self._started_at = int(clock.now() * 1000)
        self._rates = RateKeeper()
        self._definitions = builtin_definitions()
        if settings.definitions is not None:
            self._definitions = self._definitions.with_folder(settings.definitions)
        self._plan_reachable = True
        self.metrics = AgentMetrics()
        agent_id = membership.enrolment.agent_id
        self._cache = PlanCache(settings.state_dir, agent=agent_id, sealer=membership.sealer)
        self._refuge = memory_spool(clock.boot)
        self._uplink = Uplink(
            client,
            spool,
            disk,
            refuge=self._refuge,
            clock=clock,
            pace=Pace(settings.catch_up_batches_per_second, settings.catch_up_bytes_per_second),
            answered=self.metrics.answered,
            back=lambda: self._office.hurry(),  # noqa: PLW0108 (made below)
        )
        self._batcher = Batcher(
            spool,
            disk,
            agent=agent_id,
            refuge=self._refuge,
            draft=draft_beside(spool, settings.state_dir),
            status=self._status,
            stored=self._uplink.wake,
            max_seconds=settings.batch_seconds,
            clock=clock.now,
            since_boot_ms=clock.since_boot_ms,
        )
        clock.watch_jumps(self._batcher.flush)
        self._experience = KeptExperience(settings.state_dir)
        self.metrics.watch_load(load := Load())
        self._timelines = Timelines(
            self._device,
            self._batcher,
            polled=self._polled,
            concurrency=settings.poll_concurrency,
            load=load,
        )
        self._pulse = Pulse(disk, lambda: len(self._timelines))
        profiles = _own_profiles(settings.definitions)
        self._brokers = Brokers(
            self._keep,
            clock=clock.now,
            tls=tls if isinstance(tls, ssl.SSLContext) else None,
            profiles=profiles,
        )
        pinger = Pinger()
        self._pings = Pings(self._keep, pinger, clock=clock.now)
        off = DeviceClocks(self._connect, clock).error
        self._doors = Doors(self._keep, self._timelines.is_alive, clock=clock.now, clock_error=off)
        self._presence = Presence(self._keep, self._connect, answers_with(pinger), clock=clock.now)
        self._lines = Lines(
            self._keep_of_line,
            self._connect,
            clock=self._clock,
            tls=tls,
            controller_url=membership.enrolment.controller_url,
            measure=measure,
        )
        self._discoverer = Discoverer(
            self._batcher.report,
            settings.state_dir,
            definitions=self._definitions,
            profiles=profiles,
            tls=tls if isinstance(tls, ssl.SSLContext) else None,
            clock=clock.now,
        )
        self._office = Office(
            settings,
            client,
            self._batcher,
            disk,
            ask_plan=self._ask_plan,
            hurry=self._timelines.hurry,
            test_line=self._lines.test,
            about=self._about,
            stop=self._stop,
            rediscover=self._discoverer.rediscover,
            clock=clock.now,
        )
        self._traps = Traps(
            settings,
            agent_id,
            self._timelines.hurry,
            self.metrics,
            events=TrapEvents(self._batcher.report, clock=clock.now),
            changed=self._office.backups.hurry,
        )
        self._schedule = Schedule(
            housekeeping=self._housekeeping,
            test=self._lines.test,
            clock=time.time,  # as the scheduler itself reads it
        )
        self.metrics.watch_spool(spool, self._refuge)
        self.metrics.watch_number(
            "fleet_agent_clock_skew_seconds",
            "This machine's clock minus the controller's; not a number before it told.",
            lambda: math.nan if (skew := clock.skew) is None else skew,
        )
        self.metrics.watch_engine(lambda: asdict(engine.tally))
        self.metrics.watch_number(
            "fleet_agent_devices", "Devices polled.", lambda: float(len(self._timelines))
        )
        self.metrics.watch_number(
            "fleet_agent_refused",
            "1 while the controller turns this box away.",
            lambda: float(self._uplink.refused),
        )

    async def run(self, stop: asyncio.Event, service: Service) -> bool:
        """Work until ``stop`` is set, then put everything down in order.

        Returns whether the centre wants another run to begin. ``service`` is told when the work
        begins, whether or not the controller can be reached by then.

        Raises:
            Revoked: the controller has shut this box out; nothing is polled any more.
        """
        self._stopping = stop
        kept = kept_rates.restore(self._settings.state_dir, self._rates)
        self._experience.restore()
        log.info("agent %s starts; counters of %d devices kept from before", VERSION, kept)
        page = await serve_page(
            self._settings.metrics_address, self._settings.metrics_port, self.metrics.page
        )
        if rescued := await self._batcher.recover():
            log.info("%d polls of a run that was broken off are in the spool now", rescued)
        uplink = asyncio.create_task(self._uplink.run())
        watchdog = asyncio.create_task(feed_watchdog(service, self._pulse))
        stopped = asyncio.create_task(stop.wait())
        begun = asyncio.create_task(self._begin(service))
        try:
            # The uplink never ends by itself; should it, the agent ends with its error.
            for under_way in (begun, uplink):
                await asyncio.wait({stopped, under_way}, return_when=asyncio.FIRST_COMPLETED)
                if under_way.done():
                    under_way.result()
        finally:
            begun.cancel()
            await asyncio.wait({begun})
            service.tell(STOPPING="1")
            self._schedule.close()
            await self._traps.close()
            await self._office.close()
            await self._discoverer.close()
            await self._lines.close()
            self._keep_experience()
            await self._presence.close()
            await self._pings.close()
            await self._doors.close()
            await self._timelines.close()
            await self._brokers.close()
            await self._batcher.close()
            self._keep_counters()
            for task in (uplink, watchdog, stopped):
                task.cancel()
            await asyncio.gather(uplink, watchdog, stopped, return_exceptions=True)
            if page is not None:
                page.close()
            log.info("agent stopped")
        if self._revoked:
            raise Revoked
        return self._office.restarting

    async def _begin(self, service: Service) -> None:
        self._cache.load()
        await self._follow_plan()
        service.tell(READY="1")
        await self._ask_plan(0.0)
        await self._office.start()
        self._schedule.start()
        self._traps.start()
        settle()

    def _device(self, target: Target) -> Device:
        if target.pjlink is not None:
            return ProjectorDevice(target, clock=self._clock)
        if target.on_command_line:
            return TerminalDevice(target, self._office.lines.survey, clock=self._clock)
        return SnmpDevice(
            target,
            partial(self._connect, target),
            self._rates,
            definitions=self._definitions,
            clock=self._clock,
            learned=self._experience.of(target.id),
        )

    def _connect(self, target: Target) -> SnmpSession:
        return self._engine.session(
            target.address or "",
            target.port,
            target.snmp,
            timeout=self._settings.snmp_timeout_seconds,
            retries=self._settings.snmp_retries,
        )

    def _keep(self, poll: Poll) -> None:
        self._polled(poll)
        self._batcher.keep(poll)

    def _keep_of_line(self, poll: Poll) -> None:
        self.metrics.polled(poll)
        self._batcher.keep(poll, of_device=False)

    def _polled(self, poll: Poll) -> None:
        self._pulse.polled()
        self.metrics.polled(poll)
        self._office.polls.polled(poll)
        self._presence.heard(poll)

    def _status(self) -> AgentStatus:
        spool, refuge = self._spool, self._refuge
        batches, size, dropped = (a + b for a, b in zip(spool.depth, refuge.depth, strict=True))
        skew = self._box_clock.skew
        return AgentStatus(
            VERSION,
            self._started_at,
            batches,
            size,
            dropped,
            spool_dropped_readings=spool.dropped_readings + refuge.dropped_readings,
            spool_fault=spool.fault.value,
            spool_set_aside=spool.set_aside,
            clock_skew_seconds=None if skew is None else round(skew, 3),
        )

    async def _ask_plan(self, wait: float) -> Asked:
        """Ask for the plan, giving the controller ``wait`` seconds, and follow a new one."""
        try:
            changed = await self._cache.refresh(self._client, wait)
        except Revoked:
            log.error("the controller has shut this box out: everything stops")
            self._revoked = True
            self._stop()
            return Asked.refused
        except PlanRefused:
            self._uplink.turned_away()
            return Asked.refused
        except PlanCut:
            return Asked.cut
        except PlanUnavailable as error:
            if self._plan_reachable:
                log.warning("no plan from the controller (%s); working from the kept one", error)
            self._plan_reachable = False
            return Asked.away
        self._plan_reachable = True
        self._uplink.welcome()
        if changed:
            await self._follow_plan()
        await self._membership.keep_up(self._client, now=self._clock())
        return Asked.news if changed else Asked.nothing

    def _stop(self) -> None:
        self._stopping.set()

    def _about(self) -> dict[str, str]:
        """What a log bundle tells of the running agent."""
        plan = self._cache.plan
        told = f"revision {plan.revision}, {len(plan.targets)} devices\n" if plan else "none\n"
        return {"metrics.txt": self.metrics.page().decode(), "plan.txt": told}

    async def _follow_plan(self) -> None:
        if (plan := self._cache.plan) is None:
            return
        counts = map(len, (plan.targets, plan.brokers, plan.line_tests))
        log.info("plan %s: %d devices, %d brokers, %d line tests", plan.revision, *counts)
        await self._timelines.follow(plan)
        self._rates.keep_only({target.id for target in plan.targets})
        await self._brokers.follow(plan)
        await self._pings.follow(plan)
        await self._doors.follow(plan)
        await self._presence.follow(plan)
        self._traps.follow(plan)
        self._discoverer.follow(plan)
        self._office.follow(plan)
        self._lines.follow(plan)
        self._schedule.follow(plan)

    async def _housekeeping(self) -> None:
        self._keep_counters()
        self._keep_experience()

    def _keep_counters(self) -> None:
        kept_rates.keep(self._settings.state_dir, self._rates, self._disk)

    def _keep_experience(self) -> None:
        if self._cache.plan is not None:
            self._experience.keep(self._timelines.devices, self._disk)


def _own_profiles(folder: Path | None) -> "Profiles | None":
    """The administrator's layouts of MQTT devices, or None; a mistake in them is told at once."""
    if folder is None:
        return None
    from drivers.mqtt.profiles import profiles_with  # noqa: PLC0415  (boxes without MQTT)

    return profiles_with(folder)
