"""What the agent tells systemd: that it works, and beat by beat that it still does.

The protocol is one datagram of ``NAME=value`` lines (sd_notify(3)), which systemd documents as
stable and fit to be spoken without its library.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)

#: No poll for so long, with devices to poll: whatever the reason, the agent does not work.
_SILENT_SECONDS = 900.0


class Service:
    """The service manager, if one listens.

    Args:
        environment: holds ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC``, as systemd sets them.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of an abstract address.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        told = environment.get("WATCHDOG_USEC", "")
        other = environment.get("WATCHDOG_PID", str(os.getpid()))
        usable = told.isdecimal() and other == str(os.getpid())
        self.watchdog_seconds = int(told) / 1e6 if usable else 0.0

    def tell(self, **values: str) -> None:
        """Tell something, such as ``READY="1"``; nobody listens where systemd did not start us."""
        if not self._address:
            return
        message = "\n".join(f"{name}={value}" for name, value in values.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
                one.connect(self._address)
                one.sendall(message)
        except OSError as error:
            log.warning("the service manager cannot be told %s (%s)", ", ".join(values), error)


class Pulse:
    """Whether the agent does what it is there for.

    Args:
        disk: the thread that waits for the disk.
        devices: how many there are to poll.
        ticks: seconds that only grow.
    """

    def __init__(
        self,
        disk: ThreadPoolExecutor,
        devices: Callable[[], int],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._disk = disk
        self._devices = devices
        self._ticks = ticks
        self._polled_at = ticks()

    def polled(self) -> None:
        """A poll has ended, one way or the other."""
        self._polled_at = self._ticks()

    async def ailment(self, seconds: float) -> str:
        """What is wrong; empty when nothing is.

        Args:
            seconds: what the disk may take.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await loop.run_in_executor(self._disk, _nothing)
        except TimeoutError:
            return f"the disk has not answered for {seconds:.0f} s"
        except RuntimeError:
            return "the disk's thread has ended"
        silent = self._ticks() - self._polled_at
        if self._devices() and silent > _SILENT_SECONDS:
            return f"no device was polled for {silent:.0f} s"
        return ""


async def feed_watchdog(service: Service, pulse: Pulse) -> None:
    """Beat three times in the watchdog's time, as long as nothing is wrong; runs until cancelled.

    An event loop that hangs beats no more by itself.
    """
    if not service.watchdog_seconds:
        return
    pause = service.watchdog_seconds / 3
    ailing = ""
    while True:
        found = await pulse.ailment(pause)
        if not found:
            service.tell(WATCHDOG="1")
        elif found != ailing:
            log.error("%s: the watchdog is not fed", found)
            service.tell(STATUS=found)
        ailing = found
        await asyncio.sleep(pause)


def _nothing() -> None:
    pass
