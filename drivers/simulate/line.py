"""A simulated Internet line: a TCP relay that lets bytes through no faster than the line would.

A speed test through it really runs and really measures; only the line is made.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

_log = logging.getLogger(__name__)

#: Bytes moved at once: few for a slow line to flow evenly, many for a fast one to cost little.
_SMALLEST, _LARGEST = 8 << 10, 256 << 10
_CHUNK_SECONDS = 0.005
#: What the system holds back for us; more would let a burst in that the line has not carried yet.
_SYSTEM_BUFFER = 64 << 10
#: A line's buffer, as seconds at its rate: what may pass at once after a pause.
_BURST_SECONDS = 0.05


class TokenBucket:
    """How many bytes may pass, at a rate that a policer would keep.

    Args:
        bytes_per_second: the rate.
        clock: monotonic seconds.
    """

    def __init__(self, bytes_per_second: float, clock: Callable[[], float]) -> None:
        self._rate = bytes_per_second
        self._clock = clock
        self.chunk = int(min(_LARGEST, max(_SMALLEST, bytes_per_second * _CHUNK_SECONDS)))
        self._depth = max(bytes_per_second * _BURST_SECONDS, self.chunk)
        self._tokens = self._depth
        self._filled = clock()

    def take(self, amount: int) -> float:
        """Take tokens for ``amount`` bytes; the seconds to wait before they may pass."""
        now = self._clock()
        self._tokens = min(self._depth, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        self._tokens -= amount
        return max(0.0, -self._tokens / self._rate)


class ShapedLine:
    """Relays TCP connections to one server, all of them together at the line's rates.

    Args:
        server: (host, port) of the other end.
        down: bit/s from the server.
        up: bit/s towards it.
    """

    def __init__(self, server: tuple[str, int], *, down: float, up: float) -> None:
        self._target = server
        self._down_rate, self._up_rate = down / 8, up / 8
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Begin to listen on a free loopback port, which is returned: the school's end."""
        clock = asyncio.get_running_loop().time
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # Connections inherit it; set later it would not bound the window any more.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SYSTEM_BUFFER)
        listening.bind(("127.0.0.1", 0))
        self._down = TokenBucket(self._down_rate, clock)
        self._up = TokenBucket(self._up_rate, clock)
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=_LARGEST)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening and drop what is under way."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._relays, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            there_reader, there_writer = await asyncio.open_connection(
                *self._target, limit=_LARGEST
            )
        except OSError as error:
            _log.info("line to %s:%d: %s", *self._target, error)
            self._open.discard(writer)
            writer.transport.abort()
            return
        self._open.add(there_writer)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, there_writer, self._up))
                tasks.create_task(_pump(there_reader, writer, self._down))
        finally:
            for one in (writer, there_writer):
                self._open.discard(one)
                one.transport.abort()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bucket: TokenBucket
) -> None:
    """Move bytes one way until that side ends; a broken connection ends quietly."""
    with suppress(OSError):
        while data := await reader.read(bucket.chunk):
            delay = bucket.take(len(data))
            if delay:
                await asyncio.sleep(delay)
            writer.write(data)
            await writer.drain()
        writer.write_eof()
