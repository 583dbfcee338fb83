"""Open pages: memory and processor time of the controller for each that listens for news.

Run ``python benchmarks/live.py [--viewers 400]``. A controller runs as a process of its own; this
one logs in once and opens so many streams, as browsers with the overview open do, then has a
school's device die and be alive by turns, and counts the streams that hear of it.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

import httpx
from ingest import Controller, Sent, bodies, bring, build

from controller.auth.passwords import hash_password
from drivers.readings import Outcome, decode_batch, encode_batch
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Grant, Role, User

#: Megabytes a viewer.
BUDGET = 0.02
LOGIN, PASSWORD = "bench", "correct horse battery"
CHANGES = 5


def add_user(url: str) -> None:
    engine = make_engine(url)
    with unit_of_work(session_factory(engine)) as session:
        row = User(id="u-1", login=LOGIN, name=LOGIN, password_hash=hash_password(PASSWORD))
        session.add(row)
        session.flush()
        session.add(Grant(user_id="u-1", role=Role.admin, scope_path="/"))
    engine.dispose()


class Page:
    """One open stream; notes when it hears of news."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.ready = asyncio.Event()

    async def listen(self, port: int, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            now = time.time_ns() // 1_000_000
            head = f"GET /live?page=/&at={now} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n"
            writer.write(head.encode())
            while line := await reader.readline():
                if line.startswith(b"retry:"):
                    self.ready.set()
                if line.startswith(b"data:"):
                    self.heard.append(time.perf_counter())
        finally:
            writer.close()


async def measure(directory: Path, viewers: int) -> bool:
    url = f"sqlite:///{directory}/fleet.db"
    boxes = build(url, 2)
    add_user(url)
    controller = Controller(directory)
    try:
        await controller.wait()
        base = f"http://127.0.0.1:{controller.port}"
        async with httpx.AsyncClient(base_url=base) as client:
            await client.post("/login", data={"login": LOGIN, "password": PASSWORD})
            await client.get("/")
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        warm = [Page() for _ in range(50)]
        first = [asyncio.create_task(page.listen(controller.port, cookie)) for page in warm]
        await asyncio.gather(*(page.ready.wait() for page in warm))
        before = controller.memory()
        pages = [Page() for _ in range(viewers)]
        tasks = []
        for page in pages:
            tasks.append(asyncio.create_task(page.listen(controller.port, cookie)))
            await page.ready.wait()
        each = (controller.memory() - before) / viewers
        await asyncio.sleep(3)
        spent = controller.spent()
        await asyncio.sleep(15)
        idle = (controller.spent() - spent) / 15
        spent = controller.spent()
        slowest = 0.0
        for change in range(CHANGES):
            batch = decode_batch(bodies(boxes[0], 1, 0)[0])
            outcome = Outcome.ok if change % 2 else Outcome.timeout
            poll = type(batch.polls[0])(
                boxes[0].devices[0], boxes[0].school, time.time_ns() // 1_000_000, outcome
            )
            body = encode_batch(
                type(batch)(batch.version, batch.agent, "live", change, batch.created_at, (poll,))
            )
            begun = time.perf_counter()
            await bring(controller.port, boxes[0], [body], Sent())
            while not all(len(page.heard) > change for page in pages):
                await asyncio.sleep(0.01)
                if time.perf_counter() - begun > 60:
                    raise TimeoutError("a page did not hear of a change")
            slowest = max(slowest, max(page.heard[change] for page in pages) - begun)
        told = (controller.spent() - spent) / CHANGES
        for task in (*first, *tasks):
            task.cancel()
        await asyncio.gather(*first, *tasks, return_exceptions=True)
    finally:
        controller.stop()
    kept = each <= BUDGET
    print(
        f"{viewers} open pages: {each * 1000:.1f} kB each (budget {BUDGET * 1000:.0f} kB),"
        f" {idle * 100:.2f} % of a core while nothing happens,"
        f" {told * 1000:.0f} ms processor time to tell all of a change, the last hears of it"
        f" after {slowest:.2f} s: {'kept' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=400)
    asked = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="live-"))
    try:
        return 0 if asyncio.run(measure(directory, asked.viewers)) else 1
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
