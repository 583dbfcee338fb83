"""Logging in, staying in, being kept out."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from controller.app import create_app
from controller.auth.login import COOKIE, authenticate, start_session
from controller.auth.throttle import ADDRESS_FACTOR, Throttle
from controller.auth.tokens import token_hash
from controller.errors import TooManyRequests, WrongLogin
from controller.jobs import forget_expired_sessions
from controller.settings import Settings
from inventory.database import read_only, session_factory, unit_of_work
from inventory.models import User, WebSession
from tests.controller.county import PASSWORD, County


def request_of(app: FastAPI, *, scheme: str = "http", address: str = "10.0.0.9") -> Request:
    return Request(
        {
            "type": "http",
            "app": app,
            "headers": [],
            "scheme": scheme,
            "server": ("fleet", 80),
            "path": "/login",
            "query_string": b"",
            "client": (address, 40_000),
        }
    )


def log_in(app: FastAPI, client: TestClient, login: str) -> str:
    """A session as the log-in page begins one; its cookie goes into the client."""
    request, response = request_of(app), Response()
    start_session(request, response, authenticate(request, login, PASSWORD))
    token = response.headers["set-cookie"].split(";")[0].partition("=")[2]
    client.cookies.set(COOKIE, token)
    return token


def test_a_password_logs_in_and_the_cookie_is_out_of_reach_of_scripts(
    app: FastAPI, client: TestClient
) -> None:
    request, response = request_of(app), Response()
    user = authenticate(request, " mei ", PASSWORD)
    start_session(request, response, user)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    token = log_in(app, client, "mei")
    assert client.get("/api/v1/me").json()["login"] == "mei"
    with read_only(app.state.sessions) as session:
        kept = session.exec(select(WebSession)).all()
    assert token not in {one.token_hash for one in kept}
    assert token_hash(token) in {one.token_hash for one in kept}


def test_over_https_the_cookie_is_secure(app: FastAPI) -> None:
    request, response = request_of(app, scheme="https"), Response()
    start_session(request, response, authenticate(request, "mei", PASSWORD))
    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize(("login", "password"), [("mei", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_wrong_words_are_not_told_apart(app: FastAPI, login: str, password: str) -> None:
    with pytest.raises(WrongLogin) as caught:
        authenticate(request_of(app), login, password)
    assert str(caught.value) == "User name or password is wrong."


def test_a_disabled_user_is_out_at_once(app: FastAPI, client: TestClient, county: County) -> None:
    log_in(app, client, "mei")
    with unit_of_work(app.state.sessions) as session:
        user = session.get(User, "u-mei")
        assert user is not None
        user.disabled_at = datetime.now(UTC)
    assert client.get("/api/v1/me").status_code == 401
    headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    with pytest.raises(WrongLogin):
        authenticate(request_of(app), "mei", PASSWORD)


def test_guessing_is_slowed_down_for_one_name_from_one_address(app: FastAPI) -> None:
    for _ in range(app.state.settings.login_attempts):
        with pytest.raises(WrongLogin):
            authenticate(request_of(app), "mei", "guess")
    with pytest.raises(TooManyRequests) as caught:
        authenticate(request_of(app), "mei", PASSWORD)
    assert int(caught.value.headers["Retry-After"]) > 0
    # Neither others at the same address nor the same name elsewhere are locked out.
    assert authenticate(request_of(app), "admin", PASSWORD).login == "admin"
    assert authenticate(request_of(app, address="10.0.0.10"), "mei", PASSWORD).login == "mei"


NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)


def _throttle(engine: Engine) -> Throttle:
    return Throttle(session_factory(engine), attempts=2, window=60.0)


def test_guessing_many_names_from_one_address_is_slowed_down_too(engine: Engine) -> None:
    throttle = _throttle(engine)
    for number in range(2 * ADDRESS_FACTOR):
        assert throttle.attempt(f"name{number}", "10.0.0.9", NOON) == 0
    later = NOON + timedelta(seconds=10)
    assert throttle.attempt("another", "10.0.0.9", later) == 50.0
    assert throttle.attempt("another", "10.0.0.8", later) == 0
    assert throttle.attempt("another", "10.0.0.9", NOON + timedelta(seconds=60)) == 0


def test_those_who_know_their_password_are_never_slowed_down(engine: Engine) -> None:
    throttle = _throttle(engine)
    for number in range(50):
        assert throttle.attempt("mei", "10.0.0.9", NOON + timedelta(seconds=number / 10)) == 0
        throttle.succeeded("mei", "10.0.0.9")


def test_controllers_count_failures_together(engine: Engine) -> None:
    several = [_throttle(engine) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda n: several[n % 4].attempt("mei", "10.0.0.9", NOON), range(16)))
    assert sorted(waits) == [0.0] * 2 + [60.0] * 14


def test_a_session_ends_and_slides(app: FastAPI, client: TestClient) -> None:
    token = log_in(app, client, "mei")

    def let_expire_in(left: timedelta) -> None:
        with unit_of_work(app.state.sessions) as session:
            found = session.get(WebSession, token_hash(token))
            assert found is not None
            found.expires_at = datetime.now(UTC) + left

    let_expire_in(timedelta(hours=1))
    assert client.get("/api/v1/me").status_code == 200
    with read_only(app.state.sessions) as session:
        found = session.get(WebSession, token_hash(token))
    assert found is not None
    assert found.expires_at > datetime.now(UTC) + timedelta(hours=11)
    let_expire_in(timedelta(seconds=-1))
    assert client.get("/api/v1/me").status_code == 401
    with unit_of_work(app.state.sessions) as session:
        forget_expired_sessions(session, datetime.now(UTC))
        assert session.get(WebSession, token_hash(token)) is None


def test_logging_in_again_replaces_the_session(app: FastAPI, client: TestClient) -> None:
    log_in(app, client, "mei")
    old = client.cookies[COOKIE]
    answer = client.post(
        "/login", data={"login": "mei", "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303
    with read_only(app.state.sessions) as session:
        assert session.get(WebSession, token_hash(old)) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, 404),
        ({"Origin": "http://testserver"}, 404),
        ({}, 404),
    ],
)
def test_another_site_cannot_act_with_the_browsers_cookie(
    app: FastAPI, client: TestClient, headers: dict[str, str], status: int
) -> None:
    log_in(app, client, "admin")
    answer = client.post("/api/v1/alerts/none/acknowledge", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "cross_origin"


def test_the_public_address_counts_as_the_same_origin(settings: Settings, county: County) -> None:
    behind_proxy = settings.model_copy(update={"public_url": "https://fleet.example"})
    with TestClient(create_app(behind_proxy)) as client:
        headers = {
            "Origin": "https://fleet.example",
            "Authorization": f"Bearer {county.tokens['admin']}",
        }
        assert client.post("/api/v1/alerts/none/acknowledge", headers=headers).status_code == 404
        headers.pop("Authorization")
        assert client.post("/api/v1/alerts/none/acknowledge", headers=headers).status_code == 401


def test_a_bearer_token_outranks_the_cookie(
    app: FastAPI, client: TestClient, county: County
) -> None:
    log_in(app, client, "admin")
    headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
    assert client.get("/api/v1/me", headers=headers).json()["login"] == "mei"
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer no"}).status_code == 401


def test_passwords_are_argon2id_and_an_endless_one_is_refused() -> None:
    # As it is shipped: tests log in at less.
    found = importlib.util.find_spec("controller.auth.passwords")
    assert found is not None
    assert found.loader is not None
    shipped = importlib.util.module_from_spec(found)
    found.loader.exec_module(shipped)
    kept = shipped.hash_password("a long enough password")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    # Nobody's is compared at the same cost.
    assert shipped.NOBODY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    check_password = shipped.check_password
    assert check_password("a long enough password", kept) == (True, None)
    assert check_password("x" * 1_000_000, kept)[0] is False
    assert check_password("", None) == (False, None)
