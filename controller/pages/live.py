"""``/live``: the stream by which an open page hears that it is old."""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from controller.auth.permissions import Permission
from controller.deps import CurrentCaller
from controller.live import LivePages, Viewer
from inventory.database import SessionFactory, read_only
from inventory.repositories import DeviceRepository
from inventory.scope import Scope as Reach

router = APIRouter()
_SCHOOL = re.compile(r"/schools/([A-Z0-9-]{1,32})\Z")
_DEVICE = re.compile(r"/devices/([^/]{1,20})\Z")
#: After so long the browser asks for another stream, and is asked again who it is.
_LASTS: Final = timedelta(minutes=10)
#: Proxies end what is silent for a minute.
_BEAT_SECONDS: Final = 25.0
#: A page whose stream broke off asks for another after so many milliseconds.
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_HELLO: Final = b"retry: 5000\n\n"
_NEWS: Final = b"data: news\n\n"
_BEAT: Final = b":\n\n"


@router.get("/live")
async def live(
    request: Request,
    caller: CurrentCaller,
    page: Annotated[str, Query(max_length=200)] = "/",
    at: Annotated[int, Query(ge=0, le=1 << 52)] = 0,
) -> Response:
    """Server-sent events: one whenever the page at this address, made at that time, is old."""
    scope = caller.require(Permission.read)
    since = datetime.fromtimestamp(at / 1000, UTC)
    viewer = await run_in_threadpool(_viewer, request.app.state.sessions, scope, page, since)
    return _Stream(request.app.state.live, viewer)


def _viewer(sessions: SessionFactory, scope: Reach, page: str, since: datetime) -> Viewer:
    if (school := _SCHOOL.match(page)) is not None:
        return Viewer(scope, since, school=school.group(1))
    if (named := _DEVICE.match(page)) is not None:
        with read_only(sessions) as session:
            device = DeviceRepository(session, scope).get(named.group(1))
        if device is not None:
            return Viewer(scope, since, school=device.school_code, device=device.id)
    return Viewer(scope, since)


class _Stream(Response):
    """The answer, without a thread, a generator or a task group for each page that is open."""

    def __init__(self, pages: LivePages, viewer: Viewer) -> None:
        super().__init__()
        self._pages = pages
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._pages.watching(self._viewer):
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
            await _send(send, _HELLO)
            gone = asyncio.ensure_future(_gone(receive, self._viewer))
            try:
                await self._tell(send, gone)
            finally:
                gone.cancel()
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send, gone: "asyncio.Future[None]") -> None:
        loop, woken = asyncio.get_running_loop(), self._viewer.woken
        ends = loop.time() + _LASTS.total_seconds()
        while not (gone.done() or self._pages.closing) and (left := ends - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _BEAT_SECONDS)):
                    await woken.wait()
            if gone.done() or self._pages.closing:
                return
            is_news = woken.is_set()
            woken.clear()
            await _send(send, _NEWS if is_news else _BEAT)


async def _gone(receive: Receive, viewer: Viewer) -> None:
    """Until the browser has gone; wakes the stream then."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.woken.set()


async def _send(send: Send, some: bytes) -> None:
    await send({"type": "http.response.body", "body": some, "more_body": True})
