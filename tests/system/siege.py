"""Boxes at work while one server after the other is killed and started again."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Protocol

from sqlmodel import col, select

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.load import Load
from benchmarks.citywide.register import Place
from benchmarks.citywide.tally import Sent
from inventory.database import make_engine, read_only, session_factory
from inventory.models import DeviceState

#: A controller that was killed, a database that recovers: everything is sent within this.
PATIENCE = 180.0


class Victim(Protocol):
    """What can be killed and started again; both block."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


async def besiege(
    load: Load,
    victims: Sequence[Victim],
    *,
    kills: int,
    between: tuple[float, float],
    down: tuple[float, float],
    seed: int,
) -> bool:
    """Let the boxes work and kill the victims in turn; whether all was sent in the end.

    Args:
        kills: of all victims together.
        between: shortest and longest seconds from a start to the next kill.
        down: shortest and longest seconds from a kill to the start.
    """
    draw = random.Random(seed)  # noqa: S311 - the same moments every time
    plan = [(draw.uniform(*between), draw.uniform(*down)) for _ in range(kills)]

    async def strike() -> None:
        for (pause, away), victim in zip(plan, cycle(victims), strict=False):
            await asyncio.sleep(pause)
            await asyncio.to_thread(victim.kill)
            await asyncio.sleep(away)
            await asyncio.to_thread(victim.start)
        await asyncio.sleep(between[1])

    return await load.run(strike(), drain=PATIENCE)


def stale_states(
    database_url: str, batches: Sequence[Sent], places: Sequence[Place], estate: Estate
) -> list[str]:
    """Devices whose state in the register is not that of their newest acknowledged poll."""
    newest: dict[str, int] = {}
    by_agent = {place.agent: place for place in places}
    for batch in batches:
        place = by_agent[batch.agent]
        for poll in estate.polls(place.school, place.devices, batch.after, batch.until):
            newest[poll.subject] = max(newest.get(poll.subject, 0), poll.taken_at)
    engine = make_engine(database_url)
    try:
        with read_only(session_factory(engine)) as session:
            rows = session.exec(select(DeviceState.device_id, col(DeviceState.taken_at))).all()
    finally:
        engine.dispose()
    known = dict(rows)
    never = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        device
        for device, at in newest.items()
        if round(known.get(device, never).timestamp() * 1000) != at
    ]
