"""One direction of a test: several streams kept busy, and what they carried.

Downloads are counted as they arrive. Uploads count when the server has answered for them: what a
socket has taken proves nothing, for send buffers here and in every box on the way swallow
megabytes. An answered POST is counted as carried evenly between its first byte and its answer, so
the load goes on past the window until every POST that began within it is answered: were the last
ones left alone on the line, they would run faster after the window than in it, and a slow line,
whose POSTs are few, would read low.
"""

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from drivers.errors import DriverError, NoAnswer
from drivers.speedtest.address import Server
from drivers.speedtest.flow import Meter, Pace
from drivers.speedtest.http import Answer, Connection, dial
from drivers.speedtest.result import Flow, Progress, ServerBusy, ServerFault, Watch

#: LibreSpeed's own clients ask for so many MiB at a time.
_GARBAGE_MIB = 100
#: One POST of an upload: begins small for slow lines, grows until it takes about half a second. A
#: small one takes up to three, for its head and its end cost a share that a slow line would miss.
_SMALLEST_POST, _SMALL_POST, _LARGEST_POST = 8 << 10, 32 << 10, 16 << 20
_POST_SECONDS, _SMALL_POST_SECONDS = 0.5, 3.0
_GROWTH = 4
_PIECE = 64 << 10
_CONNECT_SECONDS = 5.0
_TICK_SECONDS = 0.05
#: What a server that has no room asks for when it does not say, and the longest that is believed.
_BUSY_SECONDS, _LONGEST_BUSY = 30.0, 3600.0
_NO_ROOM = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Site:
    """A test server, found: where, and under which names it keeps its two scripts.

    Args:
        server: where.
        place: path pattern, such as ``backend/{0}.php``.
        query: name of this test, so that a server can tell its streams from other tests'.
    """

    server: Server
    place: str
    query: str = ""

    def target(self, script: str, **parameters: int) -> str:
        """Path and query of ``garbage`` or ``empty``, different every time because of caches."""
        given = "".join(f"&{name}={value}" for name, value in parameters.items())
        path = self.server.path + self.place.format(script)
        return f"{path}?r={random.random()}{given}{self.query}"  # noqa: S311 - no caches


def refusal(answer: Answer) -> ServerFault:
    """What an answer that is no success means."""
    status = answer.status
    if status in _NO_ROOM:
        asked = answer.headers.get("retry-after", "")
        after = float(asked) if asked.isdigit() else _BUSY_SECONDS
        return ServerBusy(f"the server answered {status}: no room", min(after, _LONGEST_BUSY))
    location = answer.headers.get("location")
    if location:
        return ServerFault(f"the server sends us on to {location[:200]}: name that address")
    return ServerFault(f"the server answered {status}")


class Direction(Protocol):
    """How one stream carries bytes one way."""

    name: str

    async def once(self, connection: Connection, meter: Meter, pace: Pace) -> Answer:
        """One request, counted into ``meter``."""
        ...

    def settled(self, meter: Meter) -> bool:
        """Whether nothing that counts for the window is under way any more."""
        ...


class Download:
    """``GET garbage``, one after the other."""

    name = "download"

    def __init__(self, site: Site) -> None:
        self._site = site

    async def once(self, connection: Connection, meter: Meter, pace: Pace) -> Answer:
        def arrived(size: int) -> float:
            meter.count(size)
            return pace.book(size)

        target = self._site.target("garbage", ckSize=_GARBAGE_MIB)
        return await connection.get(target, arrived=arrived)

    def settled(self, meter: Meter) -> bool:
        return meter.over


class Upload:
    """``POST empty``, one after the other, growing to what the line takes in a moment."""

    name = "upload"

    def __init__(self, site: Site, clock: Callable[[], float]) -> None:
        self._site = site
        self._clock = clock
        self._noise = memoryview(os.urandom(_PIECE))
        self._size = _SMALLEST_POST
        self._largest = _LARGEST_POST
        self._under_way: dict[object, float] = {}

    async def once(self, connection: Connection, meter: Meter, pace: Pace) -> Answer:
        size, post = self._size, object()

        def sent(length: int) -> None:
            # The first byte begins it, not the request: waiting for the pace is not carrying.
            self._under_way.setdefault(post, self._clock())
            meter.hand_over(length)

        try:
            answer = await connection.post(
                self._site.target("empty"), size, self._noise, pace, sent
            )
            ended, first = self._clock(), self._under_way.get(post)
        finally:
            self._under_way.pop(post, None)
        if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and size > _SMALLEST_POST:
            self._largest = self._size = max(_SMALLEST_POST, size // 2)
            return Answer(HTTPStatus.OK)
        if first is not None and ended > first and _succeeded(answer):
            meter.count_between(size, first, ended)
            wanted = self._wanted(size / (ended - first))
            self._size = max(_SMALLEST_POST, min(wanted, _GROWTH * size, self._largest))
        return answer

    @staticmethod
    def _wanted(bytes_per_second: float) -> int:
        """How long the next POST should be on a stream of this rate."""
        small = min(_SMALL_POST, bytes_per_second * _SMALL_POST_SECONDS)
        wanted = max(small, bytes_per_second * _POST_SECONDS)
        return int(wanted) // _SMALLEST_POST * _SMALLEST_POST

    def settled(self, meter: Meter) -> bool:
        return meter.over and all(began > meter.ends for began in self._under_way.values())


def _succeeded(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(slots=True)
class _Trouble:
    """Why streams ended before their time."""

    refused: ServerFault | None = None
    errors: list[DriverError] = field(default_factory=list)


async def load(
    direction: Direction,
    server: Server,
    meter: Meter,
    pace: Pace,
    *,
    streams: int,
    grace: float,
    watch: Watch | None = None,
) -> Flow:
    """Keep ``streams`` streams busy until the meter's window is over.

    Args:
        direction: how one stream carries bytes.
        server: where to.
        meter: counts.
        pace: holds them to the cap.
        streams: connections at the same time.
        grace: seconds that what counts may go on after the window.
        watch: told now and then how far it is.

    Raises:
        ServerBusy: the server turned a stream away; what the others carried is no measurement.
        NoAnswer: not one byte counted, and no server said why.
    """
    trouble = _Trouble()
    tasks = [
        asyncio.create_task(_stream(direction, server, meter, pace, trouble))
        for _ in range(streams)
    ]
    try:
        while not direction.settled(meter) and meter.now < meter.ends + grace:
            if all(task.done() for task in tasks) or isinstance(trouble.refused, ServerBusy):
                break
            if watch is not None and not meter.over:
                watch(Progress(direction.name, meter.now - meter.started, meter.bits_per_second()))
            await asyncio.sleep(min(_TICK_SECONDS, meter.remaining or _TICK_SECONDS))
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if isinstance(trouble.refused, ServerBusy):
        raise trouble.refused
    if meter.bytes == 0:
        if trouble.refused is not None:
            return Flow(None, fault=trouble.refused.detail)
        raise NoAnswer(trouble.errors[-1].detail if trouble.errors else "no data came")
    return Flow(meter.bits_per_second(), int(meter.bytes), meter.elapsed, meter.all_bytes)


async def _stream(
    direction: Direction, server: Server, meter: Meter, pace: Pace, trouble: _Trouble
) -> None:
    """One request after the other until cancelled; a refusal ends the stream."""
    connection: Connection | None = None
    try:
        while True:
            try:
                if connection is None or not connection.usable:
                    if connection is not None:
                        connection.close()
                    connection = await dial(server, _CONNECT_SECONDS)
                answer = await direction.once(connection, meter, pace)
            except ServerFault as error:
                trouble.refused = error
                return
            except DriverError as error:
                trouble.errors.append(error)
                # A line that flaps inside the test gets another chance.
                await asyncio.sleep(0.2)
            else:
                if not _succeeded(answer):
                    trouble.refused = refusal(answer)
                    return
    finally:
        if connection is not None:
            connection.close()
