"""What could not be stored waits for somebody: seen, tried again, thrown away, taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from controller.auth.tokens import new_token, token_hash
from controller.ingest.quarantine import Quarantine
from drivers.readings import BATCH_CONTENT_TYPE, decode_batch
from inventory.database import read_only, unit_of_work
from inventory.intake.quarantine import DISCARDED_KEPT, SetAside, forget_discarded
from inventory.models import (
    Agent,
    ApiToken,
    Device,
    Grant,
    QuarantinedBatch,
    QuarantinedBody,
    Role,
    User,
)
from tests.controller.conftest import Run
from tests.controller.county import County, make_batch, make_poll, now_ms

Send = Callable[..., Response]
Ask = Callable[..., Response]
QUARANTINE = "/api/v1/quarantine"


@pytest.fixture
def ask(client: TestClient, county: County) -> Ask:
    """Ask as the administrator, or as another."""

    def call(method: str, path: str = "", token: str = county.tokens["admin"]) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        return client.request(method, QUARANTINE + path, headers=headers)

    return call


@pytest.fixture
def waiting(send: Send, county: County) -> bytes:
    """A batch that was refused: of a device the register does not know."""
    body = make_batch(county.agent_id, 1, make_poll("d-new"))
    assert send(body).status_code == 422
    return body


def only(ask: Ask, query: str = "") -> dict[str, object]:
    listed = ask("GET", query).json()
    assert listed["total"] == 1
    found: dict[str, object] = listed["items"][0]
    return found


def add_device(app: FastAPI, device: str) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(Device(id=device, school_code="SCH-A", name=device))


def readings(app: FastAPI, subject: str) -> int:
    found = app.state.store.series(subject, ["cpu_ratio"], start=0, end=now_ms() + 1)
    return sum(len(one.times) for one in found)


def test_it_is_seen_with_its_reason_and_can_be_downloaded(
    ask: Ask, waiting: bytes, county: County
) -> None:
    batch = only(ask)
    assert batch["reason"] == "batch_foreign_subject"
    assert "d-new" in str(batch["detail"])
    assert (batch["agent_id"], batch["agent_name"]) == (county.agent_id, "box at A")
    assert (batch["size"], batch["is_part"]) == (len(waiting), False)
    assert ask("GET", f"/{batch['id']}").json() == batch
    answer = ask("GET", f"/{batch['id']}/content")
    assert answer.content == waiting
    assert answer.headers["content-type"] == BATCH_CONTENT_TYPE
    assert f"{batch['id']}.msgpack.zst" in answer.headers["content-disposition"]


def test_after_what_was_wrong_was_put_right_it_is_stored_once(
    app: FastAPI, ask: Ask, waiting: bytes, send: Send
) -> None:
    batch = only(ask)
    answer = ask("POST", f"/{batch['id']}/retry")
    assert answer.json() == {"id": batch["id"], "result": "refused"}
    tried = only(ask)
    assert tried["tries"] == 1
    assert tried["tried_at"] is not None
    add_device(app, "d-new")
    assert ask("POST", f"/{batch['id']}/retry").json()["result"] == "stored"
    assert readings(app, "d-new") == 1
    assert ask("GET").json()["total"] == 0
    assert ask("POST", f"/{batch['id']}/retry").status_code == 404
    assert send(waiting).status_code == 409


def test_what_was_left_out_of_a_stored_batch_is_stored_later_and_the_rest_not_again(
    app: FastAPI, ask: Ask, send: Send, county: County
) -> None:
    body = make_batch(county.agent_id, 1, make_poll(), make_poll("d-new"))
    assert send(body).status_code == 204
    batch = only(ask)
    assert batch["is_part"] is True
    add_device(app, "d-new")
    assert ask("POST", f"/{batch['id']}/retry").json()["result"] == "stored"
    assert (readings(app, "d-a-1"), readings(app, "d-new")) == (1, 1)


def test_what_the_ledger_holds_is_only_forgotten(
    app: FastAPI, ask: Ask, waiting: bytes, send: Send
) -> None:
    batch = only(ask)
    add_device(app, "d-new")
    assert send(waiting).status_code == 204
    assert ask("POST", f"/{batch['id']}/retry").json()["result"] == "already_stored"
    assert ask("GET").json()["total"] == 0
    assert readings(app, "d-new") == 1


def test_trying_again_does_not_make_a_silent_agent_heard(
    app: FastAPI, ask: Ask, waiting: bytes, county: County
) -> None:
    add_device(app, "d-new")
    assert ask("POST", f"/{only(ask)['id']}/retry").json()["result"] == "stored"
    with read_only(app.state.sessions) as session:
        agent = session.get_one(Agent, county.agent_id)
    assert agent.last_batch_at is None
    assert decode_batch(waiting).created_at > 0


def test_what_was_thrown_away_can_be_taken_back_for_a_week(
    app: FastAPI, ask: Ask, waiting: bytes
) -> None:
    batch = only(ask)
    assert ask("DELETE", f"/{batch['id']}").json()["discarded_at"] is not None
    assert ask("GET").json()["total"] == 0
    assert only(ask, "?discarded=true")["id"] == batch["id"]
    assert ask("POST", f"/{batch['id']}/undo").json()["discarded_at"] is None
    assert only(ask)["id"] == batch["id"]
    ask("DELETE", f"/{batch['id']}")
    now = datetime.now(UTC)
    for at, left in ((now, 1), (now + DISCARDED_KEPT + timedelta(minutes=1), 0)):
        with unit_of_work(app.state.sessions) as session:
            forget_discarded(session, at)
        with read_only(app.state.sessions) as session:
            assert len(session.exec(select(QuarantinedBody)).all()) == left
    assert waiting


def test_only_administrators_and_the_city_see_it_and_only_within_their_scope(
    app: FastAPI, ask: Ask, waiting: bytes, county: County
) -> None:
    batch = only(ask)
    assert ask("GET", token=county.tokens["mei"]).status_code == 403
    assert ask("GET", token=county.tokens["shopper"]).status_code == 403
    tokens = {}
    with unit_of_work(app.state.sessions) as session:
        for name, role, path in (
            ("city", Role.city_it, "/33/"),
            ("elsewhere", Role.city_it, "/33/3304/SCH-B/"),
            ("county", Role.county_it, "/33/"),
        ):
            session.add(User(id=f"u-{name}", login=name, name=name, password_hash="-"))
            session.flush()
            session.add(Grant(user_id=f"u-{name}", role=role, scope_path=path))
            tokens[name] = new_token("fleet_")
            row = ApiToken(token_hash=token_hash(tokens[name]), user_id=f"u-{name}", name="t")
            session.add(row)
    assert ask("GET", token=tokens["city"]).json()["total"] == 1
    assert ask("GET", token=tokens["county"]).status_code == 403
    assert ask("GET", token=tokens["elsewhere"]).json()["total"] == 0
    for method, path in (
        ("GET", ""),
        ("GET", "/content"),
        ("DELETE", ""),
        ("POST", "/undo"),
        ("POST", "/retry"),
    ):
        answer = ask(method, f"/{batch['id']}{path}", token=tokens["elsewhere"])
        assert answer.status_code == 404, (method, path)
    assert waiting


def test_it_stays_within_its_bounds_and_what_was_thrown_away_goes_first(
    app: FastAPI, client: TestClient, county: County
) -> None:
    started = datetime(2026, 9, 1, tzinfo=UTC)
    ticks = iter(range(100))
    quarantine = Quarantine(
        app.state.sessions,
        most=3,
        most_bytes=1_000,
        clock=lambda: started + timedelta(seconds=next(ticks)),
    )

    def keep(body: bytes) -> None:
        quarantine.keep(SetAside(county.agent_id, body, "batch_invalid", "why"))

    def kept() -> list[bytes]:
        with read_only(app.state.sessions) as session:
            query = (
                select(QuarantinedBody.content)
                .join(QuarantinedBatch)
                .order_by(QuarantinedBatch.kept_at)  # type: ignore[arg-type]
            )
            return list(session.exec(query))

    for number in range(5):
        keep(b"%d" % number * 100)
    assert [body[:1] for body in kept()] == [b"2", b"3", b"4"]
    with unit_of_work(app.state.sessions) as session:
        last = session.exec(
            select(QuarantinedBatch).where(QuarantinedBatch.kept_at == started.replace(second=4))
        ).one()
        last.discarded_at = started
        session.add(last)
    keep(b"5" * 100)
    assert [body[:1] for body in kept()] == [b"2", b"3", b"5"]
    keep(b"6" * 900)
    assert [len(body) for body in kept()] == [100, 900]
    keep(b"7" * 1_001)
    assert [len(body) for body in kept()] == [100, 900]
    assert client.get("/healthz").status_code == 200


def test_the_command_line_lists_discards_and_takes_back(
    run: Run, app: FastAPI, waiting: bytes, ask: Ask
) -> None:
    batch = str(only(ask)["id"])
    assert "batch_foreign_subject" in run("quarantine", "list", "--format", "csv").stdout
    assert run("quarantine", "discard", batch).exit_code == 0
    assert ask("GET").json()["total"] == 0
    assert batch in run("quarantine", "list", "--discarded", "--format", "csv").stdout
    assert run("quarantine", "undo", batch).exit_code == 0
    assert ask("GET").json()["total"] == 1
    assert run("quarantine", "retry", batch).exit_code == 2
    assert app
    assert waiting
