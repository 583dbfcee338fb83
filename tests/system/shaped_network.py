"""A bureau's network in the kernel: schools behind routers, on lines that carry what they are told.

Everything is made of network namespaces and goes with them: nothing of the machine's own network
is touched. Each school has a box and a router of its own, so that the gateway lives on when the
line is cut; the line between router and bureau is shaped both ways by a token bucket (tbf).
"""

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

#: The controller, and a host beside it that tells whether a line carries traffic.
BUREAU, REFERENCE = "10.77.255.1", "10.77.255.2"
_MAKING_SECONDS = 60
_BITS_PER_MEGABIT = 1_000_000
#: A bucket holds this many seconds of its rate: the kernel fills it a few hundred times a second.
_BURST_SECONDS, _SMALLEST_BURST = 0.005, 16_000
_QUEUE = "60ms"
#: setns(2): a thread's own network is changed, nobody else's.
_NETWORK = 0x4000_0000
_C = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A place of the network; processes started by :meth:`command` live in it."""

    name: str

    def command(self, *words: str) -> list[str]:
        """The command line that runs ``words`` there."""
        return ["nsenter", f"--net=/run/netns/{self.name}", *words]

    def run(self, *words: str) -> None:
        """Run a short command there; fails with what it said."""
        _run(*self.command(*words))

    def call(self, work: Callable[[], Answer]) -> Answer:
        """What a function says there; it runs in a thread of its own, which ends with it."""

        def there() -> Answer:
            with Path("/run/netns", self.name).open("rb") as place:
                if _C.setns(place.fileno(), _NETWORK):
                    raise OSError(ctypes.get_errno(), f"setns {self.name}")
            return work()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(there).result()


class Line:
    """One school's line.

    Args:
        bureau: where the controller is.
        box: where the school's agent is.
        number: from 1; the third part of its addresses.
        router: between the two, within the school.
    """

    def __init__(self, bureau: Namespace, router: Namespace, box: Namespace, number: int) -> None:
        self._bureau, self._router, self.box, self._number = bureau, router, box, number

    def lay(self, mbps: int) -> None:
        """Connect box, router and bureau, and shape the line."""
        number = self._number
        _cable(self._bureau, f"line{number}", self._router, "line", f"10.77.{number}")
        _cable(self._router, "school", self.box, "school", f"10.78.{number}")
        self._router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self._router.run("ip", "route", "add", "default", "via", f"10.77.{number}.1")
        self.box.run("ip", "route", "add", "default", "via", f"10.78.{number}.1")
        back = ("ip", "route", "add", f"10.78.{number}.0/30", "via", f"10.77.{number}.2")
        self._bureau.run(*back)
        for place, end in ((self._bureau, f"line{number}"), (self._router, "line")):
            place.run("tc", "qdisc", "add", "dev", end, "root", *_bucket(mbps))

    def cut(self) -> None:
        """Let everything on the line be lost; both ends stay as they are."""
        self._lose("add")

    def mend(self) -> None:
        """Let it carry again."""
        self._lose("del")

    def _lose(self, action: str) -> None:
        lost = ("blackhole", f"10.78.{self._number}.2/32")
        self._bureau.run("ip", "route", action, *lost)


def _bucket(mbps: int) -> tuple[str, ...]:
    burst = max(_SMALLEST_BURST, int(mbps * _BITS_PER_MEGABIT / 8 * _BURST_SECONDS))
    return ("tbf", "rate", f"{mbps}mbit", "burst", str(burst), "latency", _QUEUE)


def _cable(near: Namespace, end: str, far: Namespace, other: str, network: str) -> None:
    _run("ip", "-n", near.name, "link", "add", end, "type", "veth",
         "peer", "name", other, "netns", far.name)  # fmt: skip
    for place, name, host in ((near, end, 1), (far, other, 2)):
        place.run("ip", "address", "add", f"{network}.{host}/30", "dev", name)
        place.run("ip", "link", "set", name, "up")


@contextmanager
def shaped(rates: Sequence[int]) -> Iterator[tuple[Namespace, list[Line]]]:
    """The bureau's place and a line of each rate, Mbit/s; skips where the kernel cannot do it."""
    _skip_unless_possible()
    mark = f"fleet-{os.getpid()}-{next(_numbers)}"
    made: list[str] = []

    def place(name: str) -> Namespace:
        _run("ip", "netns", "add", f"{mark}-{name}")
        made.append(f"{mark}-{name}")
        found = Namespace(made[-1])
        found.run("ip", "link", "set", "lo", "up")
        return found

    try:
        bureau = place("bureau")
        for address in (BUREAU, REFERENCE):
            bureau.run("ip", "address", "add", f"{address}/32", "dev", "lo")
        lines = []
        for number, mbps in enumerate(rates, start=1):
            line = Line(bureau, place(f"router{number}"), place(f"box{number}"), number)
            line.lay(mbps)
            lines.append(line)
        yield bureau, lines
    finally:
        for name in made:
            _run("ip", "netns", "delete", name)


def _skip_unless_possible() -> None:
    missing = [name for name in ("ip", "tc", "nsenter") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)} (apt-get install iproute2 util-linux)")
    if os.geteuid() != 0:
        pytest.skip("shaped lines are network namespaces, which only root may make")
    # A container's root may not make any; some kernels have no token bucket.
    trial = (
        "ip link add near type veth peer name far"
        " && tc qdisc add dev near root tbf rate 1mbit burst 16000 latency 60ms"
    )
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", trial],
        capture_output=True, text=True, timeout=_MAKING_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no shaped lines here: {done.stderr.strip()[:200]}")
    try:
        Path("/run/netns").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        pytest.skip(f"no named network namespaces here: {error}")


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_MAKING_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
