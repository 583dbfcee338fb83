"""A city with several workers: what they share is shared, and nothing is left when they end."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec

from agent.uplink.sender import Answer as Verdict
from benchmarks.citywide.load import Load
from controller.settings import Settings
from controller.stores import open_store
from drivers.plan import Commands
from tests.system.comparison import difference
from tests.system.siege import stale_states
from tests.system.workers import Together, is_alive, together, wait_for

_STORED = re.compile(rb'^fleet_ingest_batches_total\{result="stored",worker="(\d)"\} (\S+)$', re.M)


def test_workers_share_one_city_and_leave_nothing_behind(tmp_path: Path) -> None:
    with together(tmp_path, schools=3, workers=2) as city:
        load = Load(
            city.places, city.estate, ("127.0.0.1", city.server.port), every=1.0, journal=True
        )
        assert asyncio.run(load.run(asyncio.to_thread(_look_around, city), drain=60))
        _figures_agree(city, load)
        pids = city.server.pids()
        with ThreadPoolExecutor(1) as threads:
            browser = city.browser(city.workers()[0])
            waiting = threads.submit(city.hand.ask, browser, "commands?wait=50")
            wait_for(lambda: _waiting(city) == 1)
            assert city.server.stop() == 0
            # Who waited for news was answered, and not cut off.
            assert waiting.result().status == 204
        wait_for(lambda: not any(map(is_alive, pids)))
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", city.server.port))
        nothing_lost(city, load)


def _look_around(city: Together) -> None:
    first, second = map(city.browser, city.workers())
    for browser in (first, second):
        ready = browser.ask("/readyz")
        assert ready.status == 200, ready.body
        for page in ("/", "/schools", f"/schools/{city.hand.place.school}", "/agents"):
            assert browser.ask(page).status == 200
    wait_for(lambda: city.leaders() == 1)
    _hears_of_news(city)
    _proof_works_once(city)
    _command_arrives(city)


def _hears_of_news(city: Together) -> None:
    """A page that one worker holds is told of a batch that another one took."""
    one, other = city.workers()
    bringing = city.browser(other)
    with closing(city.browser(one).news(f"/schools/{city.hand.place.school}")) as page:
        assert next(page) == "retry: 5000"
        assert city.hand.post(bringing, city.hand.batch()).status == 204
        assert "data: news" in page


def _proof_works_once(city: Together) -> None:
    """A request caught on the way changes nothing, at whichever worker it is tried again."""
    first, second = map(city.browser, city.workers())
    body = city.hand.batch()
    proof = city.hand.signed(first, "POST", "batches", body)
    assert city.hand.post(first, body, proof).status == 204
    assert city.hand.post(first, body, proof).status == 401
    # The other worker does not know the proof, but the ledger knows the batch.
    assert city.hand.post(second, body, proof).status == 409


def _command_arrives(city: Together) -> None:
    """A box that waits at one worker is handed a command that was given at the other."""
    one, other = map(city.browser, city.workers())
    boxes = 2 * len(city.places)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(city.hand.ask, one, "commands?wait=50")
        wait_for(lambda: _waiting(city) > boxes)
        order = msgspec.json.encode({"kind": "restart", "agent": city.hand.place.agent})
        headers = {"Content-Type": "application/json"}
        given = other.ask("/api/v1/commands", order, headers)
        assert given.status == 201, given.body
        answer = waiting.result()
    assert answer.status == 200, answer
    [told] = msgspec.msgpack.decode(answer.body, type=Commands).commands
    assert told.id == msgspec.json.decode(given.body)["id"]


def _waiting(city: Together) -> float:
    """Requests that wait for news, at all workers."""
    page = city.browser().ask("/metrics").body
    found = re.findall(rb'^fleet_long_polls\S*\{worker="\d"\} (\S+)$', page, re.M)
    assert found, page
    return sum(map(float, found))


def _figures_agree(city: Together, load: Load) -> None:
    """Whichever worker is asked tells the figures of both."""
    told = []
    for pid in city.workers():
        page = city.browser(pid).ask("/metrics").body
        assert b"\nfleet_workers 2.0\n" in page
        told.append({worker: float(count) for worker, count in _STORED.findall(page)})
    assert told[0] == told[1]
    assert len(told[0]) == 2, "the kernel gave one worker nothing to do"
    assert sum(told[0].values()) == load.tally.answers[Verdict.stored] + len(city.hand.sent)


def nothing_lost(city: Together, load: Load) -> None:
    """Everything that was acknowledged is stored once, and nothing else is."""
    assert load.tally.refused == 0, load.tally.statuses
    batches = [*(load.tally.acknowledged or []), *city.hand.sent]
    assert len(batches) > 6
    settings = Settings(database_url=city.database_url, metrics_url=city.metrics_url)
    store = open_store(city.metrics_url, settings)
    try:
        store.settle()
        places = [city.hand.place, *city.places]
        readings, wrong = difference(store, batches, places, city.estate)
    finally:
        store.close()
    assert readings > 500
    assert not wrong, wrong
    assert stale_states(city.database_url, batches, places, city.estate) == []
