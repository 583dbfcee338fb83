"""What a trap sets off: the device it came from is polled at once, and believed instead."""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final

from agent.metrics import AgentMetrics
from agent.settings import AgentSettings
from agent.watch.trap_events import TrapEvents, is_configuration_change
from agent.watch.want import Want
from drivers.plan import Plan, SnmpAccess
from drivers.traps.listener import TrapEvent, TrapListener
from drivers.traps.vocabulary import Depth, builtin_vocabulary

log = logging.getLogger(__name__)

#: A flapping port and its neighbours speak within a second or so: one poll reads them all.
_SETTLE_SECONDS: Final = 1.0
#: However much a device complains, it is not polled more often than this because of it.
_QUIET_SECONDS: Final = 15.0
_WANTS: Final = {
    Depth.reachability: Want.reachability,
    Depth.tables: Want.tables,
    Depth.inventory: Want.inventory,
}

#: Asks for a poll of a device by its id; whether there is such a device.
Hurry = Callable[[str, Want], bool]


class TrapDesk:
    """Turns traps into polls, without letting anybody hurry us more than is good.

    Args:
        hurry: asks for a poll.
        told: told of each trap of a device of the plan.
        settle: seconds to wait for what else the device has to say.
        quiet: seconds between two such polls of one device.
    """

    def __init__(
        self,
        hurry: Hurry,
        *,
        told: Callable[[str, TrapEvent], None] = lambda _id, _event: None,
        settle: float = _SETTLE_SECONDS,
        quiet: float = _QUIET_SECONDS,
    ) -> None:
        #: Traps by kind; those of vendors count as ``vendor``.
        self.kinds: Counter[str] = Counter()
        #: Traps from addresses that are not in the plan.
        self.strangers = 0
        #: Polls asked for.
        self.polls = 0
        self._hurry = hurry
        self._told = told
        self._settle = settle
        self._quiet = quiet
        self._devices: dict[str, tuple[str, ...]] = {}
        self._accesses: dict[str, SnmpAccess | None] = {}
        self._wanted: dict[str, Want] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._polled_at: dict[str, float] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """Traps by kind, those of strangers, and the polls they led to."""
        return {**self.kinds, "stranger": self.strangers, "polls": self.polls}

    @property
    def sources(self) -> Mapping[str, SnmpAccess | None]:
        """Addresses of the plan's devices, and how each is spoken to."""
        return self._accesses

    def follow(self, plan: Plan) -> None:
        """Learn who has which address. Host names are left out: a trap brings none."""
        devices: dict[str, list[str]] = {}
        accesses: dict[str, SnmpAccess | None] = {}
        for target in plan.targets:
            if target.snmp is None or (address := _numeric(target.address)) is None:
                continue
            devices.setdefault(address, []).append(target.id)
            known = accesses.get(address)
            # Several devices behind one address: the one with keys can be told by them.
            if known is None or known.version != "3":
                accesses[address] = target.snmp
        self._devices = {address: tuple(ids) for address, ids in devices.items()}
        self._accesses = accesses
        ids = {id_ for known_ids in devices.values() for id_ in known_ids}
        for gone in [id_ for id_ in self._timers if id_ not in ids]:
            self._timers.pop(gone).cancel()
            del self._wanted[gone]
        self._polled_at = {id_: at for id_, at in self._polled_at.items() if id_ in ids}

    def heard(self, event: TrapEvent) -> None:
        """One trap; never raises."""
        ids = self._devices.get(event.told.address)
        if ids is None:
            self.strangers += 1
            return
        kind = "vendor" if event.kind.startswith("vendor:") else event.kind
        self.kinds[kind] += 1
        log.debug("%s from %s: %s", event.kind, event.told.address, event.told)
        for id_ in ids:
            self._told(id_, event)
            self._want(id_, _WANTS[event.poll])

    def close(self) -> None:
        """Forget the polls that have not been asked for yet."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._wanted.clear()

    def _want(self, id_: str, want: Want) -> None:
        self._wanted[id_] = max(want, self._wanted.get(id_, want))
        if id_ in self._timers:
            return
        loop = asyncio.get_running_loop()
        last = self._polled_at.get(id_)
        rest = 0.0 if last is None else last + self._quiet - loop.time()
        self._timers[id_] = loop.call_later(max(self._settle, rest), self._ask, id_)

    def _ask(self, id_: str) -> None:
        del self._timers[id_]
        want = self._wanted.pop(id_)
        if self._hurry(id_, want):
            self._polled_at[id_] = asyncio.get_running_loop().time()
            self.polls += 1


class Traps:
    """Traps as the running agent hears them; does nothing while the settings want none.

    Args:
        settings: where to listen.
        agent: id of this box.
        hurry: asks for a poll.
        events: tells the centre of traps.
        changed: told of devices that say somebody has changed their configuration.
        metrics: counts.

    Raises:
        VocabularyError: a file of traps of the administrator's own cannot be used.
    """

    def __init__(
        self,
        settings: AgentSettings,
        agent: str,
        hurry: Hurry,
        metrics: AgentMetrics,
        *,
        events: TrapEvents,
        changed: Callable[[str], None],
    ) -> None:
        self._desk = TrapDesk(hurry, told=self._told)
        self._events = events
        self._changed = changed
        self._listener: TrapListener | None = None
        self._task: asyncio.Task[None] | None = None
        if not settings.traps_address:
            return
        vocabulary = builtin_vocabulary()
        if settings.definitions is not None:
            vocabulary = vocabulary.with_folder(settings.definitions / "traps")
        self._listener = listener = TrapListener(
            self._desk.heard,
            address=settings.traps_address,
            port=settings.traps_port,
            engine_id=engine_id_of(agent),
            vocabulary=vocabulary,
        )
        metrics.watch_counts("fleet_agent_traps", "Traps by kind.", lambda: self._desk.counts)
        metrics.watch_counts(
            "fleet_agent_trap_datagrams",
            "Datagrams on the trap port by what happened to them.",
            lambda: listener.counts,
        )
        metrics.watch_counts(
            "fleet_agent_trap_events",
            "Traps that were told to the centre, and those held back.",
            lambda: {"told": events.told, "suppressed": events.suppressed},
        )

    def start(self) -> None:
        """Begin to listen."""
        if self._listener is not None:
            self._task = asyncio.create_task(self._listener.run())

    def follow(self, plan: Plan) -> None:
        """Learn which devices there are."""
        if self._listener is not None:
            self._desk.follow(plan)
            self._events.know({target.id: target.school for target in plan.targets})
            self._listener.know(self._desk.sources)

    async def close(self) -> None:
        """Stop listening."""
        self._desk.close()
        self._events.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _told(self, id_: str, event: TrapEvent) -> None:
        self._events.heard(id_, event)
        if is_configuration_change(event):
            self._changed(id_)


def engine_id_of(agent: str) -> bytes:
    """The SNMPv3 engine informs are addressed to: the same for an agent's whole life.

    RFC 3411 format 5 (octets of one's own) under pysnmp's enterprise number, whose engine it is.
    """
    return b"\x80\x00\x4f\xb8\x05" + hashlib.sha256(agent.encode()).digest()[:12]


def _numeric(address: str | None) -> str | None:
    try:
        return str(ip_address((address or "").partition("%")[0]))
    except ValueError:
        return None
