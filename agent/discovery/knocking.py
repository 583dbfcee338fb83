"""Asking one address what it is: by ping, by SNMP with one access after the other, by PJLink."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, TypeVar

from agent.discovery.memory import Memory, digest_of
from drivers.definitions import Definitions
from drivers.errors import AuthRejected, DriverError, Malformed, Unreachable
from drivers.packet_rate import PacketRate
from drivers.ping import Pinger
from drivers.pjlink import PORT as PJLINK_PORT
from drivers.pjlink import read_projector
from drivers.plan import NamedAccess, SnmpAccess
from drivers.readings import ALIVE, Identity, Kind
from drivers.snmp.engine import SnmpEngine
from drivers.snmp.glance import glance_at
from drivers.snmp.identify import SYS_OBJECT_ID, SYS_UP_TIME
from drivers.snmp.security import Authority, security_of

log = logging.getLogger(__name__)

#: Seconds an answer to the first word is waited for.
PATIENCE: Final = 1.5
#: A device may lock a version 3 user out after some wrong secrets; it gets no more of them a look.
MOST_TRIES_A_USER: Final = 2
_REFUSED_BY_HOST: Final = "connection refused"
_PJLINK_PACKETS: Final = 12

Item = TypeVar("Item")


class Sign(Enum):
    """What one request to one port led to."""

    works = auto()  # it answered us
    refused = auto()  # it is there, and turned the access down
    closed = auto()  # the host is there, the port is not
    silent = auto()


@dataclass(slots=True)
class Host:
    """One address and what is known of it in this look.

    Args:
        how: what pointed at it.
        seen_from: the neighbour that told of it.
    """

    address: str
    how: str = "snmp"
    seen_from: str | None = None
    alive: bool = False
    closed: set[int] = field(default_factory=set)
    tried: set[tuple[int, str]] = field(default_factory=set)
    refused: set[tuple[int, str]] = field(default_factory=set)
    users: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered.

    Args:
        access: what it answered to; None for what is not SNMP.
        addresses: all it has, as far as it tells.
    """

    host: Host
    protocol: str
    port: int
    identity: Identity | None
    access: NamedAccess | None = None
    driver: str | None = None
    addresses: frozenset[str] = frozenset()


class Knocker:
    """Asks hosts, within one packet rate.

    Args:
        accesses: in the order in which they are tried.
        ports: UDP ports where SNMP is looked for.
        pinger: with one probe; None: nobody is pinged.
    """

    def __init__(
        self,
        engine: SnmpEngine,
        rate: PacketRate,
        accesses: Iterable[NamedAccess],
        ports: Iterable[int],
        *,
        memory: Memory,
        definitions: Definitions,
        pinger: Pinger | None,
        pjlink: bool = True,
    ) -> None:
        self._engine = engine
        self._rate = rate
        self._accesses = {
            digest_of(access.snmp): access for access in accesses if _can_work(access)
        }
        self._ports = tuple(ports)
        self._memory = memory
        self._definitions = definitions
        self._pinger = pinger
        self._pjlink = pjlink

    async def greet(self, host: Host) -> Found | None:
        """One ping and one SNMP request, at once: enough for most of the living."""
        port, digest = next(self._left(host), (0, ""))
        async with asyncio.TaskGroup() as both:  # whoever ends one of them ends the other, too
            both.create_task(self.ping(host))
            if not digest:
                return None
            sign = await self._try(host, port, digest, retries=0)
            return await self._look(host, port, digest) if sign is Sign.works else None

    async def insist(self, host: Host, *, retries: int) -> Found | None:
        """Every access that is left, until one works; then PJLink, where somebody is there."""
        for port, digest in tuple(self._left(host, again=True)):
            if port in host.closed:
                continue
            if await self._try(host, port, digest, retries=retries) is Sign.works:
                return await self._look(host, port, digest)
        return await self._projector(host) if host.alive else None

    async def ping(self, host: Host) -> None:
        """See whether anybody is there."""
        if self._pinger is None or self._pinger.problem:
            return
        await self._rate.take()
        with suppress(OSError):
            read = await self._pinger.ping(host.address)
            if read is not None and read.outcome in ALIVE:
                host.alive = True

    def _left(self, host: Host, *, again: bool = False) -> Iterator[tuple[int, str]]:
        """Ports and accesses to try, what worked before first.

        ``again``: after those not tried yet the others, since what was lost looks like silence.
        """
        tries = [(port, digest) for port in self._ports for digest in self._accesses]
        tries.sort(key=lambda t: (t in host.tried, self._memory.worked(host.address, t[0]) != t[1]))
        for port, digest in tries:
            if (port, digest) in host.refused or ((port, digest) in host.tried and not again):
                continue
            access = self._accesses[digest].snmp
            if access.user is not None and (
                host.users[access.user] >= MOST_TRIES_A_USER
                or self._memory.is_refused(host.address, port, digest)
            ):
                continue
            yield port, digest

    async def _try(self, host: Host, port: int, digest: str, *, retries: int) -> Sign:
        access = self._accesses[digest].snmp
        host.tried.add((port, digest))
        sign = await self._ask(host.address, port, access, retries)
        if sign is not Sign.silent:
            host.alive = True
        if sign is Sign.closed:
            host.closed.add(port)
        elif sign is Sign.works:
            self._memory.note_worked(host.address, port, digest)
        elif sign is Sign.refused:
            host.refused.add((port, digest))
            self._memory.note_refused(host.address, port, digest)
            if access.user is not None:
                host.users[access.user] += 1
        return sign

    async def _ask(self, address: str, port: int, access: SnmpAccess, retries: int) -> Sign:
        try:
            session = self._engine.session(address, port, access, timeout=PATIENCE, retries=retries)
            await session.get((SYS_OBJECT_ID, SYS_UP_TIME))
        except AuthRejected:
            return Sign.refused
        except Malformed:
            return Sign.refused
        except Unreachable as error:
            return Sign.closed if _REFUSED_BY_HOST in error.detail else Sign.silent
        except DriverError:
            return Sign.silent
        return Sign.works

    async def _look(self, host: Host, port: int, digest: str) -> Found | None:
        access = self._accesses[digest]
        session = self._engine.session(host.address, port, access.snmp, timeout=2.0, retries=2)
        try:
            seen = await glance_at(session, self._definitions)
        except DriverError:
            return None  # fell silent between two words; the next look will tell
        return Found(
            host,
            "snmp",
            port,
            seen.identity,
            access,
            seen.definition,
            seen.addresses if host.address in seen.addresses else frozenset({host.address}),
        )

    async def _projector(self, host: Host) -> Found | None:
        if not self._pjlink:
            return None
        await self._rate.take()
        try:
            read = await read_projector(host.address, PJLINK_PORT, timeout=PATIENCE)
        except AuthRejected:
            return Found(host, "pjlink", PJLINK_PORT, Identity(kind=Kind.projector))
        except DriverError:
            return None
        self._rate.owe(_PJLINK_PACKETS)
        identity = read.facts.identity if read.facts is not None else None
        return Found(host, "pjlink", PJLINK_PORT, identity)


def _can_work(access: NamedAccess) -> bool:
    try:
        security_of(access.snmp, Authority())
    except AuthRejected as error:
        log.warning("credential %s cannot be used: %s", access.id, error)
        return False
    return True


async def each(
    items: Iterable[Item], work: Callable[[Item], Coroutine[Any, Any, None]], *, at_once: int
) -> None:
    """Work through items, so many at the same time."""
    source = iter(items)

    async def worker() -> None:
        for item in source:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
