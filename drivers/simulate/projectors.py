"""Simulated projectors and displays that speak PJLink, class 2 (JBMIA, version 2.00)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from drivers.simulate.attendance import is_on
from drivers.simulate.power import Power

_LONGEST_LINE = 256
_PORT_TRIES = 20


@dataclass(frozen=True, slots=True)
class Projector:
    """One device.

    Args:
        name: for commands and logs.
        address: loopback address it answers at.
        identity: ``vendor model serial version``.
        power: whether it answers at all.
        hours: its lamp had burnt when the simulation began.
    """

    name: str
    address: str
    identity: Mapping[str, str]
    power: Power
    hours: int

    def answers(self, now: float) -> dict[str, str]:
        """What it says to each question at a real time."""
        lit = is_on(self.name, self.power.day, now)
        burnt = self.hours + int(self.power.seconds(now) / 3_600)
        return {
            "%1POWR": "1" if lit else "0",
            "%1CLSS": "2",
            "%1ERST": "000000",
            "%1LAMP": f"{burnt} {int(lit)}",
            "%1INPT": "31" if lit else "ERR3",
            "%1NAME": self.name,
            "%1INF1": self.identity["vendor"],
            "%1INF2": self.identity["model"],
            "%1INFO": "",
            "%2SNUM": self.identity["serial"],
            "%2SVER": self.identity["version"],
            "%2FILT": str(burnt // 2),
        }


class ProjectorServer:
    """The listening sockets of many projectors, all at one port.

    Args:
        projectors: each at its own address; none asks for a password.
        clock: real time in seconds since the epoch.
    """

    def __init__(self, projectors: Iterable[Projector], *, clock: Callable[[], float]) -> None:
        self._projectors = tuple(projectors)
        self._clock = clock
        self._servers: list[asyncio.Server] = []

    async def open(self) -> int:
        """Listen at every address; returns the port, 0 where there is nobody.

        Raises:
            OSError: no port was free at all of the addresses.
        """
        for last in range(_PORT_TRIES, -1, -1):
            port = 0
            try:
                for projector in self._projectors:
                    server = await asyncio.start_server(
                        _Talk(projector, self._clock), projector.address, port, limit=_LONGEST_LINE
                    )
                    self._servers.append(server)
                    port = server.sockets[0].getsockname()[1]
            except OSError:
                await self.close()
                if not last:
                    raise
            else:
                return port
        return 0

    async def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()
            await server.wait_closed()
        self._servers.clear()


@dataclass(frozen=True, slots=True)
class _Talk:
    """One connection: a greeting, then questions and answers."""

    projector: Projector
    clock: Callable[[], float]

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if self.projector.power.alive:
                writer.write(b"PJLINK 0\r")
                while True:
                    line = (await reader.readuntil(b"\r")).decode("ascii", "replace")
                    question = line.rstrip("\r").removesuffix(" ?")
                    answer = self.projector.answers(self.clock()).get(question, "ERR1")
                    writer.write(f"{question}={answer}\r".encode())
        writer.close()
