"""Notifications through the API: whose channels, what is told of them, alerts of other systems."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.controller.county import County

KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"


class Api:
    """``/api/v1`` as somebody."""

    def __init__(self, client: TestClient, county: County) -> None:
        self._client, self._tokens = client, county.tokens

    def __call__(self, method: str, path: str, login: str = "admin", **told: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[login]}"}
        return self._client.request(method, f"/api/v1{path}", headers=headers, **told)


@pytest.fixture
def api(client: TestClient, county: County) -> Api:
    return Api(client, county)


def test_an_address_is_kept_sealed_and_never_told(api: Api, app: FastAPI) -> None:
    body = {"at": "SCH-A", "name": "群", "kind": "service", "url": f"wecombot://{KEY}"}
    made = api("POST", "/notifications/channels", "mei", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["hint"] == "wecombot"
    listed = api("GET", "/notifications/channels", "mei")
    audit = api("GET", "/audit?limit=500")
    assert [one["name"] for one in listed.json()["items"]] == ["群"]
    assert KEY not in made.text + listed.text + audit.text
    # Nor what it is sealed to; and messages are a log of their own.
    assert "gAAAA" not in audit.text
    assert '"notice' not in audit.text
    path = f"/notifications/channels/{made.json()['id']}"
    assert api("POST", f"{path}/test", "mei").status_code == 202
    [notice] = api("GET", "/notifications/log", "mei").json()["items"]
    assert (notice["kind"], notice["state"], notice["channel"]) == ("test", "waiting", "群")
    assert api("PATCH", path, "mei", json={"paused": True}).json()["paused_at"]
    assert api("DELETE", path, "mei").status_code == 204
    assert api("GET", "/notifications/channels", "mei").json()["items"] == []


def test_nobody_keeps_channels_of_another_place_or_of_another_person(api: Api) -> None:
    body = {"at": "SCH-B", "name": "x", "kind": "webhook", "url": "https://hooks.example/x"}
    assert api("POST", "/notifications/channels", "mei", json=body).status_code == 403
    own = api("POST", "/notifications/channels", json=body | {"at": None})
    assert own.json()["own"] is True
    assert len(own.json()["secret"]) > 30
    path = f"/notifications/channels/{own.json()['id']}"
    assert api("DELETE", path, "mei").status_code == 404
    refused = api("POST", "/notifications/channels", json=body | {"url": "file:///etc/passwd"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "channel_unfit"


def test_wishes_and_rosters_are_kept(api: Api) -> None:
    wishes = {"follow": "everything", "quiet_from": "22:00", "quiet_to": "06:30"}
    kept = api("PUT", "/notifications/mine", "mei", json=wishes).json()
    assert api("GET", "/notifications/mine", "mei").json() == kept
    assert kept["quiet_to"] == "06:30"
    assert api("PUT", "/notifications/mine", json={"quiet_from": "22:00"}).status_code == 422
    code = api("GET", "/schools/SCH-A").json()["organisation_code"]
    path = f"/organisations/{code}/duty-roster"
    shift = {"weekday": 0, "starts": "08:00", "ends": "24:00", "login": "admin"}
    assert api("PUT", path, json={"shifts": [shift]}).json()["items"] == [shift]
    stranger = api("PUT", path, json={"shifts": [shift | {"login": "mei"}]})
    assert stranger.json()["code"] == "duty_unfit"
    assert api("GET", path).json()["items"] == [shift]
    assert api("GET", path, "mei").status_code == 403


def test_alerts_of_alertmanager_open_once_and_end(api: Api) -> None:
    [device, *_] = api("GET", "/devices?school=SCH-A").json()["items"]
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "severity": "critical", "device_id": device["id"]},
        "annotations": {"summary": "93 % used"},
        "fingerprint": "abc",
    }
    foreign = alert | {"labels": {"alertname": "DiskFull", "device_id": "d-nobody"}}
    group = {"version": "4", "status": "firing", "alerts": [alert, foreign]}
    path = "/alertmanager/webhook"
    first = api("POST", path, "mei", json=group)
    assert first.json() == {"opened": 1, "cleared": 0, "unknown": [1]}, first.text
    assert api("POST", path, "mei", json=group).json()["opened"] == 0
    [found] = api("GET", "/alerts").json()["items"]
    assert (found["rule"], found["severity"]) == ("external", "critical")
    over = {"version": "4", "alerts": [alert | {"status": "resolved"}]}
    assert api("POST", path, "mei", json=over).json()["cleared"] == 1
    assert api("POST", path, "mei", json=over).json()["cleared"] == 0
