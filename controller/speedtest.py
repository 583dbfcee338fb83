"""A speed test server that speaks LibreSpeed's protocol (garbage and empty).

Open to agents without log-in, hence bounded: so many tests at once, so many bytes and seconds a
request. It measures the way between a school and this server, so it belongs where the bureau's
outlet is.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from controller.errors import TooManyRequests
from controller.settings import Settings

MEBIBYTE = 1 << 20
#: LibreSpeed's own default when a client names no size.
_DEFAULT_CHUNKS = 4
_MAX_CHUNKS = 100
_NO_STORE = {"Cache-Control": "no-store, no-cache, must-revalidate, no-transform"}
_PIECE = 1 << 16

router = APIRouter(prefix="/speedtest", tags=["speedtest"])


class Slots:
    """At most ``limit`` transfers at once; the next one is told to come later."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken = 0
        self._lock = Lock()

    def take(self) -> None:
        """Take one.

        Raises:
            TooManyRequests: all are taken.
        """
        with self._lock:
            if self._taken >= self.limit:
                raise TooManyRequests(after=2)
            self._taken += 1

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1


class SpeedTest:
    """What the routes share: the slots, and noise that no compression shortens."""

    def __init__(self, settings: Settings) -> None:
        self.slots = Slots(settings.speedtest_concurrent)
        self.seconds = settings.speedtest_seconds
        self.max_bytes = settings.speedtest_bytes
        self.noise = os.urandom(MEBIBYTE)

    async def stream(self, size: int) -> AsyncIterator[bytes]:
        """``size`` bytes of noise in pieces, cut off when the time is over."""
        deadline = time.monotonic() + self.seconds
        sent = 0
        while sent < size and time.monotonic() < deadline:
            start = sent % MEBIBYTE
            piece = self.noise[start : start + min(_PIECE, size - sent)]
            sent += len(piece)
            yield piece


class _Download(StreamingResponse):
    """Gives the slot its route took back, however the transfer ends."""

    def __init__(self, speedtest: SpeedTest, size: int) -> None:
        super().__init__(
            speedtest.stream(size),
            media_type="application/octet-stream",
            headers=_NO_STORE,
        )
        self.slots = speedtest.slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with suppress(ClientDisconnect):
                await super().__call__(scope, receive, send)
        finally:
            self.slots.give_back()


@router.get("/garbage", response_class=StreamingResponse)
async def download(
    request: Request, chunks: Annotated[int, Query(alias="ckSize", ge=1)] = _DEFAULT_CHUNKS
) -> Response:
    """``ckSize`` MiB (at most 100) of incompressible bytes, streamed."""
    speedtest: SpeedTest = request.app.state.speedtest
    size = min(min(chunks, _MAX_CHUNKS) * MEBIBYTE, speedtest.max_bytes)
    speedtest.slots.take()
    return _Download(speedtest, size)


@router.get("/empty")
async def ping() -> Response:
    """Nothing, as fast as possible: the client measures the round trip."""
    return Response(headers=_NO_STORE)


@router.post("/empty")
async def upload(request: Request) -> Response:
    """Takes what is sent and forgets it, up to the limits of time and bytes."""
    speedtest: SpeedTest = request.app.state.speedtest
    speedtest.slots.take()
    deadline = time.monotonic() + speedtest.seconds
    try:
        with suppress(ClientDisconnect):
            async for _ in request.stream():
                if time.monotonic() > deadline:
                    return Response(headers={**_NO_STORE, "Connection": "close"})
    finally:
        speedtest.slots.give_back()
    return Response(headers=_NO_STORE)
