"""Figures of coverage: the job, the API, the pages, and recognitions."""

from collections.abc import Callable
from datetime import date

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.coverage_counting import count_coverage
from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, Room, School
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.standards.keeping import apply_standard, known_standard
from tests.controller.test_packing import Turns

AsUser = Callable[..., Response]
Browse = Callable[[str], TestClient]
BOARDS = "whiteboards_per_classroom"
MULTIMEDIA = "multimedia_per_class"


@pytest.fixture
def counted(app: FastAPI, client: TestClient) -> FastAPI:
    """School A has a whiteboard in one of two classrooms, school B one in one of one."""
    del client
    with unit_of_work(app.state.sessions) as session:
        session.add_all(
            Room(id=f"r{number}", school_code=school, name=f"{number}班", floor=1)
            for number, school in enumerate(("SCH-A", "SCH-A", "SCH-B"))
        )
        session.flush()
        for number, school in ((0, "SCH-A"), (2, "SCH-B")):
            session.get_one(School, school).classes = 2 - number // 2
            session.add(
                Device(
                    id=f"w{number}", school_code=school, name=f"白板{number}",
                    kind=Kind.whiteboard, room_id=f"r{number}",
                )
            )  # fmt: skip
        everything = Scope.everything()
        liwan = known_standard(session, everything, "liwan")
        apply_standard(
            session, everything, liwan, at="33", valid_from=date(2020, 1, 1), by="u-admin"
        )
    count_coverage(Turns(app), utc_now())
    return app


def test_figures_are_sums_with_their_targets_and_the_list_behind(
    as_user: AsUser, counted: FastAPI
) -> None:
    del counted
    month = day_of(utc_now()).replace(day=1).isoformat()
    totals = {one["measure"]: one for one in as_user("shopper", "/coverage").json()["items"]}
    assert totals[BOARDS] == {
        "measure": BOARDS, "month": month, "numerator": 2, "denominator": 3, "unknown": 0,
        "value": pytest.approx(2 / 3),
    }  # fmt: skip
    found = as_user("shopper", f"/coverage/{MULTIMEDIA}").json()
    assert [(one["school_code"], one["stands"]) for one in found["items"]] == [
        ("SCH-A", "missed"),
        ("SCH-B", "met"),
    ]
    (target,) = found["targets"]
    assert (target["standard"], target["value"], target["stands"]) == ("liwan", 1.0, "missed")
    assert target["schools"] == {"missed": 1, "met": 1}
    (board, none) = as_user("shopper", f"/schools/SCH-A/coverage/{BOARDS}").json()["items"][::-1]
    assert (board["name"], board["counts"], none["counts"]) == ("0班", True, False)
    table = as_user("shopper", f"/coverage/{BOARDS}/schools.csv").content.decode("utf-8-sig")
    assert len(table.splitlines()) == 3


def test_a_school_sees_its_own_figures_alone(as_user: AsUser, counted: FastAPI) -> None:
    del counted
    totals = {one["measure"]: one for one in as_user("mei", "/coverage").json()["items"]}
    assert totals[BOARDS]["denominator"] == 2
    assert as_user("mei", f"/coverage/{BOARDS}").json()["total"] == 1
    assert as_user("mei", "/coverage?at=SCH-B").status_code == 404
    assert as_user("mei", f"/schools/SCH-B/coverage/{BOARDS}").status_code == 404
    assert as_user("mei", "/coverage/everything").status_code == 422


def test_pages_lead_from_a_figure_to_the_rooms_behind_it(browse: Browse, counted: FastAPI) -> None:
    del counted
    admin = browse("admin")
    page = admin.get("/coverage").text
    assert "66.7%" in page
    assert f"/coverage/{MULTIMEDIA}" in page
    assert "1 / 2" in page, "schools that meet their target"
    page = admin.get(f"/coverage/{MULTIMEDIA}?stand=missed").text
    assert "Liwan" in page
    assert f'href="/schools/SCH-A/coverage/{MULTIMEDIA}"' in page
    assert f'href="/schools/SCH-B/coverage/{MULTIMEDIA}"' not in page
    page = admin.get(f"/schools/SCH-A/coverage/{MULTIMEDIA}").text
    assert page.index("1班") < page.index("0班"), "what does not count comes first"
    assert admin.get("/coverage/availability").status_code == 404
    assert admin.get("/schools/SCH-A/coverage/availability").status_code == 404


def test_before_the_first_count_the_page_says_so(browse: Browse) -> None:
    assert "Nothing has been counted yet" in browse("admin").get("/coverage").text


def test_a_bureau_keeps_what_schools_are_recognised_as(as_user: AsUser, browse: Browse) -> None:
    said = {
        "school_code": "SCH-A", "programme": "digital_campus", "recognised_on": "2025-05-01",
        "document": "某教〔2025〕7号",
    }  # fmt: skip
    assert as_user("mei", "/recognitions", "POST", json=said).status_code == 403
    row = as_user("admin", "/recognitions", "POST", json=said).json()
    path = f"/recognitions/{row['id']}"
    unlevelled = as_user("admin", path, "PATCH", json={"programme": "management"})
    assert (unlevelled.status_code, unlevelled.json()["code"]) == (422, "level_missing")
    backwards = as_user("admin", path, "PATCH", json={"ends_on": "2025-04-30"})
    assert backwards.status_code == 422
    passed = as_user(
        "admin", path, "PATCH", json={"ends_on": "2026-05-01"}, headers={"If-Match": '"old"'}
    )
    assert passed.status_code == 412
    assert as_user("mei", "/recognitions?school=SCH-A").json()["total"] == 1
    admin = browse("admin")
    assert "某教〔2025〕7号" in admin.get("/schools/SCH-A/ledger").text
    form = {"programme": "management", "level": "3", "recognised_on": "2026-01-01"}
    made = admin.post("/schools/SCH-A/records/recognitions/new", data=form, follow_redirects=False)
    assert made.status_code == 303
    assert as_user("admin", path, "DELETE", headers={"If-Match": row["etag"]}).status_code == 204
    assert as_user("mei", "/recognitions?school=SCH-A").json()["total"] == 1
