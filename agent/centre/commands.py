"""Commands from the centre: each done once, in its time, and answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from agent.centre.journal import Journal
from drivers.plan import Command
from drivers.readings import CommandResult

log = logging.getLogger(__name__)

DONE, FAILED, REFUSED, EXPIRED = "done", "failed", "refused", "expired"
#: What an interrupted order leaves behind: nobody knows, somebody has to look.
UNCERTAIN = {"result": "uncertain"}
RESTART = "restart"
_LONGEST_DETAIL = 2_000


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a command."""

    state: str = DONE
    detail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    attachment: bytes = b""


#: Does one kind of command; may raise anything, which counts as failed.
Duty = Callable[[Command], Awaitable[Ended]]


class Commands:
    """Takes commands, does each once, and reports.

    Args:
        duties: who does which kind.
        journal: read already.
        report: takes results, durably.
        disk: the thread that waits for the disk.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        duties: Mapping[str, Duty],
        journal: Journal,
        report: Callable[[CommandResult], None],
        disk: ThreadPoolExecutor,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._duties = duties
        self._journal = journal
        self._report = report
        self._disk = disk
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    async def recover(self) -> None:
        """Answer for what was under way when the last run ended."""
        for command, entry in self._journal.unfinished().items():
            if entry.kind == RESTART:
                ended = Ended()
            else:
                ended = Ended(FAILED, "the agent was interrupted while doing it", UNCERTAIN)
            log.info("command %s (%s) from before: %s", command, entry.kind, ended.state)
            await self._end(command, entry.kind, ended)

    def take(self, commands: Iterable[Command]) -> None:
        """Begin what is new, answer again for what is done; returns at once."""
        now = asyncio.get_running_loop().time()
        for command in commands:
            if command.id in self._running:
                continue
            known = self._journal.get(command.id)
            if known is not None:
                if known.result is not None:
                    self._report(known.result)
                continue
            task = asyncio.create_task(self._do(command, now + command.seconds))
            self._running[command.id] = task
            task.add_done_callback(partial(self._forget, command.id))

    async def close(self) -> None:
        """Break off what is under way; the next run answers for it."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, command: str, _: asyncio.Task[None]) -> None:
        del self._running[command]

    async def _do(self, command: Command, until: float) -> None:
        duty = self._duties.get(command.kind)
        loop = asyncio.get_running_loop()
        if duty is None:
            await self._end(command.id, command.kind, Ended(REFUSED, "this agent cannot do that"))
            return
        if loop.time() >= until:
            await self._end(command.id, command.kind, Ended(EXPIRED, "it came too late"))
            return
        try:
            await loop.run_in_executor(self._disk, self._journal.begin, command.id, command.kind)
        except OSError as error:
            # Without a journal it might be done twice.
            log.error("command %s cannot be noted down: %s", command.id, error)
            self._report(self._result(command.id, Ended(FAILED, f"cannot be noted down: {error}")))
            return
        log.info("command %s: %s %s", command.id, command.kind, command.subject or "")
        try:
            async with asyncio.timeout_at(until):
                ended = await duty(command)
        except TimeoutError:
            ended = Ended(FAILED, "not done in time", UNCERTAIN)
        except Exception as error:
            log.exception("command %s (%s) failed", command.id, command.kind)
            ended = Ended(FAILED, f"{type(error).__name__}: {error}", UNCERTAIN)
        await self._end(command.id, command.kind, ended)

    async def _end(self, command: str, kind: str, ended: Ended) -> None:
        result = self._result(command, ended)
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._disk, self._journal.end, command, kind, result
            )
        except OSError as error:
            log.error("the end of command %s cannot be noted down: %s", command, error)
        self._report(result)

    def _result(self, command: str, ended: Ended) -> CommandResult:
        return CommandResult(
            command=command,
            at=int(self._clock() * 1000),
            state=ended.state,
            detail=ended.detail[:_LONGEST_DETAIL],
            fields=dict(ended.fields),
            attachment=ended.attachment,
        )
