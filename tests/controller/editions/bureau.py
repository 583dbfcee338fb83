"""People of a county and its city, and how a test speaks with the API as each of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from starlette.testclient import TestClient

from controller.auth.passwords import hash_password
from controller.auth.tokens import new_token, token_hash
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.days import day_of
from inventory.editions.flow import SHORTEST_FEEDBACK
from inventory.models import ApiToken, Grant, Level, Organisation, Role, School, User
from inventory.models.base import utc_now

TODAY = day_of(utc_now())
#: Any day of the month before this one.
MONTH = TODAY.replace(day=1) - timedelta(days=1)
PDF = b"%PDF-1.7\nsigned and stamped"
EDITIONS = "/api/v1/report-editions"
PEOPLE = (
    ("officer", Role.county_it, "/33/3304/"),
    ("director", Role.county_it, "/33/3304/"),
    ("neighbour", Role.county_it, "/33/3305/"),
    ("city", Role.city_it, "/33/"),
    ("head-b", Role.school_admin, "/33/3304/SCH-B/"),
    ("town", Role.county_it, "/33/3304/330401/"),
    ("viewer", Role.viewer, "/33/3304/"),
)


def add_people(url: str) -> dict[str, str]:
    """Put the people, a township and a neighbouring county into a register; tokens by log-in."""
    engine = make_engine(url)
    password = hash_password("correct horse battery")
    tokens = {}
    with unit_of_work(session_factory(engine)) as session:
        session.add(
            Organisation(
                code="3305", name="邻县", level=Level.county, parent_code="33", path="/33/3305/"
            )
        )
        session.flush()
        session.add(
            Organisation(
                code="330401", name="濮院镇", level=Level.township, parent_code="3304",
                path="/33/3304/330401/",
            )
        )  # fmt: skip
        session.flush()
        for code, above, path in (
            ("SCH-N", "3305", "/33/3305/SCH-N/"),
            ("SCH-T", "330401", "/33/3304/330401/SCH-T/"),
        ):
            session.add(School(code=code, name=code, organisation_code=above, path=path))
        for login, role, path in PEOPLE:
            session.add(
                User(id=f"u-{login}", login=login, name=login.title(), password_hash=password)
            )
            session.flush()
            session.add(Grant(user_id=f"u-{login}", role=role, scope_path=path))
            tokens[login] = new_token("fleet_")
            session.add(
                ApiToken(token_hash=token_hash(tokens[login]), user_id=f"u-{login}", name="test")
            )
    engine.dispose()
    return tokens


class As:
    """The API as one person."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, expected: int = 200) -> Any:
        answer = self._client.get(path, headers=self._headers)
        assert answer.status_code == expected, answer.text
        is_json = "json" in answer.headers["content-type"]
        return answer.json() if is_json and "attachment" not in str(answer.headers) else answer

    def post(self, path: str, body: Mapping[str, Any] | None = None, expected: int = 200) -> Any:
        answer = self._client.post(path, json=body or {}, headers=self._headers)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def send(self, path: str, content: bytes, expected: int = 201) -> Any:
        answer = self._client.post(path, content=content, headers=self._headers)
        assert answer.status_code == expected, answer.text
        return answer.json()


def deadline() -> date:
    """The earliest last day of feedback."""
    return TODAY + timedelta(days=SHORTEST_FEEDBACK)


def let_days_pass(client: TestClient) -> None:
    """Have the last day of feedback be yesterday."""
    app: Any = client.app
    with app.state.engine.begin() as connection:
        connection.execute(
            text("UPDATE report_edition SET appeals_until = :day WHERE state = 'draft'"),
            {"day": (TODAY - timedelta(days=1)).isoformat()},
        )
