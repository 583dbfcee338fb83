"""Several devices of a list at once: moved, put in service, proposed to go, printed."""

import re

import pytest
from starlette.responses import Response

from inventory.database import unit_of_work
from inventory.models import Device, Lifecycle, Room
from tests.controller.procurement.test_pages import LOCAL, Office, office

__all__ = ["office"]
MINE = ("d-a-1", "d-a-2")


@pytest.fixture
def rooms(office: Office) -> Office:
    """Two rooms of one school, and a device of it in the store."""
    with unit_of_work(office.client.app.state.sessions) as session:  # type: ignore[attr-defined]
        for number in ("101", "102"):
            session.add(Room(id=f"r-{number}", school_code="SCH-A", building="1号楼", name=number))
        session.get_one(Device, "d-a-2").lifecycle = Lifecycle.in_stock
    return office


def take(office: Office, act: str, **values: object) -> Response:
    return office.client.post(f"/devices/chosen/{act}?lang=en", data=values, headers=LOCAL)  # type: ignore[return-value, arg-type]


def standing(office: Office, device_id: str) -> tuple[str | None, str | None, Lifecycle]:
    with unit_of_work(office.client.app.state.sessions) as session:  # type: ignore[attr-defined]
        device = session.get_one(Device, device_id)
        return device.room_id, device.custodian, device.lifecycle


def test_the_list_offers_what_the_reader_may_do(office: Office) -> None:
    office.enter("li")
    told = office.page("/devices?status=unknown")
    assert 'name="device" value="d-a-1"' in told
    assert '<input type="hidden" name="status" value="unknown">' in told
    assert set(re.findall(r'<option value="(service|room|transfer|labels)"', told)) == {
        "service",
        "room",
        "transfer",
        "labels",
    }
    office.enter("tian")
    told = office.page("/devices")
    assert '<option value="service"' in told
    assert '<option value="room"' not in told
    assert office.client.get("/devices/chosen?act=room&device=d-a-1").status_code == 403


def test_what_was_chosen_is_shown_before_anything_is_done(rooms: Office) -> None:
    rooms.enter("li")
    told = rooms.page("/devices/chosen?act=room&device=d-a-1&device=d-b-1")
    assert 'value="d-a-1" checked' in told
    assert 'value="d-b-1"' not in told
    assert "1号楼 102" in told
    assert 'value="d-a-2" checked' in rooms.page("/devices/chosen?act=labels&all=1&school=SCH-A")
    answer = rooms.client.get("/devices/chosen?act=labels&lang=en", headers=LOCAL)
    assert (answer.status_code, "Choose at least one device." in answer.text) == (422, True)
    assert rooms.client.get("/devices/chosen?act=sell&device=d-a-1").status_code == 404


def test_devices_move_and_are_brought_back(rooms: Office) -> None:
    rooms.enter("li")
    told = take(rooms, "room", device=MINE, **{"room-SCH-A": "r-102"}).text
    assert "Done with 2 devices." in told
    assert standing(rooms, "d-a-1")[0] == "r-102"
    undo = [text.replace("&#34;", '"') for text in re.findall(r'name="step" value="(.+?)"', told)]
    assert len(undo) == 2
    take(rooms, "room", device="d-a-1", **{"room-SCH-A": "r-101"})
    told = take(rooms, "undo", step=undo).text
    assert "was changed since" in told
    assert standing(rooms, "d-a-1")[0] == "r-101"
    assert standing(rooms, "d-a-2")[0] is None
    assert take(rooms, "undo", step="nonsense").status_code == 404
    assert "Choose a room." in take(rooms, "room", device=MINE).text
    assert take(rooms, "room", device=MINE, **{"room-SCH-A": "r-b"}).text.count("Room: r-b") == 2


def test_what_is_in_the_store_goes_into_service(rooms: Office) -> None:
    rooms.enter("tian")
    told = take(rooms, "service", device="d-a-2", custodian="张老师").text
    assert "has no room yet" in told
    room = {"room-SCH-A": "r-101"}
    assert "has no custodian yet" in take(rooms, "service", device="d-a-2", **room).text
    told = take(rooms, "service", device=MINE, custodian="张老师", **room).text
    assert "Done with 1 device." in told
    assert "1 device was left as it is." in told
    assert "is not in stock: In service" in told
    assert standing(rooms, "d-a-2") == ("r-101", "张老师", Lifecycle.in_service)
    undo = re.findall(r'name="step" value="(.+?)"', told)[0].replace("&#34;", '"')
    assert "Done with 1 device." in take(rooms, "undo", step=undo).text
    assert standing(rooms, "d-a-2") == (None, None, Lifecycle.in_stock)


def test_what_cannot_go_is_named_and_the_rest_is_proposed(rooms: Office) -> None:
    rooms.enter("county")
    wish = {"to_school": "SCH-B", "reason": "撤班"}
    told = take(rooms, "transfer", device="d-a-1", **wish).text
    here = re.search(r'href="(/procurement/transfers/f-?\w+)"', told)
    assert here
    assert "switch d-a-1" in rooms.page(here[1])
    told = take(rooms, "disposal", device=MINE, reason="老旧").text
    assert "Done with 1 device." in told
    assert "is part of “DB" in told
    assert "/procurement/disposals/" in told
    told = take(rooms, "transfer", device="d-b-1", to_school="NOWHERE", reason="x")
    assert (told.status_code, 'role="alert"' in told.text) == (404, True)
    assert 'value="NOWHERE"' in told.text


def test_ticked_devices_are_printed_and_taken_out(office: Office) -> None:
    office.enter("li")
    labels = take(office, "labels", device=MINE, paper="50x30")
    assert labels.headers["content-type"] == "application/pdf"
    file = take(office, "export", device=["d-a-1", "d-b-1"], format="csv").text
    assert len(file.splitlines()) == 2
    many = [f"d-{number}" for number in range(501)]
    assert take(office, "labels", device=many).status_code == 422
