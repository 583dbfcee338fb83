"""Yearly figures, staff and lines through the API."""

from collections.abc import Callable
from datetime import timedelta

from httpx2 import Response

from inventory.days import day_of
from inventory.models.base import utc_now

AsUser = Callable[..., Response]


def test_figures_are_kept_by_the_bureau_and_counted_by(as_user: AsUser) -> None:
    body = {
        "school_code": "SCH-A", "school_year": 2026, "students": 900, "teachers": 60,
        "classes": 24, "source": "教育事业统计", "taken_on": "2026-09-10",
    }  # fmt: skip
    assert as_user("mei", "/school-figures", "POST", json=body).status_code == 403
    made = as_user("admin", "/school-figures", "POST", json=body)
    assert made.status_code == 201, made.text
    row = made.json()
    assert row == body | {"id": row["id"], "etag": row["etag"]}
    school = as_user("mei", "/schools/SCH-A").json()
    assert (school["students"], school["teachers"], school["classes"]) == (900, 60, 24)
    assert as_user("admin", "/school-figures", "POST", json=body).status_code == 409
    path = f"/school-figures/{row['id']}"
    assert as_user("admin", path, "PATCH", json={"classes": 25}).json()["classes"] == 25
    assert as_user("admin", path, "PATCH", json={"classes": -1}).status_code == 422
    assert as_user("mei", "/school-figures?school=SCH-A").json()["total"] == 1
    assert as_user("mei", "/school-figures?school=SCH-B").json()["total"] == 0
    assert as_user("admin", path, "DELETE").status_code == 204


def test_staff_is_named_by_the_school_and_numbers_stay_with_it(as_user: AsUser) -> None:
    soon = day_of(utc_now() + timedelta(days=30)).isoformat()
    body = {
        "school_code": "SCH-A", "role": "network_administrator", "name": "王老师",
        "phone": "0574-1", "certificate_name": "网络管理员", "certificate_level": "middle",
        "certificate_number": "NO-77", "certificate_expires_on": soon,
    }  # fmt: skip
    made = as_user("mei", "/staff", "POST", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["certificate_number"] == "NO-77"
    assert "NO-77" not in as_user("shopper", "/staff?school=SCH-A").text
    county = as_user("shopper", "/staff/certificates").json()["items"]
    assert county == [
        {
            "bureau": "3304", "administrators": 1, "certified": 1, "advanced": 1,
            "certified_ratio": 1.0, "advanced_ratio": 1.0, "schools": 2, "unmanned": ["SCH-B"],
        }
    ]  # fmt: skip
    expiring = as_user("shopper", "/staff/certificates/expiring").json()["items"]
    assert [one["name"] for one in expiring] == ["王老师"]
    assert expiring[0]["certificate_number"] is None
    assert as_user("mei", "/staff/certificates/expiring?days=5").json()["total"] == 0
    path = f"/staff/{made.json()['id']}"
    assert as_user("mei", path, "PATCH", json={"ends_on": soon}).json()["ends_on"] == soon
    refused = as_user("mei", path, "PATCH", json={"certificate_name": ""})
    assert (refused.status_code, refused.json()["code"]) == (422, "certificate_unnamed")
    elsewhere = as_user("mei", "/staff", "POST", json=body | {"school_code": "SCH-B"})
    assert elsewhere.status_code == 403
    assert as_user("mei", path, "DELETE").status_code == 204


def test_lines_are_kept_by_the_bureau_and_fees_shown_to_who_reads_costs(as_user: AsUser) -> None:
    soon = (day_of(utc_now()) + timedelta(days=20)).isoformat()
    body = {
        "school_code": "SCH-B", "provider": "移动", "circuit": "NB-1", "down_mbps": "500",
        "up_mbps": "100.5", "ends_on": soon, "yearly_fee_cny": "9600.00", "hotline": "10086",
    }  # fmt: skip
    assert as_user("mei", "/lines", "POST", json=body).status_code == 403
    made = as_user("admin", "/lines", "POST", json=body)
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["up_mbps"], row["medium"], row["yearly_fee_cny"]) == ("100.5", "fibre", "9600.00")
    assert as_user("mei", f"/lines/{row['id']}").status_code == 404
    (renewal,) = as_user("shopper", "/lines/renewals").json()["items"]
    assert (renewal["line"]["id"], renewal["days_left"]) == (row["id"], 20)
    assert renewal["line"]["yearly_fee_cny"] == "9600.00"
    assert as_user("shopper", "/lines/renewals?days=10").json()["items"] == []
    path = f"/lines/{row['id']}"
    arrives = as_user("admin", path, "PATCH", json={"device_id": "d-b-1", "ends_on": None})
    assert (arrives.json()["device_id"], arrives.json()["ends_on"]) == ("d-b-1", None)
    for wrong in ({"device_id": "d-a-1"}, {"down_mbps": 0}, {"yearly_fee_cny": "-1"}):
        assert as_user("admin", path, "PATCH", json=wrong).status_code == 422
    mei = as_user("mei", "/lines/l-a").json()
    assert mei["yearly_fee_cny"] is None
    assert as_user("admin", path, "DELETE").status_code == 204
    assert as_user("admin", path).status_code == 404
