"""A shaped link made of the kernel's own parts: two network namespaces, a cable, a token bucket.

What :class:`drivers.simulate.line.ShapedLine` is to a demonstration this is to a measurement:
packets, losses and acknowledgements are real. Needs Linux, ``ip`` and ``tc`` (iproute2), root, and
the kernel's ``tbf``; :meth:`ShapedLink.missing` says what is not there.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Final

_SERIAL = count()
#: tbf lets a burst through at once; it must cover one tick of the kernel's clock.
_TICKS_A_SECOND = 250
_LEAST_BURST = 3_200
#: How much waits before packets are dropped: 50 ms of the rate, and never less than a few packets.
_QUEUE_SECONDS = 0.05
_LEAST_QUEUE = 48 << 10


class ShapedLink:
    """A school and a centre with a line between them, both directions at the same rate.

    Args:
        bits_per_second: of the line, Ethernet headers included; None for as fast as it goes.
    """

    SCHOOL_ADDRESS: Final = "10.213.7.1"
    CENTRE_ADDRESS: Final = "10.213.7.2"

    def __init__(self, bits_per_second: int | None = None) -> None:
        serial = f"{os.getpid()}-{next(_SERIAL)}"
        self.school, self.centre = f"school-{serial}", f"centre-{serial}"
        self._rate = bits_per_second

    @staticmethod
    def missing() -> str:
        """Why no link can be made here; empty when one can."""
        if shutil.which("ip") is None or shutil.which("tc") is None:
            return "iproute2 is not installed"
        link = ShapedLink(1_000_000)
        try:
            link.open()
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            return f"no shaped namespaces here: {said.strip()[:200]}"
        finally:
            link.close()
        return ""

    def __enter__(self) -> "ShapedLink":
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Make both ends.

        Raises:
            OSError, subprocess.CalledProcessError: not allowed, or not possible.
        """
        ends = ((self.school, self.SCHOOL_ADDRESS), (self.centre, self.CENTRE_ADDRESS))
        for name, _ in ends:
            _run("ip", "netns", "add", name)
        cable = ("link", "add", "line", "type", "veth", "peer", "name", "line")
        _run("ip", "-n", self.school, *cable, "netns", self.centre)
        for name, address in ends:
            _run("ip", "-n", name, "addr", "add", f"{address}/30", "dev", "line")
            _run("ip", "-n", name, "link", "set", "line", "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")
            if self._rate is not None:
                _run("tc", "-n", name, "qdisc", "add", "dev", "line", "root", *self._shape())

    def close(self) -> None:
        """Take both ends away, and the cable with them."""
        for name in (self.school, self.centre):
            with suppress(OSError, subprocess.CalledProcessError):
                _run("ip", "netns", "del", name)

    def within(self, end: str, *command: str) -> list[str]:
        """``command`` as it is run at one end."""
        return ["ip", "netns", "exec", end, *command]

    def _shape(self) -> tuple[str, ...]:
        rate = self._rate or 0
        burst = max(_LEAST_BURST, rate // 8 // _TICKS_A_SECOND * 2)
        queue = max(_LEAST_QUEUE, int(rate / 8 * _QUEUE_SECONDS)) + burst
        return ("tbf", "rate", f"{rate}bit", "burst", str(burst), "limit", str(queue))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
