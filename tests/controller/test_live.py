"""Open pages hear within seconds that what they show has changed; on a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI

from controller.live import LivePages
from drivers.readings import BATCH_CONTENT_TYPE, Outcome
from inventory.database import session_factory, unit_of_work
from inventory.models import Device
from inventory.models.base import utc_now
from inventory.page_changes import forget_page_changes, note_schools, schools_changed
from tests.agents import signed
from tests.controller.county import PASSWORD, County, make_batch, make_poll, now_ms
from tests.controller.serving import serving
from tests.tls import TLS

PATIENCE = 60.0
BATCHES = "/api/agent/v1/batches"


@pytest.fixture
def url(app: FastAPI, county: County) -> Iterator[str]:
    assert county
    with serving(app) as url:
        yield url


@contextmanager
def log_in(url: str, login: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        answer = client.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303
        yield client


@contextmanager
def opened(client: httpx.Client, page: str, at: int | None = None) -> Iterator[Iterator[str]]:
    query: dict[str, str | int] = {"page": page, "at": now_ms() if at is None else at}
    with client.stream("GET", "/live", params=query) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 5000"
        yield lines


def wait_for_news(lines: Iterator[str]) -> None:
    beats = 0
    for line in lines:
        if line.startswith("data:"):
            assert line == "data: news"
            return
        beats += line == ":"
        assert beats < 4, "no news within a hundred seconds"
    pytest.fail("the stream ended")


def bring(app: FastAPI, url: str, county: County, sequence: int, outcome: Outcome) -> None:
    body = make_batch(county.agent_id, sequence, make_poll(outcome=outcome))
    headers = signed(app, county.key, "POST", BATCHES, body)
    headers["Content-Type"] = BATCH_CONTENT_TYPE
    assert (
        httpx.post(
            url + BATCHES, content=body, headers=headers, verify=TLS, timeout=PATIENCE
        ).status_code
        == 204
    )


@pytest.mark.parametrize("where", ["/", "/schools/SCH-A", "/devices/d-a-1"])
def test_a_device_that_dies_is_news_for_every_page_that_shows_it(
    app: FastAPI, url: str, county: County, where: str
) -> None:
    bring(app, url, county, 1, Outcome.ok)
    with log_in(url, "admin") as client, opened(client, where) as lines:
        bring(app, url, county, 2, Outcome.timeout)
        wait_for_news(lines)
        assert len(app.state.live) == 1


def test_new_readings_are_news_for_the_page_of_their_device(
    app: FastAPI, url: str, county: County
) -> None:
    stop = threading.Event()

    def keep_polling() -> None:
        # The page may have begun to listen before or after the first of them.
        for sequence in range(1, 200):
            bring(app, url, county, sequence, Outcome.ok)
            if stop.wait(0.3):
                return

    polling = threading.Thread(target=keep_polling)
    with log_in(url, "admin") as client, opened(client, "/devices/d-a-1") as lines:
        polling.start()
        try:
            for _ in range(3):  # the first is that the device is known at all
                wait_for_news(lines)
        finally:
            stop.set()
            polling.join()


def test_what_another_controller_writes_is_news_here(
    app: FastAPI, url: str, county: County
) -> None:
    other = session_factory(app.state.engine)
    with log_in(url, "mei") as client, opened(client, "/") as lines:
        with unit_of_work(other) as session:
            note_schools(session, ["SCH-B"], utc_now())
        with unit_of_work(other) as session:
            note_schools(session, ["SCH-A"], utc_now())
        wait_for_news(lines)
    assert county


def test_a_page_made_before_a_change_hears_of_it_when_it_begins_to_listen(
    app: FastAPI, url: str, county: County
) -> None:
    made = now_ms()
    with unit_of_work(app.state.sessions) as session:
        session.add(Device(id="d-new", school_code="SCH-A", name="new"))
    with log_in(url, "admin") as client:
        with opened(client, "/", made) as lines:
            wait_for_news(lines)
        with opened(client, "/", made - 3_600_000) as lines:
            wait_for_news(lines)
    assert county


def test_a_stranger_hears_nothing(url: str) -> None:
    assert httpx.get(f"{url}/live", timeout=PATIENCE).status_code == 401


def test_when_no_place_is_left_a_page_is_told_so(app: FastAPI, url: str) -> None:
    app.state.live = LivePages(app.state.sessions, room=0)
    with log_in(url, "admin") as client:
        assert client.get("/live").status_code == 429


def test_changes_of_other_schools_are_none_of_a_schools_business(
    app: FastAPI, county: County
) -> None:
    now = utc_now()
    with unit_of_work(app.state.sessions) as session:
        note_schools(session, ["SCH-A", "SCH-A"], now)
        note_schools(session, ["SCH-A"], now)
        found = schools_changed(session, now)
    assert [(one.school, one.path) for one in found] == [("SCH-A", "/33/3304/SCH-A/")]
    with unit_of_work(app.state.sessions) as session:
        forget_page_changes(session, now)
        assert len(schools_changed(session, now)) == 1
    assert county
