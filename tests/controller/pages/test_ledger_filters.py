"""Devices are listed by vendor, room, life cycle, warranty and age, and sorted by dates."""

import re
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, Lifecycle, Room
from inventory.models.base import utc_now
from tests.controller.county import County

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
#: Where a bureau's day ends; the list thinks in days of its readers.
TODAY = day_of(utc_now())


def _device(name: str, school: str = "SCH-A", **columns: object) -> Device:
    return Device(id=f"d-{name}", school_code=school, name=name, **columns)


@pytest.fixture
def console(app: FastAPI, client: TestClient) -> TestClient:
    day = timedelta(days=1)
    with unit_of_work(app.state.sessions) as session:
        session.add(Room(id="r-1", school_code="SCH-A", building="1号楼", name="101"))
        session.flush()
        session.add_all(
            [
                _device("over", vendor="Acme", warranty_until=TODAY - day, room_id="r-1"),
                _device("ending", vendor="Acme", warranty_until=TODAY + 20 * day),
                _device("later", vendor="Best", warranty_until=TODAY + 300 * day),
                _device("aged", purchased_on=date(TODAY.year - 6, 1, 1)),
                _device("lost", lifecycle=Lifecycle.lost),
                _device("foreign", "SCH-B", vendor="Secret"),
            ]
        )
    return client


def names(page: str) -> set[str]:
    return set(re.findall(r'href="/devices/d-([a-z]+)"', page))


def listed(console: TestClient, county: County, query: str, who: str = "admin") -> str:
    headers = ENGLISH | {"Authorization": f"Bearer {county.tokens[who]}"}
    answer = console.get(f"/devices?{query}&lang=en", headers=headers)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("vendor=Acme", {"over", "ending"}),
        ("vendor=Nobody", set()),
        ("room=r-1", {"over"}),
        ("life=lost", {"lost"}),
        ("warranty=over", {"over"}),
        ("warranty=30", {"ending"}),
        ("warranty=365", {"ending", "later"}),
        ("age=5", {"aged"}),
        ("age=8", set()),
        ("vendor=Acme&warranty=over&sort=warranty", {"over"}),
        ("warranty=sometimes&q=ending", {"ending"}),
    ],
)
def test_a_filter_leaves_what_fits(
    console: TestClient, county: County, query: str, found: set[str]
) -> None:
    assert names(listed(console, county, query)) == found


def test_a_file_holds_what_the_list_shows(console: TestClient, county: County) -> None:
    headers = ENGLISH | {"Authorization": f"Bearer {county.tokens['admin']}"}
    for query, found in (("life=lost", ["lost"]), ("vendor=Acme&warranty=30", ["ending"])):
        file = console.get(f"/devices/export?format=csv&{query}", headers=headers).text
        assert [line.split(",")[1] for line in file.splitlines()[1:]] == found


def test_vendors_of_other_schools_are_not_offered(console: TestClient, county: County) -> None:
    assert 'value="Secret"' in listed(console, county, "")
    mine = listed(console, county, "", "mei")
    assert 'value="Secret"' not in mine
    assert 'value="Acme"' in mine


def test_devices_without_a_date_come_last_both_ways(console: TestClient, county: County) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    for descending in (False, True):
        seen = []
        for offset in range(0, 20, 2):
            query = f"sort=warranty&descending={descending}&offset={offset}&limit=2"
            page = console.get(f"/api/v1/devices?{query}", headers=headers).json()
            seen += [item["name"] for item in page["items"]]
        dated = ["over", "ending", "later"]
        assert seen[:3] == (dated[::-1] if descending else dated)
        assert len(seen) == len(set(seen)) == page["total"]


def test_the_api_filters_by_days(console: TestClient, county: County) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    query = f"warranty_from={TODAY}&warranty_until={TODAY + timedelta(days=30)}&vendor=Acme"
    found = console.get(f"/api/v1/devices?{query}", headers=headers).json()
    assert [item["name"] for item in found["items"]] == ["ending"]
    assert console.get("/api/v1/devices?warranty_until=soon", headers=headers).status_code == 422
