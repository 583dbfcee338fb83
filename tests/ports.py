"""Ports for servers that are told theirs: nobody else takes one in the meantime.

A port found by binding to 0 and letting go is anybody's until the server has begun. These lie
below the range the kernel chooses from by itself (from 32768 on, ``ip_local_port_range``), and
each is claimed for the life of this process: no other test, in whatever process, is given it.
"""

import os
import socket
from contextlib import closing

_PORTS = range(21_000, 32_000)
_claims: list[socket.socket] = []


def free_port() -> int:
    """A port on which nobody listens, over TCP or UDP, until the caller does.

    Raises:
        AssertionError: all of them are taken.
    """
    # Processes begin far from each other, so that one rarely meets what another has claimed.
    begin = os.getpid() * 101 + len(_claims)
    for number in range(len(_PORTS)):
        port = _PORTS[(begin + number) % len(_PORTS)]
        if _is_free(port) and _claim(port):
            return port
    raise AssertionError("no port is free")


def _claim(port: int) -> bool:
    """Take a name that only one process can have; it is given back when this one ends."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0campus-fleet-tests-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with closing(socket.socket(socket.AF_INET, kind)) as probe:
            try:
                probe.bind(("0.0.0.0", port))  # noqa: S104 - let go at once
            except OSError:
                return False
    return True
