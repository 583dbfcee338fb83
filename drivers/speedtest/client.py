"""A LibreSpeed-compatible bandwidth test over HTTP, several streams a direction.

Protocol (LibreSpeed backend): ``GET garbage?ckSize=N`` yields N MiB of noise, ``POST empty`` takes
anything, ``GET empty`` yields nothing and times the way there and back. What is reported is
goodput: LibreSpeed's own client multiplies by 1.06 for headers it cannot see, which inflates the
result, so the factor here is 1.0.
"""

import asyncio
import itertools
import os
import random
import ssl
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from drivers.errors import Malformed, NoAnswer, Unreachable
from drivers.speedtest.flow import Meter, Pace

#: The first seconds of a direction that do not count, and the longest a direction may take.
DISCARD_SECONDS = 1.5
MAX_SECONDS = 15.0
STREAMS = 4
_PINGS = 10
_GARBAGE_MIB = 25
#: One POST of an upload: begins small for slow lines, grows until it takes about this long.
_SMALLEST_POST, _LARGEST_POST = 32 << 10, 8 << 20
_POST_SECONDS = 0.5
#: How long a POST under way at the end of the window may take to be answered.
_GRACE_SECONDS = 5.0
_CHUNK = 32 << 10
_OK, _REDIRECT = 200, 300
#: Where LibreSpeed servers keep the two scripts: Go, PHP, and ours below ``/speedtest``.
_PLACES = ("{0}", "{0}.php", "backend/{0}", "backend/{0}.php", "speedtest/{0}")


@dataclass(frozen=True, slots=True)
class SpeedResult:
    """What one test measured; bit/s of goodput, seconds.

    ``fault`` says what broke off; the direction it names is 0.0.
    """

    server: str
    download_bits_per_second: float
    upload_bits_per_second: float
    latency_seconds: float
    jitter_seconds: float
    fault: str = ""


async def measure(
    server: str,
    *,
    seconds: float = 10.0,
    cap_bits_per_second: int | None = None,
    streams: int = STREAMS,
    discard: float = DISCARD_SECONDS,
    tls: ssl.SSLContext | bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> SpeedResult:
    """Test a line once: latency, download, upload.

    Args:
        server: base address of a LibreSpeed-compatible server.
        seconds: length of a direction, at most 15; the first ``discard`` of it do not count.
        cap_bits_per_second: neither direction is loaded with more than this.
        streams: connections at the same time.
        discard: seconds at the beginning of a direction that do not count.
        tls: what to trust.
        clock: monotonic seconds.

    Raises:
        Unreachable: no connection came about.
        NoAnswer: connected, but nothing came back in time.
        Malformed: the server answers, but not as a speed test does; says nothing of the line.
    """
    seconds = min(max(seconds, discard + 0.5), MAX_SECONDS)
    limits = httpx.Limits(max_connections=streams + 1, max_keepalive_connections=streams + 1)
    async with httpx.AsyncClient(
        base_url=server.rstrip("/") + "/",
        timeout=httpx.Timeout(5.0),
        limits=limits,
        verify=tls,
        headers={"Accept-Encoding": "identity", "Cache-Control": "no-store"},
    ) as client:
        place = await _find(client)
        latency, jitter = await _ping(client, place, clock)
        faults: list[str] = []
        rates: list[float] = []
        for direction in (_Download(client, place), _Upload(client, place, clock)):
            meter = Meter(clock, discard=discard, seconds=seconds)
            pace = Pace(cap_bits_per_second, clock)
            try:
                rates.append(await _load(direction, meter, pace, streams=streams))
            except NoAnswer as error:
                faults.append(f"{direction.name}: {error.detail}")
                rates.append(0.0)
        if not any(rates):
            raise NoAnswer("; ".join(faults))
    return SpeedResult(server, rates[0], rates[1], latency, jitter, "; ".join(faults))


async def _find(client: httpx.AsyncClient) -> str:
    """The path pattern under which this server keeps its scripts."""
    for place in _PLACES:
        response = await _get(client, place.format("empty"))
        if response.status_code == HTTPStatus.OK:
            return place
        if response.status_code != HTTPStatus.NOT_FOUND:
            raise Malformed(f"the server answered {response.status_code}")
    raise Malformed("the server has no LibreSpeed test")


async def _ping(
    client: httpx.AsyncClient, place: str, clock: Callable[[], float]
) -> tuple[float, float]:
    """Median round trip and mean difference of neighbours, over an open connection."""
    times: list[float] = []
    for _ in range(_PINGS):
        began = clock()
        await _get(client, place.format("empty"))
        times.append(clock() - began)
    differences = [abs(b - a) for a, b in itertools.pairwise(times)]
    return statistics.median(times), statistics.fmean(differences)


async def _get(client: httpx.AsyncClient, path: str) -> httpx.Response:
    try:
        return await client.get(path, params={"r": random.random()})  # noqa: S311 - no caches
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(str(error) or type(error).__name__) from None
    except httpx.TransportError as error:
        raise NoAnswer(str(error) or type(error).__name__) from None
    except httpx.InvalidURL as error:
        raise Malformed(str(error)) from None


@dataclass(slots=True)
class _Refusals:
    """Why streams ended before their time."""

    statuses: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class _Download:
    name = "download"
    #: Seconds after the window for what is still under way: nothing, every chunk counted by itself.
    grace = 0.0

    def __init__(self, client: httpx.AsyncClient, place: str) -> None:
        self._client = client
        self._path = place.format("garbage")

    async def once(self, meter: Meter, pace: Pace) -> int:
        async with self._client.stream(
            "GET",
            self._path,
            params={"ckSize": _GARBAGE_MIB, "r": random.random()},  # noqa: S311 - no caches
        ) as response:
            if response.status_code == HTTPStatus.OK:
                async for chunk in response.aiter_raw():
                    await pace.wait_for(len(chunk))
                    meter.count(len(chunk))
            return response.status_code


class _Upload:
    """Bytes count when the server has answered for them.

    What a socket has taken proves nothing: send buffers here, and in every box on the way, swallow
    megabytes and would make a line look faster than it is.
    """

    name = "upload"
    grace = _GRACE_SECONDS

    def __init__(self, client: httpx.AsyncClient, place: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._path = place.format("empty")
        self._clock = clock
        self._noise = os.urandom(_CHUNK)
        self._size = _SMALLEST_POST

    async def once(self, meter: Meter, pace: Pace) -> int:
        size = self._size
        # The clock starts with the first byte: waiting for the pace is not carrying.
        began = 0.0

        async def body() -> AsyncIterator[bytes]:
            nonlocal began
            for _ in range(size // _CHUNK):
                await pace.wait_for(_CHUNK)
                began = began or self._clock()
                yield self._noise

        response = await self._client.post(
            self._path,
            params={"r": random.random()},  # noqa: S311 - no caches
            content=body(),
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        )
        ended = self._clock()
        if _OK <= response.status_code < _REDIRECT and ended > began:
            meter.count_between(size, began, ended)
            chunks = int(size * _POST_SECONDS / (ended - began)) // _CHUNK
            wanted = min(chunks * _CHUNK, 2 * size)
            self._size = min(max(wanted, _SMALLEST_POST), _LARGEST_POST)
        return response.status_code


async def _load(direction: _Download | _Upload, meter: Meter, pace: Pace, *, streams: int) -> float:
    """Keep ``streams`` streams busy until the meter's window is over; returns bit/s.

    Raises:
        NoAnswer: not one byte counted, and no server said why.
        Malformed: not one byte counted because the server refused.
    """
    refusals = _Refusals()
    tasks = [asyncio.create_task(_stream(direction, meter, pace, refusals)) for _ in range(streams)]
    try:
        await asyncio.wait(tasks, timeout=meter.remaining + direction.grace)
        rate = meter.bits_per_second()
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if meter.bytes == 0:
        if refusals.statuses:
            raise Malformed(f"the server answered {refusals.statuses[-1]} to the {direction.name}")
        raise NoAnswer(refusals.errors[-1] if refusals.errors else "no data came")
    return rate


async def _stream(
    direction: _Download | _Upload, meter: Meter, pace: Pace, refusals: _Refusals
) -> None:
    """One request after the other until the window is over; a refusal ends the stream."""
    while not meter.over:
        try:
            status = await direction.once(meter, pace)
        except httpx.TransportError as error:
            refusals.errors.append(str(error) or type(error).__name__)
            await asyncio.sleep(0.2)  # a line that flaps inside the test gets another chance
        else:
            if not _OK <= status < _REDIRECT:
                refusals.statuses.append(status)
                return
