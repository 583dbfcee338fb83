"""The asset ledger through the API: what it takes, two at once, and steps of a life."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import CustomField, Device, FieldType, Grant, Lifecycle, Role
from tests.controller.county import County

DEVICE = "/api/v1/devices/d-a-1"
LEDGER: dict[str, Any] = {
    "asset_class": "a02010105",
    "acquisition": "purchase",
    "supplier": "某科技公司",
    "purchased_on": "2024-09-01",
    "price_cny": "12999.5",
    "funding_source": "2024年更新经费",
    "warranty_until": "2027-08-31",
    "custodian": "李老师",
}


def bearer(county: County, login: str = "mei", **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"} | headers


def change(client: TestClient, county: County, body: dict[str, Any], **headers: str) -> Response:
    return client.patch(DEVICE, json=body, headers=bearer(county, **headers))


def test_the_ledger_is_written_and_read(client: TestClient, county: County) -> None:
    answer = change(client, county, LEDGER)
    assert answer.status_code == 200, answer.text
    found = client.get(f"{DEVICE}/asset", headers=bearer(county)).json()
    assert found == answer.json()
    assert {name: found[name] for name in LEDGER} == LEDGER | {
        "asset_class": "A02010105",
        "price_cny": "12999.50",
    }
    assert found["revision"] == 2
    gone = change(client, county, {"supplier": None, "custodian": ""}).json()
    assert (gone["supplier"], gone["custodian"]) == (None, None)
    assert gone["asset_class"] == "A02010105"


@pytest.mark.parametrize(
    "body",
    [
        {"price_cny": "-1"},
        {"price_cny": "1.005"},
        {"price_cny": "NaN"},
        {"price_cny": "1000000000000"},
        {"asset_class": "<script>"},
        {"supplier": "x" * 121},
        {"supplier": "a\u0000b"},
        {"purchased_on": "1066-10-14"},
        {"purchased_on": "2024-09-01", "warranty_until": "2024-08-31"},
        {"room_id": "nowhere"},
        {"catalogue_id": "m-1"},
        {"revision": 9},
        {"custom_fields": {"Not A Key": "x"}},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(
    client: TestClient, county: County, body: dict[str, Any]
) -> None:
    answer = change(client, county, {"name": "renamed", **body})
    assert answer.status_code == 422
    found = client.get(f"{DEVICE}/asset", headers=bearer(county)).json()
    assert found["name"] == "switch d-a-1"
    assert found["revision"] == 1


def test_the_second_of_two_is_told_both_versions(client: TestClient, county: County) -> None:
    tag = client.get(f"{DEVICE}/asset", headers=bearer(county)).headers["etag"]
    first = client.patch(
        DEVICE,
        json={"custodian": "Ms Li", "supplier": "Same"},
        headers=bearer(county, "admin") | {"If-Match": tag},
    )
    assert first.status_code == 200
    body = {"custodian": "Mr Wang", "supplier": "Same", "price_cny": "10"}
    second = client.patch(DEVICE, json=body, headers=bearer(county) | {"If-Match": tag})
    assert second.status_code == 412
    problem = second.json()
    assert problem["code"] == "revision_passed"
    assert problem["fields"] == [
        {"field": "custodian", "yours": "Mr Wang", "theirs": "Ms Li"},
        {"field": "price_cny", "yours": "10", "theirs": None},
    ]
    assert problem["revision"] == 2
    assert second.headers["etag"] == first.headers["etag"]
    again = client.patch(
        DEVICE, json=body, headers=bearer(county) | {"If-Match": second.headers["etag"]}
    )
    assert again.status_code == 200
    assert again.json()["custodian"] == "Mr Wang"


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_tags_that_match_pass(client: TestClient, county: County, tag: str) -> None:
    answer = client.patch(DEVICE, json={"name": "x"}, headers=bearer(county) | {"If-Match": tag})
    assert answer.status_code == 200


def test_a_school_edits_its_own_devices_only(client: TestClient, county: County) -> None:
    other = client.patch("/api/v1/devices/d-b-1", json={"name": "x"}, headers=bearer(county))
    assert other.status_code == 404
    shopper = client.patch(DEVICE, json={"name": "x"}, headers=bearer(county, "shopper"))
    assert shopper.status_code == 403


def test_a_life_is_walked_step_by_step_with_reasons(client: TestClient, county: County) -> None:
    def step(**body: str) -> Response:
        return client.post(f"{DEVICE}/life", json=body, headers=bearer(county))

    assert step(after="disposed").status_code == 409
    assert step(after="retired").status_code == 422, "a life does not end without a reason"
    assert step(after="in_repair", on="2999-01-01").status_code == 422
    assert step(after="in_repair", on="2026-03-01", reason="no picture").status_code == 201
    assert step(after="in_service", on="2026-02-28").status_code == 422, "before the last step"
    assert step(after="in_service", on="2026-03-09").status_code == 201
    found = client.get(f"{DEVICE}/life", headers=bearer(county)).json()
    assert [(one["before"], one["after"], one["on"], one["actor"]) for one in found["items"]] == [
        ("in_repair", "in_service", "2026-03-09", "mei"),
        ("in_service", "in_repair", "2026-03-01", "mei"),
    ]
    assert found["items"][1]["reason"] == "no picture"
    shown = client.get(f"{DEVICE}/asset", headers=bearer(county)).json()
    assert "disposed" not in shown["next_states"]
    assert "in_repair" in shown["next_states"]


def test_what_is_retired_is_given_up_by_a_disposal_and_no_other_way(
    client: TestClient, county: County
) -> None:
    path, headers = f"{DEVICE}/life", bearer(county)
    client.post(path, json={"after": "retired", "reason": "broken"}, headers=headers)
    step = client.post(path, json={"after": "disposed", "reason": "sold"}, headers=headers)
    assert (step.status_code, step.json()["code"]) == (409, "disposal_needed")
    assert change(client, county, {"lifecycle": "disposed"}).json()["code"] == "disposal_needed"
    shown = client.get(f"{DEVICE}/asset", headers=bearer(county)).json()
    assert (shown["lifecycle"], "disposed" in shown["next_states"]) == ("retired", False)


def test_steps_taken_elsewhere_are_in_the_history_once(
    app: FastAPI, client: TestClient, county: County
) -> None:
    assert change(client, county, {"lifecycle": "in_stock"}).status_code == 200
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "d-a-1").lifecycle = Lifecycle.in_service
    found = client.get(f"{DEVICE}/life", headers=bearer(county)).json()["items"]
    assert [(one["after"], one["actor"]) for one in found] == [
        ("in_service", ""),
        ("in_stock", "mei"),
    ]


def test_fields_of_ones_own_are_checked(app: FastAPI, client: TestClient, county: County) -> None:
    def field(key: str, type_: FieldType, **more: Any) -> CustomField:
        return CustomField(kind="switch", key=key, label=key, type=type_, **more)

    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "d-a-1").kind = "switch"  # type: ignore[assignment]
        session.add(field("rack", FieldType.text, is_required=True))
        session.add(field("units", FieldType.number))
        session.add(field("audited", FieldType.date))
        session.add(field("colour", FieldType.choice, choices='["black", "白"]'))
    wrong: list[dict[str, Any]] = [
        {},
        {"rack": " "},
        {"rack": "R1", "units": "two"},
        {"rack": "R1", "audited": "yesterday"},
        {"rack": "R1", "colour": "blue"},
        {"rack": "x" * 201},
    ]
    for values in wrong:
        assert change(client, county, {"custom_fields": values}).status_code == 422, values
    right = {"rack": "R1", "units": "2", "audited": "2026-09-01", "colour": "白"}
    answer = change(client, county, {"custom_fields": right})
    assert answer.json()["custom_fields"] == right | {"units": 2}
    # A device that is not touched there need not be put right first.
    assert change(client, county, {"name": "renamed"}).status_code == 200


def test_who_may_not_read_costs_sees_no_price(
    app: FastAPI, client: TestClient, county: County
) -> None:
    change(client, county, {"price_cny": "99"})
    seen = client.get(f"{DEVICE}/asset", headers=bearer(county, "shopper")).json()
    assert seen["price_cny"] == "99.00"
    with unit_of_work(app.state.sessions) as session:
        session.delete(session.get_one(Grant, ("u-shopper", Role.procurement, "/33/")))
        session.add(Grant(user_id="u-shopper", role=Role.viewer, scope_path="/33/"))
    seen = client.get(f"{DEVICE}/asset", headers=bearer(county, "shopper")).json()
    assert seen["price_cny"] is None
