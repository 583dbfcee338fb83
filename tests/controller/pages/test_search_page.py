"""One search on every page and over the API: links to what the reader may see, and nothing else."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from alerts.models import Ticket
from controller.jobs import Jobs, LongJob
from controller.search_upkeep import write_search_documents
from controller.telemetry import Telemetry
from inventory.database import unit_of_work
from inventory.models import Device, Room
from inventory.models.base import utc_now
from tests.controller.conftest import Run
from tests.controller.county import County

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def console(app: FastAPI, client: TestClient) -> TestClient:
    """Equipment of both schools, written by a controller's own sessions."""
    with unit_of_work(app.state.sessions) as session:
        for school in ("SCH-A", "SCH-B"):
            session.add(
                Room(id=f"r-{school}", school_code=school, name="录播教室", building="1号楼")
            )
            session.flush()
            session.add(
                Device(
                    id=f"d-{school}",
                    school_code=school,
                    room_id=f"r-{school}",
                    name="录播主机 <b>",
                    serial=f"2102-{school}-77",
                )
            )
        session.add(
            Ticket(id="t-b", number=90210, school_code="SCH-B", title="蓝屏", opened_at=utc_now())
        )
    # What was there before was written by no controller: its job finds it.
    job = LongJob("write_search_documents", 5.0, write_search_documents)
    assert Jobs((), app.state.sessions, Telemetry()).run_once(job)
    return client


def asked(console: TestClient, path: str, token: str, **headers: str) -> str:
    sent = ENGLISH | {"Authorization": f"Bearer {token}"} | headers
    answer = console.get(path, headers=sent)
    assert answer.status_code == 200
    return answer.text


def test_the_page_links_to_what_was_found_kind_by_kind(console: TestClient, county: County) -> None:
    page = asked(console, "/search?q=录播", county.tokens["admin"])
    for link in ("/devices/d-SCH-A", "/devices/d-SCH-B", "/devices?room=r-SCH-A"):
        assert f'href="{link}"' in page
    assert "录播主机 &lt;b&gt;" in page
    assert "<b>" not in page
    assert 'value="录播"' in page
    assert page.index('id="found-device"') < page.index('id="found-room"')


def test_a_reader_finds_only_what_is_theirs(console: TestClient, county: County) -> None:
    for typed, link in (("录播", "/devices/d-SCH-B"), ("90210", "/tickets/t-b"), ("mei", "admin")):
        assert link not in asked(console, f"/search?q={typed}", county.tokens["mei"])
    assert 'href="/devices/d-SCH-A"' in asked(console, "/search?q=录播", county.tokens["mei"])
    assert 'href="/tickets/t-b"' in asked(console, "/search?q=90210", county.tokens["admin"])


def test_htmx_gets_a_few_suggestions_alone(console: TestClient, county: County) -> None:
    headers = {"HX-Request": "true", "HX-Target": "suggestions"}
    part = asked(console, "/search?q=2102-sch-b-77", county.tokens["admin"], **headers)
    assert "<html" not in part
    assert part.count("<li>") == 2
    assert 'href="/devices/d-SCH-B"' in part
    assert 'href="/search?q=2102-sch-b-77"' in part
    assert "<li" not in asked(console, "/search?q=", county.tokens["admin"], **headers)


def test_empty_pages_say_what_to_do(console: TestClient, county: County) -> None:
    admin = county.tokens["admin"]
    assert "What are you looking for?" in asked(console, "/search?lang=en", admin)
    assert "Try fewer words" in asked(console, "/search?q=没有这个&lang=en", admin)
    assert "two characters" in asked(console, "/search?q=录&lang=en", admin)
    assert "未找到" in asked(console, "/search?q=没有这个&lang=zh_CN", admin)


def test_every_page_has_the_box_and_the_login_page_has_none(
    console: TestClient, county: County
) -> None:
    assert 'id="finder"' in asked(console, "/devices", county.tokens["admin"])
    assert 'id="finder"' not in console.get("/login", headers=ENGLISH).text


def test_the_api_says_what_fits_how_and_where(console: TestClient, county: County) -> None:
    admin = {"Authorization": f"Bearer {county.tokens['admin']}"}
    answer = console.get("/api/v1/search?q=2102 sch a 77&limit=5", headers=admin).json()
    assert answer == {
        "items": [
            {
                "kind": "device",
                "id": "d-SCH-A",
                "name": "录播主机 <b>",
                "detail": "2102-SCH-A-77",
                "school_code": "SCH-A",
                "school_name": answer["items"][0]["school_name"],
                "fit": "exact",
            }
        ],
        "more": [],
    }
    some = console.get("/api/v1/search?q=录播&limit=1&kind=room&kind=ticket", headers=admin).json()
    assert [item["kind"] for item in some["items"]] == ["room"]
    assert some["more"] == ["room"]
    mine = {"Authorization": f"Bearer {county.tokens['mei']}"}
    found = console.get("/api/v1/search?q=录播", headers=mine).json()["items"]
    assert {item["school_code"] for item in found} == {"SCH-A"}
    assert console.get("/api/v1/search?q=录播").status_code == 401
    assert console.get("/api/v1/search?q=x&limit=51", headers=admin).status_code == 422
    assert console.get(f"/api/v1/search?q={'x' * 101}", headers=admin).status_code == 422


def test_the_command_writes_the_index_anew(console: TestClient, county: County, run: Run) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    with unit_of_work(console.app.state.sessions) as session:  # type: ignore[attr-defined]
        session.execute(text("UPDATE search_document SET words = '', terms = ''"))
    assert console.get("/api/v1/search?q=录播", headers=headers).json()["items"] == []
    done = run("db", "search-index")
    assert done.exit_code == 0
    assert "entries of the search index" in done.output
    assert len(console.get("/api/v1/search?q=录播", headers=headers).json()["items"]) == 4
