"""Probes of a line: does its gateway answer, do hosts outside, how fast, how evenly.

Every minute (the verdict's cadence) each host is asked five times. A host that stays silent is a
loss of 1, not a gap: that is what availability is made of. Where the box may not ping, references
are timed by TCP handshakes instead.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.ping import Pinger, PingRead
from drivers.plan import LineTest
from drivers.readings import ALIVE, Block, Outcome, Poll

#: The part that the gateway's readings have, whatever its address; references have their own name.
GATEWAY = "gateway"
_METRICS = ("ping_round_trip_seconds", "ping_loss_ratio", "ping_jitter_seconds")
#: Where a host is knocked at when the box may not ping; a refusal is an answer, too.
_USUAL_PORTS = (443, 80)
_ROUTES = Path("/proc/net/route")
_ROUTE_FIELDS = 8
_UP_GATEWAY = 0x3


@dataclass(frozen=True, slots=True)
class Host:
    """One host to probe.

    Args:
        part: its name in readings.
        address: name or address.
        port: TCP port when it is to be knocked at instead of pinged.
    """

    part: str
    address: str
    port: int | None = None


def hosts_of(test: LineTest, routes: Path = _ROUTES) -> tuple[Host, ...]:
    """Gateway and references of a line."""
    gateway = test.gateway or default_gateway(routes)
    found = [Host(GATEWAY, gateway)] if gateway else []
    return (*found, *(_reference(written) for written in dict.fromkeys(test.references)))


def default_gateway(routes: Path = _ROUTES) -> str | None:
    """The router of the box's IPv4 default route, from Linux's routing table."""
    try:
        lines = routes.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        fields = line.split()
        if len(fields) < _ROUTE_FIELDS or fields[1] != "00000000" or fields[7] != "00000000":
            continue
        if int(fields[3], 16) & _UP_GATEWAY == _UP_GATEWAY:
            # The kernel prints addresses as numbers of its own byte order.
            return str(ipaddress.IPv4Address(int(fields[2], 16).to_bytes(4, "little")))
    return None


def _reference(written: str) -> Host:
    """``host``, ``host:port``, an address of either family, or ``[address]:port``."""
    host, colon, port = written.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.endswith("]")):
        return Host(written, written.strip("[]"))
    return Host(written, host.strip("[]"), int(port))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of a line's hosts; ``None`` where nothing could be found out."""

    hosts: tuple[Host, ...]
    reads: tuple[PingRead | None, ...]

    @property
    def gateway(self) -> bool | None:
        """Whether the gateway answered."""
        return self._answered(lambda host: host.part == GATEWAY)

    @property
    def outside(self) -> bool | None:
        """Whether any reference answered."""
        return self._answered(lambda host: host.part != GATEWAY)

    def of(self, wanted: Callable[[Host], bool]) -> "Seen":
        """What was found of some of the hosts."""
        pairs = [pair for pair in zip(self.hosts, self.reads, strict=True) if wanted(pair[0])]
        return Seen(tuple(host for host, _ in pairs), tuple(read for _, read in pairs))

    def _answered(self, wanted: Callable[[Host], bool]) -> bool | None:
        reads = [
            read
            for host, read in zip(self.hosts, self.reads, strict=True)
            if read is not None and wanted(host)
        ]
        return any(read.outcome in ALIVE for read in reads) if reads else None


async def look(hosts: Sequence[Host], pinger: Pinger) -> Seen:
    """Ask all hosts at the same time."""
    return Seen(tuple(hosts), tuple(await asyncio.gather(*(ask(host, pinger) for host in hosts))))


async def ask(host: Host, pinger: Pinger) -> PingRead | None:
    """Ask one host; None when this box cannot tell whether it is there."""
    if host.port is not None:
        return await pinger.connect(host.address, host.port)
    read = await pinger.ping(host.address)
    if read is not None:
        return read
    for port in _USUAL_PORTS:
        read = await pinger.connect(host.address, port)
        if read.outcome in ALIVE:
            return read
    # A gateway need not listen anywhere; a host named as a reference was chosen because it does.
    return None if host.part == GATEWAY else read


def as_poll(test: LineTest, seen: Seen, taken_at: int) -> Poll | None:
    """The probes as a poll of the line; None when nothing could be found out."""
    told = [
        (host, read) for host, read in zip(seen.hosts, seen.reads, strict=True) if read is not None
    ]
    if not told:
        return None
    block = Block(
        tuple(host.part for host, _ in told),
        {metric: [read.value(metric) for _, read in told] for metric in _METRICS},
    )
    outcome, detail = Outcome.ok, ""
    if seen.outside is False:
        outcome = Outcome.timeout
        detail = "no host outside answers"
        if seen.gateway is not None:
            detail += ", the gateway does" if seen.gateway else ", nor does the gateway"
    elif seen.outside is None and not seen.gateway:
        outcome, detail = Outcome.timeout, "the gateway does not answer"
    return Poll(test.line, test.school, taken_at, outcome, detail, (block,))
