"""The form of the asset ledger: what it keeps, both versions of a conflict, buttons of a life."""

import html
import re

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.models import CustomField, Device, FieldType
from tests.controller.county import PASSWORD, County

FORM = "/devices/d-a-1/asset"


@pytest.fixture
def mei(client: TestClient, county: County) -> TestClient:
    assert county
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    return client


def opened(client: TestClient) -> dict[str, str]:
    """What a browser would send back of the form as it is."""
    page = client.get(f"{FORM}?lang=en").text
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page.partition("<main")[2] or page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def save(client: TestClient, fields: dict[str, str]) -> Response:
    return client.post(FORM, data=fields, follow_redirects=False)


def device(app: FastAPI) -> Device:
    with app.state.sessions() as session:
        found: Device = session.get_one(Device, "d-a-1")
        return found


def test_the_form_keeps_what_was_changed(app: FastAPI, mei: TestClient) -> None:
    fields = opened(mei) | {
        "price_cny": "12,999.50",
        "purchased_on": "2024-09-01",
        "acquisition": "donation",
        "is_personal": "1",
        "custodian": "李老师",
    }
    assert save(mei, fields).status_code == 303
    kept = device(app)
    assert (str(kept.price_cny), str(kept.purchased_on)) == ("12999.50", "2024-09-01")
    assert (kept.is_personal, kept.custodian, kept.revision) == (True, "李老师", 2)
    page = mei.get("/devices/d-a-1?lang=zh_CN").text
    assert "¥12,999.50" in page
    assert "捐赠" in page
    without = opened(mei)
    assert save(mei, without).status_code == 303
    assert device(app).is_personal is False


@pytest.mark.parametrize(
    ("name", "text"), [("price_cny", "a lot"), ("purchased_on", "soon"), ("name", " ")]
)
def test_what_does_not_fit_is_said_on_the_form_and_kept_there(
    app: FastAPI, mei: TestClient, name: str, text: str
) -> None:
    answer = save(mei, opened(mei) | {"custodian": "Ms Li", name: text})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="Ms Li"' in answer.text
    assert device(app).custodian is None


def test_the_second_of_two_sees_both_versions_and_decides(app: FastAPI, mei: TestClient) -> None:
    mine = opened(mei) | {"custodian": "Mr Wang"}
    theirs = opened(mei) | {"custodian": "Ms Li", "supplier": "Other firm"}
    assert save(mei, theirs).status_code == 303
    answer = save(mei, mine)
    assert answer.status_code == 412
    assert "In the register now: Ms Li" in answer.text
    assert 'value="Mr Wang"' in answer.text
    assert 'value="Other firm"' in answer.text, "what only the other changed is not undone"
    assert device(app).custodian == "Ms Li"
    again = mine | {"supplier": "Other firm", "revision": "2"}
    again["base"] = html.unescape(re.search(r'name="base" value="([^"]*)"', answer.text)[1])  # type: ignore[index]
    assert save(mei, again).status_code == 303
    kept = device(app)
    assert (kept.custodian, kept.supplier, kept.revision) == ("Mr Wang", "Other firm", 3)


def test_fields_of_ones_own_are_on_the_form(app: FastAPI, mei: TestClient) -> None:
    with unit_of_work(app.state.sessions) as session:
        kind = session.get_one(Device, "d-a-1").kind
        session.add(
            CustomField(
                kind=kind,
                key="rack",
                label="机柜",
                label_en="Rack",
                type=FieldType.choice,
                choices='["R1", "R2"]',
                is_required=True,
            )
        )
    assert "Rack" in mei.get(f"{FORM}?lang=en").text
    assert save(mei, opened(mei) | {"own_rack": "R9"}).status_code == 422
    assert save(mei, opened(mei) | {"own_rack": "R2"}).status_code == 303
    assert device(app).custom_fields == '{"rack": "R2"}'
    page = mei.get("/devices/d-a-1?lang=zh_CN").text
    assert "机柜" in page
    assert "R2" in page


def test_next_states_are_buttons(app: FastAPI, mei: TestClient) -> None:
    page = mei.get("/devices/d-a-1?lang=en").text
    assert 'name="after" value="in_repair"' in page
    assert 'name="after" value="disposed"' not in page
    answer = mei.post(
        "/devices/d-a-1/life",
        data={"after": "in_repair", "on": "2026-03-01", "reason": "no picture"},
    )
    assert "no picture" in answer.text
    assert device(app).lifecycle.value == "in_repair"
    assert mei.post("/devices/d-a-1/life", data={"after": "disposed"}).status_code == 409
    assert mei.post("/devices/d-a-1/life", data={"after": "flying"}).status_code == 422


def test_a_reader_is_shown_no_way_to_edit(client: TestClient, county: County) -> None:
    client.post("/login", data={"login": "shopper", "password": PASSWORD})
    page = client.get("/devices/d-a-1").text
    assert FORM not in page
    assert 'name="after"' not in page
    assert client.get(FORM).status_code == 403
    assert client.post(FORM, data={"revision": "1"}).status_code == 403
    assert county
