"""More than can be taken in: some are told to come later, nothing is lost, memory is bounded."""

import asyncio
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import zstandard
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from controller.app import create_app
from controller.errors import TooManyRequests
from controller.ingest.admission import AT_ONCE_FROM_ONE, MOST_RETRY_SECONDS, Admission
from controller.ingest.lanes import Lanes
from controller.metrics.store import Append
from controller.telemetry import Telemetry
from drivers.readings import (
    BATCH_CONTENT_TYPE,
    MAX_BATCH_BYTES,
    MAX_READINGS_A_BATCH,
    MalformedBatch,
    decode_batch,
    unpacked_size,
)
from inventory.database import unit_of_work
from inventory.models import Agent, AgentSchool, Device, DeviceState
from tests.agents import enrolled, signed
from tests.controller.county import (
    County,
    make_batch,
    make_county,
    make_poll,
    make_settings,
    now_ms,
)
from tests.controller.serving import serving
from tests.tls import TLS

Send = Callable[..., Response]
BATCHES = "/api/agent/v1/batches"
PATIENCE = 60.0
BOXES, EACH, PLACES = 8, 4, 3


def test_many_boxes_at_once_are_bounded_told_to_wait_and_lose_nothing(
    tmp_path: Path, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(make_settings(tmp_path, ingest_in_flight=PLACES))
    with unit_of_work(app.state.sessions) as session:
        boxes = [enrolled(session, "SCH-A", f"box {number}") for number in range(BOXES)]
        session.add_all(Device(id=f"d-{n}", school_code="SCH-A", name="x") for n in range(BOXES))
    refused = threading.Event()
    most = 0

    def bring(number: int, url: str) -> Counter[int]:
        agent, key = boxes[number]
        answers: Counter[int] = Counter()
        for sequence in range(EACH):
            poll = make_poll(f"d-{number}", taken_at=now_ms() - 1_000 + sequence)
            body = make_batch(agent, sequence, poll)
            ends = time.monotonic() + PATIENCE
            while time.monotonic() < ends:
                headers = signed(app, key, "POST", BATCHES, body)
                headers["Content-Type"] = BATCH_CONTENT_TYPE
                answer = httpx.post(
                    url + BATCHES, content=body, headers=headers, verify=TLS, timeout=PATIENCE
                )
                answers[answer.status_code] += 1
                if answer.status_code == 204:
                    break
                assert answer.status_code == 429, answer.text
                assert 1 <= int(answer.headers["retry-after"]) <= MOST_RETRY_SECONDS
                refused.set()
                time.sleep(0.02)  # as a box would not: it waits for the second it was told
        return answers

    with serving(app) as url:
        append = app.state.store.append

        def slow(batches: Sequence[Append]) -> Sequence[bool]:
            nonlocal most
            assert refused.wait(PATIENCE), "nobody was told to wait"
            most = max(most, int(_in_flight(app)))
            stored: Sequence[bool] = append(batches)
            return stored

        monkeypatch.setattr(app.state.store, "append", slow)
        with ThreadPoolExecutor(BOXES) as threads:
            answers = sum(threads.map(lambda n: bring(n, url), range(BOXES)), Counter[int]())
        found = [
            len(one.times)
            for number in range(BOXES)
            for one in app.state.store.series(
                f"d-{number}", ["cpu_ratio"], start=0, end=now_ms() + 1
            )
        ]
        assert _in_flight(app) == 0
    assert answers[204] == BOXES * EACH
    assert answers[429] > 0
    assert 1 <= most <= PLACES
    assert found == [EACH] * BOXES


def test_on_postgresql_lanes_write_side_by_side_about_the_same_devices(
    tmp_path: Path, postgres_database: str
) -> None:
    make_county(postgres_database)
    app = create_app(make_settings(tmp_path, database_url=postgres_database))
    with unit_of_work(app.state.sessions) as session:
        boxes = [enrolled(session, "SCH-A", f"box {number}") for number in range(BOXES)]
    newest = now_ms() - 1_000

    def bring(number: int, url: str) -> list[int]:
        agent, key = boxes[number]
        answers = []
        for sequence in range(EACH):
            at = newest if (number, sequence) == (0, 0) else newest - 60_000 - sequence
            subjects = ("d-a-1", "d-a-2")[:: 1 if number % 2 else -1]
            body = make_batch(agent, sequence, *(make_poll(one, taken_at=at) for one in subjects))
            headers = signed(app, key, "POST", BATCHES, body)
            headers["Content-Type"] = BATCH_CONTENT_TYPE
            answer = httpx.post(
                url + BATCHES, content=body, headers=headers, verify=TLS, timeout=PATIENCE
            )
            answers.append(answer.status_code)
        return answers

    with serving(app) as url, ThreadPoolExecutor(BOXES) as threads:
        answers = [
            one for some in threads.map(lambda n: bring(n, url), range(BOXES)) for one in some
        ]
        assert answers == [204] * (BOXES * EACH)
        found = app.state.store.series("d-a-2", ["cpu_ratio"], start=0, end=now_ms() + 1)
        assert sum(len(one.times) for one in found) == BOXES * EACH
        with unit_of_work(app.state.sessions) as session:
            states = session.exec(select(DeviceState)).all()
    assert {int(state.taken_at.timestamp() * 1_000) for state in states} == {newest}


def _in_flight(app: FastAPI) -> float:
    name = "fleet_ingest_in_flight_batches"
    return app.state.telemetry.registry.get_sample_value(name) or 0.0


def test_places_are_weighed_as_well_as_counted() -> None:
    telemetry = Telemetry()
    admission = Admission(telemetry, most=10, most_bytes=1_000)
    with ExitStack() as inside:
        first = inside.enter_context(admission.place(600))
        inside.enter_context(admission.place(300))
        with pytest.raises(TooManyRequests):
            inside.enter_context(admission.place(200))
        inside.enter_context(admission.place(100))
        with pytest.raises(TooManyRequests):
            first.weigh(601)
        first.weigh(10)
        inside.enter_context(admission.place(500))
        value = telemetry.registry.get_sample_value("fleet_ingest_in_flight_bytes")
        assert value == 910
    assert telemetry.registry.get_sample_value("fleet_ingest_in_flight_bytes") == 0
    # What is larger than everything may go alone, or it would never go.
    with admission.place(5_000) as alone:
        alone.weigh(9_000)
        with pytest.raises(TooManyRequests), admission.place(1):
            pass


def test_those_sent_away_are_told_to_come_one_after_the_other() -> None:
    now = 0.0
    admission = Admission(Telemetry(), most=2, most_bytes=1_000, clock=lambda: now)

    def told() -> int:
        with pytest.raises(TooManyRequests) as refused, admission.place(1):
            pass
        return int(refused.value.headers["Retry-After"])

    for _ in range(200):
        with admission.place(1):
            now += 4.0
    with ExitStack() as inside:
        for _ in range(2):
            inside.enter_context(admission.place(1))
        # Two places of four seconds each: one comes free every two seconds.
        assert [told() for _ in range(4)] == [2, 4, 6, 8]
        now += 7.0
        assert told() == 3
        assert [told() for _ in range(100)][-1] == MOST_RETRY_SECONDS
        now += 1_000.0
        assert told() == 2


def test_a_refused_box_gives_back_what_it_had() -> None:
    admission = Admission(Telemetry(), most=9, most_bytes=1_000)
    with ExitStack() as inside:
        for _ in range(AT_ONCE_FROM_ONE):
            inside.enter_context(admission.place(1)).given_to("box")
        for _ in range(20):
            with pytest.raises(TooManyRequests), admission.place(1) as place:
                place.given_to("box")
        inside.enter_context(admission.place(1)).given_to("another")
    with admission.place(1) as place:
        place.given_to("box")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(MAX_BATCH_BYTES * 40))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(MalformedBatch, match="unpacks to more than"):
            unpacked_size(bomb)
        with pytest.raises(MalformedBatch, match="unpacks to more than"):
            decode_batch(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_a_bomb_that_hides_its_size_is_unpacked_no_further_than_a_batch_may_be() -> None:
    engine = zstandard.ZstdCompressor(level=19, write_content_size=False).compressobj()
    bomb = engine.compress(bytes(MAX_BATCH_BYTES * 4)) + engine.flush()
    assert unpacked_size(bomb) == MAX_BATCH_BYTES
    with pytest.raises(MalformedBatch, match="unpacks to more than"):
        decode_batch(bomb)


def test_a_batch_that_says_less_than_it_holds_is_refused(county: County, send: Send) -> None:
    body = bytearray(make_batch(county.agent_id, 1))
    honest = unpacked_size(bytes(body))
    # The frame's header (RFC 8878, 3.1.1.1): magic, descriptor, then the content size.
    assert int.from_bytes(body[5:7], "little") + 256 == honest or body[5] == honest
    body[5] -= 1
    answer = send(bytes(body))
    assert answer.status_code == 422
    assert answer.json()["code"] == "batch_malformed"


def test_what_gathers_while_a_group_is_written_is_written_together() -> None:
    groups: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def first(items: Sequence[int]) -> list[int]:
        begun.set()
        assert go.wait(PATIENCE)
        groups.append(len(items))
        return list(items)

    lanes: Lanes[int, list[int]] = Lanes(
        first, lambda half: half, threads=2, one_at_a_time=True, most=5
    )

    async def bring() -> list[int]:
        tasks = [asyncio.create_task(lanes.submit(0))]
        await asyncio.to_thread(begun.wait, PATIENCE)
        tasks += [asyncio.create_task(lanes.submit(number)) for number in range(1, 10)]
        await asyncio.sleep(0)
        go.set()
        return list(await asyncio.gather(*tasks))

    try:
        assert asyncio.run(bring()) == list(range(10))
    finally:
        lanes.close()
    assert groups[0] == 1
    assert sum(groups) == 10
    assert max(groups) == 5


def test_a_group_takes_no_more_than_a_statement_can_name(
    app: FastAPI, send: Send, county: County
) -> None:
    groups: list[list[int]] = []
    go = threading.Event()

    def first(items: Sequence[int]) -> Sequence[int]:
        assert go.wait(PATIENCE)
        groups.append(list(items))
        return items

    lanes: Lanes[int, Sequence[int]] = Lanes(
        first, lambda half: half, threads=1, one_at_a_time=False, most=9, weigh=int, enough=10
    )

    async def bring() -> None:
        tasks = [asyncio.create_task(lanes.submit(weight)) for weight in (11, 4, 4, 4, 4)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)

    try:
        asyncio.run(bring())
    finally:
        lanes.close()
    assert groups[0] == [11]
    assert all(sum(group[:-1]) < 10 for group in groups)
    # And one batch may name as many devices as it may hold polls.
    polls = [make_poll(f"d-{n}", blocks=()) for n in range(MAX_READINGS_A_BATCH - 1)]
    assert send(make_batch(county.agent_id, 1, make_poll(), *polls)).status_code == 204
    assert app


def test_a_group_that_fails_is_told_to_each_and_the_next_goes_on() -> None:
    def first(items: Sequence[int]) -> Sequence[int]:
        if 13 in items:
            raise OSError("the disk is full")
        return items

    lanes: Lanes[int, Sequence[int]] = Lanes(
        first, lambda half: half, threads=1, one_at_a_time=False, most=1
    )

    async def bring() -> list[object]:
        waiting = [lanes.submit(number) for number in (12, 13, 14)]
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    try:
        twelve, thirteen, fourteen = asyncio.run(bring())
    finally:
        lanes.close()
    assert (twelve, fourteen) == (12, 14)
    assert isinstance(thirteen, OSError)


def test_a_batch_that_fails_and_fails_is_set_aside_and_its_neighbours_are_not(
    app: FastAPI, send: Send, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    body = make_batch(county.agent_id, 1)
    with monkeypatch.context() as patched:
        patched.setattr("controller.ingest.register.record_parts", fail)
        assert [send(body).status_code for _ in range(3)] == [503, 503, 422]
    assert send(make_batch(county.agent_id, 2)).status_code == 204
    assert len(app.state.store.series("d-a-1", ["cpu_ratio"], start=0, end=now_ms() + 1)) == 1


def test_an_agent_of_no_school_any_more_writes_nothing(
    app: FastAPI, send: Send, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.delete(session.get_one(AgentSchool, (county.agent_id, "SCH-A")))
    assert send(make_batch(county.agent_id, 1)).status_code == 422
    with unit_of_work(app.state.sessions) as session:
        assert session.get_one(Agent, county.agent_id).last_batch_at is None
