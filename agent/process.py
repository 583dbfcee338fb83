"""The process the agent runs in: one a state directory, ended by signals, watched by systemd."""

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from agent.centre.clock import BoxClock
from agent.centre.enrolment import VERSION
from agent.centre.membership import Membership
from agent.centre.plan_cache import Revoked
from agent.runner import Agent
from agent.service import Service
from agent.settings import AgentSettings
from agent.uplink.spool import SPOOL_FILE, Spool
from drivers.snmp.engine import SnmpEngine


class AlreadyRunning(Exception):
    """Another agent works in this state directory."""


async def run_agent(settings: AgentSettings, membership: Membership) -> bool:
    """Run until SIGTERM or SIGINT; or until the centre wants another run, which it returns.

    Raises:
        AlreadyRunning: another agent works in the same state directory.
        Revoked: the controller has shut this box out; plan and keys are removed.
        OSError: the state directory cannot be used.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    clock = BoxClock()
    with (
        only_one(settings.state_dir),
        Spool(
            settings.state_dir / SPOOL_FILE,
            max_bytes=settings.spool_max_bytes,
            max_days=settings.spool_max_days,
            boot=clock.boot,
        ) as spool,
        ThreadPoolExecutor(1, "disk") as disk,  # ends before the spool is closed
    ):
        async with (
            controller_client(settings, membership, clock) as client,
            SnmpEngine() as engine,
        ):
            agent = Agent(
                settings=settings,
                membership=membership,
                engine=engine,
                spool=spool,
                disk=disk,
                client=client,
                clock=clock,
            )
            try:
                return await agent.run(stop, Service())
            except Revoked:
                membership.leave()
                raise


@asynccontextmanager
async def controller_client(
    settings: AgentSettings, membership: Membership, clock: BoxClock
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the controller, signed; redirects are not followed.

    Every answer sets ``clock``.
    """
    membership.mind_the_clock(time.time())
    async with httpx.AsyncClient(
        base_url=membership.enrolment.controller_url,
        auth=membership.auth,
        headers={"User-Agent": f"fleet-agent/{VERSION}"},
        timeout=httpx.Timeout(settings.uplink_timeout_seconds, connect=10.0),
        verify=membership.tls,
        event_hooks={"request": [clock.asking], "response": [clock.answered]},
    ) as client:
        yield client


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory: two agents on one spool would send it twice.

    The directory itself is locked, for a disk that takes no lock file any more.

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    descriptor = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunning(str(state_dir)) from None
    else:
        yield
    finally:
        os.close(descriptor)
