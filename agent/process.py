"""The process the agent runs in: one a state directory, ended by signals, watched by systemd.

``fleet-agent run`` becomes ``python -m agent.start``, which loads nothing that commands need.
"""

import argparse
import asyncio
import fcntl
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from agent.centre import enrolment
from agent.centre.clock import BoxClock
from agent.centre.enrolment import VERSION
from agent.centre.log_ring import keep_log
from agent.centre.membership import Membership
from agent.centre.plan_cache import Revoked
from agent.centre.sealing import Unsealable, sealer_of
from agent.centre.transport import transport_for
from agent.language import gettext as _
from agent.runner import Agent
from agent.service import Service
from agent.settings import AgentSettings, SettingsWrong, read
from agent.signals import Ending, hold
from agent.uplink.spool import SPOOL_FILE, Spool
from drivers.definitions import DefinitionError
from drivers.snmp.engine import SnmpEngine

#: Exit codes, as of every command; and EX_NOPERM of sysexits(3): the controller has shut this box
#: out, and starting again is no use.
_WRONG_USE, _SHUT_OUT = 2, 77


class _Resolvers(ThreadPoolExecutor):
    """The event loop's threads: they ask name servers, and dead ones keep them for long."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End without waiting: by then nobody needs an answer any more."""
        super().shutdown(wait=False, cancel_futures=True)


class AlreadyRunning(Exception):
    """Another agent works in this state directory."""


async def run_agent(settings: AgentSettings, membership: Membership, ending: Ending) -> bool:
    """Run until SIGTERM or SIGINT; or until the centre wants another run, which it returns.

    Raises:
        AlreadyRunning: another agent works in the same state directory.
        Revoked: the controller has shut this box out; plan and keys are removed.
        OSError: the state directory cannot be used.
    """
    stop = asyncio.Event()
    ending.tell(asyncio.get_running_loop(), stop.set)
    if stop.is_set():
        return False
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
    url = membership.enrolment.controller_url
    async with httpx.AsyncClient(
        base_url=url,
        transport=transport_for(url, membership.tls),
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


def main(arguments: list[str]) -> int:
    """Run the agent of a box that has joined; returns the exit code."""
    ending = Ending()
    ending.listen()
    parser = argparse.ArgumentParser(prog="fleet-agent run")
    parser.add_argument("--config", type=Path)
    try:
        settings = read(parser.parse_args(arguments).config)
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        for chatty in ("httpx", "httpcore", "apscheduler"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        keep_log(settings.state_dir)
        return _run(settings, ending)
    except AlreadyRunning as error:
        return _end(_("Another agent is running in {folder}.").format(folder=error), _WRONG_USE)
    except (SettingsWrong, OSError, ValueError, DefinitionError) as error:
        return _end(str(error), _WRONG_USE)


def _run(settings: AgentSettings, ending: Ending) -> int:
    sealer = sealer_of(settings.state_dir, settings.box_key_file, create=True)
    joined = enrolment.load(settings.state_dir)
    if joined is None:
        return _end(_("This box has not joined a controller."), _WRONG_USE)
    membership = Membership(settings, joined, sealer)

    async def until_told() -> bool:
        asyncio.get_running_loop().set_default_executor(_Resolvers())
        try:
            return await run_agent(settings, membership, ending)
        finally:
            hold()  # everything is put down: a second signal must not break off the very end

    try:
        again = asyncio.run(until_told())
    except Revoked:
        return _end(
            _(
                "{url} has shut this box out: its plan and keys are removed. To use it again:"
                " fleet-agent enrol URL --token TOKEN, with a new token."
            ).format(url=joined.controller_url),
            _SHUT_OUT,
        )
    except Unsealable as error:
        return _end(
            _(
                "The key of this box cannot be opened ({reason}): bring back its box key, or enrol"
                " again with a new token."
            ).format(reason=error),
            _WRONG_USE,
        )
    if again:
        # The same process number: systemd, and whoever else started us, notices nothing.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
    return 0


def _end(message: str, code: int) -> int:
    print(message, file=sys.stderr)  # noqa: T201 - what a command says
    return code
