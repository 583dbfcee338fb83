"""报修 by the code on a label, by people without an account."""

import re
from base64 import b64encode
from io import BytesIO

import pytest
from fastapi import FastAPI
from httpx2 import Response
from PIL import Image
from pypdf import PdfReader
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.models import Ticket, TicketEvent, TicketReport, TicketState
from alerts.reporting import limits
from alerts.reporting.links import PURPOSE, About, path
from alerts.tickets import TicketDesk
from controller.settings import Settings
from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.models import Device, Lifecycle, Room
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.stocktaking.labels import read_label
from tests.controller.county import County
from tests.controller.heic import HEIC

EXIF_PLACE = 0x8825


def label(app: FastAPI, about: About, row: str, version: int = 0) -> str:
    return path(app.state.secret_box.key_for(PURPOSE), about, row, version)


def a_photo(kind: str = "JPEG") -> bytes:
    kept, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "phone of somebody"
    exif[0x0112] = 6
    exif.get_ifd(EXIF_PLACE)[1] = "N"
    exif.get_ifd(EXIF_PLACE)[2] = (30.0, 15.0, 0.0)
    picture = Image.new("RGB", (640, 320), "navy")
    picture.save(kept, kind, exif=exif)
    return kept.getvalue() + b"<script>alert(1)</script>"


def report(client: TestClient, link: str, **said: str) -> Response:
    return client.post(link, data={"kind": "power"} | said, follow_redirects=False)


def bearer(county: County, login: str = "mei") -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"}


def test_a_fault_is_reported_repaired_and_confirmed(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(Room(id="r-1", school_code="SCH-A", building="一号楼", name="302"))
        session.flush()
        device = session.get_one(Device, "d-a-1")
        device.room_id, device.asset_number, device.serial = "r-1", "ZC-7", "SECRET-SERIAL"
        device.address = "10.1.2.3"
        session.add(device)
    link = label(app, About.device, "d-a-1")
    shown = client.get(link).text
    assert all(word in shown for word in ("学校SCH-A", "一号楼 302", "ZC-7", "无法开机"))
    assert not any(word in shown for word in ("SECRET-SERIAL", "10.1.2.3", "switch d-a-1"))
    made = report(client, link, words="<b>冒烟了</b>", name="王老师", phone="138 0000 0000")
    assert made.status_code == 303
    status = made.headers["location"]
    told = client.get(status).text
    assert "&lt;b&gt;冒烟了&lt;/b&gt;" in told
    assert "<b>冒烟了" not in told
    with unit_of_work(app.state.sessions) as session:
        [ticket] = session.exec(select(Ticket)).all()
        assert (ticket.origin, ticket.category, ticket.school_code) == ("qr", "power", "SCH-A")
        assert ticket.due_at is not None or ticket.clock_left is not None
        desk = TicketDesk(session, Scope.everything(), "u-mei", utc_now())
        desk.resolve(ticket.id)
    assert client.post(status, data={"act": "works", "satisfaction": "5"}).status_code == 200
    with unit_of_work(app.state.sessions) as session:
        [ticket] = session.exec(select(Ticket)).all()
        [word] = session.exec(select(TicketReport)).all()
        assert (ticket.state, word.satisfaction) == (TicketState.closed, 5)
    # It was not repaired after all.
    assert client.post(status, data={"act": "broken", "words": "又坏了"}).status_code == 200
    with unit_of_work(app.state.sessions) as session:
        [ticket] = session.exec(select(Ticket)).all()
        kinds = session.exec(select(TicketEvent.kind).order_by(TicketEvent.id)).all()  # type: ignore[arg-type]
        assert ticket.state is TicketState.reopened
        assert kinds == ["opened", "resolved", "confirmed", "closed", "reopened"]


def test_a_second_report_joins_the_first_and_a_third_of_the_same_browser_changes_nothing(
    app: FastAPI, client: TestClient
) -> None:
    link = label(app, About.device, "d-a-1")
    client.get(link)
    first = report(client, link, words="坏了")
    again = report(client, link, words="坏了")
    assert first.headers["location"] == again.headers["location"]
    client.cookies.clear()
    shown = client.get(link).text
    assert "已报修" in shown
    assert report(client, link, words="我也是").headers["location"] != first.headers["location"]
    with unit_of_work(app.state.sessions) as session:
        assert len(session.exec(select(Ticket)).all()) == 1
        kinds = session.exec(select(TicketEvent.kind)).all()
        assert sorted(kinds) == ["joined", "opened"]


def test_nothing_is_told_without_the_right_signature(app: FastAPI, client: TestClient) -> None:
    good = label(app, About.device, "d-a-1")
    signature = good.partition("k=")[2]
    wrong = (
        "/r/devices/d-a-1",
        "/r/devices/d-a-1?k=",
        "/r/devices/d-a-1?k=%FF%00",
        f"/r/devices/d-a-2?k={signature}",
        f"/r/rooms/d-a-1?k={signature}",
        f"/r/reports/d-a-1?k={signature}",
        "/r/devices/no-such?k=AAAAAAAAAAAAAAAA",
        label(app, About.device, "no-such"),
        label(app, About.device, "d-a-1", 1),
    )
    answers = [client.get(one) for one in wrong] + [client.post(one) for one in wrong]
    assert {answer.status_code for answer in answers} == {404}
    # Who scanned a label has no account: the console, and the way to it, are not theirs.
    assert not any('href="/"' in answer.text for answer in answers)
    # Pages differ in what was asked for alone, never in what they say.
    asked = {"Accept": "text/html"}
    sent = r'href="\?[^"]*"|name="k" value="[^"]*"'
    pages = {re.sub(sent, "", client.get(one, headers=asked).text) for one in wrong}
    assert len(pages) == 1


@pytest.mark.parametrize("lifecycle", [Lifecycle.disposed, Lifecycle.ordered])
def test_labels_of_what_is_gone_lead_nowhere(
    app: FastAPI, client: TestClient, lifecycle: Lifecycle
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "d-a-1").lifecycle = lifecycle
    assert client.get(label(app, About.device, "d-a-1")).status_code == 404


def test_what_is_wrong_is_said_on_the_form_and_nothing_typed_is_lost(
    app: FastAPI, client: TestClient
) -> None:
    link = label(app, About.device, "d-a-1")
    for said in ({"kind": "nonsense"}, {"kind": "power", "name": "x" * 41}):
        answer = client.post(link, data={"words": "我写的", "phone": "1 2"} | said)
        assert answer.status_code == 422
        assert "我写的" in answer.text
        assert 'role="alert"' in answer.text
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "d-a-1").kind = Kind.printer
    assert client.post(link, data={"kind": "touch"}).status_code == 422
    files = [("photo", ("a.jpg", b"\xff\xd8\xff<?php", "image/jpeg"))]
    answer = client.post(link, data={"kind": "power", "words": "我写的"}, files=files)
    assert (answer.status_code, "我写的" in answer.text) == (422, True)
    with unit_of_work(app.state.sessions) as session:
        assert session.exec(select(Ticket)).all() == []


def test_photos_are_drawn_anew_and_seen_by_who_may_see_the_ticket(
    app: FastAPI, client: TestClient, county: County, settings: Settings
) -> None:
    link = label(app, About.device, "d-a-1")
    files = [("photo", (f"{n}.jpg", a_photo(), "image/jpeg")) for n in range(2)]
    files.append(("photo", ("IMG_0001.HEIC", HEIC, "image/heic")))
    made = client.post(link, data={"kind": "power"}, files=files, follow_redirects=False)
    assert made.status_code == 303, made.text
    folder = settings.secret_key_file.parent / "attachments"
    kept = [file.read_bytes() for file in folder.iterdir()]
    assert len(kept) == 3
    assert not any(b"script" in one or b"Exif" in one or b"somebody" in one for one in kept)
    sizes = []
    for one in kept:
        with Image.open(BytesIO(one)) as picture:
            sizes.append((picture.format, picture.size, dict(picture.getexif())))
    upright, heic = ("JPEG", (320, 640), {}), ("JPEG", (64, 32), {})
    assert sorted(sizes, key=str) == [upright, upright, heic]
    more = [*files, ("photo", ("4.jpg", a_photo(), "image/jpeg"))]
    assert client.post(link, data={"kind": "power"}, files=more).status_code == 400


def test_a_link_and_an_address_are_used_so_often_and_no_more(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_A_LINK", 2)
    monkeypatch.setattr(limits, "OF_AN_ADDRESS", 3)
    links = [label(app, About.device, row) for row in ("d-a-1", "d-a-2", "d-b-1")]
    # A wrong signature counts nothing: nobody closes a label to others.
    client.post("/r/devices/d-a-1?k=AAAAAAAAAAAAAAAA")
    codes = [report(client, links[0]).status_code for _ in range(3)]
    assert codes == [303, 303, 429]
    assert report(client, links[1]).status_code == 303
    late = report(client, links[2])
    assert (late.status_code, int(late.headers["retry-after"]) > 3000) == (429, True)


def test_other_sites_cannot_make_a_browser_report(app: FastAPI, client: TestClient) -> None:
    link = label(app, About.device, "d-a-1")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = client.post(link, data={"kind": "power"}, headers=headers)
        assert answer.status_code == 403


def test_a_bureau_withdraws_a_label_and_prints_new_ones(
    app: FastAPI, client: TestClient, county: County
) -> None:
    where = "/api/v1/devices/d-a-1/report-link"
    old = client.get(where, headers=bearer(county)).json()["url"]
    assert client.get(old).status_code == 200
    assert client.delete(where, headers=bearer(county, "shopper")).status_code == 403
    assert client.delete(where, headers=bearer(county)).status_code == 204
    assert client.get(old).status_code == 404
    assert client.get(where, headers=bearer(county)).json()["url"] == ""
    new = client.post(f"{where}/renew", headers=bearer(county)).json()["url"]
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    labels = client.get("/api/v1/labels?device=d-a-1", headers=bearer(county))
    assert labels.content.startswith(b"%PDF")


def test_stock_taking_reads_labels_of_both_kinds(app: FastAPI, client: TestClient) -> None:
    new = "http://fleet" + label(app, About.device, "d-a-1")
    assert read_label(new).device_id == read_label("http://old/devices/d-a-1").device_id == "d-a-1"


def test_a_room_offers_its_devices_and_takes_what_is_none_of_them(
    app: FastAPI, client: TestClient, county: County
) -> None:
    with unit_of_work(app.state.sessions) as session:
        session.add(Room(id="r-1", school_code="SCH-A", name="302"))
        session.flush()
        session.get_one(Device, "d-a-1").room_id = "r-1"
    link = label(app, About.room, "r-1")
    [there] = re.findall(r'href="(/r/devices/[^"]*)"', client.get(link).text)
    assert client.get(there).status_code == 200
    first = report(client, link, kind="network")
    client.cookies.clear()
    second = report(client, link, kind="network")
    other = report(client, link, kind="power")
    assert {one.status_code for one in (first, second, other)} == {303}
    with unit_of_work(app.state.sessions) as session:
        assert len(session.exec(select(Ticket)).all()) == 2
    pdf = client.get("/api/v1/schools/SCH-A/room-labels", headers=bearer(county))
    assert pdf.content.startswith(b"%PDF")


def test_who_repairs_is_led_to_the_device(app: FastAPI, client: TestClient, county: County) -> None:
    link = label(app, About.device, "d-a-1")
    answer = client.get(link, headers=bearer(county), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/devices/d-a-1")
    other = label(app, About.device, "d-b-1")
    assert client.get(other, headers=bearer(county), follow_redirects=False).status_code == 200


def test_who_repairs_adds_photos_and_prints_the_sheet(
    app: FastAPI, client: TestClient, county: County
) -> None:
    report(client, label(app, About.device, "d-a-1"), words="冒烟", name="王老师")
    with unit_of_work(app.state.sessions) as session:
        ticket = session.exec(select(Ticket)).one().id
    photos = f"/api/v1/tickets/{ticket}/photos"
    mei, shopper = bearer(county), bearer(county, "shopper")
    assert client.post(photos, content=a_photo(), headers=shopper).status_code == 403
    assert client.post(photos, content=b"GIF89a", headers=mei).status_code == 422
    made = client.post(photos, content=a_photo("WEBP"), headers=mei)
    assert made.status_code == 201, made.text
    shown = client.get(f"{photos}/{made.json()['id']}/content", headers=mei)
    assert (shown.headers["content-type"], shown.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    page = client.get(f"/tickets/{ticket}", headers=mei).text
    assert f"/tickets/{ticket}/photos/{made.json()['id']}" in page
    assert "王老师" in page
    done = {"check": "power", "done": "1"}
    client.post(f"/tickets/{ticket}/entries/check", data=done, headers=mei)
    part = {"name": "电源板", "quantity": "2", "cost": "85"}
    client.post(f"/tickets/{ticket}/entries/bought", data=part, headers=mei)
    sheet = client.get(f"/tickets/{ticket}/sheet", headers=mei).content
    text = PdfReader(BytesIO(sheet)).pages[0].extract_text()
    assert all(word in text for word in ("维修单", "冒烟", "王老师", "SCH-A", "可正常开机"))
    # Once in the log, and once where parts are to stand.
    assert text.count("电源板") == 2
    assert "电源板 × 2" in text.split("维修内容及更换配件")[1]
    files = {"file": ("IMG_0001.HEIC", HEIC, "image/heic")}
    page_form = client.post(f"/tickets/{ticket}/photos", files=files, headers=mei)
    assert page_form.status_code == 200, page_form.text
    newest = client.get(photos, headers=mei).json()["items"][-1]
    assert newest["media_type"] == "image/jpeg"
    [told] = client.get(f"/api/v1/tickets/{ticket}/reports", headers=mei).json()["items"]
    assert (told["name"], told["words"]) == ("王老师", "冒烟")
    gone = client.delete(f"{photos}/{made.json()['id']}", headers=mei)
    assert gone.status_code == 204
    assert client.get(photos, headers=mei).json()["total"] == 1


def test_a_signature_by_finger_is_kept_with_the_repair(
    app: FastAPI, client: TestClient, county: County
) -> None:
    made = report(client, label(app, About.device, "d-a-1"))
    status = made.headers["location"]
    with unit_of_work(app.state.sessions) as session:
        ticket = session.exec(select(Ticket)).one().id
        TicketDesk(session, Scope.everything(), "u-mei", utc_now()).resolve(ticket)
    drawn = BytesIO()
    Image.new("RGBA", (600, 240), (0, 0, 0, 0)).save(drawn, "PNG")
    for bad in ("data:image/svg+xml;base64,PHN2Zy8+", "x" * 20):
        answer = client.post(status, data={"act": "works", "signature": bad})
        assert answer.status_code == 422
    signature = "data:image/png;base64," + b64encode(drawn.getvalue()).decode()
    said = {"act": "works", "signature": signature}
    assert client.post(status, data=said).status_code == 200
    [told] = client.get(f"/api/v1/tickets/{ticket}/reports", headers=bearer(county)).json()["items"]
    where = f"/api/v1/tickets/{ticket}/photos/{told['signature_id']}/content"
    assert client.get(where, headers=bearer(county)).content.startswith(b"\x89PNG")
    assert client.get(f"/tickets/{ticket}/sheet", headers=bearer(county)).status_code == 200
