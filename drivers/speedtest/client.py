"""A LibreSpeed-compatible bandwidth test over HTTP, several streams a direction.

Protocol (LibreSpeed backend): ``GET garbage?ckSize=N`` yields N MiB of noise, ``POST empty`` takes
anything, ``GET empty`` yields nothing and times the way there and back. What is reported is
goodput: LibreSpeed's own client multiplies by 1.06 for headers it cannot see, which inflates the
result, so the factor here is 1.0.
"""

import itertools
import ssl
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from secrets import token_hex

from drivers.errors import NoAnswer
from drivers.speedtest.address import Server
from drivers.speedtest.flow import Meter, Pace
from drivers.speedtest.http import Answer, Connection, dial
from drivers.speedtest.load import Direction, Download, Site, Upload, load, refusal
from drivers.speedtest.result import Flow, Progress, ServerFault, SpeedResult, Watch

#: The first seconds of a direction that do not count, and the longest a direction may take; the
#: last second is for what is still to be answered.
DISCARD_SECONDS = 1.5
MAX_SECONDS = 15.0
_LEAST_GRACE = 1.0
STREAMS = 4
_PINGS = 10
_TIMEOUT = 5.0
#: How long what was begun within the window may take to be answered.
_GRACE_SECONDS = 5.0
#: Where LibreSpeed servers keep the two scripts: Go, PHP, and ours below ``/speedtest``.
_PLACES = ("{0}", "{0}.php", "backend/{0}", "backend/{0}.php", "speedtest/{0}")


async def measure(
    server: str,
    *,
    seconds: float = 10.0,
    cap_bits_per_second: int | None = None,
    streams: int = STREAMS,
    discard: float = DISCARD_SECONDS,
    tls: ssl.SSLContext | bool = True,
    watch: Watch | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> SpeedResult:
    """Test a line once: latency, download, upload.

    Args:
        server: base address of a LibreSpeed-compatible server.
        seconds: length of a direction, at most 14; the first ``discard`` of it do not count.
        cap_bits_per_second: neither direction is loaded with more than this.
        streams: connections at the same time.
        discard: seconds at the beginning of a direction that do not count.
        tls: what to trust.
        watch: told now and then how far the test is.
        clock: monotonic seconds.

    Raises:
        ServerUnknown: the server's name could not be resolved.
        ServerRefused: its address answered that nothing listens there.
        ServerBusy: the server has no room; says nothing of the line.
        ServerFault: the server answers, but not as a speed test does; says nothing of the line.
        Unreachable: the network said that there is no way.
        NoAnswer: nothing came back in time.
    """
    seconds = min(max(seconds, discard + 0.5), MAX_SECONDS - _LEAST_GRACE)
    where = Server.from_url(server, tls)
    connection = await dial(where, _TIMEOUT)
    try:
        # Streams go where the first connection went, whatever else the name stands for.
        site = Site(connection.server, "", f"&test={token_hex(8)}")
        connection, site = await _find(connection, site)
        if watch is not None:
            watch(Progress("latency", 0.0, 0.0))
        latency, jitter = await _ping(connection, site, clock)
    finally:
        connection.close()
    flows: list[Flow] = []
    directions: tuple[Direction, ...] = (Download(site), Upload(site, clock))
    for direction in directions:
        meter = Meter(clock, discard=discard, seconds=seconds)
        pace = Pace(cap_bits_per_second, clock)
        try:
            flow = await load(
                direction,
                site.server,
                meter,
                pace,
                streams=streams,
                grace=min(_GRACE_SECONDS, MAX_SECONDS - seconds),
                watch=watch,
            )
        except NoAnswer as error:
            flow = Flow(0.0, seconds=seconds - discard, all_bytes=0, fault=error.detail)
        flows.append(flow)
    result = SpeedResult(server, "librespeed", streams, flows[0], flows[1], latency, jitter)
    if not any(flow.bits_per_second for flow in flows):
        if all(flow.bits_per_second is None for flow in flows):
            raise ServerFault(result.fault)
        raise NoAnswer(result.fault)
    return result


async def _find(connection: Connection, site: Site) -> tuple[Connection, Site]:
    """The path pattern under which this server keeps its scripts, and an open connection."""
    answer = Answer()
    for place in _PLACES:
        if not connection.usable:
            connection.close()
            connection = await dial(site.server, _TIMEOUT)
        found = replace(site, place=place)
        answer = await connection.get(found.target("empty"), within=_TIMEOUT)
        if answer.status == HTTPStatus.OK:
            return connection, found
        if answer.status != HTTPStatus.NOT_FOUND:
            break
    connection.close()
    if answer.status == HTTPStatus.NOT_FOUND:
        raise ServerFault("the server has no LibreSpeed test")
    raise refusal(answer)


async def _ping(
    connection: Connection, site: Site, clock: Callable[[], float]
) -> tuple[float, float]:
    """Median round trip and mean difference of neighbours, over an open connection.

    A server that closes after every answer is asked once: a connection costs a round trip more.
    """
    times: list[float] = []
    while len(times) < _PINGS and connection.usable:
        began = clock()
        await connection.get(site.target("empty"), within=_TIMEOUT)
        times.append(clock() - began)
    differences = [abs(b - a) for a, b in itertools.pairwise(times)]
    return statistics.median(times or [0.0]), statistics.fmean(differences or [0.0])
