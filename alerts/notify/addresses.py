"""Where messages may go: no address of a channel reaches into the machine or its neighbours.

Who keeps a bureau's channels types addresses, and the controller goes there: without a check a
webhook would be a way to whatever only the controller reaches (server-side request forgery).
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

from alerts.notify.channels import NOT_ADMITTED, UNKNOWN_HOST, NoticeFailed, NoticeRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
_LONGEST = 2_000


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks in a list parted by commas.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(one) for one in filter(None, map(str.strip, text.split(","))))


def resolved(host: str, port: int) -> Sequence[str]:
    """Addresses of a host, as the system knows them.

    Raises:
        OSError: it is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def parsed(url: str) -> SplitResult:
    """An address of a webhook in its parts.

    Raises:
        NoticeRefused: it is none.
    """
    try:
        parts = urlsplit(url)
        is_fit = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and len(url) <= _LONGEST
            and url.isprintable()
        )
    except ValueError:
        is_fit = False
    if not is_fit:
        raise NoticeRefused("no address")
    return parts


def admitted(
    parts: SplitResult, allowed: Sequence[Network], resolve: Resolve = resolved
) -> tuple[str, int]:
    """The address to connect to, and the port.

    Args:
        parts: of the webhook's address.
        allowed: networks one may go to although they are not of the Internet.
        resolve: says where a host is; all of its addresses have to be fit.

    Raises:
        NoticeRefused: it lies where no webhook may go.
        NoticeFailed: nobody knows the host now.
    """
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = [ip_address(one.partition("%")[0]) for one in resolve(host, port)]
    except (OSError, ValueError):
        raise NoticeFailed(UNKNOWN_HOST) from None
    if not found:
        raise NoticeFailed(UNKNOWN_HOST)
    if not all(_is_fit(one, allowed) for one in found):
        raise NoticeRefused(NOT_ADMITTED)
    return str(found[0]), port


def _is_fit(address: Address, allowed: Sequence[Network]) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast
