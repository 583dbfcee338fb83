"""The city profile under fire: ``make campaign``.

Two controllers behind a balancer, PostgreSQL and VictoriaMetrics, boxes at work; one after the
other is killed and started again, on what its disk held. Afterwards every reading that a box was
told is stored is in the store once, with its value, and nothing else is; the ledger knows the same
batches; the register holds each device's newest poll.

``FLEET_CITY_KILLS`` (16) is how often somebody is killed, ``FLEET_CITY_BOXES`` (60) how many boxes
there are.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.load import Load
from benchmarks.citywide.processes import Server, controller
from benchmarks.citywide.register import Place, register_city
from controller.settings import Settings
from controller.stores import open_store
from tests.system.comparison import difference
from tests.system.front import Front
from tests.system.servers import Postgres, Victoria
from tests.system.siege import Victim, besiege, stale_states

pytestmark = pytest.mark.campaign

KILLS = int(os.environ.get("FLEET_CITY_KILLS", "16"))
BOXES = int(os.environ.get("FLEET_CITY_BOXES", "60"))
DEVICES = 20
BEAT = 3.0


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[Victoria]:
    with Victoria(tmp_path) as server:
        yield server


@pytest.fixture
def city(tmp_path: Path, postgres: Postgres, victoria: Victoria) -> Iterator["City"]:
    it = City(tmp_path, postgres, victoria)
    try:
        yield it
    finally:
        for replica in it.replicas:
            replica.stop()


class City:
    """Schools with their boxes, and two controllers that are not started yet."""

    def __init__(self, folder: Path, postgres: Postgres, victoria: Victoria) -> None:
        self.folder = folder
        self.database, self.metrics = postgres.url, victoria.url
        self.estate = Estate(DEVICES, BEAT)
        self.replicas: list[Server] = [
            controller(
                folder,
                database_url=self.database,
                metrics_url=self.metrics,
                name=f"controller-{n}",
                FLEET_POLL_SECONDS=str(BEAT),
                FLEET_TABLES_SECONDS=str(5 * BEAT),
                FLEET_EVALUATE_SECONDS="5",
            )
            for n in range(2)
        ]
        self._places = register_city(
            self.database,
            folder / "secret.key",
            schools=BOXES,
            estate=self.estate,
            invite=True,
        )

    def endure(self, victims: Sequence[Victim], *, kills: int, seed: int) -> tuple[Load, bool]:
        """Let the boxes work while the victims are killed in turn."""
        for replica in self.replicas:
            replica.start()
        return asyncio.run(self._endure(victims, kills, seed))

    async def _endure(self, victims: Sequence[Victim], kills: int, seed: int) -> tuple[Load, bool]:
        front = Front([replica.port for replica in self.replicas])
        await front.start()
        where = ("127.0.0.1", front.port)
        load = Load(self._places, self.estate, where, every=BEAT, journal=True)
        try:
            await load.enrol()
            complete = await besiege(
                load, victims, kills=kills, between=(2.0, 6.0), down=(0.0, 4.0), seed=seed
            )
        finally:
            await front.close()
        assert min(front.carried.values()) > BOXES, front.carried
        return load, complete

    def judge(self, load: Load, *, complete: bool) -> None:
        """Hold what was acknowledged against what is stored."""
        tally = load.tally
        for replica in self.replicas:
            replica.stop()
        assert complete, f"not sent in the end: {tally.answers}"
        assert tally.refused == 0, tally.statuses
        assert not list((self.folder / "quarantine").glob("*")), "a controller refused a batch"
        batches = tally.acknowledged or []
        names = [(batch.agent, batch.epoch, batch.sequence) for batch in batches]
        assert len(set(names)) == len(names)
        here = self._here(load)
        settings = Settings(database_url=self.database, metrics_url=self.metrics)
        store = open_store(self.metrics, settings)
        try:
            store.settle()
            readings, wrong = difference(store, batches, here, self.estate)
        finally:
            store.close()
        print(f"\n{len(batches)} batches, {readings} readings; {dict(tally.answers)}")  # noqa: T201
        assert len(batches) > BOXES
        assert not wrong, wrong
        assert stale_states(self.database, batches, here, self.estate) == []

    def _here(self, load: Load) -> list[Place]:
        pairs = zip(self._places, load.boxes, strict=True)
        return [replace(place, agent=box.agent) for place, box in pairs]


def test_controllers_are_killed(city: City) -> None:
    load, complete = city.endure(city.replicas, kills=KILLS // 2, seed=1)
    city.judge(load, complete=complete)


def test_postgresql_is_killed(city: City, postgres: Postgres) -> None:
    load, complete = city.endure([postgres], kills=KILLS // 4, seed=2)
    city.judge(load, complete=complete)


def test_victoriametrics_is_killed(city: City, victoria: Victoria) -> None:
    load, complete = city.endure([victoria], kills=KILLS // 2, seed=3)
    city.judge(load, complete=complete)


def test_everybody_is_killed(city: City, postgres: Postgres, victoria: Victoria) -> None:
    first, second = city.replicas
    victims = [first, victoria, postgres, second, victoria]
    load, complete = city.endure(victims, kills=KILLS, seed=4)
    city.judge(load, complete=complete)
