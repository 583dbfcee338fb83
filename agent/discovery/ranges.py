"""Which addresses may be looked at, and in which order."""

import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)
from itertools import accumulate
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

#: Networks with more hosts than a /16 are not swept; their addresses come from neighbours only.
LARGEST_SWEEP = 1 << 16
#: In these and smaller networks every address is a host's (RFC 3021).
_POINT_TO_POINT = 31


class BadRange(ValueError):
    """{0} is no network such as 10.1.0.0/22."""


class Ranges:
    """The networks of one school that discovery may look at.

    Args:
        ranges: networks (CIDR) or single addresses.
        hosts: those of them whose hosts are told of though they answer pings only.
        exclude: what is left alone whatever the ranges say.

    Raises:
        BadRange: a text is no network.
    """

    def __init__(
        self, ranges: Iterable[str], hosts: Iterable[str] = (), exclude: Iterable[str] = ()
    ) -> None:
        self._networks = tuple(map(_network, ranges))
        self._hosts = tuple(map(_network, hosts))
        self._excluded = tuple(map(_network, exclude))

    def __contains__(self, address: str) -> bool:
        """Whether discovery may send something to this address."""
        return _within(address, self._networks) and not _within(address, self._excluded)

    def tells_hosts(self, address: str) -> bool:
        """Whether a host that answers pings only is told of."""
        return _within(address, self._hosts)

    def is_swept(self, address: str) -> bool:
        """Whether :meth:`sweep` brings this address."""
        return address in self and _within(address, self._swept)

    @property
    def size(self) -> int:
        """How many addresses :meth:`sweep` brings, excluded ones counted."""
        return sum(len(_hosts_of(network)) for network in self._swept)

    @cached_property
    def _swept(self) -> tuple[IPv4Network, ...]:
        small = (
            network
            for network in self._networks
            if isinstance(network, IPv4Network) and network.num_addresses <= LARGEST_SWEEP
        )
        return tuple(collapse_addresses(small))

    def sweep(self, rng: random.Random) -> Iterator[str]:
        """Every IPv4 address once, in random order, so that no segment is hit all at once."""
        hosts = [_hosts_of(network) for network in self._swept]
        ends = list(accumulate(map(len, hosts)))
        total = ends[-1] if ends else 0
        for position in rng.sample(range(total), total):
            at = bisect_right(ends, position)
            number = hosts[at][position - (ends[at - 1] if at else 0)]
            address = str(ip_address(number))
            if not _within(address, self._excluded):
                yield address


def _hosts_of(network: IPv4Network) -> range:
    first = int(network.network_address)
    last = first + network.num_addresses
    if network.prefixlen < _POINT_TO_POINT:
        return range(first + 1, last - 1)
    return range(first, last)


def _network(text: str) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadRange(f"{text} is no network such as 10.1.0.0/22") from None


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        return False
    return any(found in network for network in networks)
