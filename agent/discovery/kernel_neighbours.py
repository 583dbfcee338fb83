"""Whom this box itself has resolved: the kernel's neighbour tables, ARP and IPv6 alike.

Source: rtnetlink(7), ``RTM_GETNEIGH``; Linux only, no privileges needed. As with the tables of
devices, what is read stays in the box.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from typing import Final

_NETLINK_ROUTE: Final = 0
_GET_NEIGHBOURS, _NEW_NEIGHBOUR, _DONE, _ERROR = 30, 28, 3, 2
#: NLM_F_REQUEST | NLM_F_DUMP.
_DUMP: Final = 0x301
_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # struct ndmsg
_ATTRIBUTE = struct.Struct("=HH")  # struct rtattr
_ADDRESS, _LINK_ADDRESS = 1, 2
#: NUD_INCOMPLETE, NUD_FAILED, NUD_NOARP: nobody answered, or nobody was asked.
_UNRESOLVED: Final = 0x01 | 0x20 | 0x40
_MAC_LENGTH, _IPV4_LENGTH = 6, 4
_SECONDS: Final = 1.0
_MOST_READS: Final = 4_096


def kernel_neighbours() -> list[tuple[str, str]]:
    """IP address and twelve hex digits of everybody resolved; none where Linux does not tell."""
    if sys.platform != "linux":
        return []
    with (
        suppress(OSError),
        socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE
        ) as sock,
    ):
        sock.settimeout(_SECONDS)
        request = _NEIGHBOUR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        size = _HEADER.size + len(request)
        sock.send(_HEADER.pack(size, _GET_NEIGHBOURS, _DUMP, 1, 0) + request)
        return list(_answers(sock))
    return []


def _answers(sock: socket.socket) -> Iterator[tuple[str, str]]:
    for _ in range(_MOST_READS):
        data = sock.recv(1 << 16)
        at = 0
        while at + _HEADER.size <= len(data):
            length, kind, *_rest = _HEADER.unpack_from(data, at)
            if kind in (_DONE, _ERROR) or length < _HEADER.size:
                return
            if kind == _NEW_NEIGHBOUR:
                yield from neighbour_of(data[at + _HEADER.size : at + length])
            at += -(-length // 4) * 4


def neighbour_of(message: bytes) -> Iterator[tuple[str, str]]:
    """What one ``ndmsg`` with its attributes says; nothing for unresolved and odd ones."""
    if len(message) < _NEIGHBOUR.size:
        return
    _family, _interface, state, _flags, _type = _NEIGHBOUR.unpack_from(message)
    found: dict[int, bytes] = {}
    at = _NEIGHBOUR.size
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if length < _ATTRIBUTE.size:
            return
        found[kind] = message[at + _ATTRIBUTE.size : at + length]
        at += -(-length // 4) * 4
    address, mac = found.get(_ADDRESS, b""), found.get(_LINK_ADDRESS, b"")
    if state & _UNRESOLVED or len(mac) != _MAC_LENGTH or len(address) not in (_IPV4_LENGTH, 16):
        return
    is_ipv4 = len(address) == _IPV4_LENGTH
    yield str(IPv4Address(address) if is_ipv4 else IPv6Address(address)), mac.hex()
