"""Backups of configurations: each device once a day at a minute of its own, and when it changed.

A text goes to the controller when it is another one than last time, and once a week whatever it
is; in between only its digest goes, which says that nothing has changed.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import msgspec

from agent.centre.private_files import write_private
from agent.watch.command_lines import CommandLines, NoCommandLine
from drivers.errors import DriverError
from drivers.plan import Plan, Target
from drivers.readings import MAX_REPORT_BYTES, Configuration, Event, Report

log = logging.getLogger(__name__)

_FILE = "backups.msgpack"
_WHOLE_EVERY = 7 * 86_400.0
#: Devices never backed up are spread over so long after they came into the plan.
_FIRST_WITHIN = 600.0
_RETRY_AFTER = 3_600.0
_LONGEST_SLEEP = 60.0
#: Somebody who changes a configuration types more than one line.
_SETTLE_SECONDS = 60.0
#: However often a device says that it was changed.
_LEAST_SECONDS = 600.0
FAILED = "configuration_backup_failed"
TOO_LARGE = "too_large"


class Kept(msgspec.Struct, array_like=True):
    """What is known of a device's last backup; times in seconds since the epoch."""

    digest: str = ""
    taken_at: float = 0.0
    whole_at: float = 0.0
    failing: bool = False


class BackupFailed(Exception):
    """No backup came about: {0}."""


class Backups:
    """Takes backups and tells of them.

    Args:
        lines: the devices' command lines.
        state_dir: where digests are kept over a restart.
        report: takes configurations and events, durably.
        disk: the thread that waits for the disk.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        lines: CommandLines,
        state_dir: Path,
        report: Callable[[Report], None],
        disk: ThreadPoolExecutor,
        *,
        clock: Callable[[], float],
        settle: float = _SETTLE_SECONDS,
        least: float = _LEAST_SECONDS,
    ) -> None:
        self._lines = lines
        self._path = state_dir / _FILE
        self._report = report
        self._disk = disk
        self._clock = clock
        self._settle = settle
        self._least = least
        self._kept: dict[str, Kept] = {}
        self._due: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._taking: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to take backups when they are due."""
        try:
            self._kept = msgspec.msgpack.decode(self._path.read_bytes(), type=dict[str, Kept])
        except FileNotFoundError:
            pass
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("what was backed up before is unreadable: %s", error)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Break off what is under way."""
        tasks = [*self._taking, *([self._task] if self._task else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, plan: Plan) -> None:
        """Learn whose configuration is to be backed up; call after the command lines know."""
        wanted = {t.id for t in self._lines.targets if t.ssh and t.ssh.backup_every_seconds > 0}
        self._due = {id_: at for id_, at in self._due.items() if id_ in wanted}
        present = {target.id for target in plan.targets}
        self._kept = {id_: kept for id_, kept in self._kept.items() if id_ in present}
        self._locks = {id_: lock for id_, lock in self._locks.items() if id_ in present}
        for target in self._lines.targets:
            if target.id in wanted and target.id not in self._due:
                self._due[target.id] = self._next(target)
        self._changed.set()

    def hurry(self, id_: str) -> None:
        """Its configuration has changed, it says: back it up soon, but not over and over."""
        if id_ not in self._due:
            return
        last = self._kept.get(id_, Kept()).taken_at
        soon = max(self._clock() + self._settle, last + self._least)
        if soon < self._due[id_]:
            self._due[id_] = soon
            self._changed.set()

    async def take(self, id_: str) -> Configuration:
        """Back one device up now and tell of it.

        Raises:
            BackupFailed: it did not come about; that is told, too, the first time.
        """
        async with self._locks.setdefault(id_, asyncio.Lock()):
            try:
                taken = await self._taken(id_)
            except BackupFailed as error:
                self._failed(id_, str(error))
                raise
            await self._tell(taken)
        return taken

    async def _taken(self, id_: str) -> Configuration:
        try:
            device = self._lines.device(id_)
            backup = await device.backup_configuration()
        except NoCommandLine as error:
            raise BackupFailed(str(error)) from None
        except DriverError as error:
            raise BackupFailed(f"{error.code.value}: {error.detail}") from None
        if len(backup.text.encode()) > MAX_REPORT_BYTES:
            raise BackupFailed(f"{TOO_LARGE}: more than {MAX_REPORT_BYTES} bytes")
        target = self._lines.target(id_)
        school = target.school if target else ""
        return Configuration(id_, school, backup.taken_at, backup.sha256, backup.text)

    async def _tell(self, taken: Configuration) -> None:
        now = self._clock()
        kept = self._kept.get(taken.subject, Kept())
        same = kept.digest == taken.digest and 0 <= now - kept.whole_at < _WHOLE_EVERY
        self._report(msgspec.structs.replace(taken, text="") if same else taken)
        self._kept[taken.subject] = Kept(taken.digest, now, kept.whole_at if same else now)
        content = msgspec.msgpack.encode(self._kept)
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._disk, write_private, self._path, content
            )
        except OSError as error:
            log.warning("what was backed up cannot be noted down: %s", error)

    def _failed(self, id_: str, why: str) -> None:
        kept = self._kept.setdefault(id_, Kept())
        if kept.failing:
            return
        kept.failing = True
        target = self._lines.target(id_)
        log.warning("no backup of %s: %s", target.address if target else id_, why)
        if target is not None:
            at = int(self._clock() * 1000)
            self._report(Event(id_, target.school, at, FAILED, detail=why))

    def _next(self, target: Target) -> float:
        """The next beat of the device's own minute of the day."""
        now = self._clock()
        every = target.ssh.backup_every_seconds if target.ssh else 86_400.0
        place = crc32(target.id.encode()) / 2**32
        kept = self._kept.get(target.id)
        if kept is None or now - kept.taken_at > 1.5 * every:
            return now + place * min(_FIRST_WITHIN, every)
        phase = place * every
        return now + (phase - now) % every

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            now = self._clock()
            for id_ in [id_ for id_, at in self._due.items() if at <= now]:
                # Its next time is set when it is done; how many are done at once, the workers say.
                self._due[id_] = math.inf
                task = asyncio.create_task(self._one(id_))
                self._taking.add(task)
                task.add_done_callback(self._taking.discard)
            # A clock that is set must not make us sleep for a year.
            pause = min(self._due.values(), default=math.inf) - self._clock()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(pause, 0.0), _LONGEST_SLEEP)):
                    await self._changed.wait()

    async def _one(self, id_: str) -> None:
        try:
            await self.take(id_)
        except BackupFailed:
            failed = True
        else:
            failed = False
        target = self._lines.target(id_)
        if target is None or target.ssh is None or id_ not in self._due:
            return  # the plan has forgotten it meanwhile
        again = min(_RETRY_AFTER, target.ssh.backup_every_seconds)
        self._due[id_] = self._clock() + again if failed else self._next(target)
        self._changed.set()
