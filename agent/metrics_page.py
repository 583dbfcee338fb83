"""``/metrics`` of the box, on the loopback address by default: GET, and nothing else."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import h11

log = logging.getLogger(__name__)

_CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_PATIENCE_SECONDS = 10.0
_LONGEST_HEAD = 16 << 10
_PIECE = 4096


async def serve_page(
    address: str, port: int, page: Callable[[], bytes]
) -> asyncio.AbstractServer | None:
    """Answer scrapes with what ``page`` says; ``None`` for port 0, and for one that is taken."""
    if port == 0:
        return None

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, h11.RemoteProtocolError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await _answer(reader, writer, page)
        writer.close()

    try:
        return await asyncio.start_server(meet, address, port, limit=_LONGEST_HEAD)
    except OSError as error:
        log.warning("no metrics on %s:%d: %s", address, port, error)
        return None


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: Callable[[], bytes]
) -> None:
    """One request, one answer, and the connection ends."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(_PIECE))
    if not isinstance(event, h11.Request):
        return
    status, body = _judge(event, page)
    headers = [
        (b"Content-Type", _CONTENT_TYPE),
        (b"Content-Length", b"%d" % len(body)),
        (b"Connection", b"close"),
    ]
    writer.write(http.send(h11.Response(status_code=status, headers=headers)) or b"")
    if event.method != b"HEAD":
        writer.write(http.send(h11.Data(data=body)) or b"")
    await writer.drain()


def _judge(request: h11.Request, page: Callable[[], bytes]) -> tuple[int, bytes]:
    if request.method not in (b"GET", b"HEAD"):
        return HTTPStatus.METHOD_NOT_ALLOWED, b"GET only\n"
    if request.target.partition(b"?")[0] != b"/metrics":
        return HTTPStatus.NOT_FOUND, b"/metrics is here\n"
    try:
        return HTTPStatus.OK, page()
    except Exception:
        log.exception("no metrics")
        return HTTPStatus.INTERNAL_SERVER_ERROR, b"see the agent's log\n"
