"""What the box may do and has: trap port, memory, definitions of its own, brokers in reach."""

import errno
import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from agent.findings import Finding
from agent.language import gettext as _
from agent.reachability import why_unreachable
from agent.settings import AgentSettings
from drivers.definitions import DefinitionError, builtin_definitions
from drivers.plan import Broker

_LEAST_MEMORY_BYTES = 96 << 20
_MEMINFO = Path("/proc/meminfo")


def looked_at(settings: AgentSettings) -> Iterator[Finding]:
    """What can be said without the controller."""
    yield from _traps(settings)
    yield from _definitions(settings)
    yield from _memory()


def brokers_in_reach(brokers: Iterable[Broker]) -> Iterator[Finding]:
    """One finding a broker that does not answer."""
    for broker in brokers:
        # Its certificate is judged by the agent itself; here only the way there is looked at.
        trouble = why_unreachable(broker.url.replace("mqtts:", "mqtt:", 1), tls=True)
        if trouble is not None:
            message, advice = trouble
            words = _("Broker {url}: {message}").format(url=broker.url, message=message)
            yield Finding("broker", False, words, advice)


def _traps(settings: AgentSettings) -> Iterator[Finding]:
    if not settings.traps_address:
        return
    address = ip_address(settings.traps_address)
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.bind((settings.traps_address, settings.traps_port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:  # most likely by the running agent
            return
        yield Finding(
            "traps",
            False,
            _("Traps cannot be heard on port {port}: {reason}.").format(
                port=settings.traps_port, reason=error.strerror
            ),
            _("Grant it CAP_NET_BIND_SERVICE, as the systemd unit does, or choose another port."),
        )


def _definitions(settings: AgentSettings) -> Iterator[Finding]:
    if settings.definitions is None:
        return
    try:
        builtin_definitions().with_folder(settings.definitions)
    except (DefinitionError, OSError) as error:
        yield Finding(
            "definitions",
            False,
            _("Your device definitions cannot be used: {reason}").format(reason=error),
            _("fleet-agent drivers check FILE.yaml says what is wrong with each."),
        )


def _memory(source: Path = _MEMINFO) -> Iterator[Finding]:
    try:
        lines = dict(line.split(":", 1) for line in source.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        return
    if free < _LEAST_MEMORY_BYTES:
        yield Finding(
            "memory",
            False,
            _("Only {free} MB of memory are left.").format(free=free >> 20),
            _("The agent needs 64 MB with 1,000 devices; see what else runs on this box."),
        )
