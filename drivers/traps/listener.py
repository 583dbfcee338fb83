"""The parent's side: keeps the child alive that hears traps, and names what it hears."""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from drivers.plan import SnmpAccess
from drivers.traps.messages import (
    REFUSED,
    Counts,
    Message,
    Notification,
    Orders,
    Ready,
    Refused,
    frame,
    read_message,
)
from drivers.traps.vocabulary import Depth, Vocabulary, builtin_vocabulary

log = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
#: A child that lived so long was well; its end is not held against the next one.
_WELL_AFTER: Final = 60.0
#: A child gives a sign of life every 10 s; on a small box it needs some to begin.
_PATIENCE: Final = 60.0
_LAST_PRIVILEGED: Final = 1023


@dataclass(frozen=True, slots=True)
class TrapEvent:
    """A trap with its meaning.

    Args:
        kind: ``cold_start``, ``warm_start``, ``link_up``, ``link_down``,
            ``authentication_failure``, ``vendor:<name>`` or ``unknown``.
        poll: how much of the device to read because of it.
        told: what the trap itself says.
    """

    kind: str
    poll: Depth
    told: Notification


class TrapListener:
    """Hears traps and informs as long as :meth:`run` runs.

    Args:
        heard: told of every trap; must not raise.
        address: where to listen; ``::`` hears IPv4 as well.
        port: 162 is the standard's and needs CAP_NET_BIND_SERVICE; 0 takes a free one.
        engine_id: our SNMPv3 engine for informs, 5 to 32 octets, always the same.
        vocabulary: what traps mean.
        first_pause: seconds before a child that died is started again; doubles up to a minute.
        patience: seconds without a sign of life after which a child counts as hanging.
    """

    def __init__(
        self,
        heard: Callable[[TrapEvent], None],
        *,
        address: str,
        port: int,
        engine_id: bytes,
        vocabulary: Vocabulary | None = None,
        first_pause: float = _FIRST_PAUSE,
        patience: float = _PATIENCE,
    ) -> None:
        #: The port it listens on; None while it does not.
        self.port: int | None = None
        #: Process id of the child; None while there is none.
        self.child: int | None = None
        self._heard = heard
        self._orders = Orders(address, port, engine_id)
        self._vocabulary = vocabulary or builtin_vocabulary()
        self._first_pause = first_pause
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._before: Counter[str] = Counter()
        self._now: Mapping[str, int] = {}
        self._said = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """Datagrams by what happened to them, over all children; and ``restarts``."""
        return self._before + Counter(self._now)

    def know(self, sources: Mapping[str, SnmpAccess | None]) -> None:
        """Tell which devices there are, by address, and how each is spoken to."""
        accesses: dict[SnmpAccess, int] = {}
        places = {
            address: accesses.setdefault(access or SnmpAccess(), len(accesses))
            for address, access in sources.items()
        }
        old = self._orders
        self._orders = Orders(old.address, old.port, old.engine_id, tuple(accesses), places)
        self._order()

    async def run(self) -> None:
        """Keep a child alive until cancelled."""
        loop = asyncio.get_running_loop()
        pause = self._first_pause
        while True:
            began = loop.time()
            calm = await self._one_child()
            self._before.update(self._now)
            self._now = {}
            if calm or loop.time() - began > _WELL_AFTER:
                pause = self._first_pause
            self._before["restarts"] += 1
            await asyncio.sleep(0.0 if calm else pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _one_child(self) -> bool:
        """One child's life; whether it ended of its own will to make room for the next."""
        try:
            # -P: a file called like one of our modules in the working folder is not ours.
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "drivers.traps",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            self._say(f"no process to hear traps: {error}")
            return False
        self.child = process.pid
        try:
            self._order()
            await self._listen(process)
        finally:
            self.port = self.child = None
            self._process = None
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.returncode not in (0, REFUSED):
            self._say(f"the process that hears traps ended with {process.returncode}")
        return process.returncode == 0

    def _order(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(frame(self._orders))

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        try:
            while True:
                async with asyncio.timeout(self._patience):
                    message = await read_message(process.stdout)
                self._take(message)
        except asyncio.IncompleteReadError:
            # It closed its output because it ended; its code says how.
            await process.wait()
        except TimeoutError:
            log.warning("the process that hears traps hangs; it is replaced")
        except ValueError as error:
            self._say(f"the process that hears traps said nonsense: {error}")

    def _take(self, message: Message) -> None:
        match message:
            case Notification():
                meaning = self._vocabulary.meaning(message.trap)
                self._heard(TrapEvent(meaning.kind, meaning.poll, message))
            case Counts():
                self._now = message.counts
            case Ready():
                self.port = message.port
                self._said = ""
                log.info("hearing traps on %s port %d", message.address, message.port)
            case Refused():
                where = f"{self._orders.address} port {self._orders.port}"
                hint = (
                    "; ports up to 1023 need CAP_NET_BIND_SERVICE: grant it, or choose a higher one"
                    if message.forbidden and self._orders.port <= _LAST_PRIVILEGED
                    else ""
                )
                self._say(f"cannot hear traps on {where}: {message.reason}{hint}")

    def _say(self, sentence: str) -> None:
        """Log once, not at every try."""
        if sentence != self._said:
            log.warning("%s", sentence)
            self._said = sentence
