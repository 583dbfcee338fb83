"""Ways that fail on purpose: a line that can be cut, and a wire that loses datagrams."""

import asyncio
import random
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.ports import free_port

_CHUNK = 65_536


class Loop:
    """An event loop in a thread of its own, for what runs beside a test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


class Line:
    """The school's Internet line: TCP to the controller's port, until it is cut."""

    def __init__(self, loop: Loop, port: int) -> None:
        self._loop = loop
        self._port = port
        self._up = True
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server = loop.run(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Break what runs over it; what is begun meanwhile is hung up on."""
        self._loop.run(self._cut())

    def restore(self) -> None:
        self._up = True

    def close(self) -> None:
        self.cut()
        self._server.close()

    async def _cut(self) -> None:
        self._up = False
        for end in list(self._ends):
            end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            if not self._up:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._ends.add(far_writer)
            try:
                there = asyncio.create_task(_pump(reader, far_writer))
                back = asyncio.create_task(_pump(far_reader, writer))
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
                there.cancel()
                back.cancel()
            finally:
                self._ends.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            return
        finally:
            self._ends.discard(writer)
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()


class LossyWire:
    """Datagrams to simulated devices and back, of which some are lost in either direction.

    Args:
        addresses: of the devices; the wire is met at the same addresses, on another port.
        port: where the devices answer.
        loss: the share that is lost, each way.
    """

    def __init__(
        self, loop: Loop, addresses: list[str], port: int, *, loss: float, seed: int
    ) -> None:
        self._loop = loop
        self._target = port
        self._loss = loss
        self._draw = random.Random(seed)  # noqa: S311 - the same losses every time
        self.carried = self.lost = 0
        self._transports: list[asyncio.BaseTransport] = []
        self.port = free_port()
        for address in addresses:
            loop.run(self._listen(address))

    def close(self) -> None:
        for transport in self._transports:
            transport.close()

    def loses(self) -> bool:
        lost = self._draw.random() < self._loss
        self.lost += lost
        self.carried += not lost
        return lost

    async def _listen(self, address: str) -> None:
        running = asyncio.get_running_loop()
        transport, near = await running.create_datagram_endpoint(
            lambda: _Near(self), local_addr=(address, self.port)
        )
        far, _ = await running.create_datagram_endpoint(
            lambda: _Far(self, near), remote_addr=(address, self._target)
        )
        near.far = far
        self._transports += [transport, far]


class _Near(asyncio.DatagramProtocol):
    """The agent's end; one agent speaks at a time, its last address gets the answers."""

    def __init__(self, wire: LossyWire) -> None:
        self._wire = wire
        self.far: asyncio.DatagramTransport | None = None
        self.transport: asyncio.DatagramTransport | None = None
        self.agent: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.agent = addr
        if self.far is not None and not self._wire.loses():
            self.far.sendto(data)


class _Far(asyncio.DatagramProtocol):
    def __init__(self, wire: LossyWire, near: _Near) -> None:
        self._wire = wire
        self._near = near

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        near = self._near
        if near.transport is not None and near.agent is not None and not self._wire.loses():
            near.transport.sendto(data, near.agent)


@contextmanager
def beside() -> Iterator[Loop]:
    """A loop for the length of a block."""
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()
