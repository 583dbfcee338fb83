"""HTTP/1.1 for moving many bytes at little cost: one connection, one request at a time.

A speed test at 1 Gbit/s must not measure its own client. httpx makes several objects for every
64 KiB; here the socket is read into one buffer of 256 KiB and llhttp (httptools) finds the
framing. No proxies, no redirects, no decompression: nothing may stand between test and line.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from httptools import HttpParserError, HttpResponseParser

from drivers.errors import DriverError, NoAnswer, Unreachable
from drivers.speedtest.address import Server
from drivers.speedtest.flow import Pace
from drivers.speedtest.result import ServerClosed, ServerFault, ServerRefused, ServerUnknown

_BUFFER = 256 << 10
_INFORMATIONAL = 200
_LONGEST_HEAD = 64 << 10
#: How soon an early answer to a POST that does not get through is noticed.
_LOOK_UP_SECONDS = 0.5


@dataclass(slots=True)
class Answer:
    """Head of a response; names of headers in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Connection(asyncio.BufferedProtocol):
    """One connection to a test server. Make it with :func:`dial`."""

    def __init__(self, server: Server) -> None:
        #: With the address that was reached.
        self.server = server
        #: Until when the connection may be asked again.
        self.usable = True
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(_BUFFER))
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._answer = Answer()
        self._head_complete = False
        self._head_bytes = 0
        self._waiting: asyncio.Future[Answer] | None = None
        self._arrived: Callable[[int], float] | None = None
        self._resume: asyncio.TimerHandle | None = None
        self._writable: asyncio.Future[None] | None = None
        self._lost: DriverError | None = None

    async def get(
        self,
        target: str,
        *,
        within: float | None = None,
        arrived: Callable[[int], float] | None = None,
    ) -> Answer:
        """Ask for ``target`` (path and query) and let the body go by.

        Args:
            target: path and query.
            within: seconds until the whole answer must be there; none while None.
            arrived: told of every piece of a body answered with 200; the connection is not read
                for the seconds it returns, which is how a cap is kept.

        Raises:
            NoAnswer: the connection broke, or the time is over.
            ServerFault: what came is no HTTP.
        """
        waiting = self._expect(arrived)
        self._write(self._head("GET", target))
        return await self._wait(waiting, within)

    async def post(
        self, target: str, size: int, noise: memoryview, pace: Pace, sent: Callable[[int], None]
    ) -> Answer:
        """Send ``size`` bytes of noise.

        Args:
            target: path and query.
            size: length of the body.
            noise: what is sent over and over; written in pieces of its length.
            pace: waited for before every piece.
            sent: told the length of every piece right before it is handed over.

        Raises:
            NoAnswer: the connection broke.
            ServerFault: what came is no HTTP.
        """
        waiting = self._expect(None)
        self._write(self._head("POST", target, size))
        left = size
        while left and not waiting.done():
            piece = noise[: min(left, len(noise))]
            await pace.wait_for(len(piece))
            sent(len(piece))
            self._write(piece)
            left -= len(piece)
            await self._drained(waiting)
        if left:
            self.usable = False  # answered before it was heard out
        return await self._wait(waiting, None)

    def close(self) -> None:
        """Break the connection off, whatever is under way."""
        self.usable = False
        if self._resume is not None:
            self._resume.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _head(self, method: str, target: str, length: int | None = None) -> bytes:
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {self.server.authority}",
            "User-Agent: fleet-agent",
        ]
        if length is None:
            lines.append("Accept-Encoding: identity")
            lines.append("Cache-Control: no-store")
        else:
            lines.append(f"Content-Length: {length}")
            lines.append("Content-Type: application/octet-stream")
        return "\r\n".join((*lines, "", "")).encode()

    def _expect(self, arrived: Callable[[int], float] | None) -> asyncio.Future[Answer]:
        if self._lost is not None or not self.usable:
            raise self._lost or NoAnswer("the connection is closed")
        self._answer, self._head_complete, self._head_bytes = Answer(), False, 0
        self._arrived = arrived
        self._waiting = self._loop.create_future()
        return self._waiting

    async def _wait(self, waiting: asyncio.Future[Answer], within: float | None) -> Answer:
        try:
            async with asyncio.timeout(within):
                return await waiting
        except TimeoutError:
            self.close()
            raise NoAnswer(f"no answer within {within:.0f} s") from None

    def _write(self, data: bytes | memoryview) -> None:
        if self._transport is None or self._lost is not None:
            raise self._lost or NoAnswer("the connection is closed")
        self._transport.write(data)

    async def _drained(self, waiting: asyncio.Future[Answer]) -> None:
        """Until the socket takes more, or an early answer makes it pointless."""
        while self._writable is not None and not waiting.done():
            await asyncio.wait({self._writable}, timeout=_LOOK_UP_SECONDS)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if not self._head_complete:
            self._head_bytes += nbytes
            if self._head_bytes > _LONGEST_HEAD + _BUFFER:
                self._fail(ServerFault("the answer has no end of its head"))
                return
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except HttpParserError as error:
            self._fail(ServerFault(f"the answer is no HTTP: {error}"))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        until_closed = not {"content-length", "transfer-encoding"} & self._answer.headers.keys()
        if self._head_complete and until_closed:
            self._done()
        self._lost = ServerClosed(str(exc) if exc else "the connection was closed")
        self._fail(self._lost)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._answer.status = self._parser.get_status_code()
        self._head_complete = True

    def on_body(self, body: bytes) -> None:
        if self._arrived is None or self._answer.status != 200:  # noqa: PLR2004
            return
        pause = self._arrived(len(body))
        if pause > 0 and self._resume is None and self._transport is not None:
            self._transport.pause_reading()
            self._resume = self._loop.call_later(pause, self._read_on)

    def on_message_complete(self) -> None:
        if self._answer.status < _INFORMATIONAL:
            self._answer, self._head_complete = Answer(), False
            return
        if not self._parser.should_keep_alive():
            self.usable = False
        self._done()

    def _read_on(self) -> None:
        self._resume = None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _done(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._answer)

    def _fail(self, error: DriverError) -> None:
        self.resume_writing()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
            self._waiting.exception()  # whoever waited may have been cancelled, and never looks
        self.close()


async def dial(server: Server, within: float) -> Connection:
    """Connect, and shake hands where the address says TLS.

    Args:
        server: where to; all addresses of its name are tried until one answers.
        within: seconds for all of it.

    Raises:
        ServerUnknown: the name could not be resolved.
        ServerRefused: refused.
        Unreachable: the network said so.
        NoAnswer: nothing came back in time.
        ServerFault: the server's certificate or its TLS is not right.
    """
    try:
        async with asyncio.timeout(within):
            addresses = [server.numeric] if server.numeric else await _resolve(server)
            failures: list[DriverError] = []
            for address in addresses:
                try:
                    async with asyncio.timeout(within / len(addresses)):
                        return await _connect(server, address)
                except TimeoutError:
                    failures.append(NoAnswer(f"no connection within {within:.0f} s"))
                except DriverError as error:
                    failures.append(error)
    except TimeoutError:
        raise NoAnswer(f"no connection within {within:.0f} s") from None
    # What came from the server itself says more than silence or an absent route.
    raise max(failures, key=lambda failure: isinstance(failure, (ServerFault, ServerRefused)))


async def _resolve(server: Server) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ServerUnknown(f"{server.host}: {error.strerror}") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _connect(server: Server, address: str) -> Connection:
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(replace(server, numeric=address)),
            address,
            server.port,
            ssl=server.tls,
            server_hostname=server.host if server.tls else None,
        )
    except ssl.SSLError as error:
        raise ServerFault(f"TLS: {error.reason or error}") from None
    except (ConnectionRefusedError, ConnectionResetError) as error:
        raise ServerRefused(f"{server.authority}: {error.strerror}".lower()) from None
    except OSError as error:
        raise Unreachable((error.strerror or str(error)).lower()) from None
    return connection
