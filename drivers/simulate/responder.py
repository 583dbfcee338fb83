"""A light SNMP agent: v1 and v2c, read only, one UDP socket a simulated device."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from drivers.base import Oid
from drivers.simulate.mib import MibTree
from drivers.simulate.power import Power
from drivers.snmp.ber import COUNTER64, END_OF_MIB_VIEW, NO_SUCH_INSTANCE, NULL, BerError
from drivers.snmp.message import (
    GET,
    GET_BULK,
    GET_NEXT,
    V1,
    Request,
    VarBind,
    build_response,
    parse_request,
)

_log = logging.getLogger(__name__)

#: error-status of RFC 3416 section 3.
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NOT_WRITABLE = 1, 2, 5, 17
#: What fits one Ethernet frame; larger answers are cut, as a small agent would.
MAX_ANSWER_BYTES: Final = 1472
#: A binding is at least this long, so this many can never be too few for one frame.
_MAX_BINDINGS: Final = 200
_MAX_REPETITIONS: Final = 100
#: A port free at the first address may be taken at another; so often is another one tried.
_PORT_TRIES: Final = 20
#: Datagrams answered in one turn of the loop before others get theirs.
_DRAIN: Final = 64


@dataclass(slots=True)
class SnmpAgent:
    """One simulated device on the network.

    Args:
        name: for commands and logs.
        address: loopback address it answers at.
        community: read community; any other is met with silence, as real agents do.
        tree: its objects.
        power: whether it answers at all.
    """

    name: str
    address: str
    community: str
    tree: MibTree
    power: Power

    def answer(self, datagram: bytes, now: float) -> bytes | None:
        """The response to a request; ``None`` where a real agent would stay silent."""
        if not self.power.alive:
            return None
        try:
            request = parse_request(datagram)
        except BerError:
            return None
        if request.community != self.community.encode():
            return None
        answers = {GET: self._get, GET_NEXT: self._get_next, GET_BULK: self._get_bulk}
        answer = answers.get(request.pdu_type)
        if answer is None:
            return _refusal(request, NOT_WRITABLE, 1)
        return answer(request, now)

    def _get(self, request: Request, now: float) -> bytes:
        found: list[VarBind] = []
        for place, name in enumerate(request.oids, start=1):
            value = self.tree.get(name, now)
            if value is None or (request.version == V1 and value[0] == COUNTER64):
                if request.version == V1:
                    return _refusal(request, NO_SUCH_NAME, place)
                found.append((name, NO_SUCH_INSTANCE, None))
            else:
                found.append((name, *value))
        return _fitting(request, found)

    def _get_next(self, request: Request, now: float) -> bytes:
        found: list[VarBind] = []
        for place, name in enumerate(request.oids, start=1):
            binding = self._next(name, now, version=request.version)
            if binding[1] == END_OF_MIB_VIEW and request.version == V1:
                return _refusal(request, NO_SUCH_NAME, place)
            found.append(binding)
        return _fitting(request, found)

    def _get_bulk(self, request: Request, now: float) -> bytes:
        """RFC 3416 section 4.2.3: as many whole bindings as fit, in row order."""
        once = min(request.non_repeaters, len(request.oids))
        found = [self._next(name, now, version=request.version) for name in request.oids[:once]]
        row = list(request.oids[once:])
        for _ in range(min(request.max_repetitions, _MAX_REPETITIONS)):
            if not row or len(found) >= _MAX_BINDINGS:
                break
            bindings = [self._next(name, now, version=request.version) for name in row]
            found.extend(bindings)
            if all(tag == END_OF_MIB_VIEW for _, tag, _ in bindings):
                break
            row = [name for name, _, _ in bindings]
        answer = build_response(request, found)
        while len(answer) > MAX_ANSWER_BYTES and len(found) > 1:
            keep = len(found) * MAX_ANSWER_BYTES // len(answer)
            found = found[: max(1, min(keep, len(found) - 1))]
            answer = build_response(request, found)
        return answer

    def _next(self, name: Oid, now: float, *, version: int) -> VarBind:
        following = self.tree.after(name)
        while following is not None:
            value = self.tree.get(following, now)
            if value is not None and not (version == V1 and value[0] == COUNTER64):
                return (following, *value)
            following = self.tree.after(following)
        return name, END_OF_MIB_VIEW, None


def _refusal(request: Request, status: int, place: int) -> bytes:
    """The request's own bindings with an error; v1 has no status beyond genErr."""
    if request.version == V1 and status > GEN_ERR:
        status = NO_SUCH_NAME
    empty: list[VarBind] = [(name, NULL, None) for name in request.oids]
    return build_response(request, empty, status, place)


def _fitting(request: Request, found: list[VarBind]) -> bytes:
    answer = build_response(request, found)
    if len(answer) <= MAX_ANSWER_BYTES:
        return answer
    return build_response(request, [], TOO_BIG, 0)


class AgentServer:
    """The sockets of many agents, on one event loop.

    Args:
        agents: devices to answer for, each at its own address.
        clock: real time in seconds since the epoch.
    """

    def __init__(self, agents: Iterable[SnmpAgent], *, clock: Callable[[], float]) -> None:
        self._agents = tuple(agents)
        self._clock = clock
        self._sockets: list[socket.socket] = []

    def open(self, port: int = 0) -> int:
        """Bind every address and begin to answer.

        Args:
            port: UDP port of all of them; 0 takes one that is free at all addresses.

        Returns:
            The port.

        Raises:
            OSError: the port is taken at some address; nothing stays bound.
        """
        for last in range(_PORT_TRIES, -1, -1):
            try:
                return self._bind(port)
            except OSError:
                self.close()
                if port or not last:
                    raise
        return port

    def _bind(self, port: int) -> int:
        loop = asyncio.get_running_loop()
        for agent in self._agents:
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sockets.append(one)
            one.setblocking(False)
            one.bind((agent.address, port))
            port = port or one.getsockname()[1]
            loop.add_reader(one.fileno(), self._drain, one, agent)
        return port

    def close(self) -> None:
        """Give all sockets back."""
        loop = asyncio.get_running_loop()
        for one in self._sockets:
            loop.remove_reader(one.fileno())
            one.close()
        self._sockets.clear()

    def _drain(self, one: socket.socket, agent: SnmpAgent) -> None:
        for _ in range(_DRAIN):
            try:
                datagram, sender = one.recvfrom(65_535)
            except OSError:  # nothing more, or an ICMP error of an earlier answer
                return
            answer = agent.answer(datagram, self._clock())
            if answer is None:
                continue
            try:
                one.sendto(answer, sender)
            except OSError as error:
                _log.debug("%s: answer not sent: %s", agent.name, error)
