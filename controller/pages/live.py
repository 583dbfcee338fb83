"""``/live``: the stream by which an open page hears that it is old."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from controller.auth.permissions import Permission
from controller.deps import current_caller
from controller.live import LivePages, Viewer
from inventory.database import read_only
from inventory.repositories import DeviceRepository

_SCHOOL = re.compile(r"/schools/([A-Z0-9-]{1,32})\Z")
_DEVICE = re.compile(r"/devices/([^/]{1,20})\Z")
#: After so long the browser asks for another stream, and is asked again who it is.
_LASTS: Final = timedelta(minutes=10)
_LONGEST: Final = 200
#: Of a time in milliseconds until the year 5138.
_DIGITS: Final = 14
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
#: A page whose stream broke off asks for another after so many milliseconds.
_HELLO: Final = b"retry: 5000\n\n"
_NEWS: Final = b"data: news\n\n"
_BEAT: Final = b":\n\n"


class LiveStream:
    """The address as a plain ASGI application.

    What a route of the framework keeps while a request lasts is more than the rest of a stream.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Server-sent events: one whenever the page at an address, made at a time, is old.

        Raises:
            NotAuthenticated: no session.
            TooManyRequests: no place is left.
        """
        state = scope["app"].state
        viewer = await run_in_threadpool(_viewer, Request(scope))
        pages: LivePages = state.live
        with pages.watching(viewer):
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})
            await _send(send, _HELLO)
            await _tell(pages, viewer, receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _viewer(request: Request) -> Viewer:
    reach = current_caller(request).require(Permission.read)
    page = request.query_params.get("page", "/")[:_LONGEST]
    at = request.query_params.get("at", "")[:_DIGITS]
    since = datetime.fromtimestamp(int(at) / 1000 if at.isdecimal() else 0, UTC)
    if (school := _SCHOOL.match(page)) is not None:
        return Viewer(reach, since, school=school.group(1))
    if (named := _DEVICE.match(page)) is not None:
        with read_only(request.app.state.sessions) as session:
            device = DeviceRepository(session, reach).get(named.group(1))
        if device is not None:
            return Viewer(reach, since, school=device.school_code, device=device.id)
    return Viewer(reach, since)


async def _tell(pages: LivePages, viewer: Viewer, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + _LASTS.total_seconds()
    while loop.time() < ends:
        await viewer.woken.wait()
        if pages.closing or await _gone(receive):
            return
        is_old, viewer.is_old = viewer.is_old, False
        viewer.woken.clear()
        await _send(send, _NEWS if is_old else _BEAT)


async def _gone(receive: Receive) -> bool:
    """Whether the browser has gone. Asked now and then: a task that waits for it costs memory."""
    for _ in range(2):  # the request's empty body comes first
        asked = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        if not asked.done():
            asked.cancel()
            return False
        if asked.result()["type"] == "http.disconnect":
            return True
    return False


async def _send(send: Send, some: bytes) -> None:
    await send({"type": "http.response.body", "body": some, "more_body": True})


router = APIRouter(routes=[Route("/live", LiveStream(), methods=["GET"])])
