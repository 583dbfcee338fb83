"""The catalogue of models and fields of one's own through the API."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import Device
from tests.controller.county import County

MODEL: dict[str, Any] = {
    "vendor": "Huawei",
    "model": "S5735-L24T4X-A",
    "kind": "switch",
    "expected_life_months": 84,
    "end_of_sale": "2026-12-31",
    "end_of_support": "2031-12-31",
    "list_price_cny": "5200.00",
}


def bearer(county: County, login: str = "admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"}


def test_devices_of_a_vendor_and_model_become_the_catalogues(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        device = session.get_one(Device, "d-a-1")
        device.vendor, device.model = "HUAWEI", "s5735-l24t4x-a"
    made = client.post("/api/v1/catalogue", json=MODEL, headers=bearer(county))
    assert made.status_code == 201, made.text
    model = made.json()["id"]
    shown = client.get("/api/v1/devices/d-a-1/asset", headers=bearer(county)).json()
    assert shown["catalogue_id"] == model
    assert shown["revision"] == 1, "nobody has edited the device"
    [found] = client.get("/api/v1/catalogue?search=5735", headers=bearer(county)).json()["items"]
    assert found["devices"] == 1
    assert {name: found[name] for name in MODEL} == MODEL
    in_use = client.delete(f"/api/v1/catalogue/{model}", headers=bearer(county))
    assert (in_use.status_code, in_use.json()["code"]) == (409, "model_in_use")
    client.patch("/api/v1/devices/d-a-1", json={"model": "other"}, headers=bearer(county))
    assert client.delete(f"/api/v1/catalogue/{model}", headers=bearer(county)).status_code == 204


def test_a_device_that_is_named_later_is_linked_too(client: TestClient, county: County) -> None:
    model = client.post("/api/v1/catalogue", json=MODEL, headers=bearer(county)).json()["id"]
    body = {"vendor": "Huawei", "model": "S5735-L24T4X-A"}
    shown = client.patch("/api/v1/devices/d-a-1", json=body, headers=bearer(county, "mei"))
    assert shown.json()["catalogue_id"] == model


def test_one_model_is_there_once_and_is_changed(client: TestClient, county: County) -> None:
    model = client.post("/api/v1/catalogue", json=MODEL, headers=bearer(county)).json()["id"]
    twice = client.post(
        "/api/v1/catalogue", json=MODEL | {"vendor": "huawei"}, headers=bearer(county)
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "model_known")
    changed = client.put(
        f"/api/v1/catalogue/{model}",
        json=MODEL | {"expected_life_months": 96},
        headers=bearer(county),
    )
    assert changed.json()["expected_life_months"] == 96


@pytest.mark.parametrize(
    "wrong",
    [{"vendor": " "}, {"expected_life_months": 0}, {"list_price_cny": "1.001"}, {"kind": "ship"}],
)
def test_models_that_do_not_fit_are_refused(
    client: TestClient, county: County, wrong: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/catalogue", json=MODEL | wrong, headers=bearer(county))
    assert answer.status_code == 422
    assert client.get("/api/v1/catalogue", headers=bearer(county)).json()["total"] == 0


def test_a_school_reads_the_catalogue_and_does_not_write_it(
    client: TestClient, county: County
) -> None:
    assert client.get("/api/v1/catalogue", headers=bearer(county, "mei")).status_code == 200
    answer = client.post("/api/v1/catalogue", json=MODEL, headers=bearer(county, "mei"))
    assert answer.status_code == 403


def test_fields_are_defined_changed_and_retired(client: TestClient, county: County) -> None:
    def put(key: str, **body: Any) -> Any:
        return client.put(
            f"/api/v1/custom-fields/switch/{key}",
            json={"label": "机柜"} | body,
            headers=bearer(county),
        )

    assert put("rack", type="choice", choices=["R1", "R2"]).status_code == 200
    assert put("rack", type="text").status_code == 409, "what devices have would no longer fit"
    assert put("Rack!").status_code == 422
    assert put("x", type="choice").status_code == 422, "a choice needs some"
    assert put("x", choices=["a"]).status_code == 422
    gone = client.delete("/api/v1/custom-fields/switch/rack", headers=bearer(county))
    assert gone.json()["in_use"] is False
    [found] = client.get("/api/v1/custom-fields", headers=bearer(county, "mei")).json()["items"]
    assert (found["key"], found["choices"], found["in_use"]) == ("rack", ["R1", "R2"], False)
    assert (
        client.delete("/api/v1/custom-fields/switch/none", headers=bearer(county)).status_code
        == 404
    )


def test_the_second_of_two_who_define_a_field_is_shown_both(
    client: TestClient, county: County
) -> None:
    here = "/api/v1/custom-fields/switch/rack"

    def say(label: str, seen: str = "*", how: str = "PUT") -> Response:
        body = {"label": label, "type": "choice", "choices": ["A", "B"]} if how == "PUT" else None
        return client.request(how, here, json=body, headers=bearer(county) | {"If-Match": seen})

    body = {"label": "机柜", "type": "choice", "choices": ["A", "B"]}
    made = client.put(here, json=body, headers=bearer(county)).json()
    first = say("机架", made["etag"])
    assert first.status_code == 200
    second = say("柜号", made["etag"])
    assert (second.status_code, second.json()["code"]) == (412, "revision_passed")
    assert second.json()["fields"] == [{"field": "label", "yours": "柜号", "theirs": "机架"}]
    gone = say("", made["etag"], "DELETE")
    assert gone.status_code == 412
    [listed] = client.get("/api/v1/custom-fields", headers=bearer(county)).json()["items"]
    assert listed["etag"] == first.json()["etag"] == gone.json()["etag"]
    assert say("", listed["etag"], "DELETE").json()["in_use"] is False
    missing = client.put(
        "/api/v1/custom-fields/switch/other",
        json=body,
        headers=bearer(county) | {"If-Match": '"1"'},
    )
    assert missing.status_code == 412
