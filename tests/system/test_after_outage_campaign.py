"""After an outage that made every wait its longest: whoever gets through brings the others."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agent.uplink.spool import SPOOL_FILE, read_status
from drivers.simulate.orders import Ready
from tests.system.conftest import Processes, register
from tests.system.ways import Line, Loop

pytestmark = pytest.mark.campaign

#: Waits double from one second to a minute, so that by then each is at its longest.
OUTAGE_SECONDS = 75.0
#: Their spread without each other would be up to 75 s; the machine may be busy.
TOGETHER_SECONDS = 15.0
EVERYTHING = {"plan", "commands", "batches"}


class WatchedLine(Line):
    """A line that notes when something was first asked over it."""

    def __init__(self, loop: Loop, port: int) -> None:
        super().__init__(loop, port)
        self.first_asked: dict[str, float] = {}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._up:
            writer.transport.abort()
            return
        whole = asyncio.StreamReader()
        passing = asyncio.create_task(self._pass_on(reader, whole))
        try:
            await super()._carry(whole, writer)
        finally:
            passing.cancel()

    async def _pass_on(self, reader: asyncio.StreamReader, to: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                # Nothing is sent before the last answer has come: a request begins a piece.
                if piece.startswith((b"GET ", b"POST ")):
                    path = piece.split()[1].decode().partition("?")[0]
                    self.first_asked.setdefault(path.rpartition("/")[2], time.monotonic())
                to.feed_data(piece)
        to.feed_eof()


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    yield it
    it.close()


def test_the_backlog_and_the_questions_begin_together(
    tmp_path: Path, campus: Ready, loop: Loop, eventually: Callable[..., None]
) -> None:
    register(tmp_path, campus)
    lines: list[WatchedLine] = []

    def way(url: str) -> str:
        lines.append(WatchedLine(loop, int(url.rpartition(":")[2])))
        return lines[0].url

    processes = Processes(tmp_path, way=way)
    (line,) = lines
    spool = tmp_path / "agent" / SPOOL_FILE

    def waiting() -> int:
        return read_status(spool).batches if spool.exists() else 0

    try:
        processes.start_controller()
        processes.start_agent()
        eventually(lambda: {"plan", "commands", "batches"} <= line.first_asked.keys(), "work", 60.0)
        line.cut()
        processes.stop("controller")
        time.sleep(OUTAGE_SECONDS)
        backlog = waiting()
        assert backlog > OUTAGE_SECONDS
        processes.start_controller()
        line.first_asked.clear()
        line.restore()
        eventually(lambda: line.first_asked.keys() >= EVERYTHING, "everything", 120.0)
        moments = [line.first_asked[one] for one in EVERYTHING]
        assert max(moments) - min(moments) < TOGETHER_SECONDS, line.first_asked
        eventually(lambda: waiting() < backlog / 2, "the backlog to be sent", 120.0)
    finally:
        line.close()
        processes.close()
