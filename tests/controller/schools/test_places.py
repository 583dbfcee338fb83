"""Campuses, buildings and rooms through the API and in the console."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import Device

AsUser = Callable[..., Response]
Browse = Callable[[str], TestClient]


def test_a_school_lays_out_its_own_places_and_takes_them_away_again(as_user: AsUser) -> None:
    campus = as_user("mei", "/campuses", "POST", json={"school_code": "SCH-A", "name": "南校区"})
    assert campus.status_code == 201, campus.text
    building = as_user(
        "mei",
        "/buildings",
        "POST",
        json={
            "school_code": "SCH-A", "name": "实验楼", "campus_id": campus.json()["id"], "floors": 5,
        },
    ).json()  # fmt: skip
    made = as_user(
        "mei",
        "/rooms",
        "POST",
        json={
            "school_code": "SCH-A", "name": "录播教室", "kind": "lecture_recording_room",
            "building_id": building["id"], "floor": 3, "area_square_metres": "96.50", "seats": 48,
        },
    )  # fmt: skip
    room = made.json()
    assert room == {
        "id": room["id"], "etag": room["etag"], "school_code": "SCH-A", "name": "录播教室",
        "building": "实验楼",
        "kind": "lecture_recording_room", "building_id": building["id"], "floor": 3,
        "area_square_metres": "96.50", "seats": 48,
    }  # fmt: skip
    changed = as_user("mei", f"/rooms/{room['id']}", "PATCH", json={"seats": None, "kind": None})
    etag = changed.json()["etag"]
    assert changed.json() == room | {"seats": None, "etag": etag}
    as_user("mei", f"/buildings/{building['id']}", "PATCH", json={"name": "科学楼"})
    assert as_user("mei", "/rooms?school=SCH-A").json()["items"][0]["building"] == "科学楼"
    refused = as_user("mei", f"/buildings/{building['id']}", "DELETE")
    assert (refused.status_code, refused.json()["code"]) == (409, "place_in_use")
    for path in ("rooms", "buildings", "campuses"):
        row = {"rooms": room, "buildings": building, "campuses": campus.json()}[path]
        assert as_user("mei", f"/{path}/{row['id']}", "DELETE").status_code == 204
        assert as_user("mei", f"/{path}?school=SCH-A").json() == {"items": [], "total": 0}


def test_a_room_with_a_device_is_kept_and_says_why(as_user: AsUser, app: FastAPI) -> None:
    made = as_user("mei", "/rooms", "POST", json={"school_code": "SCH-A", "name": "101"}).json()
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "d-a-1").room_id = made["id"]
    refused = as_user("mei", f"/rooms/{made['id']}", "DELETE")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("“101”非空：其中还有 1 项")


@pytest.mark.parametrize(
    ("login", "body", "status"),
    [
        ("mei", {"school_code": "SCH-B", "name": "x"}, 403),
        ("shopper", {"school_code": "SCH-A", "name": "x"}, 403),
        ("mei", {"school_code": "NONE", "name": "x"}, 404),
        ("mei", {"school_code": "SCH-A", "name": " "}, 422),
        ("mei", {"school_code": "SCH-A", "name": "x", "kind": "cellar"}, 422),
        ("mei", {"school_code": "SCH-A", "name": "x", "floor": 500}, 422),
        ("mei", {"school_code": "SCH-A", "name": "x", "area_square_metres": "1.234"}, 422),
        ("mei", {"school_code": "SCH-A", "name": "x", "id": "mine"}, 422),
    ],
)
def test_a_room_that_does_not_fit_is_refused(
    as_user: AsUser, login: str, body: dict[str, object], status: int
) -> None:
    assert as_user(login, "/rooms", "POST", json=body).status_code == status


def test_the_page_lists_places_and_its_forms_keep_them(browse: Browse) -> None:
    mei = browse("mei")
    assert 'href="/schools/SCH-A/places"' in mei.get("/schools/SCH-A").text
    assert "No room yet" in mei.get("/schools/SCH-A/places").text
    records = "/schools/SCH-A/records"
    done = mei.post(f"{records}/buildings/new", data={"name": "教学楼"}, follow_redirects=False)
    assert done.headers["location"] == "/schools/SCH-A/places"
    page = mei.get("/schools/SCH-A/places").text
    building = page.split(f'href="{records}/buildings/')[2].split('"')[0]
    said = {"name": "101", "kind": "classroom", "building_id": building, "floor": "1"}
    assert mei.post(f"{records}/rooms/new", data=said, follow_redirects=False).status_code == 303
    page = mei.get("/schools/SCH-A/places").text
    assert "Classroom" in page
    assert "教学楼" in page
    again = mei.post(f"{records}/rooms/new", data=said)
    assert again.status_code == 409
    assert "“101” exists already." in again.text
    assert 'value="101"' in again.text
    kept = mei.post(f"{records}/buildings/{building}/remove")
    assert kept.status_code == 409
    assert "“教学楼” is not empty" in kept.text
    wrong = mei.post(f"{records}/rooms/new", data=said | {"name": "102", "floor": "first"})
    assert wrong.status_code == 422
    assert 'value="first"' in wrong.text


def test_forms_are_for_those_who_may_change_places(browse: Browse) -> None:
    shopper = browse("shopper")
    page = shopper.get("/schools/SCH-A/places")
    assert page.status_code == 200
    assert "/records/" not in page.text
    assert shopper.get("/schools/SCH-A/records/rooms/new").status_code == 403


def test_forms_of_other_schools_and_of_nothing_are_not_there(browse: Browse) -> None:
    mei = browse("mei")
    for path in ("SCH-B/records/rooms/new", "SCH-A/records/walls/new", "SCH-A/records/rooms/none"):
        assert mei.get(f"/schools/{path}").status_code == 404
    assert mei.get("/schools/SCH-B/places").status_code == 404
