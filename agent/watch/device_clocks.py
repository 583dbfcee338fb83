"""How far the clocks of devices are off, as the box sees it."""

from collections.abc import Callable

from agent.centre.clock import BoxClock
from drivers.base import SnmpSession
from drivers.plan import UTC_OFFSET_SECONDS, Target
from drivers.snmp.device_clock import read_clock_error


class DeviceClocks:
    """Asks devices what time it is.

    Args:
        connect: to a device that speaks SNMP.
        clock: the box's own, which devices' are compared with.
    """

    def __init__(self, connect: Callable[[Target], SnmpSession], clock: BoxClock) -> None:
        self._connect, self._clock = connect, clock

    async def error(self, target: Target) -> float | None:
        """Seconds it is off, either way; ``None`` where nothing sure is known.

        Raises:
            DriverError: the device does not answer.
        """
        if not self._clock.known:
            return None  # as long as nobody told us the time, ours may be the wrong one
        now = self._clock.now()
        return await read_clock_error(self._connect(target), now, UTC_OFFSET_SECONDS)
