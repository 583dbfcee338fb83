"""Batches arrive once, or are refused clearly; nothing else is disturbed."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

import msgspec
import pytest
import zstandard
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from drivers.readings import (
    BATCH_CONTENT_TYPE,
    MAX_BATCH_BYTES,
    MAX_READINGS_A_BATCH,
    MAX_REPORT_BYTES,
    Block,
    CommandResult,
    Configuration,
    Event,
    Facts,
    Identity,
    Outcome,
    Port,
    Report,
    decode_batch,
    encode_batch,
)
from inventory.database import read_only, unit_of_work
from inventory.enrolment import revoke
from inventory.intake.reports import Source, record_reports
from inventory.models import Agent, DeviceEvent, DeviceState, QuarantinedBody
from inventory.models.base import utc_now
from inventory.scope import Scope
from tests.agents import signed
from tests.controller.county import County, make_batch, make_poll, now_ms

Send = Callable[..., Response]


def samples(app: FastAPI, subject: str = "d-a-1", metric: str = "cpu_ratio") -> int:
    found = app.state.store.series(subject, [metric], start=0, end=now_ms() + 7_200_000)
    return sum(len(one.values) for one in found)


def counted(app: FastAPI, result: str) -> float:
    value = app.state.telemetry.registry.get_sample_value(
        "fleet_ingest_batches_total", {"result": result}
    )
    return value or 0.0


def assert_refused(answer: Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]


def test_a_batch_is_stored_and_its_device_is_known_to_be_alive(
    app: FastAPI, send: Send, county: County
) -> None:
    assert send(make_batch(county.agent_id, 1)).status_code == 204
    assert samples(app) == 1
    assert samples(app, metric="port_in_bits_per_second") == 1
    with read_only(app.state.sessions) as session:
        state = session.get(DeviceState, "d-a-1")
        agent = session.get(Agent, county.agent_id)
    assert state is not None
    assert state.outcome is Outcome.ok
    assert state.cpu_ratio == 0.25
    assert agent is not None
    assert agent.last_batch_at is not None
    assert counted(app, "stored") == 1


def test_a_replay_changes_nothing(app: FastAPI, send: Send, county: County) -> None:
    body = make_batch(county.agent_id, 1)
    assert send(body).status_code == 204
    for _ in range(3):
        assert_refused(send(body), 409, "batch_already_stored")
    assert samples(app) == 1
    assert counted(app, "batch_already_stored") == 3


def test_a_new_epoch_begins_the_numbers_anew(app: FastAPI, send: Send, county: County) -> None:
    assert send(make_batch(county.agent_id, 1)).status_code == 204
    later = make_poll(taken_at=now_ms() + 5)
    assert send(make_batch(county.agent_id, 1, later, epoch="e2")).status_code == 204
    assert samples(app) == 2


def test_what_was_registered_before_a_crash_is_completed_by_the_replay(
    app: FastAPI, send: Send, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = make_batch(county.agent_id, 1)
    with monkeypatch.context() as patched:
        patched.setattr(app.state.store, "append", _broken)
        answer = send(body)
    assert_refused(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    assert samples(app) == 0
    assert send(body).status_code == 204
    assert samples(app) == 1


def _broken(*_: object) -> None:
    raise OSError("no space left on device")


@pytest.mark.parametrize("token", ["", "wrong", "fleet_" + "x" * 43, "a.b.c", "\u00ff"])
def test_what_is_no_proof_is_refused(client: TestClient, county: County, token: str) -> None:
    answer = client.post(
        "/api/agent/v1/batches",
        content=make_batch(county.agent_id, 1),
        headers={
            "Authorization": f"Bearer {token}".encode("latin-1"),
            "Content-Type": BATCH_CONTENT_TYPE,
        },
    )
    assert_refused(answer, 401, "invalid_token")


def test_no_proof_is_refused(client: TestClient, county: County) -> None:
    answer = client.post("/api/agent/v1/batches", content=b"x")
    assert_refused(answer, 401, "invalid_token")


def test_a_revoked_agent_is_refused(app: FastAPI, send: Send, county: County) -> None:
    with unit_of_work(app.state.sessions) as session:
        revoke(session, Scope.everything(), county.agent_id, now=datetime.now(UTC))
    assert_refused(send(make_batch(county.agent_id, 1)), 403, "agent_revoked")


def test_another_content_type_is_refused(send: Send, county: County) -> None:
    answer = send(make_batch(county.agent_id, 1), **{"Content-Type": "application/json"})
    assert_refused(answer, 415, "unsupported_media_type")


FOREIGN_POLLS = {
    "foreign school": ({"school": "SCH-B", "subject": "d-b-1"}, "batch_foreign_school"),
    "school nobody has": ({"school": "NOWHERE"}, "batch_foreign_school"),
    "foreign school's device": ({"subject": "d-b-1"}, "batch_foreign_subject"),
    "device nobody has": ({"subject": "d-none"}, "batch_foreign_subject"),
}
BAD_POLLS = {
    "clock in the future": ({"taken_at": 4_102_444_800_000}, "batch_absurd_time"),
    "clock never set": ({"taken_at": 1_000}, "batch_absurd_time"),
    "column too short": (
        {"blocks": (Block(("a", "b"), {"cpu_ratio": [0.1]}),)},
        "batch_invalid_block",
    ),
    "parts repeat": (
        {"blocks": (Block(("a", "a"), {"cpu_ratio": [0.1, 0.2]}),)},
        "batch_invalid_block",
    ),
    "no metric name": (
        {"blocks": (Block(("",), {"CPU; DROP TABLE": [0.1]}),)},
        "batch_invalid_block",
    ),
    "part too long": (
        {"blocks": (Block(("x" * 300,), {"cpu_ratio": [0.1]}),)},
        "batch_invalid_block",
    ),
    "NUL in a part": (
        {"blocks": (Block(("a\0b",), {"cpu_ratio": [0.1]}),)},
        "batch_invalid_block",
    ),
    "not a number": (
        {"blocks": (Block(("",), {"cpu_ratio": [float("nan")]}),)},
        "batch_invalid_block",
    ),
    "infinity": (
        {"blocks": (Block(("", "b"), {"cpu_ratio": [float("inf"), float("-inf")]}),)},
        "batch_invalid_block",
    ),
    "NUL in the identity": (
        {"facts": Facts(identity=Identity(model="S5720\0"))},
        "batch_invalid",
    ),
    "port number beyond 32 bits": (
        {"facts": Facts(identity=Identity(), ports=(Port(index=2**40),))},
        "batch_invalid",
    ),
}


@pytest.mark.parametrize(("changed", "code"), BAD_POLLS.values(), ids=BAD_POLLS.keys())
def test_a_batch_with_one_bad_poll_is_refused_whole_and_kept_for_a_look(
    app: FastAPI, send: Send, county: County, changed: dict[str, object], code: str
) -> None:
    body = make_batch(county.agent_id, 1, make_poll(), make_poll(**changed))
    assert_refused(send(body), 422, code)
    assert samples(app) == 0
    assert counted(app, code) == 1
    with read_only(app.state.sessions) as session:
        assert session.exec(select(QuarantinedBody.content)).all() == [body]
        assert session.get(DeviceState, "d-a-1") is None
    # The next one is taken as if nothing had been.
    assert send(make_batch(county.agent_id, 2)).status_code == 204


@pytest.mark.parametrize(("changed", "code"), FOREIGN_POLLS.values(), ids=FOREIGN_POLLS.keys())
def test_polls_an_agent_may_not_write_are_refused(
    app: FastAPI, send: Send, county: County, changed: dict[str, object], code: str
) -> None:
    assert_refused(send(make_batch(county.agent_id, 1, make_poll(**changed))), 422, code)

    assert samples(app) == 0
    assert counted(app, code) == 1


@pytest.mark.parametrize(("changed", "code"), FOREIGN_POLLS.values(), ids=FOREIGN_POLLS.keys())
def test_a_foreign_poll_does_not_cost_its_neighbours_in_the_batch(
    app: FastAPI, send: Send, county: County, changed: dict[str, object], code: str
) -> None:
    body = make_batch(county.agent_id, 1, make_poll(), make_poll(**changed))

    assert send(body).status_code == 204

    assert samples(app) == 1
    left_out = app.state.telemetry.registry.get_sample_value(
        "fleet_ingest_polls_left_out_total", {"reason": code}
    )
    assert left_out == 1
    with read_only(app.state.sessions) as session:
        kept = decode_batch(session.exec(select(QuarantinedBody.content)).one())
    assert kept.polls == decode_batch(body).polls[1:]


def test_a_batch_that_names_another_agent_is_refused(
    app: FastAPI, send: Send, county: County
) -> None:
    assert_refused(send(make_batch("a-someone-else", 1)), 422, "batch_foreign_agent")
    assert samples(app) == 0


def _bomb() -> bytes:
    return zstandard.ZstdCompressor(level=19).compress(b"\0" * (MAX_BATCH_BYTES * 20))


MALFORMED: dict[str, Callable[[str], bytes]] = {
    "nothing": lambda _: b"",
    "not zstd": lambda _: b"batch?",
    "zstd of something else": lambda _: zstandard.compress(b"not msgpack at all"),
    "truncated": lambda agent: make_batch(agent, 1)[:-10],
    "another version": lambda agent: make_batch(agent, 1, version=99),
    "zstd bomb": lambda _: _bomb(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_bytes_are_refused(
    app: FastAPI, send: Send, county: County, body: Callable[[str], bytes]
) -> None:
    assert_refused(send(body(county.agent_id)), 422, "batch_malformed")
    assert counted(app, "batch_malformed") == 1
    assert send(make_batch(county.agent_id, 2)).status_code == 204


def test_too_many_bytes_are_refused_announced_or_not(
    app: FastAPI, send: Send, client: TestClient, county: County
) -> None:
    body = b"x" * (app.state.settings.max_batch_bytes + 1)
    assert_refused(send(body), 413, "too_large")
    headers = signed(app, county.key, "POST", "/api/agent/v1/batches", body)
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    answer = client.post(
        "/api/agent/v1/batches",
        content=pieces,
        headers=headers | {"Content-Type": BATCH_CONTENT_TYPE},
    )
    assert_refused(answer, 413, "too_large")


def test_too_many_readings_are_to_be_split(send: Send, county: County) -> None:
    parts = tuple(map(str, range(MAX_READINGS_A_BATCH + 1)))
    poll = make_poll(blocks=(Block(parts, {"port_up": [1.0] * len(parts)}),))
    assert_refused(send(make_batch(county.agent_id, 1, poll)), 413, "too_many_readings")


def test_a_lines_speed_test_is_stored(app: FastAPI, send: Send, county: County) -> None:
    block = Block(("server",), {"speedtest_download_bits_per_second": [3e8]})
    poll = make_poll("l-a", blocks=(block,))
    assert send(make_batch(county.agent_id, 1, poll)).status_code == 204
    assert samples(app, "l-a", "speedtest_download_bits_per_second") == 1


def test_an_agent_with_nothing_to_say_is_heard(app: FastAPI, send: Send, county: County) -> None:
    assert send(make_batch(county.agent_id, 1, polls=())).status_code == 204
    with read_only(app.state.sessions) as session:
        agent = session.get(Agent, county.agent_id)
    assert agent is not None
    assert agent.last_batch_at is not None


def test_a_full_house_is_told_to_come_later(app: FastAPI, send: Send, county: County) -> None:
    with ExitStack() as places:
        for _ in range(app.state.settings.ingest_in_flight):
            places.enter_context(app.state.intake.admit())
        answer = send(make_batch(county.agent_id, 1))
    assert_refused(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "1"
    assert send(make_batch(county.agent_id, 1)).status_code == 204


def test_events_beside_the_readings_are_kept_once_and_only_of_the_agents_schools(
    app: FastAPI, send: Send, county: County
) -> None:
    at = now_ms()
    events = (
        Event("d-a-1", "SCH-A", at, "link_down", fields={"port": "GE0/0/3"}),
        Event("d-b-1", "SCH-B", at, "link_down"),
        Event("d-none", "SCH-A", at, "cold_start"),
    )
    batch = msgspec.structs.replace(decode_batch(make_batch(county.agent_id, 1)), reports=events)
    assert send(encode_batch(batch)).status_code == 204
    # A kill between the register's commit and the ledger's brings the same batch again.
    with unit_of_work(app.state.sessions) as session:
        source = Source(county.agent_id, batch.epoch, 1, frozenset({"SCH-A"}), utc_now())
        record_reports(session, source, events)
    with read_only(app.state.sessions) as session:
        kept = session.exec(select(DeviceEvent)).all()
    assert [(one.device_id, one.kind, one.fields) for one in kept] == [
        ("d-a-1", "link_down", '{"port":"GE0/0/3"}')
    ]


@pytest.mark.parametrize(
    "event",
    [
        Event("d-a-1", "SCH-A", 0, "link_down"),
        Event("d-a-1", "SCH-A", now_ms(), "Link down!"),
        Event("d-a-1", "SCH-A", now_ms(), "link_down", detail="x" * 5_000),
        Event("d-a-1", "SCH-A", now_ms(), "link_down", fields={str(n): "" for n in range(100)}),
        Configuration("d-a-1", "SCH-A", now_ms(), "0" * 64, "line\0"),
        CommandResult("c1", now_ms(), "done", attachment=bytes(MAX_REPORT_BYTES + 1)),
    ],
)
def test_a_report_that_can_never_be_stored_is_refused(
    send: Send, county: County, event: Report
) -> None:
    batch = msgspec.structs.replace(decode_batch(make_batch(county.agent_id, 1)), reports=(event,))
    assert send(encode_batch(batch)).status_code == 422
