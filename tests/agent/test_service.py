"""What systemd is told: ready when the work begins, and alive only while it goes on."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent.service import Pulse, Service, feed_watchdog


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(60)
        self.environment = {"NOTIFY_SOCKET": address.replace("\0", "@")}

    def heard(self) -> str:
        return self._socket.recv(4096).decode()

    def nothing_for(self, seconds: float) -> bool:
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    name = str(tmp_path / "notify") if request.param == "path" else f"\0fleet-{os.getpid()}"
    made = Manager(name)
    yield made
    made.close()


def test_what_is_told_arrives(manager: Manager) -> None:
    Service(manager.environment).tell(READY="1", STATUS="works")
    assert manager.heard() == "READY=1\nSTATUS=works"


def test_without_a_manager_nobody_is_told(tmp_path: Path) -> None:
    Service({}).tell(READY="1")
    Service({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY="1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_watchdog_is_ours_or_it_is_not(environment: dict[str, str], seconds: float) -> None:
    assert Service(environment).watchdog_seconds == seconds


def watched(
    manager: Manager, pulse: Pulse, meanwhile: Callable[[], None], milliseconds: int = 60
) -> None:
    """Feed the watchdog while ``meanwhile`` looks from another thread."""
    service = Service(manager.environment | {"WATCHDOG_USEC": f"{milliseconds}000"})

    async def feeding() -> None:
        task = asyncio.create_task(feed_watchdog(service, pulse))
        await asyncio.to_thread(meanwhile)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(feeding())


def test_an_agent_that_works_feeds_the_watchdog(manager: Manager, disk: ThreadPoolExecutor) -> None:
    def meanwhile() -> None:
        assert [manager.heard() for _ in range(3)] == ["WATCHDOG=1"] * 3

    # A third of it is what the disk may take, and no thread waits that long for its turn.
    watched(manager, Pulse(disk, lambda: 5), meanwhile, milliseconds=1_500)


def test_a_disk_that_hangs_starves_the_watchdog_and_is_named(
    manager: Manager, disk: ThreadPoolExecutor
) -> None:
    answer = threading.Event()
    disk.submit(answer.wait)

    def meanwhile() -> None:
        try:
            assert "disk has not answered" in manager.heard()
            assert manager.nothing_for(0.2)
        finally:
            answer.set()

    watched(manager, Pulse(disk, lambda: 5), meanwhile)


def test_a_disk_thread_that_ended_starves_the_watchdog(manager: Manager) -> None:
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    watched(manager, Pulse(ended, lambda: 5), lambda: _expect(manager, "thread has ended"))


def test_an_agent_that_polls_nothing_starves_the_watchdog(
    manager: Manager, disk: ThreadPoolExecutor
) -> None:
    now = [0.0]
    pulse = Pulse(disk, lambda: 5, ticks=lambda: now[0])
    now[0] = 10_000.0
    watched(manager, pulse, lambda: _expect(manager, "no device was polled"))
    pulse.polled()
    watched(manager, pulse, lambda: _expect(manager, "WATCHDOG=1"))


def test_an_agent_without_devices_need_not_poll(manager: Manager, disk: ThreadPoolExecutor) -> None:
    now = [0.0]
    pulse = Pulse(disk, lambda: 0, ticks=lambda: now[0])
    now[0] = 10_000.0
    watched(manager, pulse, lambda: _expect(manager, "WATCHDOG=1"))


def _expect(manager: Manager, words: str) -> None:
    said = manager.heard()
    while "disk has not answered for 0 s" in said and words not in said:
        said = manager.heard()  # a thread that a busy machine has not let run yet
    assert words in said
