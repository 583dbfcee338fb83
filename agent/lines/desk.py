"""The lines of the plan: probed every minute, tested when the schedule says so.

One test at a time on a box, whatever its lines: two would measure each other. While a test loads a
line the line is not probed, for its round trips would be the test's own doing.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.lines.probes import GATEWAY, Host, as_poll, hosts_of, look
from drivers.base import SnmpSession
from drivers.errors import DriverError
from drivers.ping import Pinger
from drivers.plan import LineTest, Plan, Target
from drivers.readings import Poll

if TYPE_CHECKING:
    from agent.lines.judgement import Witnesses
    from agent.lines.line_test import Box, Measure
    from agent.lines.port_counters import PortCounters
    from drivers.speedtest import SpeedResult

log = logging.getLogger(__name__)

_INTERFACES = Path("/sys/class/net")
_ROUTES = Path("/proc/net/route")
_MEGABIT = 1_000_000


class Lines:
    """Probes and tests of the plan's lines.

    Args:
        keep: takes the polls.
        connect: makes an SNMP session with a target, to read the counters beside a test.
        clock: seconds since the epoch.
        tls: whom to trust.
        controller_url: a witness of last resort: who reaches the controller has a living line.
        pinger: asks hosts.
        measure: tests against a LibreSpeed server; ours when None.
    """

    def __init__(
        self,
        keep: Callable[[Poll], None],
        connect: Callable[[Target], SnmpSession],
        *,
        clock: Callable[[], float],
        tls: ssl.SSLContext | bool = True,
        controller_url: str = "",
        pinger: Pinger | None = None,
        measure: "Measure | None" = None,
    ) -> None:
        self._keep = keep
        self._connect = connect
        self._clock = clock
        self._tls = tls
        self._controller_url = controller_url
        self._pinger = pinger or Pinger()
        self._measure = measure
        self._lines: dict[str, LineTest] = {}
        self._targets: dict[str, Target] = {}
        self._every = 60.0
        self._probing: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._testing = ""
        #: Gateways that have ever answered; only their silence means something.
        self._gateways_heard: set[str] = set()

    def follow(self, plan: Plan) -> None:
        """Probe what the plan names; one line may have several tests, and is probed once."""
        self._every = plan.cadence.reachability
        self._targets = {t.id: t for t in plan.targets if t.snmp is not None and t.address}
        self._lines = {}
        for test in plan.line_tests:
            self._lines.setdefault(test.line, test)
        if self._lines and self._probing is None:
            self._probing = asyncio.create_task(self._probe_for_ever())

    async def close(self) -> None:
        """End the probes."""
        if self._probing is not None:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
            self._probing = None

    async def test(self, test: LineTest) -> Poll:
        """Test a line once and keep the poll; waits for a test under way. Never raises."""
        from agent.lines.line_test import run_line_test  # noqa: PLC0415  (loaded with the first test)

        async with self._one_at_a_time:
            self._testing = test.line
            try:
                poll = await run_line_test(test, self._method(test), self._box(test))
            finally:
                self._testing = ""
        self._keep(poll)
        return poll

    async def probe(self, test: LineTest) -> Poll | None:
        """Probe a line once; None when this box cannot find anything out."""
        hosts = hosts_of(test)
        seen = await look(hosts, self._pinger)
        self._note_gateway(hosts, answered=seen.gateway)
        return as_poll(test, seen.of(self._tells), int(self._clock() * 1000))

    def _tells(self, host: Host) -> bool:
        """Whether silence of a host means something: many gateways never answer a ping."""
        return host.part != GATEWAY or host.address in self._gateways_heard

    async def _probe_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._probe_all()
            await asyncio.sleep(max(1.0, began + self._every - loop.time()))

    async def _probe_all(self) -> None:
        lines = [test for line, test in self._lines.items() if line != self._testing]
        for poll in await asyncio.gather(*map(self.probe, lines), return_exceptions=True):
            if isinstance(poll, Poll):
                self._keep(poll)
            elif poll is not None:
                log.error("a probe failed", exc_info=poll)

    def _method(self, test: LineTest) -> "Measure":
        from drivers.speedtest import measure  # noqa: PLC0415  (loaded with the first test)

        return self._iperf3 if test.method == "iperf3" else self._measure or measure

    async def _iperf3(
        self,
        server: str,
        *,
        seconds: float,
        cap_bits_per_second: int | None,
        streams: int,
        tls: ssl.SSLContext | bool,
    ) -> "SpeedResult":
        from drivers.speedtest.iperf3 import measure_iperf3  # noqa: PLC0415

        return await measure_iperf3(
            server,
            seconds=seconds,
            cap_bits_per_second=cap_bits_per_second,
            streams=streams,
            ping=self._round_trip,
        )

    def _box(self, test: LineTest) -> "Box":
        from agent.lines.line_test import Box  # noqa: PLC0415

        return Box(
            clock=self._clock,
            witnesses=partial(self._witnesses, test),
            loss=partial(self._loss, test),
            counters=self._counters(test),
            port_bits_per_second=port_speed(),
            tls=self._tls,
        )

    def _counters(self, test: LineTest) -> "PortCounters | None":
        from agent.lines.port_counters import PortCounters  # noqa: PLC0415

        target = self._targets.get(test.target or "")
        if target is None or target.uplink is None:
            return None
        try:
            return PortCounters(self._connect(target), target.uplink)
        except DriverError as error:
            log.info("no counters beside the test of %s: %s", test.line, error.detail)
            return None

    async def _witnesses(self, test: LineTest) -> "Witnesses":
        from agent.lines.judgement import Witnesses  # noqa: PLC0415

        hosts = hosts_of(test)
        if not test.references:
            hosts = (*hosts, *self._controller(test))
        seen = await look(hosts, self._pinger)
        self._note_gateway(hosts, answered=seen.gateway)
        gateway = next((host.address for host in hosts if host.part == GATEWAY), None)
        known = gateway in self._gateways_heard
        return Witnesses(seen.outside, seen.gateway if known else None)

    def _controller(self, test: LineTest) -> tuple[Host, ...]:
        """The controller as a reference, unless it is the test server itself."""
        parts = urlsplit(self._controller_url)
        if not parts.hostname or parts.hostname == urlsplit(test.server).hostname:
            return ()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return (Host("controller", parts.hostname, port),)

    async def _loss(self, test: LineTest) -> float | None:
        loss, _, _ = await self._ping(urlsplit(test.server).hostname or "")
        return loss

    async def _round_trip(self, host: str) -> tuple[float | None, float | None]:
        _, round_trip, jitter = await self._ping(host)
        return round_trip, jitter

    async def _ping(self, host: str) -> tuple[float | None, float | None, float | None]:
        """Loss, round trip and jitter; all None for a host that answers no echo requests."""
        read = await self._pinger.ping(host) if host else None
        if read is None or read.value("ping_round_trip_seconds") is None:
            return None, None, None
        return (
            read.value("ping_loss_ratio"),
            read.value("ping_round_trip_seconds"),
            read.value("ping_jitter_seconds"),
        )

    def _note_gateway(self, hosts: tuple[Host, ...], *, answered: bool | None) -> None:
        if answered:
            self._gateways_heard |= {host.address for host in hosts if host.part == GATEWAY}


def port_speed(routes: Path = _ROUTES, interfaces: Path = _INTERFACES) -> int | None:
    """Bit/s of the port the box's default route goes out of; None for Wi-Fi and virtual ones."""
    try:
        rows = [line.split() for line in routes.read_text(encoding="ascii").splitlines()[1:]]
        name = next(row[0] for row in rows if len(row) > 1 and row[1] == "00000000")
        megabits = int((interfaces / name / "speed").read_text(encoding="ascii"))
    except (OSError, ValueError, StopIteration):
        return None
    return megabits * _MEGABIT if megabits > 0 else None
