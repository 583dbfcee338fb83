"""A bandwidth test against an iperf3 server, by the real ``iperf3`` program.

Its JSON gives what the receiving side counted (``end.sum_received``), so both directions are
goodput, as in :mod:`drivers.speedtest.client`. An iperf3 server makes one test at a time and turns
others away in words.
"""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from drivers.errors import DriverError, NoAnswer, Unreachable
from drivers.speedtest.client import DISCARD_SECONDS, MAX_SECONDS, STREAMS
from drivers.speedtest.result import (
    Flow,
    Progress,
    ServerBusy,
    ServerFault,
    ServerRefused,
    ServerUnknown,
    SpeedResult,
    Watch,
)

PROGRAM: Final = "iperf3"
PORT: Final = 5201
#: What the program may take beyond the test itself: connecting, and the exchange of results.
_BEYOND_SECONDS = 10.0
_CONNECT_MILLISECONDS = 5_000
_MOST_OUTPUT = 1 << 20
#: An iperf3 server is free again after the test it is making.
_BUSY_SECONDS = 35.0
_WORDS: tuple[tuple[str, Callable[[str], DriverError]], ...] = (
    ("server is busy", lambda said: ServerBusy(said, _BUSY_SECONDS)),
    ("connection refused", ServerRefused),
    ("name or service not known", ServerUnknown),
    ("temporary failure in name resolution", ServerUnknown),
    ("no address associated", ServerUnknown),
    ("no route to host", Unreachable),
    ("network is unreachable", Unreachable),
    ("timed out", NoAnswer),
    ("timeout", NoAnswer),
    ("unable to connect", NoAnswer),
)


class Iperf3Missing(ServerFault):
    """This box has no ``iperf3``; nothing was measured."""


class _Sum(msgspec.Struct):
    bytes: int = 0
    seconds: float = 0.0
    bits_per_second: float = 0.0


class _End(msgspec.Struct):
    sum_sent: _Sum | None = None
    sum_received: _Sum | None = None


class _Document(msgspec.Struct):
    error: str = ""
    end: _End | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """How one direction is asked for."""

    host: str
    port: int
    seconds: float
    discard: float
    streams: int
    cap_bits_per_second: int | None

    def command(self, *, reverse: bool) -> list[str]:
        words = [PROGRAM, "--client", self.host, "--port", str(self.port), "--json"]
        words += ["--interval", "0", "--parallel", str(self.streams)]
        words += ["--connect-timeout", str(_CONNECT_MILLISECONDS)]
        # The time is counted from the end of the warm-up; both take whole seconds in old versions.
        words += ["--omit", str(max(1, round(self.discard)))]
        words += ["--time", str(max(1, round(self.seconds - self.discard)))]
        if self.cap_bits_per_second:
            words += ["--bitrate", str(self.cap_bits_per_second // self.streams)]
        return [*words, "--reverse"] if reverse else words


async def measure_iperf3(
    server: str,
    *,
    seconds: float = 10.0,
    cap_bits_per_second: int | None = None,
    streams: int = STREAMS,
    discard: float = DISCARD_SECONDS,
    ping: Callable[[str], Awaitable[tuple[float | None, float | None]]] | None = None,
    watch: Watch | None = None,
) -> SpeedResult:
    """Test a line once: download, then upload.

    Args:
        server: ``iperf3://host`` or ``iperf3://host:port``.
        seconds: length of a direction, at most 15, warm-up included; whole seconds are used.
        cap_bits_per_second: neither direction is loaded with more than this.
        streams: connections at the same time.
        discard: seconds at the beginning of a direction that do not count.
        ping: round trip and jitter of a host in seconds, for iperf3 measures none before the load.
        watch: told which direction is under way.

    Raises:
        Iperf3Missing: the program is not installed.
        ServerUnknown: the server's name could not be resolved.
        ServerRefused: its address answered that nothing listens there.
        ServerBusy: it is making another test.
        ServerFault: it said something else, or the address is wrong.
        Unreachable: the network said that there is no way.
        NoAnswer: nothing came back in time.
    """
    host, port = _address(server)
    if shutil.which(PROGRAM) is None:
        raise Iperf3Missing(f"{PROGRAM} is not installed on this box")
    latency, jitter = await ping(host) if ping is not None else (None, None)
    run = _Run(host, port, min(seconds, MAX_SECONDS), discard, streams, cap_bits_per_second)
    flows: list[Flow] = []
    for name in ("download", "upload"):
        if watch is not None:
            watch(Progress(name, 0.0, 0.0))
        try:
            flows.append(await _direction(run, reverse=name == "download"))
        except NoAnswer as error:
            if not flows or not flows[0].bits_per_second:
                raise
            flows.append(Flow(0.0, seconds=run.seconds - discard, fault=error.detail))
    return SpeedResult(server, "iperf3", streams, flows[0], flows[1], latency, jitter)


def _address(server: str) -> tuple[str, int]:
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port or PORT
    except ValueError as error:
        raise ServerFault(f"{server}: {error}") from None
    if parts.scheme != "iperf3" or not host or host.startswith("-"):
        raise ServerFault(f"{server} is no iperf3 address")
    return host, port


async def _direction(run: _Run, *, reverse: bool) -> Flow:
    output = await _output(run.command(reverse=reverse), run.seconds + _BEYOND_SECONDS)
    try:
        document = msgspec.json.decode(output, type=_Document)
    except msgspec.MsgspecError:
        raise ServerFault(f"{PROGRAM} printed no result") from None
    if document.error:
        raise _told(document.error)
    received = document.end.sum_received if document.end else None
    if document.end is None or received is None or received.seconds <= 0:
        raise NoAnswer("no data came")
    if received.bytes <= 0:
        raise NoAnswer("no data came")
    # Sums leave the warm-up out; its bytes are taken to be as many a second.
    every = received.bits_per_second / 8 * (received.seconds + max(1, round(run.discard)))
    return Flow(received.bits_per_second, received.bytes, received.seconds, int(every))


async def _output(command: list[str], limit_seconds: float) -> bytes:
    """What the program printed; it is killed when it takes too long or says too much."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, limit=_MOST_OUTPUT
    )
    try:
        async with asyncio.timeout(limit_seconds):
            stdout = process.stdout
            if stdout is None:
                return b""
            pieces: list[bytes] = []
            while piece := await stdout.read(_MOST_OUTPUT):
                pieces.append(piece)
                if sum(map(len, pieces)) > _MOST_OUTPUT:
                    raise ServerFault(f"{PROGRAM} printed more than {_MOST_OUTPUT} bytes")
            await process.wait()
            return b"".join(pieces)
    except TimeoutError:
        raise NoAnswer(f"{PROGRAM} did not end within {limit_seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _told(error: str) -> DriverError:
    """The error that stands behind the program's words."""
    said = error.removeprefix("error - ").strip()[:300]
    for words, make in _WORDS:
        if words in said.lower():
            return make(said)
    return ServerFault(said)
