"""What stands in front of several controllers: TCP, to each in turn that takes it."""

import asyncio
from contextlib import suppress
from itertools import count

_CHUNK = 65_536


class Front:
    """Spreads connections over some ports of 127.0.0.1; one that is refused goes to the next.

    It knows nothing of HTTP and asks nobody how they are, as the simplest balancers do.
    """

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._turn = count()
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self.carried = dict.fromkeys(ports, 0)
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        await asyncio.sleep(0.1)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            found = await self._somebody()
            if found is None:
                return
            far_reader, far_writer = found
            self._ends.add(far_writer)
            pumps = [
                asyncio.create_task(_pump(reader, far_writer)),
                asyncio.create_task(_pump(far_reader, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
                self._ends.discard(far_writer)
                far_writer.transport.abort()
        finally:
            self._ends.discard(writer)
            writer.transport.abort()

    async def _somebody(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turn)
        for step in range(len(self._ports)):
            port = self._ports[(first + step) % len(self._ports)]
            with suppress(OSError):
                found = await asyncio.open_connection("127.0.0.1", port)
                self.carried[port] += 1
                return found
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
