"""HTTP/1.1 to the one server a box speaks with: asyncio's streams, h11 for the framing.

httpx's own transport brings httpcore and anyio, which serve trio, HTTP/2, SOCKS and blocking
sockets as well: 3 MB on a box that has 64
(``docs/decisions/0035-a-transport-of-little-weight.md``). This is the part of it that an agent
needs, behind the same :class:`httpx.AsyncClient`.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.request import getproxies, proxy_bypass

import h11
import httpx

T = TypeVar("T")
#: An idle connection is not used again after this. A batch comes every ten seconds, and a new
#: connection each would cost a handshake; our controller keeps one for 75 s, proxies a minute.
_IDLE_SECONDS = 30.0
#: As many idle connections are kept: the plan's and the commands' long polls, and the uplink.
_MOST_IDLE = 4
_LONGEST_HEAD = 100 << 10
_PIECE = 64 << 10
#: No answer to an agent is longer; the plan of a thousand devices is 0.3 MB.
MAX_ANSWER_BYTES = 64 << 20


def transport_for(url: str, tls: ssl.SSLContext | bool) -> httpx.AsyncBaseTransport | None:
    """The light transport to ``url``; ``None`` where the environment names a proxy to it.

    httpx's own knows how to go through one.
    """
    address = httpx.URL(url)
    proxies = getproxies()
    if not proxies.keys() & {address.scheme, "all"} or proxy_bypass(address.host):
        return LightTransport(tls)
    return None


class LightTransport(httpx.AsyncBaseTransport):
    """Connections that are kept for a moment and asked one thing at a time.

    Timeouts are those of the request (``httpx.Timeout``): to connect, and for each piece that is
    read or written. Answers come whole, up to ``MAX_ANSWER_BYTES``.

    Args:
        tls: how a server of ``https`` is checked, as httpx takes it.
    """

    def __init__(self, tls: ssl.SSLContext | bool) -> None:
        self._tls = tls
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and hear the answer out.

        Raises:
            httpx.TransportError: as of httpx's own transport.
        """
        patience: dict[str, float | None] = request.extensions.get("timeout", {})
        connection = self._take(request.url) or await self._connect(request.url, patience)
        try:
            response = await connection.ask(request, patience)
        except BaseException:
            connection.close()  # whatever comes on it later is the answer to something else
            raise
        if connection.rest():
            self._idle.append(connection)
        while len(self._idle) > _MOST_IDLE:
            self._idle.pop(0).close()
        return response

    async def aclose(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _take(self, url: httpx.URL) -> "_Connection | None":
        """An idle connection to the same server that has not been closed meanwhile."""
        now = time.monotonic()
        for connection in [one for one in self._idle if not one.is_good(now)]:
            self._idle.remove(connection)
            connection.close()
        for connection in reversed(self._idle):
            if connection.server == _server(url):
                self._idle.remove(connection)
                return connection
        return None

    async def _connect(self, url: httpx.URL, patience: dict[str, float | None]) -> "_Connection":
        scheme, host, port = server = _server(url)
        secure = scheme == "https"
        if secure and not isinstance(self._tls, ssl.SSLContext):
            self._tls = httpx.create_ssl_context(verify=self._tls)
        opening = asyncio.open_connection(
            host,
            port,
            ssl=self._tls if secure else None,
            server_hostname=host if secure else None,
            happy_eyeballs_delay=0.25,
            limit=_PIECE,
        )
        try:
            async with asyncio.timeout(patience.get("connect")):
                reader, writer = await opening
        except TimeoutError:
            raise httpx.ConnectTimeout(f"no connection to {host} in time") from None
        except OSError as error:  # among them ssl.SSLError and socket.gaierror
            raise httpx.ConnectError(str(error) or type(error).__name__) from error
        return _Connection(server, reader, writer)


def _server(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.raw_host.decode("ascii"), port


class _Connection:
    """One connection, between requests or within one."""

    def __init__(
        self,
        server: tuple[str, str, int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self._idle_since = 0.0

    def is_good(self, now: float) -> bool:
        """Whether an idle one may be asked again."""
        return now - self._idle_since < _IDLE_SECONDS and not self._reader.at_eof()

    def rest(self) -> bool:
        """Get ready for the next request; false, and closed, when there can be none."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._idle_since = time.monotonic()
            return True
        self.close()
        return False

    def close(self) -> None:
        # Nothing that was written still has to arrive: an answer was heard, or none will be.
        self._writer.transport.abort()

    async def ask(
        self, request: httpx.Request, patience: dict[str, float | None]
    ) -> httpx.Response:
        async with _told_as_httpx():
            await self._send(request, patience.get("write"))
            return await self._receive(patience.get("read"))

    async def _send(self, request: httpx.Request, seconds: float | None) -> None:
        head = h11.Request(
            method=request.method, target=request.url.raw_path, headers=request.headers.raw
        )
        stream = request.stream
        if not isinstance(stream, AsyncIterable):
            raise httpx.UnsupportedProtocol("the body cannot be sent piece by piece")
        try:
            await self._write(self._http.send(head), seconds)
            async for piece in stream:
                await self._write(self._http.send(h11.Data(data=piece)), seconds)
            await self._write(self._http.send(h11.EndOfMessage()), seconds)
        except OSError:
            # A server may refuse a body before it has read it: what it says about it is there.
            self._http.send_failed()

    async def _write(self, data: bytes | None, seconds: float | None) -> None:
        if data:
            self._writer.write(data)
            await _within(seconds, self._writer.drain, httpx.WriteTimeout)

    async def _receive(self, seconds: float | None) -> httpx.Response:
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(
                    await _within(seconds, lambda: self._reader.read(_PIECE), httpx.ReadTimeout)
                )
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MAX_ANSWER_BYTES:
                    raise httpx.RemoteProtocolError("the answer is too long")
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return httpx.Response(
                    head.status_code,
                    headers=head.headers.raw_items(),
                    content=bytes(body),
                    extensions={"http_version": b"HTTP/" + head.http_version},
                )
            elif not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("the server hung up without an answer")


@asynccontextmanager
async def _told_as_httpx() -> AsyncIterator[None]:
    try:
        yield
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except OSError as error:
        raise httpx.ReadError(str(error) or type(error).__name__) from error


async def _within(
    seconds: float | None,
    work: Callable[[], Awaitable[T]],
    too_late: type[httpx.TimeoutException],
) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await work()
    except TimeoutError:
        raise too_late(f"nothing for {seconds} s") from None
