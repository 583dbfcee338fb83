"""What the plan's lines need of this box, and the box does not have."""

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

from agent.language import gettext as _
from drivers.plan import LineTest
from drivers.speedtest.iperf3 import PROGRAM


def unmet(tests: Sequence[LineTest]) -> Iterator[tuple[str, str]]:
    """What is missing, and what to do about it, in the reader's language."""
    if any(test.method == "iperf3" for test in tests) and shutil.which(PROGRAM) is None:
        yield (
            _("Lines are to be tested by iperf3, which is not installed."),
            _("Install it: apt-get install iperf3"),
        )
    if tests and not may_ping():
        yield (
            _("This box may not ping; lines are probed by TCP instead, their gateways not at all."),
            _("Grant it CAP_NET_RAW, as the systemd unit does."),
        )


def may_ping() -> bool:
    """Whether the kernel lets this user send echo requests."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with suppress(PermissionError), socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP):
            return True
    return False
