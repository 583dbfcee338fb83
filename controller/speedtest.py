"""A speed test server that speaks LibreSpeed's protocol (garbage and empty).

Open to agents without log-in, hence bounded: so many tests at once, so many transfers a test, so
many bytes and seconds a request, and no new test while the tests under way already carry what the
outlet may spare. A test that is let in keeps its place to the end: were one let in half, both it
and those it disturbs would measure each other. It measures the way between a school and this
server, so it belongs where the bureau's outlet is.

LibreSpeed's parameters: ``ckSize`` (MiB wanted; what makes no sense means 4), ``cors`` (answer
pages of other sites, too), ``r`` (a random number against caches). Ours: ``test``, the name of a
test, because several agents may stand behind one address.
"""

import asyncio
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from math import ceil

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from controller.errors import TooManyRequests
from controller.settings import Settings

MEBIBYTE = 1 << 20
#: LibreSpeed's own default when a client names no size, and its limit.
_DEFAULT_CHUNKS, _MAX_CHUNKS = 4, 1024
_NO_STORE = {
    "Cache-Control": "no-store, no-cache, must-revalidate, no-transform",
    "Pragma": "no-cache",
}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Encoding, Content-Type",
}
_PIECE = 256 << 10
_TEST_NAME = re.compile(r"[0-9A-Za-z_-]{8,64}")
#: A test between two requests keeps its place for so long.
_PAUSE_SECONDS = 3.0
#: What a test takes from its first byte to its last.
_USUAL_SECONDS = 25.0
_TRANSFERS_A_TEST = 32
#: Throughput is looked at over this long.
_RATE_SECONDS = 2.0

router = APIRouter(prefix="/speedtest", tags=["speedtest"])


@dataclass(slots=True)
class _Place:
    """One test that was let in."""

    began: float
    used: float
    transfers: int = 0


class Places:
    """Who may test now: at most ``limit`` tests, of at most 32 transfers each.

    Args:
        limit: tests at once.
        bits_per_second: no test is let in while those under way carry this much; 0 for no limit.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        limit: int,
        *,
        bits_per_second: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._bits_per_second = bits_per_second
        self._clock = clock
        self._places: dict[str, _Place] = {}
        self._carried: deque[tuple[float, int]] = deque()
        self._carried_bytes = 0

    @contextmanager
    def transfer(self, test: str) -> Iterator[None]:
        """Take part as ``test`` for the body.

        Raises:
            TooManyRequests: there is no place for it; says when one is likely.
        """
        place = self._place(test)
        place.transfers += 1
        try:
            yield
        finally:
            place.transfers -= 1
            place.used = self._clock()

    def carry(self, size: int) -> None:
        """Note bytes that went either way."""
        self._carried.append((self._clock(), size))
        self._carried_bytes += size
        self._forget()

    def bits_per_second(self) -> float:
        """What all tests carry at this moment."""
        self._forget()
        return self._carried_bytes * 8 / _RATE_SECONDS

    def _place(self, test: str) -> _Place:
        now = self._clock()
        place = self._places.get(test)
        if place is not None and (place.transfers or now - place.used < _PAUSE_SECONDS):
            if place.transfers >= _TRANSFERS_A_TEST:
                raise TooManyRequests(after=1)
            return place
        self._places = {
            name: one
            for name, one in self._places.items()
            if one.transfers or now - one.used < _PAUSE_SECONDS
        }
        full = len(self._places) >= self._limit
        if full or (self._bits_per_second and self.bits_per_second() >= self._bits_per_second):
            raise TooManyRequests(after=self._until_free(now))
        return self._places.setdefault(test, _Place(now, now))

    def _until_free(self, now: float) -> int:
        """Whole seconds until the oldest test should be over."""
        began = min((place.began for place in self._places.values()), default=now)
        return max(2, ceil(began + _USUAL_SECONDS - now))

    def _forget(self) -> None:
        before = self._clock() - _RATE_SECONDS
        while self._carried and self._carried[0][0] < before:
            self._carried_bytes -= self._carried.popleft()[1]


@cache
def _pieces() -> tuple[bytes, ...]:
    """Noise, cut once: what is sent costs no copy."""
    noise = os.urandom(MEBIBYTE)
    return tuple(noise[at : at + _PIECE] for at in range(0, MEBIBYTE, _PIECE))


class SpeedTest:
    """What the routes share: the places, and noise that no compression shortens."""

    def __init__(self, settings: Settings) -> None:
        self.places = Places(
            settings.speedtest_concurrent, bits_per_second=settings.speedtest_bits_per_second
        )
        self.seconds = settings.speedtest_seconds
        self.max_bytes = settings.speedtest_bytes
        self.pieces = _pieces()

    def size(self, chunks: str) -> int:
        """Bytes that ``ckSize`` means."""
        digits = len(chunks) <= len(str(_MAX_CHUNKS)) and chunks.isascii() and chunks.isdigit()
        asked = int(chunks) if digits else _MAX_CHUNKS if chunks.isdigit() else 0
        return min(min(asked or _DEFAULT_CHUNKS, _MAX_CHUNKS) * MEBIBYTE, self.max_bytes)


class _Noise(Response):
    """``size`` bytes, each piece sent when the one before has gone, for as long as time allows."""

    def __init__(self, speedtest: SpeedTest, test: str, size: int, headers: dict[str, str]) -> None:
        super().__init__(media_type="application/octet-stream", headers=headers)
        self.headers["Content-Length"] = str(size)
        self._speedtest = speedtest
        self._test = test
        self._size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        with self._speedtest.places.transfer(self._test):
            await send(start)
            # A client that stops reading holds its place no longer than one that reads.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._speedtest.seconds):
                    await self._stream(receive, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive))
        left, number = self._size, 0
        try:
            while left and not gone.done():
                piece = self._speedtest.pieces[number % len(self._speedtest.pieces)]
                piece = piece if len(piece) <= left else piece[:left]
                number, left = number + 1, left - len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
                self._speedtest.places.carry(len(piece))
                # To a fast reader a send never waits; others, and news of its end, come in here.
                await asyncio.sleep(0)
        finally:
            gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _test_of(request: Request) -> str:
    """The test a request belongs to: as it says, else its sender's address."""
    named = request.query_params.get("test", "")
    if _TEST_NAME.fullmatch(named):
        return named
    return request.client.host if request.client else ""


def _headers(request: Request) -> dict[str, str]:
    return {**_NO_STORE, **_CORS} if "cors" in request.query_params else dict(_NO_STORE)


@router.get("/garbage")
async def download(request: Request, ckSize: str = "") -> Response:  # noqa: N803  (LibreSpeed's)
    """``ckSize`` MiB (at most 1024, less where the server says so) of incompressible bytes."""
    speedtest: SpeedTest = request.app.state.speedtest
    test = _test_of(request)
    with speedtest.places.transfer(test):  # refused here, while it can still be said
        return _Noise(speedtest, test, speedtest.size(ckSize), _headers(request))


@router.get("/empty")
async def ping(request: Request) -> Response:
    """Nothing, as fast as possible: the client measures the round trip."""
    return Response(headers=_headers(request))


@router.options("/garbage", include_in_schema=False)
@router.options("/empty", include_in_schema=False)
async def preflight(request: Request) -> Response:
    """A browser asks whether a page of another site may test here."""
    return Response(headers=_headers(request))


@router.post("/empty")
async def upload(request: Request) -> Response:
    """Takes what is sent and forgets it, up to the limits of time and bytes."""
    speedtest: SpeedTest = request.app.state.speedtest
    headers = _headers(request)
    with speedtest.places.transfer(_test_of(request)), suppress(ClientDisconnect):
        try:
            async with asyncio.timeout(speedtest.seconds):
                async for piece in request.stream():
                    speedtest.places.carry(len(piece))
        except TimeoutError:
            return Response(status_code=408, headers={**headers, "Connection": "close"})
    return Response(headers=headers)
