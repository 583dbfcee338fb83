"""Round trip, loss and jitter of one address: echo requests by icmplib, or TCP handshakes.

Echo requests (RFC 792, RFC 4443) go out without privileges where the kernel allows
(``net.ipv4.ping_group_range``), else by a raw socket
(``CAP_NET_RAW``). Where neither is allowed nothing is measured and nothing is claimed: a box that
may not ping must not make devices look dead. Hosts that are known to listen can be timed by
connecting to them instead, which any box may do.
"""

import asyncio
import logging
import socket
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from icmplib import AsyncSocket, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import (
    DestinationUnreachable,
    ICMPLibError,
    SocketPermissionError,
    TimeoutExceeded,
)
from icmplib.utils import unique_identifier

from drivers.cancellation import heeded
from drivers.readings import Block, Outcome

log = logging.getLogger(__name__)

_HINT: Final = (
    "this box may not send echo requests: let its group do so with"
    " sysctl net.ipv4.ping_group_range, or grant it CAP_NET_RAW"
)
_DEFAULT_PROBES: Final = 5


@dataclass(frozen=True, slots=True)
class PingRead:
    """What some echo requests found.

    Args:
        outcome: ``ok`` when any was answered, ``unreachable`` when the network said so, else
            ``timeout``.
        block: ``ping_loss_ratio`` always; ``ping_round_trip_seconds`` (the median) with one
            answer, ``ping_jitter_seconds`` (the mean difference of neighbouring ones) with two.
    """

    outcome: Outcome
    detail: str
    block: Block

    def value(self, metric: str) -> float | None:
        """What was found of one metric."""
        return self.block.columns[metric][0]


class Pinger:
    """Sends echo requests to many addresses, a bounded number at once.

    Args:
        probes: requests to each address.
        interval: seconds between two of them.
        timeout: seconds each answer is waited for.
        concurrency: addresses pinged at the same moment.
    """

    def __init__(
        self,
        *,
        probes: int = _DEFAULT_PROBES,
        interval: float = 0.2,
        timeout: float = 1.0,
        concurrency: int = 32,
    ) -> None:
        #: Why nothing can be measured; empty while it can.
        self.problem = ""
        self._probes = probes
        self._interval = interval
        self._timeout = timeout
        self._slots = asyncio.Semaphore(concurrency)
        self._privileged: dict[int, bool] = {}

    async def ping(self, address: str) -> PingRead | None:
        """Ping an IPv4 or IPv6 address, or a host name.

        None when this box may not ping at all; ``problem`` says why, and the log once.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(address, None, type=socket.SOCK_DGRAM)
        except OSError as error:
            return self._verdict([], f"{address} is not known: {error.strerror}")
        family, numeric = found[0][0], str(found[0][4][0])
        async with self._slots:
            try:
                sock = self._open(family)
            except SocketPermissionError:
                if not self.problem:
                    self.problem = _HINT
                    log.warning("%s", _HINT)
                return None
            except ICMPLibError as error:
                return self._verdict([], str(error))
            with AsyncSocket(sock) as open_sock:
                return await self._probe(open_sock, numeric)

    async def connect(self, host: str, port: int) -> PingRead:
        """Time TCP handshakes with a host; a refusal comes back over the same way, and counts.

        A handshake whose first packet was lost takes a second longer, so that it counts as lost.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            return self._verdict([], f"{host} is not known: {error.strerror}")
        trips: list[float] = []
        refusal = ""
        async with self._slots:
            for number in range(self._probes):
                if number:
                    await asyncio.sleep(self._interval)
                try:
                    trips.append(await self._handshake(found[0][0], found[0][4]))
                except TimeoutError:
                    continue
                except OSError as error:
                    refusal = error.strerror or str(error)
        return self._verdict(trips, refusal)

    async def _handshake(self, family: int, address: Any) -> float:
        """Seconds a handshake took.

        Raises:
            TimeoutError: nothing came back.
            OSError: there is no way.
        """
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            began = time.perf_counter()
            with suppress(ConnectionRefusedError, ConnectionResetError):
                async with asyncio.timeout(self._timeout):
                    await asyncio.get_running_loop().sock_connect(sock, address)
            return time.perf_counter() - began

    def _open(self, family: int) -> ICMPv4Socket | ICMPv6Socket:
        kind = ICMPv6Socket if family == socket.AF_INET6 else ICMPv4Socket
        if family in self._privileged:
            return kind(privileged=self._privileged[family])
        try:
            sock = kind(privileged=False)
        except SocketPermissionError:
            sock = kind(privileged=True)
            self._privileged[family] = True
        else:
            self._privileged[family] = False
        return sock

    async def _probe(self, sock: AsyncSocket, address: str) -> PingRead:
        identifier = unique_identifier()
        trips: list[float] = []
        refusal = ""
        for sequence in range(self._probes):
            if sequence:
                await asyncio.sleep(self._interval)
            request = ICMPRequest(address, identifier, sequence)
            began = time.perf_counter()
            try:
                sock.send(request)
                with heeded():
                    reply = await sock.receive(request, self._timeout)
                took = time.perf_counter() - began
                reply.raise_for_status()
                trips.append(took)
            except TimeoutExceeded:
                continue
            except DestinationUnreachable as error:
                refusal = str(error)
            except ICMPLibError as error:
                # The kernel's own refusal: no route, or an ICMP error for an earlier request.
                refusal = str(error)
        return self._verdict(trips, refusal)

    def _verdict(self, trips: list[float], refusal: str) -> PingRead:
        steps = [abs(b - a) for a, b in pairwise(trips)]
        block = Block(
            ("",),
            {
                "ping_round_trip_seconds": [statistics.median(trips) if trips else None],
                "ping_loss_ratio": [1 - len(trips) / self._probes],
                "ping_jitter_seconds": [sum(steps) / len(steps) if steps else None],
            },
        )
        if trips:
            return PingRead(Outcome.ok, "", block)
        if refusal:
            return PingRead(Outcome.unreachable, refusal.lower()[:200], block)
        return PingRead(Outcome.timeout, "no answer", block)
