"""The box's side of being run from the centre: what is asked for, done, and told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx

from agent.centre.commands import Commands
from agent.centre.duties import Duties, PollWatch, Rediscover
from agent.centre.fetching import fetch_commands
from agent.centre.journal import Journal
from agent.centre.long_poll import Ask, Asked, LongPoll
from agent.settings import AgentSettings
from agent.uplink.batcher import Batcher
from agent.watch.command_lines import CommandLines
from agent.watch.configurations import Backups
from agent.watch.want import Want
from drivers.plan import LineTest, Plan
from drivers.readings import CommandResult, Poll
from drivers.ssh.host_keys import FirstUse

log = logging.getLogger(__name__)


class Office:
    """Waits for plans and commands, does what they say at once, keeps configurations.

    Args:
        settings: what the box was told.
        client: speaks to the controller.
        batcher: takes results, configurations and events.
        disk: the thread that waits for the disk.
        ask_plan: one question for the plan.
        hurry: asks for a poll of a device; whether it is polled at all.
        test_line: runs one speed test.
        about: files for a log bundle, such as the metrics.
        stop: ends this run.
        clock: seconds since the epoch.
        rediscover: looks for devices in a school; what it found, by name.
    """

    def __init__(
        self,
        settings: AgentSettings,
        client: httpx.AsyncClient,
        batcher: Batcher,
        disk: ThreadPoolExecutor,
        *,
        ask_plan: Ask,
        hurry: Callable[[str, Want], bool],
        test_line: Callable[[LineTest], Awaitable[Poll]],
        about: Callable[[], Mapping[str, str]],
        stop: Callable[[], None],
        clock: Callable[[], float],
        rediscover: Rediscover | None = None,
    ) -> None:
        self.restarting = False
        self.polls = PollWatch()
        self._client = client
        self._batcher = batcher
        self._stop = stop
        self.lines = CommandLines(
            settings.state_dir,
            definitions=settings.definitions,
            first_use=FirstUse(settings.ssh_first_use),
            clock=clock,
        )
        self.backups = Backups(self.lines, settings.state_dir, batcher.report, disk, clock=clock)
        self._duties = Duties(
            hurry=hurry,
            watch=self.polls,
            lines=self.lines,
            backups=self.backups,
            test_line=test_line,
            rediscover=rediscover,
            bundle=lambda: _bundle(settings, about()),
            restart=self._restart,
        )
        self._journal = Journal(settings.state_dir)
        self._commands = Commands(
            self._duties.by_kind(), self._journal, self._report, disk, clock=clock
        )
        poll = partial(
            LongPoll, wait=settings.long_poll_seconds, every=settings.plan_refresh_seconds
        )
        self._polls = tuple(
            poll(partial(self._asked, ask)) for ask in (ask_plan, self._ask_commands)
        )
        self._asking: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Answer for what the last run left undone, and begin to ask."""
        self._journal.load()
        await self._commands.recover()
        self.backups.start()
        self._asking = [asyncio.create_task(poll.run()) for poll in self._polls]

    def hurry(self) -> None:
        """Ask at once: the controller can be reached again."""
        for poll in self._polls:
            poll.hurry()

    def follow(self, plan: Plan) -> None:
        """Learn what there is."""
        self.lines.follow(plan)
        self.backups.follow(plan)
        self._duties.follow(plan)

    async def close(self) -> None:
        """Ask no more; break off what is under way."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self._commands.close()
        await self.backups.close()

    async def _asked(self, ask: Ask, wait: float) -> Asked:
        """One question; one that gets through after an outage brings the other with it."""
        asked = await ask(wait)
        if asked not in (Asked.away, Asked.cut):
            self.hurry()
        return asked

    async def _ask_commands(self, wait: float) -> Asked:
        asked, commands = await fetch_commands(self._client, wait)
        self._commands.take(commands)
        return asked

    def _report(self, result: CommandResult) -> None:
        self._batcher.report(result)
        # Somebody sits and waits for it.
        self._batcher.flush()

    def _restart(self) -> None:
        self.restarting = True
        self._stop()


def _bundle(settings: AgentSettings, about: Mapping[str, str]) -> bytes:
    from agent.centre.log_bundle import make_bundle  # noqa: PLC0415  (the doctor and all: 2 MB)

    return make_bundle(settings, about)
