"""Every answer to an agent tells the time: where NTP is blocked, boxes have no other clock."""

import time
from collections.abc import Callable

from fastapi import APIRouter, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Milliseconds since the epoch when the answer left.
TIME_HEADER = b"fleet-time"
#: Milliseconds the request was held here, so that the way there and back can be told from it.
HELD_HEADER = b"fleet-held"

router = APIRouter(prefix="/api/agent/v1", tags=["agent"])


@router.get("/time", status_code=204)
def tell_time() -> Response:
    """Nothing but the headers every answer to an agent carries: ``Fleet-Time``, ``Fleet-Held``.

    Without a log-in, as HTTP's own ``Date`` is. A box that has just started asks before it sends
    what it read.
    """
    return Response(status_code=204)


class TellsTime:
    """ASGI middleware: adds both headers to answers under ``prefix``.

    Args:
        wall: seconds since the epoch.
        ticks: seconds that only grow.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str,
        wall: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._wall = wall
        self._ticks = ticks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        began = self._ticks()

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                held = int((self._ticks() - began) * 1000)
                message["headers"] = [
                    *message.get("headers", ()),
                    (TIME_HEADER, str(int(self._wall() * 1000)).encode()),
                    (HELD_HEADER, str(held).encode()),
                ]
            await send(message)

        await self._app(scope, receive, telling)
