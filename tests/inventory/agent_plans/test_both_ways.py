"""One agent, one line, two servers: a plan out of the register, tested against real endpoints."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import numpy as np
from sqlmodel import Session

from agent.lines.desk import Lines
from controller.compliance.paths import Paths
from controller.compliance.tests_made import by_server
from controller.metrics.memory import MemoryStore
from drivers.plan import Plan
from drivers.readings import Outcome, Poll
from drivers.speedtest import SpeedResult, measure
from inventory.agent_plans.making import PlanSettings
from inventory.models import NetworkPath, SpeedtestServer
from inventory.speedtest_servers import Servers
from tests.drivers.speedtest.conftest import Backend
from tests.inventory.agent_plans.test_making import BOX, TODAY
from tests.inventory.city import A
from tests.plans import build_plan


@asynccontextmanager
async def _endpoint() -> AsyncIterator[str]:
    server = await asyncio.start_server(Backend().serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


class _Measure:
    """Measures quickly, and sees whether two tests run at once."""

    def __init__(self) -> None:
        self.running = self.most = 0

    async def __call__(self, server: str, **said: Any) -> SpeedResult:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await measure(server, **said, discard=0.1)
        finally:
            self.running -= 1


def _plan(session: Session, near: str, far: str) -> Plan:
    """As the agent reads it: in bytes."""
    session.add(
        SpeedtestServer(
            id="ss-1", organisation_code=A.code, name="far", address=far,
            path=NetworkPath.outside,
        )
    )  # fmt: skip
    session.flush()
    told = PlanSettings(speedtest_server=near, test_seconds=0.4)
    plan = build_plan(session, A.row("a"), BOX, today=TODAY, settings=told)
    return msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan)


def test_a_line_is_tested_both_ways_one_after_the_other(two_counties: Session) -> None:
    polls: list[Poll] = []
    meter = _Measure()

    async def scenario() -> tuple[str, str]:
        async with _endpoint() as near, _endpoint() as far:
            plan = _plan(two_counties, near, far)
            assert [test.server for test in plan.line_tests] == [near, far]
            lines = Lines(polls.append, None, clock=time.time, measure=meter)  # type: ignore[arg-type]
            await asyncio.gather(*map(lines.test, plan.line_tests))
            return near, far

    near, far = asyncio.run(scenario())
    assert meter.most == 1
    assert [poll.outcome for poll in polls] == [Outcome.ok] * 2
    store = MemoryStore()
    for poll in polls:
        for one in poll.readings():
            store.load(
                [(poll.subject, one.metric, one.part)],
                np.array([poll.taken_at], dtype=np.int64),
                np.zeros(1, dtype=np.int32),
                np.array([one.value]),
            )
    paths = Paths(Servers.read(two_counties, TODAY, TODAY).of(A.school_path))
    end = max(poll.taken_at for poll in polls) + 1
    found = by_server(store, [A.row("l")], start=0, end=end, paths=lambda _line: paths)
    told = {server: bool(made.internet.all()) for (_, server), made in found.items()}
    assert told == {near: False, far: True}
    assert all(made.down[0] > 1e6 for made in found.values())
