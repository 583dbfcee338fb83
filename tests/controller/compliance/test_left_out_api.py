"""What verdicts leave out, over the API: whose time, who approved it, and what is refused."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from controller.auth.tokens import new_token, token_hash
from controller.settings import Settings
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import ApiToken, Grant, Level, Organisation, Role, School, User
from tests.controller.county import County
from tests.controller.measured import add_measured

Ask = Callable[..., Response]
DAY = {"begins_at": "2026-09-07T08:00:00+08:00", "ends_at": "2026-09-07T12:00:00+08:00"}
MONTH = "org=SCH-A&from=2026-09-07&to=2026-09-18"


@pytest.fixture
def neighbours(settings: Settings, county: County) -> Mapping[str, str]:
    """Tokens of the IT of SCH-A's county and of the one beside it; SCH-A's line is measured."""
    add_measured(settings)
    tokens = {"admin": county.tokens["admin"], "mei": county.tokens["mei"]}
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        session.add(
            Organisation(
                code="3305", name="邻县", level=Level.county, parent_code="33", path="/33/3305/"
            )
        )
        session.flush()
        session.add(
            School(code="SCH-C", name="邻校", organisation_code="3305", path="/33/3305/SCH-C/")
        )
        for login, path in (("ours", "/33/3304/"), ("theirs", "/33/3305/")):
            session.add(User(id=f"u-{login}", login=login, name=login, password_hash="-"))
            session.flush()
            session.add(Grant(user_id=f"u-{login}", role=Role.county_it, scope_path=path))
            tokens[login] = new_token("fleet_")
            session.add(
                ApiToken(token_hash=token_hash(tokens[login]), user_id=f"u-{login}", name="test")
            )
    engine.dispose()
    return tokens


@pytest.fixture
def ask(neighbours: Mapping[str, str], client: TestClient) -> Ask:
    def asked(login: str, path: str, method: str = "GET", **said: Any) -> Response:
        headers = {"Authorization": f"Bearer {neighbours[login]}"}
        return client.request(method, f"/api/v1{path}", headers=headers, **said)

    return asked


def _declared(ask: Ask) -> tuple[int, list[dict[str, Any]]]:
    """Seconds of school that count, and what was left out."""
    [school] = ask("ours", f"/reports/bandwidth?{MONTH}").json()["schools"]
    return school["targets"][0]["available"]["declared"], school["exclusions"]


def _approved(ask: Ask, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the county has asked for and the city has approved."""
    asked = ask("ours", path, "POST", json=body)
    assert asked.status_code == 201, asked.text
    done = ask("admin", f"{path}/{asked.json()['id']}/approve", "POST")
    assert done.status_code == 200, done.text
    kept: dict[str, Any] = done.json()
    return kept


def test_a_county_leaves_out_time_of_its_own_schools_alone(ask: Ask) -> None:
    body = DAY | {"reason": "停电"}
    for place, status in (
        ({"school_code": "SCH-A"}, 403),
        ({"organisation_code": "3304"}, 403),
        ({"organisation_code": "33"}, 403),
        ({"school_code": "SCH-X"}, 404),
        ({"school_code": "SCH-C"}, 201),
    ):
        answer = ask("theirs", "/measurement-exclusions", "POST", json=body | place)
        assert answer.status_code == status, answer.text
    window = {"begins_at": "2026-09-01T00:00:00Z", "ends_at": "2026-10-01T00:00:00Z"}
    assert ask("ours", "/measurement-exclusions", params=window).json()["total"] == 0
    kept = answer.json()
    approve = f"/measurement-exclusions/{kept['id']}/approve"
    assert ask("ours", approve, "POST").status_code == 404
    assert ask("theirs", "/measurement-exclusions", params=window).json()["total"] == 0
    assert ask("admin", approve, "POST").status_code == 200
    assert ask("theirs", "/measurement-exclusions", params=window).json()["total"] == 1
    revoke = f"/measurement-exclusions/{kept['id']}/revoke"
    assert ask("ours", revoke, "POST").status_code == 404
    for login in ("ours", "theirs"):
        exempt = {"school_code": "SCH-A", "valid_from": "2026-09-01", "reason": "搬迁"}
        answer = ask(login, "/school-exemptions", "POST", json=exempt)
        assert answer.status_code == (201 if login == "ours" else 403)
    assert ask("mei", approve, "POST").status_code == 403


def test_nobody_approves_what_he_has_asked_for(ask: Ask) -> None:
    body = DAY | {"reason": "停电", "school_code": "SCH-A"}
    asked = ask("mei", "/measurement-exclusions", "POST", json=body).json()
    exempt = {"school_code": "SCH-A", "valid_from": "2026-09-01", "reason": "搬迁"}
    moved = ask("ours", "/school-exemptions", "POST", json=exempt).json()
    assert (asked["requested_by"], asked["approved_by"], asked["approved_at"]) == ("mei", "", None)
    waiting = ask("ours", "/measurement-exclusions/waiting").json()
    assert [one["id"] for one in waiting["exclusions"]] == [asked["id"]]
    assert [one["id"] for one in waiting["exemptions"]] == [moved["id"]]
    nothing = ask("theirs", "/measurement-exclusions/waiting").json()
    assert nothing == {"exclusions": [], "exemptions": []}
    assert ask("ours", f"/reports/bandwidth?{MONTH}").json()["states"] == {"no_target": 1}
    own = ask("ours", f"/school-exemptions/{moved['id']}/approve", "POST")
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    declined = ask("ours", f"/school-exemptions/{moved['id']}/decline", "POST").json()
    assert declined["declined_by"] == "ours"
    late = ask("admin", f"/school-exemptions/{moved['id']}/approve", "POST")
    assert (late.status_code, late.json()["code"]) == (409, "request_settled")
    approve = f"/measurement-exclusions/{asked['id']}/approve"
    assert ask("ours", approve, "POST").json()["approved_by"] == "ours"
    assert ask("admin", approve, "POST").status_code == 409


def test_who_approves_and_who_revokes_is_written_down(ask: Ask) -> None:
    body = DAY | {"reason": "停电", "organisation_code": "3304"}
    forged = ask("ours", "/measurement-exclusions", "POST", json=body | {"approved_by": "局长"})
    assert forged.status_code == 422
    kept = _approved(ask, "/measurement-exclusions", body)
    told = (kept["requested_by"], kept["approved_by"], kept["revoked_by"])
    assert told == ("ours", "admin", "")
    revoke = f"/measurement-exclusions/{kept['id']}/revoke"
    # A school's own time was left out by the county, whose row the city may take back as well.
    assert ask("mei", revoke, "POST").status_code == 403
    done = ask("admin", revoke, "POST").json()
    assert (done["requested_by"], done["revoked_by"]) == ("ours", "admin")
    assert done["revoked_at"] is not None
    window = {"begins_at": "2026-09-01T00:00:00Z", "ends_at": "2026-10-01T00:00:00Z"}
    assert ask("ours", "/measurement-exclusions", params=window).json()["total"] == 0


def test_time_left_out_twice_is_taken_away_once(ask: Ask) -> None:
    binding = {"standard": "national", "at": "33", "valid_from": "2026-01-01"}
    assert ask("admin", "/standard-bindings", "POST", json=binding).status_code == 201
    before, none = _declared(ask)
    assert none == []
    for end in ("10:00", "11:00"):
        body = {"school_code": "SCH-A", "begins_at": "2026-09-07T09:00:00+08:00",
                "ends_at": f"2026-09-07T{end}:00+08:00", "reason": f"停电到 {end}"}  # fmt: skip
        made = _approved(ask, "/measurement-exclusions", body)
    after, listed = _declared(ask)
    # Both are on the report; the two hours they cover together are missing once.
    assert [one["reason"] for one in listed] == ["停电到 10:00", "停电到 11:00"]
    assert before - after == 2 * 3600
    revoked = ask("ours", f"/measurement-exclusions/{made['id']}/revoke", "POST")
    assert revoked.status_code == 200
    left, [one] = _declared(ask)
    assert (before - left, one["reason"]) == (3600, "停电到 10:00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": "2026-09-07T07:00:00+08:00"},
        {"ends_at": "2026-09-07T08:00:00+08:00"},
        {"ends_at": "soon"},
        # Without an offset a time says nothing.
        {"begins_at": "2026-09-07T08:00:00"},
        {"reason": "  "},
        {"reason": "x" * 501},
        {"organisation_code": "3304"},
        {"school_code": None},
    ],
)
def test_what_is_no_exclusion_is_refused_in_one_line(ask: Ask, wrong: dict[str, Any]) -> None:
    body = DAY | {"reason": "停电", "school_code": "SCH-A"} | wrong
    answer = ask("ours", "/measurement-exclusions", "POST", json=body)
    assert answer.status_code == 422, answer.text
    detail = answer.json()["detail"]
    assert detail
    assert "\n" not in detail


def test_an_exemption_ends_and_can_be_undone(ask: Ask) -> None:
    body = {"school_code": "SCH-A", "valid_from": "2026-09-01", "reason": "搬迁"}
    kept = _approved(ask, "/school-exemptions", body)
    assert kept["approved_by"] == "admin"
    end = f"/school-exemptions/{kept['id']}/end"
    assert ask("theirs", end, "POST", json={"valid_until": "2026-09-30"}).status_code == 404
    report = f"/reports/bandwidth?{MONTH}"
    assert ask("ours", report).json()["states"] == {"exempt": 1}
    done = ask("ours", end, "POST", json={"valid_until": "2026-09-10"}).json()
    assert done["valid_until"] == "2026-09-10"
    assert ask("ours", report).json()["states"] == {"no_target": 1}
    assert ask("ours", end, "POST", json={"valid_until": "2026-09-20"}).status_code == 422
    undone = ask("ours", end, "POST", json={"valid_until": "2020-01-01"}).json()
    assert undone["valid_until"] == "2026-08-31"


def test_a_standard_is_edited_by_its_owner_alone(ask: Ask) -> None:
    copy = {"code": "ours", "title": "本县目标", "organisation_code": "3304"}
    assert ask("theirs", "/standards/national/copies", "POST", json=copy).status_code == 403
    made = ask("ours", "/standards/national/copies", "POST", json=copy)
    assert made.status_code == 201, made.text
    assert made.json()["copied_from"] == "national:2"
    assert ask("theirs", "/standards/ours").status_code == 404
    assert ask("ours", "/standards/national/copies", "POST", json=copy).status_code == 409
    [target] = made.json()["demands"][:1]
    document = {
        "code": "ours", "version": 1, "plan": "本县目标", "plan_translation": "Ours",
        "targets": [{"id": target["id"], "quote": "200M", "translation": "200M",
                     "measure": "access", "value": "200", "unit": "Mbit/s"}],
    }  # fmt: skip
    changed = ask("ours", "/standards/ours", "PUT", json={"document": document})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], len(changed.json()["demands"])) == (1, 1)
    assert ask("theirs", "/standards/ours", "PUT", json={"document": document}).status_code == 404
    broken = document | {"targets": [{"id": "x", "quote": "", "measure": "speed"}], "extra": 1}
    answer = ask("ours", "/standards/ours", "PUT", json={"document": broken})
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert "targets[x]: " in detail
    assert "unknown field `extra`" in detail
    binding = {"standard": "ours", "at": "SCH-A", "valid_from": "2026-01-01"}
    assert ask("ours", "/standard-bindings", "POST", json=binding).status_code == 201
    again = ask("ours", "/standards/ours", "PUT", json={"document": document})
    assert again.json()["version"] == 2
    assert ask("ours", "/standards/ours?version=1").json()["version"] == 1
