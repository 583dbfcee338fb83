"""Thousands of equal switches behind one socket: ``python -m drivers.simulate.farm``.

Every address of 127.0.0.0/8 is a 52-port switch of its own, on a line that delays and loses as
told; of every hundred addresses some are dead. What it measures is the manager, so an answer is
worked out once in a quarter of a second and patched for everybody who asks the same (20,000
answers a second on one core). Linux only: ``IP_PKTINFO`` says to which address a datagram came.

It prints its UDP port and serves until its standard input ends, or SIGTERM.
"""

import argparse
import os
import random
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final, TypeAlias

from drivers.base import Oid
from drivers.simulate.mib import Cell, MibTree, oid
from drivers.simulate.power import Power
from drivers.simulate.responder import SnmpAgent
from drivers.simulate.schoolday import SchoolDay
from drivers.snmp.ber import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    TIME_TICKS,
    BerError,
    expect,
    read_tlv,
)

#: An answer is as old as this at most.
_FRESH_SECONDS = 0.25
_DRAIN = 64
_BUFFER = 64 << 20
_SO_RCVBUFFORCE = 33
_IP_PKTINFO = 8
_PKTINFO = struct.Struct("=i4s4s")
#: Our own manager's request ids; others are answered, too, only less quickly.
_ID_OCTETS = 4
#: An id that takes four octets in an answer, too; others may be written shorter than they came.
_ANY_ID = b"\x40\0\0\0"
_IF_ENTRY: Final = oid("1.3.6.1.2.1.2.2.1")
_IF_X_ENTRY: Final = oid("1.3.6.1.2.1.31.1.1.1")
_GIGABIT = 1_000_000_000
#: The enterprise number kept for examples (RFC 5612): no definition knows it.
_OBJECT_ID: Final = oid("1.3.6.1.4.1.32473.1")

#: Who asked, and at which of our addresses (``in_addr``).
_Who: TypeAlias = tuple[tuple[str, int], bytes]


def switch_cells(ports: int, begun: float) -> Iterator[tuple[Oid, Cell]]:
    """A switch whose ports carry up to half a Gbit/s; its clock began at ``begun``."""
    yield oid("1.3.6.1.2.1.1.1.0"), (OCTET_STRING, b"switch of the farm")
    yield oid("1.3.6.1.2.1.1.2.0"), (OBJECT_IDENTIFIER, _OBJECT_ID)
    yield oid("1.3.6.1.2.1.1.3.0"), (TIME_TICKS, lambda now: int((now - begun) * 100))
    yield oid("1.3.6.1.2.1.1.5.0"), (OCTET_STRING, b"farm")
    for port in range(1, ports + 1):

        def count(a_second: int, first: int = port) -> Callable[[float], int]:
            return lambda now: first + int((now - begun) * a_second)

        octets, packets = count(port * 1_200_000), count(port * 1_500)
        table: tuple[tuple[int, Cell], ...] = (
            (2, (OCTET_STRING, f"GigabitEthernet1/0/{port}".encode())),
            (3, (INTEGER, 6)),
            (5, (GAUGE32, _GIGABIT)),
            (7, (INTEGER, 1)),
            (8, (INTEGER, 1 if port % 3 else 2)),
            (10, (COUNTER32, octets)),
            (11, (COUNTER32, packets)),
            (13, (COUNTER32, 0)),
            (14, (COUNTER32, port)),
            (16, (COUNTER32, octets)),
            (17, (COUNTER32, packets)),
            (19, (COUNTER32, 0)),
            (20, (COUNTER32, 0)),
        )
        extension: tuple[tuple[int, Cell], ...] = (
            (1, (OCTET_STRING, f"Gi1/0/{port}".encode())),
            (6, (COUNTER64, octets)),
            (7, (COUNTER64, packets)),
            (9, (COUNTER64, count(12))),
            (10, (COUNTER64, octets)),
            (11, (COUNTER64, packets)),
            (15, (GAUGE32, _GIGABIT // 1_000_000)),
            (18, (OCTET_STRING, b"")),
        )
        for column, cell in table:
            yield (*_IF_ENTRY, column, port), cell
        for column, cell in extension:
            yield (*_IF_X_ENTRY, column, port), cell


class Farm:
    """Answers for all switches.

    Args:
        tree: what every switch holds.
        community: read community of all.
        dead: addresses (as numbers) modulo 100 below this are silent.
        loss: share of requests that stay without an answer.
        draw: random numbers in [0, 1).
    """

    def __init__(
        self,
        tree: MibTree,
        *,
        community: str = "public",
        dead: int = 0,
        loss: float = 0.0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._agent = SnmpAgent("farm", "", community, tree, Power(SchoolDay(0.0), 0.0))
        self._dead = dead
        self._loss = loss
        self._draw = draw
        self._answers: dict[bytes, tuple[bytes, int] | None] = {}
        self._answers_of = 0.0
        self.requests = self.lost = self.answered = 0

    def answer(self, datagram: bytes, address: bytes, now: float) -> bytes | None:
        """What the switch at ``address`` answers, None when nothing comes back."""
        self.requests += 1
        if int.from_bytes(address, "big") % 100 < self._dead:
            return None
        if self._loss and self._draw() < self._loss:
            self.lost += 1
            return None
        if now - self._answers_of > _FRESH_SECONDS:
            self._answers.clear()
            self._answers_of = now
        try:
            at = _request_id_at(datagram)
        except BerError:  # no message, or an id of another length: nothing to patch
            return self._agent.answer(datagram, self._answers_of)
        question = datagram[:at] + datagram[at + _ID_OCTETS :]
        if question not in self._answers:
            asked = datagram[:at] + _ANY_ID + datagram[at + _ID_OCTETS :]
            answer = self._agent.answer(asked, self._answers_of)
            self._answers[question] = None if answer is None else (answer, _request_id_at(answer))
        known = self._answers[question]
        if known is None:
            return None
        answer, there = known
        self.answered += 1
        return answer[:there] + datagram[at : at + _ID_OCTETS] + answer[there + _ID_OCTETS :]


def _request_id_at(datagram: bytes) -> int:
    """Where the four octets of the request id are.

    Raises:
        BerError: no message of version 1 or 2c, or an id of another length.
    """
    start, stop = expect(datagram, 0, len(datagram), SEQUENCE)
    _, _, position = read_tlv(datagram, start, stop)
    _, _, position = read_tlv(datagram, position, stop)
    _, start, stop = read_tlv(datagram, position, stop)
    first, last = expect(datagram, start, stop, INTEGER)
    if last - first != _ID_OCTETS:
        raise BerError("a request id of another length")
    return first


def serve(sock: socket.socket, farm: Farm, delay: tuple[float, float], stop: list[bool]) -> None:
    """Answer until ``stop`` says so; ``delay`` is the shortest and the longest, in seconds."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.register(sys.stdin, select.POLLIN)
    waiting: list[tuple[float, int, bytes, _Who]] = []
    number = 0
    while not stop:
        wait = 0.2 if not waiting else max(0.0, waiting[0][0] - time.monotonic())
        for descriptor, _ in poll.poll(wait * 1000):
            if descriptor == sys.stdin.fileno():
                if not os.read(descriptor, 4096):
                    return
                continue
            for datagram, who in _drained(sock):
                answer = farm.answer(datagram, who[1], time.time())
                if answer is None:
                    continue
                if delay[1] <= 0:
                    _send(sock, answer, who)
                    continue
                number += 1
                due = time.monotonic() + random.uniform(*delay)  # noqa: S311
                heappush(waiting, (due, number, answer, who))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, answer, who = heappop(waiting)
            _send(sock, answer, who)


def _drained(sock: socket.socket) -> Iterator[tuple[bytes, _Who]]:
    for _ in range(_DRAIN):
        try:
            datagram, ancillary, _, sender = sock.recvmsg(65_535, 64)
        except OSError:  # nothing more, or an ICMP error of an earlier answer
            return
        for level, kind, data in ancillary:
            if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
                yield datagram, (sender, _PKTINFO.unpack(data)[2])


def _send(sock: socket.socket, answer: bytes, who: _Who) -> None:
    sender, address = who
    source = (socket.IPPROTO_IP, _IP_PKTINFO, _PKTINFO.pack(0, address, b"\0\0\0\0"))
    try:
        sock.sendmsg([answer], [source], 0, sender)
    except OSError:
        return  # as good as lost


def _open(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    sock.bind(("0.0.0.0", port))  # noqa: S104 (all of 127.0.0.0/8 is one socket's)
    return sock


def main() -> None:
    """Run the farm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ports", type=int, default=52, help="ports a switch")
    parser.add_argument("--dead", type=int, default=0, help="of every hundred addresses")
    parser.add_argument("--loss", type=float, default=0.0, help="share of requests")
    parser.add_argument("--delay", default="0:0", help="shortest:longest in milliseconds")
    options = parser.parse_args()
    low, high = (float(part) / 1000 for part in options.delay.split(":"))
    tree = MibTree(switch_cells(options.ports, time.time() - 86_400))
    stop: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    with _open(options.port) as sock:
        sys.stdout.write(f"{sock.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(sock, Farm(tree, dead=options.dead, loss=options.loss), (low, high), stop)


if __name__ == "__main__":
    main()
