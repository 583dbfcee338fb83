"""Servers that do not fall over but stand still, under a city with several workers.

A stopped process is the worst case: its kernel takes every connection and acknowledges every byte.
"""

import asyncio
import time
from pathlib import Path

import pytest

from agent.uplink.sender import Answer as Verdict
from benchmarks.citywide.load import Load
from tests.system.servers import Restartable
from tests.system.test_city_workers import nothing_lost
from tests.system.workers import Together, is_alive, together, wait_for

pytestmark = pytest.mark.campaign

#: What a box and a browser's reader wait.
PATIENCE = 30.0


def test_postgresql_stands_still(tmp_path: Path) -> None:
    with together(tmp_path, schools=12, workers=2) as city:
        before = city.workers()
        load, told = _work(city, city.postgres)
        assert told["batch"] >= {503}
        assert told["page"] >= {503}
        assert load.tally.answers[Verdict.later], "no box was told to come later"
        assert load.tally.answers[Verdict.lost] == 0
        assert city.workers() == before, "a worker ended"
        wait_for(lambda: city.leaders() == 1)
        assert city.server.stop() == 0
        nothing_lost(city, load)


def test_victoriametrics_stands_still(tmp_path: Path) -> None:
    with together(tmp_path, schools=12, workers=2) as city:
        load, told = _work(city, city.victoria)
        # Boxes do not hear of it: the journal holds what they bring.
        assert told["batch"] == {204}
        assert set(load.tally.answers) == {Verdict.stored}
        assert city.server.stop() == 0
        nothing_lost(city, load)


def test_a_city_whose_database_stands_still_ends_when_told_to(tmp_path: Path) -> None:
    with together(tmp_path, schools=2, workers=2) as city:
        pids = city.server.pids()
        wait_for(lambda: city.leaders() == 1)
        city.postgres.pause()
        try:
            assert city.server.stop() == 0
        finally:
            city.postgres.resume()
        wait_for(lambda: not any(map(is_alive, pids)))


def _work(city: Together, server: Restartable) -> tuple[Load, dict[str, set[int]]]:
    """Let boxes work while a server stands still, twice; and the statuses of other requests."""
    where = ("127.0.0.1", city.server.port)
    load = Load(city.places, city.estate, where, every=1.0, journal=True)
    told: dict[str, set[int]] = {"batch": set(), "page": set()}

    def meanwhile() -> None:
        city.browser()  # logs in
        for _ in range(2):
            time.sleep(3)
            server.pause()
            try:
                ends = time.monotonic() + 20
                while time.monotonic() < ends:
                    _ask(city, told)
                    time.sleep(0.5)
            finally:
                server.resume()
            wait_for(lambda: city.browser().ask("/readyz").status == 200)
            wait_for(lambda: city.hand.bring(city.browser()).status in {204, 409})
            wait_for(lambda: city.browser().ask(_page(city)).status == 200)

    assert asyncio.run(load.run(asyncio.to_thread(meanwhile), drain=120))
    return load, told


def _ask(city: Together, told: dict[str, set[int]]) -> None:
    """A batch and a page are answered in time, and the process says that it lives."""
    browser = city.browser()
    for what, ask in (
        ("batch", lambda: city.hand.bring(browser)),
        ("page", lambda: browser.ask(_page(city))),
    ):
        began = time.monotonic()
        answer = ask()
        assert time.monotonic() - began < PATIENCE
        told[what].add(answer.status)
        assert answer.status in {200, 204, 409, 503}, answer
        if answer.status == 503:
            assert int(answer.headers["retry-after"]) > 0
    assert browser.ask("/healthz").status == 200


def _page(city: Together) -> str:
    """A page with curves."""
    return f"/devices/{city.hand.place.devices[0]}"
