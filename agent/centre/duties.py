"""What each kind of command makes the box do."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from agent.centre.commands import FAILED, REFUSED, Duty, Ended
from agent.watch.command_lines import CommandLines, NoCommandLine
from agent.watch.configurations import BackupFailed, Backups
from agent.watch.want import Want
from drivers.plan import Command, LineTest, Plan
from drivers.readings import ALIVE, Poll
from drivers.ssh.orders import AuditRecord, Authorisation, Result

if TYPE_CHECKING:
    from drivers.ssh.device import SshDevice

#: Polls of a device that has just come into the plan may be half a minute away.
_FIRST_POLL_SECONDS = 90.0
_MOST_FAILURES_NAMED = 5
_MOST_FIELDS = 60
_STATES = {Result.done: "done", Result.refused: REFUSED}


#: Looks through a school; raises LookupError where the plan has nothing to look for.
Rediscover = Callable[[str], Awaitable[Mapping[str, str]]]


class PollWatch:
    """Lets a command wait for the next poll of a device."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[Poll]]] = {}

    def polled(self, poll: Poll) -> None:
        """A device was polled."""
        for future in self._waiting.pop(poll.subject, ()):
            if not future.done():
                future.set_result(poll)

    async def next(self, id_: str) -> Poll:
        """The next poll of a device, however long it takes."""
        future: asyncio.Future[Poll] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(id_, []).append(future)
        return await future


class Duties:
    """Everything the box can be told to do at once.

    Args:
        hurry: asks for a poll of a device; whether it is polled at all.
        watch: told of every poll.
        lines: command lines of the plan's devices.
        backups: takes configurations.
        test_line: runs one speed test.
        rediscover: looks for devices in a school; what it found, by name.
        bundle: makes a log bundle; blocks.
        restart: ends this run so that another one begins.
    """

    def __init__(
        self,
        *,
        hurry: Callable[[str, Want], bool],
        watch: PollWatch,
        lines: CommandLines,
        backups: Backups,
        test_line: Callable[[LineTest], Awaitable[Poll]],
        rediscover: Rediscover | None,
        bundle: Callable[[], bytes],
        restart: Callable[[], None],
    ) -> None:
        self._hurry = hurry
        self._watch = watch
        self._lines = lines
        self._backups = backups
        self._test_line = test_line
        self._rediscover = rediscover
        self._bundle = bundle
        self._restart = restart
        self._plan: Plan | None = None

    def follow(self, plan: Plan) -> None:
        """Learn what there is."""
        self._plan = plan

    def by_kind(self) -> Mapping[str, Duty]:
        """Who does what."""
        return {
            "poll_now": self.poll_now,
            "rediscover": self.rediscover,
            "back_up_configuration": self.back_up_configuration,
            "run_speed_test": self.run_speed_test,
            "send_log_bundle": self.send_log_bundle,
            "restart": self.restart,
            "enable_port": lambda command: self._order(command, _enable),
            "disable_port": lambda command: self._order(command, _disable),
            "cycle_poe": lambda command: self._order(command, _cycle),
        }

    async def poll_now(self, command: Command) -> Ended:
        """Poll a device and tell how it went; without a subject hurry all of them."""
        if command.subject is None:
            targets = self._plan.targets if self._plan else ()
            hurried = sum(self._hurry(target.id, Want.tables) for target in targets)
            return Ended(fields={"devices": str(hurried)})
        waiting = asyncio.ensure_future(self._watch.next(command.subject))
        try:
            await asyncio.sleep(0)  # it waits before the poll can be over
            if not self._hurry(command.subject, Want.inventory):
                return Ended(REFUSED, "this agent does not poll it")
            async with asyncio.timeout(_FIRST_POLL_SECONDS):
                poll = await waiting
        finally:
            waiting.cancel()
        fields = {"outcome": poll.outcome.value, "readings": str(sum(map(len, poll.blocks)))}
        return Ended("done" if poll.outcome in ALIVE else FAILED, poll.detail, fields)

    async def rediscover(self, _: Command) -> Ended:
        """Look for devices in every school of the plan that has ranges, one after the other."""
        schools = [one.school for one in self._plan.discovery] if self._plan else []
        if self._rediscover is None or not schools:
            return Ended(REFUSED, "the plan has no ranges to look through")
        fields: dict[str, str] = {}
        for school in schools:
            try:
                found = await self._rediscover(school)
            except LookupError:
                continue  # the plan has changed meanwhile
            fields |= {f"{school} {name}": text for name, text in found.items()}
        return Ended(fields=dict(list(fields.items())[:_MOST_FIELDS]))

    async def back_up_configuration(self, command: Command) -> Ended:
        """Back one device up, or all that can be."""
        if command.subject is not None:
            try:
                taken = await self._backups.take(command.subject)
            except BackupFailed as error:
                return Ended(FAILED, str(error))
            return Ended(fields={"digest": taken.digest, "lines": str(taken.text.count("\n"))})
        ids = [target.id for target in self._lines.targets]
        results = await asyncio.gather(*map(self._backups.take, ids), return_exceptions=True)
        failed = [f"{id_}: {e}" for id_, e in zip(ids, results, strict=True) if _failed(e)]
        fields = {"done": str(len(ids) - len(failed)), "failed": str(len(failed))}
        detail = "; ".join(failed[:_MOST_FAILURES_NAMED])
        return Ended(FAILED if failed else "done", detail, fields)

    async def run_speed_test(self, command: Command) -> Ended:
        """Test one line, or all lines of the plan, one after the other."""
        tests = self._plan.line_tests if self._plan else ()
        wanted = [test for test in tests if command.subject in (None, test.line)]
        if not wanted:
            return Ended(REFUSED, "the plan has no test of it")
        polls = [await self._test_line(test) for test in wanted]
        bad = [poll for poll in polls if poll.outcome not in ALIVE]
        fields = {
            reading.metric: f"{reading.value:g}"
            for poll in polls[:1]
            for reading in poll.readings()
        }
        detail = "; ".join(f"{poll.subject}: {poll.detail or poll.outcome}" for poll in bad)
        return Ended(FAILED if bad else "done", detail, dict(list(fields.items())[:_MOST_FIELDS]))

    async def send_log_bundle(self, _: Command) -> Ended:
        """The last lines of the log, settings, diagnosis."""
        bundle = await asyncio.to_thread(self._bundle)
        return Ended(fields={"bytes": str(len(bundle))}, attachment=bundle)

    async def restart(self, _: Command) -> Ended:
        """End this run; the next one says that it is done."""
        self._restart()
        await asyncio.Event().wait()
        return Ended()

    async def _order(
        self,
        command: Command,
        carry: Callable[["SshDevice", str, Authorisation], Awaitable[AuditRecord]],
    ) -> Ended:
        asked = command.arguments
        try:
            device = self._lines.device(command.subject or "")
            authorisation = Authorisation(
                by=asked.get("by", ""),
                reason=asked.get("reason", ""),
                ticket=asked.get("ticket", ""),
            )
        except (NoCommandLine, ValueError) as error:
            return Ended(REFUSED, str(error))
        record = await carry(device, asked.get("port", ""), authorisation)
        # Its read-back is the next poll.
        self._hurry(command.subject or "", Want.tables)
        return Ended(_STATES.get(record.result, FAILED), record.detail, _fields(record))


def _fields(record: AuditRecord) -> Mapping[str, str]:
    """The audit record as the fields of a result."""
    return {
        "result": record.result.value,
        "order": record.order.value,
        "address": record.address,
        "port": record.port,
        "by": record.by,
        "reason": record.reason,
        "ticket": record.ticket,
        "begun_at": str(record.begun_at),
        "ended_at": str(record.ended_at),
        "commands": json.dumps(record.commands, ensure_ascii=False),
        "transcript": record.transcript,
    }


def _failed(result: object) -> bool:
    if isinstance(result, BaseException) and not isinstance(result, BackupFailed):
        raise result
    return isinstance(result, BackupFailed)


async def _enable(device: "SshDevice", port: str, authorisation: Authorisation) -> AuditRecord:
    return await device.set_port(port, enabled=True, authorisation=authorisation)


async def _disable(device: "SshDevice", port: str, authorisation: Authorisation) -> AuditRecord:
    return await device.set_port(port, enabled=False, authorisation=authorisation)


async def _cycle(device: "SshDevice", port: str, authorisation: Authorisation) -> AuditRecord:
    return await device.cycle_poe(port, authorisation=authorisation)
