"""Plans for the boxes of a city: processor time of making them, and of telling that they hold.

Run ``python benchmarks/plans.py [--schools 400] [--database postgresql+psycopg://…/empty]``. Every
school has a hundred devices, a line and a demand on it. Measured are a controller that makes every
plan for the first time; one that has just started and is asked by every box with the revision it
has; and one in which all wait, twice each, with nothing to tell. The peer of the second is the
look at the database that says who signed a request, which every request takes anyway.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, insert
from sqlmodel import col, select

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.register import CITY, Place, register_city
from controller.lookout import About, Lookout
from controller.plan_desk import PlanDesk
from controller.settings import Settings
from drivers.signatures import fingerprint, public_bytes
from inventory.database import SessionFactory, make_engine, read_only, session_factory, unit_of_work
from inventory.models import Agent, Line
from inventory.repositories import AgentRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox
from inventory.standards.keeping import apply_standard, known_standard

DEVICES = 100
#: Processor milliseconds of one plan made, and of one that still holds.
MAKING, HOLDING = 4.0, 1.0
_SETTLE_SECONDS, _IDLE_SECONDS = 3.0, 5.0


def build(url: str, key_file: Path, schools: int) -> list[Place]:
    places = register_city(url, key_file, schools=schools, estate=Estate(DEVICES))
    engine = make_engine(url)
    line = {"provider": "x", "down_mbps": Decimal(300), "up_mbps": Decimal(50)}
    with unit_of_work(session_factory(engine)) as session:
        session.execute(
            insert(Line),
            [
                {"id": f"l{n:08d}", "school_code": one.school, "device_id": one.devices[0], **line}
                for n, one in enumerate(places)
            ],
        )
        apply_standard(
            session,
            Scope.everything(),
            known_standard(session, Scope.everything(), "national"),
            at=CITY,
            valid_from=date(2021, 1, 1),
            by="-",
        )
    engine.dispose()
    return places


@asynccontextmanager
async def controller(
    url: str, key_file: Path, room: int
) -> AsyncIterator[tuple[PlanDesk, Lookout, SessionFactory]]:
    """One that has just started."""
    engine = make_engine(url)
    sessions = session_factory(engine)
    lookout = Lookout(sessions, room=room)
    settings = Settings(speedtest_server="https://fleet.example/speedtest")
    desk = PlanDesk(sessions, SecretBox.from_file(key_file), settings, lookout, longest=600.0)
    lookout.start()
    try:
        yield desk, lookout, sessions
    finally:
        await lookout.stop()
        engine.dispose()


async def measure(url: str, key_file: Path, schools: int) -> bool:
    places = build(url, key_file, schools)
    revisions = {place.agent: "" for place in places}

    async def ask(desk: PlanDesk, agent: str) -> None:
        revisions[agent] = (await desk.answer(agent, revisions[agent], 0)).revision

    async def ask_all(desk: PlanDesk) -> float:
        """Milliseconds a box."""
        begun = time.process_time()
        await asyncio.gather(*(ask(desk, place.agent) for place in places))
        spent = time.process_time() - begun
        for place in places:
            await desk.answer(place.agent, revisions[place.agent], 0.001)
        return spent / schools * 1_000

    async with controller(url, key_file, 10) as (desk, _, sessions):
        made = await ask_all(desk)
        await _noted(sessions)
    async with controller(url, key_file, 10) as (desk, _, sessions):
        held = await ask_all(desk)
        peer = _signers(sessions, places)
    async with controller(url, key_file, 2 * schools) as (desk, lookout, _):
        idle = await _idle()
        waiting = asyncio.gather(
            *(desk.answer(one.agent, revisions[one.agent], 600) for one in places),
            *(_wait(lookout, one.agent) for one in places),
        )
        await asyncio.sleep(_SETTLE_SECONDS)
        crowded = await _idle()
        lookout.close()
        await waiting
    kept = made <= MAKING and held <= HOLDING
    print(
        f"{schools:,} boxes of {DEVICES} devices: {made:.1f} ms processor time to make a plan"
        f" (budget: {MAKING:.0f}), {held:.2f} ms to tell that it holds (budget: {HOLDING:.0f}; a"
        f" look at who signed a request {peer:.2f}); {2 * schools:,} waiting requests"
        f" {crowded:.1f} ms a second, none {idle:.1f}: {'kept' if kept else 'MISSED'}"
    )
    return kept


async def _noted(sessions: SessionFactory) -> None:
    """Wait until every box's plan is kept.

    Raises:
        TimeoutError: that takes too long.
    """
    missing = select(func.count()).where(col(Agent.plan_basis).is_(None))
    for _ in range(60):
        with read_only(sessions) as session:
            if not session.exec(missing).one():
                return
        await asyncio.sleep(1.0)
    raise TimeoutError


def _signers(sessions: SessionFactory, places: Sequence[Place]) -> float:
    keys = [fingerprint(public_bytes(place.key)) for place in places]
    begun = time.process_time()
    for key in keys:
        with read_only(sessions) as session:
            AgentRepository(session, Scope.everything()).signer(key)
    return (time.process_time() - begun) / len(keys) * 1_000


async def _wait(lookout: Lookout, agent: str) -> bool:
    async with lookout.waiting(agent, About.commands) as waiter:
        return await waiter.wait(600)


async def _idle() -> float:
    """Processor milliseconds a second while nobody asks anything."""
    begun, at = time.process_time(), time.perf_counter()
    await asyncio.sleep(_IDLE_SECONDS)
    return (time.process_time() - begun) / (time.perf_counter() - at) * 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=400)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plans-"))
    url = asked.database or f"sqlite:///{folder}/fleet.db"
    try:
        return 0 if asyncio.run(measure(url, folder / "key", asked.schools)) else 1
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
