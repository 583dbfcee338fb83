"""Procurement on pages: lists, the one next step, the time line, counter-entries, the sheet."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.app import create_app
from controller.auth.passwords import hash_password
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import User
from tests.controller.county import PASSWORD, County, make_settings
from tests.controller.procurement.test_whole_life import (
    add_people,
    contract_of,
    order_of,
    request_of,
    speaking,
)

LOCAL = {"origin": "http://testserver", "accept": "text/html"}


class Office:
    """A console in which several people take turns, and their calls of the API."""

    def __init__(self, client: TestClient, tokens: dict[str, str]) -> None:
        self.client = client
        self.tokens = tokens
        self.people = {login: speaking(client, token) for login, token in tokens.items()}

    def enter(self, login: str) -> None:
        self.client.cookies.clear()
        answer = self.client.post(
            "/login", data={"login": login, "password": PASSWORD}, headers=LOCAL
        )
        assert answer.status_code == 200, answer.text

    def page(self, path: str) -> str:
        query = "&lang=en" if "?" in path else "?lang=en"
        answer = self.client.get(path + query, headers=LOCAL)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **values: str) -> str:
        answer = self.client.post(path, data=values, headers=LOCAL)
        assert answer.status_code == 200, answer.text
        return str(answer.url.path)

    def refused(self, path: str, **values: str) -> str:
        """The page that is shown where something does not fit."""
        answer = self.client.post(f"{path}?lang=en", data=values, headers=LOCAL)
        assert 400 <= answer.status_code < 500, answer.text
        assert 'role="alert"' in answer.text, answer.text
        return answer.text


@pytest.fixture
def office(tmp_path: Path, county: County) -> Iterator[Office]:
    settings = make_settings(tmp_path)
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        tokens = add_people(session)
        _let_log_in(session, tokens)
    engine.dispose()
    with TestClient(create_app(settings)) as client:
        yield Office(client, tokens)


def _let_log_in(session: Session, tokens: dict[str, str]) -> None:
    hashed = hash_password(PASSWORD)
    for login in tokens:
        session.get_one(User, f"u-{login}").password_hash = hashed


LINE = {"line-1-kind": "projector", "line-1-quantity": "2", "line-1-unit_price": "8000.00"}


def test_a_request_is_made_changed_quoted_signed_and_taken_back_on_pages(office: Office) -> None:
    office.enter("li")
    assert "/procurement/requests/new" in office.page("/procurement")
    assert "SCH-A" in office.page("/procurement/requests/new")
    wish = {"school": "SCH-A", "title": "<b>投影仪</b>", "reason": "损坏", **LINE}
    refused = office.refused(
        "/procurement/requests/new", **wish, **{"line-2-kind": "ups", "line-2-quantity": "many"}
    )
    assert "Line 2, Quantity: “many” cannot be read." in refused
    assert "&lt;b&gt;投影仪" in refused
    no_kind = office.refused("/procurement/requests/new", **(wish | {"line-1-kind": ""}))
    assert "Line 1, Kind is missing." in no_kind
    more = office.client.post("/procurement/requests/new", data={**wish, "more": "1"}).text
    assert 'name="line-3-quantity"' in more
    here = office.send("/procurement/requests/new", **wish)
    told = office.page(here)
    assert "&lt;b&gt;投影仪" in told
    assert "No quote is attached yet." in told

    assert 'value="8000.00"' in office.page(f"{here}/edit")
    office.send(f"{here}/edit", **wish, **{k.replace("1", "2", 1): v for k, v in LINE.items()})
    told = office.page(here)
    assert "32,000.00" in told
    key = here.rsplit("/", 1)[1]
    pdf = {"file": ("报价单.pdf", b"%PDF-1.7 quote", "application/pdf")}
    office.client.post(f"/procurement/quotes/{key}", files=pdf, headers=LOCAL)
    assert "报价单.pdf" in office.page(here)
    unfit = {"file": ("x.exe", b"MZ", "application/pdf")}
    answer = office.client.post(f"/procurement/quotes/{key}", files=unfit, headers=LOCAL)
    assert answer.status_code == 422
    office.send(f"{here}/submit", comment="请尽快")
    told = office.page(here)
    assert "Signature of: County IT" in told
    assert "Next step" not in told

    office.enter("city")
    assert "Next step" not in office.page(here)
    office.enter("county")
    assert office.client.get(f"/procurement/quotes/{key}").content == b"%PDF-1.7 quote"
    assert "Next step: Sign" in office.page(here)
    refused = office.refused(f"{here}/decide", decision="reject")
    assert 'value="reject" selected' in refused
    office.send(f"{here}/decide", decision="approve", comment="同意")
    told = office.page(here)
    assert "Procurement takes it into a project." in told
    assert "Next step" not in told
    entry = office.people["county"]("GET", here.removeprefix("/procurement"))["entries"][-1]["id"]
    office.send(f"{here}/undo/{entry}", reason="误批")
    assert "Counter-entry" in office.page(here)
    assert office.client.get(f"{here}/decide", headers=LOCAL).url.path == here


def approved(office: Office, quantity: int = 3) -> str:
    people = office.people
    request = request_of(people["li"], "SCH-A", "projector", quantity, "8000.00")
    people["li"]("POST", f"/requests/{request}/submit", {})
    people["county"]("POST", f"/requests/{request}/decide", {"decision": "approve"})
    return request


def test_an_approved_request_becomes_a_project_that_says_what_is_missing(office: Office) -> None:
    request = approved(office)
    office.enter("buyer")
    assert "Begin a project with it" in office.page(f"/procurement/requests/{request}")
    form = office.page(f"/procurement/projects/new?requests={request}")
    for prefilled in ('value="24000.00"', 'value="3"', 'value="8000.00"'):
        assert prefilled in form
    wish = {
        "title": "投影仪采购",
        "form": "tender",
        "organisation": "33",
        "budget": "100.00",
        f"request-{request}": "true",
        "line-1-name": "激光投影仪",
        "line-1-kind": "projector",
        "line-1-quantity": "3",
        "line-1-unit_price": "7800.00",
        "line-1-warranty": "36",
    }
    refused = office.refused("/procurement/projects/new", **wish)
    assert "Budget, CNY: 100.00 (≥ 23400.00)" in refused
    assert "激光投影仪" in refused
    here = office.send("/procurement/projects/new", **(wish | {"budget": "24000.00"}))
    told = office.page(here)
    assert told.count("Before anything can be ordered") == 4
    assert "New order" not in told
    for stage in ("technical_standard", "planning_review", "budget", "contract"):
        office.enter("buyer")
        said = {"stage": stage, "note": "已完成"}
        if stage == "contract":
            refused = office.refused(f"{here}/submit", **said, ceiling="99999", supplier="甲公司")
            assert "Tender number is missing." in refused
            assert "甲公司" in refused
            said |= {"tender_number": "ZB-1", "contract_number": "HT-1", "supplier": "甲公司"}
            said |= {"ceiling": "23400.00", "signed_on": "2026-09-01"}
        office.send(f"{here}/submit", **said)
        assert ">Approve<" not in office.page(here)
        office.enter("city")
        office.send(f"{here}/approve", stage=stage, comment="同意")
    told = office.page(here)
    assert "Nothing is ordered yet." in told
    assert "Contract in force" in told
    assert told.count("Take back") == 2  # the last approval alone: its summary and its button
    assert "New order" not in told


def contracted(office: Office) -> str:
    line = {"name": "投影仪", "kind": "projector", "quantity": 3, "unit_price": "7800.00"}
    return contract_of(office.people, approved(office), line, "tender")


def test_an_order_takes_no_more_than_is_left(office: Office) -> None:
    project = contracted(office)
    office.enter("buyer")
    assert "New order" in office.page(f"/procurement/projects/{project}")
    form = office.page(f"/procurement/orders/new?project={project}&school=SCH-A")
    assert "3 left of 3" in form
    [line] = office.people["buyer"]("GET", f"/projects/{project}")["lines"]
    quantity = f"quantity-{line['id']}"
    wish = {"project": project, "school": "SCH-A", f"room-{line['id']}": "r-SCH-A"}
    assert "Choose at least one" in office.refused("/procurement/orders/new", **wish)
    refused = office.refused("/procurement/orders/new", **wish, **{quantity: "4"})
    assert 'value="4"' in refused
    here = office.send("/procurement/orders/new", **wish, **{quantity: "3"})
    told = office.page(here)
    assert "Pieces that have not come yet: 3" in told
    assert "Cancel the order" in told


def test_what_was_ordered_comes_in_parts_and_goes_into_service(office: Office) -> None:
    project = contracted(office)
    here = f"/procurement/orders/{order_of(office.people, project, 'SCH-A', 3)['id']}"
    office.enter("tian")
    listed = office.page("/procurement")
    assert here in listed
    assert not re.search("Amount, CNY|tab=projects", listed)
    told = office.page(here)
    assert "Next step: Delivery came" in told
    assert "7,800.00" not in told
    assert "Cancel the order" not in told
    order = office.people["tian"]("GET", here.removeprefix("/procurement"))
    of = order["lines"][0]["id"]
    refused = office.refused(f"{here}/deliver", **{f"line-{of}": "9"}, note="FH-1")
    assert 'value="FH-1"' in refused
    office.send(f"{here}/deliver", **{f"line-{of}": "2"}, on="2026-09-01", note="FH-1")
    order = office.people["tian"]("GET", here.removeprefix("/procurement"))
    box = f"{order['deliveries'][0]['id']} {of}"
    told = office.page(here)
    assert "Next step: Unpack and scan" in told
    refused = office.refused(f"{here}/receive", box=box, scans="SN-1\nSN-1\n")
    assert "SN-1\nSN-1" in refused
    office.send(f"{here}/receive", box=box, scans="SN-PAGE-1，ZC-1\nSN-PAGE-2\n")
    told = office.page(here)
    assert "Pieces in stock that are not in service yet: 2" in told
    items = office.people["tian"]("GET", here.removeprefix("/procurement"))["items"]
    assert [one["asset_number"] for one in items] == ["ZC-1", None]
    room = {"room": "r-SCH-A", "custodian": "李老师"}
    assert "李老师" in office.refused(f"{here}/service", **room)
    office.send(f"{here}/service", **room, **{f"item-{items[0]['id']}": "true"})
    chosen = {"device": items[1]["device_id"], "room-SCH-A": "r-SCH-A", "custodian": "李老师"}
    told = office.client.post("/devices/chosen/service", data=chosen, headers=LOCAL).text
    assert here in told
    assert 'name="step"' not in told
    told = office.page(here)
    assert told.count(">In service<") == 3
    assert "Pieces that have not come yet: 1" in told
    office.enter("buyer")
    office.send(f"{here}/close", comment="其余停产")

    office.enter("tian")
    office.send(f"{here}/accept", inspectors="王", note="合格", on="2026-09-02")
    told = office.page(here)
    assert "What is still missing" not in told
    office.enter("buyer")
    path = f"/procurement/projects/{project}"
    office.send(f"{path}/submit", stage="completion_acceptance", note="全部验收")
    office.enter("city")
    office.send(f"{path}/approve", stage="completion_acceptance")
    assert "Operation and maintenance" in office.page(path)
    for query in ("orders", "projects&state=operation", "projects&form=tender"):
        assert "多媒体教学设备" in office.page(f"/procurement?tab={query}")
    for query in ("state=in_force", "state=completed", "form=framework"):
        assert "多媒体教学设备" not in office.page(f"/procurement?tab=projects&{query}")


def test_who_has_nothing_to_do_with_it_finds_no_door(office: Office) -> None:
    people = office.people
    request = request_of(people["li"], "SCH-A", "projector", 1, "8000.00")
    office.enter("viewer")
    assert 'href="/procurement"' not in office.page("/schools")
    assert office.client.get("/procurement", headers=LOCAL).status_code == 403
    office.enter("bai")
    assert office.client.get(f"/procurement/requests/{request}", headers=LOCAL).status_code == 404
    refused = office.client.post(f"/procurement/requests/{request}/submit", headers=LOCAL)
    assert refused.status_code == 404


def test_who_buys_begins_at_what_waits_each_number_with_its_list(office: Office) -> None:
    people = office.people
    waiting = request_of(people["li"], "SCH-A", "projector", 1, "8000.00")
    people["li"]("POST", f"/requests/{waiting}/submit", {})
    approved = request_of(people["li"], "SCH-A", "whiteboard", 2, "19000.00")
    people["li"]("POST", f"/requests/{approved}/submit", {})
    people["county"]("POST", f"/requests/{approved}/decide", {"decision": "approve"})
    office.enter("buyer")

    answer = office.client.get("/", headers=LOCAL)

    assert answer.url.path == "/renewal"
    for query in ("requests&amp;state=submitted", "requests&amp;state=approved"):
        assert f'href="/procurement?tab={query}"' in answer.text
    listed = office.page("/procurement?tab=requests&state=submitted")
    assert waiting in listed
    assert approved not in listed
    assert approved in office.page("/procurement?tab=requests&state=nonsense")
    assert 'href="/"' not in office.page("/renewal").split("<nav", 1)[1].split("</nav>", 1)[0]
