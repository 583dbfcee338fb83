"""An SNMP agent whose every answer is a function of the test, on a free port of 127.0.0.1."""

import asyncio
import bisect
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, TypeAlias

import pytest

from drivers.base import Oid
from drivers.snmp.ber import COUNTER32, END_OF_MIB_VIEW, NO_SUCH_OBJECT, TIME_TICKS
from drivers.snmp.message import (
    GET,
    GET_BULK,
    NO_SUCH_NAME,
    Request,
    VarBind,
    build_response,
    encode_varbinds,
    parse_request,
)

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IN_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 10)
OUT_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 16)

#: Request and its number, from 0; what goes back, datagram by datagram.
Behaviour: TypeAlias = Callable[[Request, int], Iterable[bytes]]


class Mib:
    """A well-behaved agent over a list of objects; the base most misbehaviour varies."""

    def __init__(self, objects: Sequence[VarBind], largest: int = 1472) -> None:
        self._objects = sorted(objects)
        self._oids = [varbind[0] for varbind in self._objects]
        self._largest = largest

    def __call__(self, request: Request, number: int) -> Iterable[bytes]:
        if request.pdu_type == GET:
            return [self._get(request)]
        if request.pdu_type == GET_BULK:
            return [self._get_bulk(request)]
        return [self._get_next(request)]

    def following(self, oid: Oid) -> VarBind:
        at = bisect.bisect_right(self._oids, oid)
        return self._objects[at] if at < len(self._objects) else (oid, END_OF_MIB_VIEW, None)

    def _get(self, request: Request) -> bytes:
        table = {varbind[0]: varbind for varbind in self._objects}
        found = [table.get(oid, (oid, NO_SUCH_OBJECT, None)) for oid in request.oids]
        return self._finish(request, found)

    def _get_next(self, request: Request) -> bytes:
        return self._finish(request, [self.following(oid) for oid in request.oids])

    def _finish(self, request: Request, found: list[VarBind]) -> bytes:
        if request.version == 0:
            for index, (_, tag, _) in enumerate(found, 1):
                if tag >= NO_SUCH_OBJECT:
                    same = [(oid, 5, None) for oid in request.oids]
                    return build_response(request, same, NO_SUCH_NAME, index)
        return build_response(request, found)

    def _get_bulk(self, request: Request) -> bytes:
        head = request.oids[: request.non_repeaters]
        found = [self.following(oid) for oid in head]
        cursors = list(request.oids[request.non_repeaters :])
        room = self._largest - len(build_response(request, found))
        for _ in range(request.max_repetitions):
            for at, cursor in enumerate(cursors):
                varbind = self.following(cursor)
                room -= len(encode_varbinds([varbind])) - 2
                if room < 0:
                    return build_response(request, found)
                found.append(varbind)
                cursors[at] = varbind[0]
        return build_response(request, found)


def interfaces(rows: int = 20) -> list[VarBind]:
    """sysUpTime.0 and two counters for each of some interfaces."""
    objects: list[VarBind] = [(SYS_UP_TIME, TIME_TICKS, 4711)]
    for row in range(1, rows + 1):
        objects.append(((*IN_OCTETS, row), COUNTER32, row * 1000))
        objects.append(((*OUT_OCTETS, row), COUNTER32, 2**32 - row))
    return objects


class _Agent(asyncio.DatagramProtocol):
    def __init__(self, behaviour: Behaviour, sink: list[Request]) -> None:
        self._behaviour = behaviour
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = parse_request(data)
        self._sink.append(request)
        for reply in self._behaviour(request, len(self._sink) - 1):
            self._transport.sendto(reply, address)


class AgentPort(int):
    """The port, and what was asked of it so far."""

    requests: list[Request]


@contextlib.asynccontextmanager
async def agent(behaviour: Behaviour, address: str = "127.0.0.1") -> AsyncIterator[AgentPort]:
    requests: list[Request] = []
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Agent(behaviour, requests), local_addr=(address, 0)
    )
    port = AgentPort(transport.get_extra_info("sockname")[1])
    port.requests = requests
    try:
        yield port
    finally:
        transport.close()


@pytest.fixture(name="agent")
def agent_fixture() -> Callable[..., contextlib.AbstractAsyncContextManager[AgentPort]]:
    """``async with agent(behaviour) as port``."""
    return agent


@pytest.fixture
def mib() -> type[Mib]:
    """A well-behaved agent over a list of (OID, tag, value)."""
    return Mib


@pytest.fixture
def switch() -> Mib:
    """Twenty interfaces with two counters, and sysUpTime."""
    return Mib(interfaces())
