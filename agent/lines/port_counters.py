"""What else was on the line: counters of its uplink port, right before and after a test.

The test's own bytes are known; what the port counted beyond them was other people's traffic. The
verdict marks a test on a busy line, and keeps it. Many switches refresh what they tell only every
few seconds: the second read waits for that, and a short test is known less exactly than a long one.
"""

import logging
from dataclasses import dataclass

from drivers.base import SnmpSession
from drivers.errors import DriverError
from drivers.snmp.counters import Counters, RateKeeper
from drivers.snmp.read import Known, learn_ports, read_reachability

log = logging.getLogger(__name__)

_IN, _OUT = "port_in_bits_per_second", "port_out_bits_per_second"
_TICKS = 100
_KEY = "line"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a port carried between two reads.

    Args:
        seconds: between them, by the device's own clock.
        in_bytes: received, None when the counter broke off.
        out_bytes: sent.
    """

    seconds: float
    in_bytes: float | None
    out_bytes: float | None


class PortCounters:
    """Reads one port of one device twice.

    Wraps, restarts and discontinuities are told by the same :class:`RateKeeper` as everywhere.

    Args:
        session: with the device.
        port: name of the port, as it stands in readings.
    """

    def __init__(self, session: SnmpSession, port: str) -> None:
        self._session = session
        self._port = port
        self._known: Known | None = None
        self._rates = RateKeeper()
        self._before: Counters | None = None

    async def before(self, now_ms: int) -> None:
        """Read the counters; a device that does not answer costs the figure and nothing else."""
        self._before = None
        self._rates.forget(_KEY)
        counters = await self._read()
        if counters is not None:
            self._rates.rates(_KEY, counters, now_ms)
            self._before = counters

    async def after(self, now_ms: int) -> Carried | None:
        """Read them again: what the port carried since :meth:`before`."""
        if self._before is None or self._before.uptime is None:
            return None
        counters = await self._read()
        if counters is None or counters.uptime is None:
            return None
        rates = self._rates.rates(_KEY, counters, now_ms)
        if rates is None or not rates.parts:
            return None
        seconds = (counters.uptime - self._before.uptime) / _TICKS
        values = {metric: rates.columns.get(metric, [None])[0] for metric in (_IN, _OUT)}
        return Carried(seconds, _bytes(values[_IN], seconds), _bytes(values[_OUT], seconds))

    async def _read(self) -> Counters | None:
        try:
            if self._known is None:
                self._known, _ = await learn_ports(self._session)
            read = await read_reachability(self._session, self._known, self._port)
        except DriverError as error:
            log.info("port %s beside the test: %s", self._port, error.code.value)
            return None
        if not read.counters.parts:
            self._known = None  # the port is not there, or has another name by now
            return None
        return read.counters


def _bytes(bits_per_second: float | None, seconds: float) -> float | None:
    return None if bits_per_second is None else round(bits_per_second * seconds / 8)
