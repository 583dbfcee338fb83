"""A listening child on a free port, and net-snmp's own senders."""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from drivers.plan import SnmpAccess
from drivers.traps.listener import TrapEvent, TrapListener
from tests.ports import free_port

ENGINE_ID = b"\x80\x00\x4f\xb8\x05of-the-tests"


class Ear:
    """A running listener, what it heard, and how to speak to it."""

    def __init__(self, listener: TrapListener, events: list[TrapEvent], address: str) -> None:
        self.listener = listener
        self.events = events
        self.address = address

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until it holds; the test fails if it never does."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  (another process is waited for)
                await asyncio.sleep(0.02)

    async def heard(self, number: int) -> list[TrapEvent]:
        await self.until(lambda: len(self.events) >= number)
        return self.events

    async def counted(self, what: str, number: int = 1) -> Mapping[str, int]:
        await self.until(lambda: self.listener.counts.get(what, 0) >= number)
        return self.listener.counts

    async def send(self, tool: str, *arguments: str, trap: tuple[str, ...] = ()) -> int:
        """snmptrap or snmpinform; its exit code."""
        executable = shutil.which(tool)
        if executable is None:
            pytest.skip(f"{tool} is not installed")
        if tool == "snmpinform" and "-t" not in arguments:
            # Sent again after the usual second, an inform to a busy listener would be heard twice.
            arguments = ("-t", "60", "-r", "0", *arguments)
        host = f"udp6:[{self.address}]" if ":" in self.address else self.address
        process = await asyncio.create_subprocess_exec(
            executable,
            *arguments,
            f"{host}:{self.listener.port}",
            *trap,
            env={"MIBS": "", "SNMPCONFPATH": "/nonexistent", "SNMP_PERSISTENT_DIR": "/nonexistent"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    def throw(self, *datagrams: bytes, source: str = "127.0.0.1") -> None:
        """Raw datagrams from a local address."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            for datagram in datagrams:
                sock.sendto(datagram, (self.address, self.listener.port or 0))


@contextlib.asynccontextmanager
async def listening(
    sources: Mapping[str, SnmpAccess | None] | None = None,
    *,
    address: str = "127.0.0.1",
    **options: object,
) -> AsyncIterator[Ear]:
    events: list[TrapEvent] = []
    listener = TrapListener(
        events.append,
        address=address,
        port=free_port(),
        engine_id=ENGINE_ID,
        **options,  # type: ignore[arg-type]
    )
    listener.know({"127.0.0.1": None} if sources is None else sources)
    running = asyncio.create_task(listener.run())
    ear = Ear(listener, events, "::1" if address == "::" else address)
    try:
        await ear.until(lambda: listener.port is not None)
        yield ear
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(name="listening")
def listening_fixture() -> Callable[..., contextlib.AbstractAsyncContextManager[Ear]]:
    """``async with listening(sources) as ear``."""
    return listening
