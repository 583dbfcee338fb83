"""The form on which a school says how a device is watched, and what its page shows then."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from controller.auth.login import COOKIE
from drivers.readings import Attachment, Block
from tests.controller.county import PASSWORD, County, make_batch, make_poll, now_ms


@pytest.fixture
def mei(client: TestClient, county: County) -> TestClient:
    """A browser in which the school's administrator is logged in, reading English."""
    answer = client.post(
        "/login", data={"login": "mei", "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert COOKIE in client.cookies
    client.get("/devices?lang=en")
    return client


def save(browser: TestClient, device: str, **fields: str) -> Any:
    return browser.post(f"/devices/{device}/access", data=fields, follow_redirects=False)


def test_a_silent_panel_is_put_on_the_watch(mei: TestClient) -> None:
    form = mei.get("/devices/d-a-2/access")
    assert form.status_code == 200
    assert "Presence on the network" in form.text
    saved = save(mei, "d-a-2", protocol="presence", macs="3C-7C-3F-12-34-56; 02:00:00:00:00:01")
    assert (saved.status_code, saved.headers["location"]) == (303, "/devices/d-a-2")
    again = mei.get("/devices/d-a-2/access").text
    assert 'value="02:00:00:00:00:01 3c:7c:3f:12:34:56"' in again
    assert 'href="/devices/d-a-2/access"' in mei.get("/devices/d-a-2").text


def test_what_is_wrong_is_said_on_the_form_and_nothing_is_kept(mei: TestClient) -> None:
    for fields, words in (
        ({"protocol": "snmp"}, "needs an address"),
        ({"protocol": "presence", "macs": "nonsense"}, "not a hardware address"),
        ({"protocol": "pjlink", "address": "10.0.0.1", "service_port": "x"}, "service_port"),
        ({"protocol": "odd"}, "protocol"),
    ):
        answer = save(mei, "d-a-2", **fields)
        assert answer.status_code == 422, fields
        assert words in answer.text
        assert 'role="alert"' in answer.text
    kept = mei.get("/devices/d-a-2/access").text
    assert "nonsense" not in kept
    assert 'value="presence" checked' not in kept


def test_a_credential_is_kept_sealed_used_and_forgotten(mei: TestClient) -> None:
    fields = {"kind": "snmp", "name": "Key of ours", "secret": "s3cret"}
    made = mei.post("/devices/d-a-1/credentials", data=fields)
    assert made.status_code == 200
    assert "Key of ours" in made.text
    assert "s3cret" not in made.text
    id_ = made.text.split("/credentials/")[1].split("/remove")[0]
    used = save(mei, "d-a-1", protocol="snmp", address="10.0.0.1", credential_id=id_)
    assert used.status_code == 303
    refused = mei.post(f"/devices/d-a-1/credentials/{id_}/remove")
    assert (refused.status_code, "still opens 1" in refused.text) == (409, True)
    assert save(mei, "d-a-1", protocol="snmp", address="10.0.0.1").status_code == 303
    gone = mei.post(f"/devices/d-a-1/credentials/{id_}/remove")
    assert "Key of ours" not in gone.text


def test_a_secret_that_does_not_fit_is_not_repeated(mei: TestClient) -> None:
    fields = {"kind": "pjlink", "name": "Beamer", "secret": "s3cret" * 10}
    answer = mei.post("/devices/d-a-1/credentials", data=fields)
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


def test_strangers_and_neighbours_see_no_form(mei: TestClient) -> None:
    assert mei.get("/devices/d-b-1/access").status_code == 404
    assert save(mei, "d-b-1", protocol="none").status_code == 404


def test_a_device_is_shown_where_it_hangs_with_its_hours(
    mei: TestClient, county: County, send: Any
) -> None:
    save(mei, "d-a-2", protocol="presence", macs="020000000001")
    online = Block(("",), {"online": [1.0]})
    place = Attachment("d-a-1", "GE0/0/7", 20)
    taken_at = now_ms() - 90_000
    poll = make_poll("d-a-2", "SCH-A", blocks=(online,), taken_at=taken_at, attachment=place)
    assert send(make_batch(county.agent_id, 1, poll)).status_code == 204
    page = mei.get("/devices/d-a-2").text
    assert "Seen in use on the network." in page
    assert "switch d-a-1 · GE0/0/7" in page
    assert "Use in the last 14 days" in page
    usage = mei.get("/api/v1/devices/d-a-2/usage?days=2").json()
    assert usage["metric"] == "online"
    assert sum(day["hours"] or 0 for day in usage["days"]) == pytest.approx(90 / 3600, rel=0.2)
    attached = mei.get("/api/v1/devices/d-a-1/attached").json()
    assert [(one["id"], one["port"]) for one in attached["items"]] == [("d-a-2", "GE0/0/7")]
    school = mei.get("/api/v1/schools/SCH-A/usage").json()
    assert school == {"devices": 1, "in_use": 1, "hours_a_day": 24.0}
    for path in ("/devices/d-b-1/usage", "/devices/d-b-1/attached", "/schools/SCH-B/usage"):
        assert mei.get(f"/api/v1{path}").status_code == 404
