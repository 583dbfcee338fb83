"""One UDP socket an address family for all devices, drained in a loop; ICMP errors told apart.

A datagram protocol of asyncio reads one datagram a turn of the loop; draining the socket
costs a tenth. On Linux, ``IP_RECVERR`` delivers ICMP errors with the destination they concern
even on an unconnected socket; elsewhere they are not seen and end as timeouts.
"""

import asyncio
import errno
import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Final, TypeAlias

#: Where datagrams go to and come from, as the socket names it: host and port come first.
Address: TypeAlias = tuple[str, int]

#: Datagrams read in one go; the loop then sees to everything else before it comes back.
DRAIN: Final = 64
_MOST_DRAINS = 1000
_WANTED_BUFFER = 32 << 20
#: What the kernel books for a datagram that fills an Ethernet frame.
_BOOKED_A_DATAGRAM = 2304
_LARGEST = 65_535
_SO_RCVBUFFORCE = 33
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_MSG_ERRQUEUE = 0x2000
_LINUX: Final = sys.platform == "linux"
_EXTENDED_ERROR = struct.Struct("=IBBBxII")  # struct sock_extended_err of <linux/errqueue.h>
_FROM_ICMP = (2, 3)


def family_of(host: str) -> int:
    """``AF_INET`` or ``AF_INET6`` of a literal address.

    Raises:
        ValueError: it is a name, not an address.
    """
    return socket.AF_INET if ipaddress.ip_address(host).version == 4 else socket.AF_INET6  # noqa: PLR2004


class UdpTransport:
    """The sockets of one engine.

    Args:
        on_datagrams: called with what one drain brought: ``(datagram, address)`` pairs. An
            IPv6 address comes as host and port only.
        on_unreachable: called with an address and the reason the network gave.
    """

    def __init__(
        self,
        on_datagrams: Callable[[list[tuple[bytes, Address]]], None],
        on_unreachable: Callable[[Address, str], None],
    ) -> None:
        self._on_datagrams = on_datagrams
        self._on_unreachable = on_unreachable
        self._sockets: dict[int, socket.socket] = {}
        #: How many full-size replies the smallest receive buffer holds.
        self.capacity = 1

    def open(self) -> None:
        """Open the sockets on the running loop; a host without IPv6 gets one only."""
        loop = asyncio.get_running_loop()
        self.capacity = _LARGEST
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                sock = _open_socket(family)
            except OSError:
                if family == socket.AF_INET:
                    raise
                continue
            self._sockets[family] = sock
            booked = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
            self.capacity = min(self.capacity, booked // _BOOKED_A_DATAGRAM)
            loop.add_reader(sock.fileno(), self._drain, sock)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for sock in self._sockets.values():
            loop.remove_reader(sock.fileno())
            sock.close()
        self._sockets.clear()

    def send(self, family: int, datagram: bytes, address: Address) -> bool:
        """Send; ``False`` when the socket's buffer is full just now.

        Raises:
            OSError: the network refuses this destination.
        """
        sock = self._sockets.get(family)
        if sock is None:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        try:
            sock.sendto(datagram, address)
        except BlockingIOError:
            return False
        except OSError:
            # The kernel also reports an earlier datagram's fate this way, another device's.
            self._read_errors(sock)
            try:
                sock.sendto(datagram, address)
            except BlockingIOError:
                return False
        return True

    def catch_up(self) -> None:
        """Read everything that has come; to be called before anything is called overdue."""
        for sock in self._sockets.values():
            for _ in range(_MOST_DRAINS):
                if self._drain(sock) < DRAIN:
                    break

    def _drain(self, sock: socket.socket) -> int:
        came: list[tuple[bytes, Address]] = []
        receive = sock.recvfrom
        try:
            for _ in range(DRAIN):
                came.append(receive(_LARGEST))  # noqa: PERF401 (what came before an error counts)
        except BlockingIOError:
            if not came:
                self._read_errors(sock)
        except OSError:
            self._read_errors(sock)
        if sock.family == socket.AF_INET6:
            came = [(data, (address[0].partition("%")[0], address[1])) for data, address in came]
        if came:
            self._on_datagrams(came)
        return len(came)

    def _read_errors(self, sock: socket.socket) -> None:
        if not _LINUX:
            return
        for _ in range(DRAIN):
            try:
                _, ancillary, _, address = sock.recvmsg(0, 512, _MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in ancillary:
                if (level, kind) not in (
                    (socket.IPPROTO_IP, _IP_RECVERR),
                    (socket.IPPROTO_IPV6, _IPV6_RECVERR),
                ) or len(data) < _EXTENDED_ERROR.size:
                    continue
                number, origin, *_ = _EXTENDED_ERROR.unpack_from(data)
                if number != errno.EMSGSIZE:  # a path MTU learned, nobody's fault
                    said = "ICMP: " if origin in _FROM_ICMP else ""
                    host = address[0].partition("%")[0]
                    self._on_unreachable((host, address[1]), said + os.strerror(number).lower())


def _open_socket(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _enlarge_buffer(sock)
        if _LINUX:
            ip6 = family == socket.AF_INET6
            level = socket.IPPROTO_IPV6 if ip6 else socket.IPPROTO_IP
            sock.setsockopt(level, _IPV6_RECVERR if ip6 else _IP_RECVERR, 1)
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))  # noqa: S104 (replies may come on any interface)
    except OSError:
        sock.close()
        raise
    return sock


def _enlarge_buffer(sock: socket.socket) -> None:
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF) if _LINUX else (socket.SO_RCVBUF,):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, _WANTED_BUFFER)
        except OSError:
            continue
        else:
            return
