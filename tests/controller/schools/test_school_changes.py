"""Schools close, merge and move through the API."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.jobs import carry_out_school_changes
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, Lifecycle
from inventory.models.base import utc_now

AsUser = Callable[..., Response]


def test_a_merger_of_tomorrow_waits_for_the_job_of_that_day(as_user: AsUser, app: FastAPI) -> None:
    day = day_of(utc_now() + timedelta(days=2))
    body = {
        "school_code": "SCH-B", "kind": "merge", "takes_effect_on": day.isoformat(),
        "successor_code": "SCH-A", "reason": "布局调整",
    }  # fmt: skip
    assert as_user("mei", "/school-changes", "POST", json=body).status_code == 403
    made = as_user("admin", "/school-changes", "POST", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["done_at"], made.json()["decided_by"]) == (None, "u-admin")
    school = as_user("admin", "/schools/SCH-B").json()
    assert (school["closed_on"], school["successor_code"]) == (None, None)
    again = as_user("admin", "/school-changes", "POST", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "school_change_planned")
    with unit_of_work(app.state.sessions) as session:
        carry_out_school_changes(session, utc_now() + timedelta(days=3))
    school = as_user("admin", "/schools/SCH-B").json()
    assert (school["closed_on"], school["successor_code"]) == (day.isoformat(), "SCH-A")
    (step,) = as_user("admin", "/school-changes?school=SCH-B").json()["items"]
    assert step["done_at"] is not None
    kept = as_user("admin", f"/school-changes/{step['id']}", "DELETE")
    assert (kept.status_code, kept.json()["code"]) == (409, "school_change_done")


def test_a_step_is_taken_back_before_its_day(as_user: AsUser) -> None:
    day = day_of(utc_now() + timedelta(days=9)).isoformat()
    body = {"school_code": "SCH-B", "kind": "close", "takes_effect_on": day}
    made = as_user("admin", "/school-changes", "POST", json=body).json()
    assert as_user("admin", f"/school-changes/{made['id']}", "DELETE").status_code == 204
    assert as_user("admin", "/school-changes?school=SCH-B").json()["total"] == 0


def test_a_closed_school_is_listed_among_the_closed_and_nowhere_else(
    as_user: AsUser, browse: Callable[[str], TestClient]
) -> None:
    yesterday = day_of(utc_now() - timedelta(days=2)).isoformat()
    body = {"school_code": "SCH-A", "kind": "close", "takes_effect_on": yesterday}
    assert as_user("admin", "/school-changes", "POST", json=body).status_code == 201

    def codes(query: str = "") -> set[str]:
        return {one["code"] for one in as_user("admin", f"/schools{query}").json()["items"]}

    assert "SCH-A" not in codes()
    assert codes("?closed=true") == {"SCH-A"}
    assert as_user("admin", "/schools/SCH-A").json()["closed_on"] == yesterday
    admin = browse("admin")
    link = 'href="/schools/SCH-A"'
    assert link not in admin.get("/schools").text
    assert link in admin.get("/schools?state=closed").text
    assert link not in admin.get("/").text
    ledger = admin.get("/schools/SCH-A/ledger").text
    assert "still stand" in ledger
    assert "/procurement/transfers/new?school=SCH-A" in ledger


def test_what_a_closed_school_leaves_behind_waits_to_be_moved_or_disposed_of(
    as_user: AsUser, browse: Callable[[str], TestClient], app: FastAPI
) -> None:
    with unit_of_work(app.state.sessions) as session:
        for number, state in enumerate((Lifecycle.in_stock, Lifecycle.in_stock, Lifecycle.lost)):
            device = Device(id=f"d-l-{number}", school_code="SCH-A", name=f"left {number}")
            device.lifecycle = state
            session.add(device)
    admin = browse("admin")
    assert "Nothing is left behind" in admin.get("/closed-schools").text
    yesterday = day_of(utc_now() - timedelta(days=2)).isoformat()
    body = {"school_code": "SCH-A", "kind": "merge", "successor_code": "SCH-B"}
    body |= {"takes_effect_on": yesterday}
    assert as_user("admin", "/school-changes", "POST", json=body).status_code == 201
    page = admin.get("/closed-schools").text
    assert 'href="/devices?school=SCH-A&amp;life=lost"' in page
    assert 'href="/schools/SCH-B"' in page
    move = "/devices/chosen?act=transfer&amp;all=1&amp;school=SCH-A&amp;life=in_stock"
    assert move in page
    href = page.split(f'href="{move}')[1].split('"')[0]
    form = admin.get(f"{move}{href}".replace("&amp;", "&")).text
    assert 'value="SCH-B"' in form
    assert ("left 0" in form, "left 2" in form) == (True, False)
    proposed = admin.post(
        "/devices/chosen/transfer",
        data={"device": ["d-l-0"], "to_school": "SCH-B", "reason": "合并"},
    )
    assert proposed.status_code == 200, proposed.text
    assert "1 of them is in a transfer or disposal already" in admin.get("/closed-schools").text
