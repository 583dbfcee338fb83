"""Two people edit one row: the second is told, and shown both versions."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

AsUser = Callable[..., Response]
#: Path, a row to begin with, what one says, what the other says of the same field.
ROWS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("/rooms", {"school_code": "SCH-A", "name": "101"}, {"seats": 40}, {"seats": 45}),
    ("/campuses", {"school_code": "SCH-A", "name": "东"}, {"address": "一"}, {"address": "二"}),
    ("/buildings", {"school_code": "SCH-A", "name": "1号楼"}, {"floors": 4}, {"floors": 5}),
    (
        "/lines",
        {"school_code": "SCH-A", "provider": "电信", "down_mbps": "200", "up_mbps": "50"},
        {"yearly_fee_cny": "9000"},
        {"yearly_fee_cny": "9500.00"},
    ),
    (
        "/staff",
        {"school_code": "SCH-A", "role": "network_administrator", "name": "王"},
        {"phone": "1"},
        {"phone": "2"},
    ),
    (
        "/school-figures",
        {
            "school_code": "SCH-A", "school_year": 2026, "students": 9, "teachers": 1,
            "classes": 1, "taken_on": "2026-09-10",
        },
        {"students": 10},
        {"students": 11},
    ),
    (
        "/equipment-standards",
        {
            "standard": "S", "item": "x", "basis": "school", "quantity": 1, "kinds": "switch",
            "valid_from": "2026-09-01",
        },
        {"quantity": 2},
        {"quantity": 3},
    ),
    (
        "/catalogue",
        {"vendor": "H3C", "model": "S5130", "kind": "switch"},
        {"vendor": "H3C", "model": "S5130", "expected_life_months": 72},
        {"vendor": "H3C", "model": "S5130", "expected_life_months": 96},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "row", "one", "other"), ROWS, ids=[row[0] for row in ROWS])
def test_the_second_of_two_programs_is_refused_and_shown_both(
    as_user: AsUser, path: str, row: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    made = as_user("admin", path, "POST", json=row)
    assert made.status_code == 201, made.text
    here, etag = f"{path}/{made.json()['id']}", made.json()["etag"]
    how = "PUT" if path == "/catalogue" else "PATCH"

    first = as_user("admin", here, how, json=one, headers={"If-Match": etag})
    assert first.status_code == 200, first.text
    second = as_user("admin", here, how, json=other, headers={"If-Match": etag})
    assert (second.status_code, second.json()["code"]) == (412, "revision_passed")
    [(field, yours)] = [(k, v) for k, v in other.items() if row.get(k) != v]
    [both] = [told for told in second.json()["fields"] if told["field"] == field]
    assert both["yours"] != both["theirs"]
    assert str(both["yours"]).startswith(str(yours))

    # Whoever has seen both decides.
    known = second.headers["ETag"]
    assert known == first.json()["etag"]
    third = as_user("admin", here, how, json=other, headers={"If-Match": known})
    assert third.status_code == 200
    assert third.json()["etag"] not in (etag, known)


@pytest.mark.parametrize(("path", "row", "one", "_other"), ROWS, ids=[row[0] for row in ROWS])
def test_what_somebody_has_changed_is_not_taken_away_unseen(
    as_user: AsUser, path: str, row: dict[str, Any], one: dict[str, Any], _other: dict[str, Any]
) -> None:
    made = as_user("admin", path, "POST", json=row).json()
    here, how = f"{path}/{made['id']}", "PUT" if path == "/catalogue" else "PATCH"
    changed = as_user("admin", here, how, json=one).json()
    seen = {"If-Match": made["etag"]}
    refused = as_user("admin", here, "DELETE", headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (412, "revision_passed")
    [(field, value)] = [(k, v) for k, v in one.items() if row.get(k) != v]
    [both] = [told for told in refused.json()["fields"] if told["field"] == field]
    assert both["yours"] is None
    assert str(both["theirs"]).startswith(str(value))
    seen = {"If-Match": changed["etag"]}
    assert as_user("admin", here, "DELETE", headers=seen).status_code == 204


def _form(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    inputs = re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', page)
    inputs += re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    chosen = re.findall(r'<select[^>]* name="(\w+)".*?value="([^"]*)" selected', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in (*inputs, *chosen)}


def test_the_second_of_two_people_at_one_form_is_shown_both(
    as_user: AsUser, browse: Callable[[str], TestClient]
) -> None:
    room = as_user("admin", "/rooms", "POST", json={"school_code": "SCH-A", "name": "101"}).json()
    here = f"/schools/SCH-A/records/rooms/{room['id']}"
    admin = browse("admin")
    mine = _form(admin.get(here).text)
    assert mine["etag"] == room["etag"]
    theirs = mine | {"seats": "40", "floor": "2"}
    assert admin.post(here, data=theirs, follow_redirects=False).status_code == 303

    answer = admin.post(here, data=mine | {"seats": "45"}, follow_redirects=False)

    assert answer.status_code == 412
    assert "Somebody else has changed this" in answer.text
    assert re.search(r'data-theirs="seats">[^<]*40<', answer.text)
    again = _form(answer.text)
    # My word of what we both changed, their word of the rest.
    assert (again["seats"], again["floor"]) == ("45", "2")
    assert admin.post(here, data=again, follow_redirects=False).status_code == 303
    kept = as_user("admin", f"/rooms/{room['id']}").json()
    assert (kept["seats"], kept["floor"]) == (45, 2)


@pytest.mark.parametrize("path", ["/catalogue", "/equipment-standards"])
def test_forms_of_models_and_rules_tell_the_second_one_too(
    as_user: AsUser, browse: Callable[[str], TestClient], path: str
) -> None:
    api, row = next((p, r) for p, r, *_ in ROWS if p.endswith(path.removeprefix("/")))
    made = as_user("admin", api, "POST", json=row).json()
    admin, here = browse("admin"), f"{path}/{made['id']}"
    mine = _form(admin.get(here).text)
    name = "model" if path == "/catalogue" else "item"
    for said, status in (({name: "theirs"}, 303), ({name: "mine"}, 412)):
        answer = admin.post(here, data=mine | said, follow_redirects=False)
        assert answer.status_code == status, answer.text
    assert "theirs" in answer.text
