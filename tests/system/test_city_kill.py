"""Many boxes at once, and the controller of one machine is killed under them, again and again."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.load import Load
from benchmarks.citywide.processes import controller
from benchmarks.citywide.register import register_city
from controller.stores import open_store
from tests.forked import ForkedServer
from tests.system.comparison import difference
from tests.system.siege import besiege, stale_states

#: One box whose controller is killed is in ``test_kill``.
pytestmark = pytest.mark.campaign


def test_many_boxes_lose_nothing_when_their_controller_is_killed(tmp_path: Path) -> None:
    estate = Estate(devices=8, beat=1.0)
    database, metrics = f"sqlite:///{tmp_path}/fleet.db", f"duckdb:///{tmp_path}/metrics"
    key = tmp_path / "secret.key"
    places = register_city(database, key, schools=12, estate=estate, invite=True)
    server = controller(tmp_path, database_url=database, metrics_url=metrics, make=ForkedServer)
    load = Load(places, estate, ("127.0.0.1", server.port), every=1.0, journal=True)

    async def work() -> bool:
        await load.enrol()
        return await besiege(load, [server], kills=2, between=(1.0, 2.0), down=(0.0, 0.5), seed=1)

    with server:
        complete = asyncio.run(work())

    tally = load.tally
    assert complete, f"not sent in the end: {tally.answers}"
    assert tally.refused == 0, tally.statuses
    assert tally.acknowledged
    assert not list((tmp_path / "quarantine").glob("*")), "the controller refused a batch"
    here = [replace(p, agent=b.agent) for p, b in zip(places, load.boxes, strict=True)]
    store = open_store(metrics)
    try:
        readings, wrong = difference(store, tally.acknowledged, here, estate)
    finally:
        store.close()
    assert readings > 500
    assert not wrong, wrong
    assert stale_states(database, tally.acknowledged, here, estate) == []
