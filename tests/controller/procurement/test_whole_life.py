"""The whole life of a projector and of 40 whiteboards, through the API, as the real roles."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.app import create_app
from controller.auth.tokens import new_token, token_hash
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import ApiToken, Grant, Role, Room, School, Stage, User
from tests.controller.county import County, make_settings

DAY = "2026-09-01"
STAGES = ("technical_standard", "planning_review", "budget", "contract")
LATER = ("completion_acceptance", "operation", "evaluation")
Call = Callable[..., Any]


@pytest.fixture
def people(tmp_path: Path, county: County) -> Iterator[dict[str, Call]]:
    """By login: somebody who sends requests and gets the answer's JSON; refusals as their code."""
    settings = make_settings(tmp_path)
    tokens = {}
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        tokens = add_people(session)
    engine.dispose()
    with TestClient(create_app(settings)) as client:
        yield {login: speaking(client, token) for login, token in tokens.items()}


def add_people(session: Session) -> dict[str, str]:
    session.add(
        School(
            code="SCH-S",
            name="市第一高级中学",
            organisation_code="33",
            path="/33/SCH-S/",
            stage=Stage.senior_secondary,
        )
    )
    session.flush()
    for school in ("SCH-A", "SCH-B", "SCH-S"):
        session.add(Room(id=f"r-{school}", school_code=school, name="101"))
    tokens = {}
    for login, role, path in (
        ("li", Role.school_admin, "/33/3304/SCH-A/"),
        ("bai", Role.school_admin, "/33/3304/SCH-B/"),
        ("shen", Role.school_admin, "/33/SCH-S/"),
        ("county", Role.county_it, "/33/3304/"),
        ("city", Role.city_it, "/33/"),
        ("buyer", Role.procurement, "/33/"),
        ("tian", Role.technician, "/33/"),
        ("viewer", Role.viewer, "/33/"),
    ):
        session.add(User(id=f"u-{login}", login=login, name=login, password_hash="-"))
        session.flush()
        session.add(Grant(user_id=f"u-{login}", role=role, scope_path=path))
        tokens[login] = new_token("fleet_")
        session.add(ApiToken(token_hash=token_hash(tokens[login]), user_id=f"u-{login}", name="t"))
    session.flush()
    return tokens


def speaking(client: TestClient, token: str) -> Call:
    def call(method: str, path: str, body: object = None, *, refused: str = "") -> Any:
        answer: Response = client.request(
            method,
            f"/api/v1/procurement{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        told = answer.json()
        if refused:
            assert told.get("code") == refused, answer.text
        else:
            assert answer.status_code in (200, 201), answer.text
        return told

    return call


def request_of(who: Call, school: str, kind: str, quantity: int, price: str) -> str:
    made = who(
        "POST",
        "/requests",
        {
            "school_code": school,
            "title": "教学设备",
            "reason": "原设备已过使用年限",
            "lines": [{"kind": kind, "quantity": quantity, "unit_price": price}],
        },
    )
    identity: str = made["id"]
    return identity


def contract_of(people: dict[str, Call], request: str, line: dict[str, object], form: str) -> str:
    """A project of the city under contract, for one request."""
    project: str = people["buyer"](
        "POST",
        "/projects",
        {
            "title": "多媒体教学设备",
            "form": form,
            "organisation_code": "33",
            "budget": "1000000.00",
            "lines": [line],
            "request_ids": [request],
        },
    )["id"]
    people["buyer"](
        "POST", f"/projects/{project}/stages/contract/submit", {"note": "x"},
        refused="stage_not_reached",
    )  # fmt: skip
    for stage in STAGES:
        body: dict[str, object] = {"note": f"{stage} 已完成"}
        if stage == "contract":
            body["contract"] = {
                "tender_number": "ZB-2026-01",
                "contract_number": "HT-2026-01",
                "supplier": "某科技有限公司",
                "ceiling": "900000.00",
                "signed_on": DAY,
            }
        people["buyer"]("POST", f"/projects/{project}/stages/{stage}/submit", body)
        people["city"]("POST", f"/projects/{project}/stages/{stage}/approve", {"comment": "同意"})
    return project


def order_of(people: dict[str, Call], project: str, school: str, quantity: int) -> Any:
    [line] = people["buyer"]("GET", f"/projects/{project}")["lines"]
    return people["buyer"](
        "POST",
        "/orders",
        {
            "project_id": project,
            "school_code": school,
            "lines": [{"project_line_id": line["id"], "quantity": quantity}],
        },
    )


def deliver(who: Call, order: Any, quantity: int, **said: str) -> Any:
    lines = [{"order_line_id": order["lines"][0]["id"], "quantity": quantity}]
    return who(
        "POST", f"/orders/{order['id']}/deliveries", {"arrived_on": DAY, "lines": lines}, **said
    )


def unpack(who: Call, order: Any, delivery: str, serials: list[str], **said: str) -> Any:
    return who(
        "POST",
        f"/deliveries/{delivery}/items",
        {
            "order_line_id": order["lines"][0]["id"],
            "items": [{"serial": serial, "asset_number": f"ZC-{serial}"} for serial in serials],
        },
        **said,
    )


def accept(who: Call, order: Any, **said: str) -> Any:
    body = {"inspectors": "王、李", "conclusion": "数量、型号与合同一致", "accepted_on": DAY}
    return who("POST", f"/orders/{order['id']}/accept", body, **said)


def test_the_whole_life_of_a_projector(people: dict[str, Call]) -> None:
    li, county, buyer, tian = (people[name] for name in ("li", "county", "buyer", "tian"))
    request = request_of(li, "SCH-A", "projector", 1, "8000.00")
    people["shen"]("GET", f"/requests/{request}", refused="not_found")
    li("POST", f"/requests/{request}/submit", {})
    li("POST", f"/requests/{request}/decide", {"decision": "approve"}, refused="permission_denied")
    people["city"](
        "POST", f"/requests/{request}/decide", {"decision": "approve"}, refused="not_your_turn"
    )
    county("POST", f"/requests/{request}/decide", {"decision": "approve", "comment": "同意"})
    line = {"name": "投影仪", "kind": "projector", "quantity": 1, "unit_price": "7800.00"}
    project = contract_of(people, request, line, "tender")
    assert li("GET", f"/requests/{request}")["state"] == "planned"
    order = order_of(people, project, "SCH-A", 1)
    order = deliver(tian, order, 1)
    assert order["lines"][0]["unit_price_cny"] is None  # who only unpacks reads no prices
    order = unpack(tian, order, order["deliveries"][0]["id"], ["SN-PJ-1"])
    [item] = order["items"]
    assert item["lifecycle"] == "in_stock"
    assert tian("GET", "/stock/SCH-A") == {"projector": 1}
    order = tian(
        "POST", f"/items/{item['id']}/service", {"room_id": "r-SCH-A", "custodian": "张老师"}
    )
    assert order["items"][0]["lifecycle"] == "in_service"
    buyer("POST", f"/orders/{order['id']}/accept", {}, refused="invalid_request")
    accept(buyer, order, refused="permission_denied")
    accept(tian, order)
    for stage in LATER:
        buyer("POST", f"/projects/{project}/stages/{stage}/submit", {"note": "已完成"})
        people["city"]("POST", f"/projects/{project}/stages/{stage}/approve", {})

    device = item["device_id"]
    moved = li("POST", "/transfers", {
        "from_school_code": "SCH-A", "to_school_code": "SCH-B", "device_ids": [device],
        "reason": "撤班",
    })  # fmt: skip
    tian("POST", f"/transfers/{moved['id']}/complete", {}, refused="step_refused")
    people["bai"]("POST", f"/transfers/{moved['id']}/consent", {})
    moved = tian("POST", f"/transfers/{moved['id']}/complete", {})
    assert moved["state"] == "done"
    assert tian("GET", "/stock/SCH-B") == {"projector": 1}

    gone = people["bai"]("POST", "/disposals", {
        "school_code": "SCH-B", "device_ids": [device], "reason": "主板损坏",
    })  # fmt: skip
    path = f"/disposals/{gone['id']}"
    county("POST", f"{path}/approve", {}, refused="step_refused")
    tian("POST", f"{path}/appraise", {"appraisal": "无维修价值"})
    county("POST", f"{path}/approve", {"comment": "同意报废"})
    tian("POST", f"{path}/complete", {"values": {device: "0.00"}}, refused="step_refused")
    tian("POST", f"{path}/wipe", {"methods": {device: "no_storage"}})
    gone = tian("POST", f"{path}/complete", {"values": {device: "120.50"}})
    assert gone["state"] == "done"
    assert gone["items"][0]["lifecycle"] == "disposed"
    assert [entry["step"] for entry in gone["entries"]] == [
        "propose",
        "appraise",
        "approve",
        "wipe",
        "complete",
    ]


def test_the_whole_life_of_forty_whiteboards(people: dict[str, Call]) -> None:
    li, county, city, tian = (people[name] for name in ("li", "county", "city", "tian"))
    request = request_of(li, "SCH-A", "whiteboard", 40, "19000.00")
    li("POST", f"/requests/{request}/submit", {"comment": "按班配备"})
    again = request_of(li, "SCH-A", "whiteboard", 1, "19000.00")
    li("POST", f"/requests/{again}/submit", {}, refused="duplicates_unseen")
    county("POST", f"/requests/{request}/decide", {"decision": "approve"})
    detail = city("POST", f"/requests/{request}/decide", {"decision": "approve"})
    assert (detail["state"], len(detail["approvals"])) == ("approved", 2)
    line = {"name": "交互式一体机", "kind": "whiteboard", "quantity": 40, "unit_price": "18000.00"}
    project = contract_of(people, request, line, "framework")

    order = order_of(people, project, "SCH-A", 40)
    for quantity, first in ((25, 0), (15, 25)):
        order = deliver(tian, order, quantity)
        delivery = order["deliveries"][-1]["id"]
        serials = [f"SN-WB-{first + number:03}" for number in range(quantity)]
        unpack(tian, order, delivery, [*serials, "SN-EXTRA"], refused="over_delivered")
        order = unpack(tian, order, delivery, serials)
    deliver(tian, order, 1, refused="over_delivered")
    assert len(order["items"]) == 40
    assert tian("GET", "/stock/SCH-A") == {"whiteboard": 40}

    last = order["entries"][-1]["id"]
    delivered = order["entries"][-2]["id"]
    undo = {"reason": "扫错"}
    tian("POST", f"/entries/{delivered}/undo", undo, refused="later_steps_rest")
    people["li"]("POST", f"/entries/{last}/undo", undo, refused="permission_denied")
    counter = tian("POST", f"/entries/{last}/undo", undo)
    assert counter["undoes_id"] == last
    assert tian("GET", "/stock/SCH-A") == {"whiteboard": 25}
    order = unpack(
        tian, order, order["deliveries"][-1]["id"], [f"SN-WB-{n:03}" for n in range(25, 40)]
    )
    for item in order["items"]:
        order = tian(
            "POST", f"/items/{item['id']}/service", {"room_id": "r-SCH-A", "custodian": "班主任"}
        )
    assert {item["lifecycle"] for item in order["items"]} == {"in_service"}
    assert tian("GET", "/stock/SCH-A") == {}
    order = accept(tian, order)
    assert (order["state"], order["accepted_on"]) == ("accepted", DAY)
    told = people["buyer"]("GET", f"/projects/{project}")
    assert (told["drawn_cny"], told["lines"][0]["drawn"]) == ("720000.00", 40)
    gone = li(
        "POST",
        "/disposals",
        {
            "school_code": "SCH-A",
            "device_ids": [item["device_id"] for item in order["items"]],
            "reason": "达到使用年限",
        },
    )
    assert len(gone["items"]) == 40


def test_who_has_nothing_to_do_with_procurement_sees_none_of_it(people: dict[str, Call]) -> None:
    for path in ("/requests", "/projects", "/orders", "/transfers", "/disposals", "/routes"):
        people["viewer"]("GET", path, refused="permission_denied")
    people["tian"]("GET", "/projects", refused="permission_denied")
    assert people["shen"]("GET", "/orders")["total"] == 0


def test_routes_are_read_by_all_and_changed_by_the_city(people: dict[str, Call]) -> None:
    routes = people["li"]("GET", "/routes")
    people["county"]("PUT", "/routes", routes, refused="permission_denied")

    assert people["city"]("PUT", "/routes", routes) == routes
    people["city"]("PUT", "/routes", {"routes": []}, refused="invalid")
