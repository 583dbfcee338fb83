"""Programs and browsers of the county's people."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County

AsUser = Callable[..., Response]


@pytest.fixture
def as_user(client: TestClient, county: County) -> AsUser:
    """Ask ``/api/v1`` as somebody: ``as_user("mei", "/rooms", "POST", json={...})``."""

    def ask(
        login: str,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> Response:
        sent = {"Authorization": f"Bearer {county.tokens[login]}"} | (headers or {})
        return client.request(method, f"/api/v1{path}", headers=sent, **rest)

    return ask


@pytest.fixture
def browse(client: TestClient, county: County) -> Callable[[str], TestClient]:
    """A browser in which somebody is logged in, reading English."""

    def opened(login: str) -> TestClient:
        answer = client.post(
            "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
        )
        assert answer.status_code == 303
        client.get("/schools?lang=en")
        return client

    return opened
