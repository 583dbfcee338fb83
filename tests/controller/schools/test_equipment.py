"""Equipment standards and the shortage list through the API."""

from collections.abc import Callable

from fastapi import FastAPI
from httpx2 import Response

from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.models import Device, School

AsUser = Callable[..., Response]
PLATFORM = {
    "standard": "=配备标准", "item": "多媒体教学平台", "basis": "class", "quantity": 1,
    "kinds": "whiteboard,display,projector", "valid_from": "2026-01-01",
}  # fmt: skip


def test_what_schools_lack_is_told_by_school_by_item_and_as_a_table(
    as_user: AsUser, app: FastAPI
) -> None:
    with unit_of_work(app.state.sessions) as session:
        for code, classes in (("SCH-A", 4), ("SCH-B", 2)):
            session.get_one(School, code).classes = classes
        for n in range(3):
            session.add(
                Device(
                    id=f"d-p-{n}", school_code="SCH-A", name=f"p{n}", kind=Kind.projector,
                    is_personal=n == 2,
                )
            )  # fmt: skip
    made = as_user("admin", "/equipment-standards", "POST", json=PLATFORM)
    assert made.status_code == 201, made.text
    found = as_user("shopper", "/shortages").json()
    assert found["total"] == 2
    first = found["items"][0]
    assert first == {
        "school_code": "SCH-A", "school_name": "学校SCH-A", "rule_id": made.json()["id"],
        "standard": "=配备标准", "item": "多媒体教学平台", "units": 4, "required": 4, "owned": 2,
        "ordered": 0, "missing": 2,
    }  # fmt: skip
    (total,) = as_user("shopper", "/shortages/totals").json()["items"]
    assert (total["schools"], total["short"], total["missing"]) == (2, 2, 4)
    assert as_user("shopper", "/shortages?at=SCH-B").json()["total"] == 1
    assert as_user("mei", "/shortages").json()["total"] == 1
    assert as_user("mei", "/shortages?at=SCH-B").status_code == 404
    assert as_user("admin", "/shortages?item=x").json()["total"] == 0
    assert as_user("admin", "/shortages?on=2025-12-31").json()["total"] == 0
    table = as_user("shopper", "/shortages.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    lines = table.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert ",'=配备标准," in lines[1], "no cell begins with a formula"


def test_standards_are_kept_by_who_manages_whom_they_bind(as_user: AsUser) -> None:
    for login in ("mei", "shopper"):
        assert as_user(login, "/equipment-standards", "POST", json=PLATFORM).status_code == 403
    row = as_user("admin", "/equipment-standards", "POST", json=PLATFORM).json()
    path = f"/equipment-standards/{row['id']}"
    changed = as_user("admin", path, "PATCH", json={"valid_until": "2026-12-31", "per": 2})
    etag = changed.json()["etag"]
    assert changed.json() == row | {"valid_until": "2026-12-31", "per": 2, "etag": etag}
    unclear = as_user("admin", path, "PATCH", json={"kinds": ""})
    assert (unclear.status_code, unclear.json()["code"]) == (422, "rule_unclear")
    assert as_user("mei", "/equipment-standards").json()["total"] == 1
    assert as_user("admin", path, "DELETE").status_code == 204
    assert as_user("admin", path, "DELETE").status_code == 404
