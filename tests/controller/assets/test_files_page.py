"""Files of a device on its page: attached, saved, deleted, brought back."""

import re

import pytest
from httpx2 import Response
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.settings import Settings
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Grant, Role, User
from tests.controller.county import PASSWORD, County

PDF = b"%PDF-1.7\n1 0 obj"


@pytest.fixture
def looker(settings: Settings, county: County) -> str:
    """Log-in of somebody who only looks at SCH-A."""
    assert county
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        _add_viewer(session)
    engine.dispose()
    return "wang"


def _add_viewer(session: Session) -> None:
    known = session.get_one(User, "u-mei").password_hash
    session.add(User(id="u-wang", login="wang", name="wang", password_hash=known))
    session.flush()
    session.add(Grant(user_id="u-wang", role=Role.viewer, scope_path="/33/3304/SCH-A/"))


def enter(client: TestClient, login: str) -> None:
    client.cookies.clear()
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


def attach(
    client: TestClient, content: bytes, purpose: str = "invoice", device: str = "d-a-1"
) -> Response:
    return client.post(
        f"/attachments/devices/{device}",
        data={"purpose": purpose},
        files={"file": ("发票 <b>.pdf", content, "application/pdf")},
        headers={"accept": "text/html"},
    )


def test_a_file_is_attached_saved_deleted_and_brought_back(
    client: TestClient, county: County
) -> None:
    assert county
    enter(client, "mei")
    assert "No invoice, photo or other document yet." in client.get("/devices/d-a-1?lang=en").text
    page = attach(client, PDF)
    assert page.status_code == 200
    assert "发票 &lt;b&gt;.pdf" in page.text
    found = re.search(r'href="(/attachments/[^"/]+)"', page.text)
    assert found
    href = found[1]
    answer = client.get(href)
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment;")
    page = client.post(f"{href}/remove")
    assert f'action="{href}/restore"' in page.text
    assert "1 deleted document" in page.text
    assert client.get(href).status_code == 404
    page = client.post(f"{href}/restore")
    assert f'href="{href}"' in page.text
    assert client.get(href).content == PDF


def test_what_is_no_document_is_refused_in_words(client: TestClient, county: County) -> None:
    assert county
    enter(client, "mei")
    refused = attach(client, b"MZ")
    assert refused.status_code == 422
    assert "PDF, PNG, JPEG, WebP，每个不超过 8 MB。" in refused.text
    assert "<b>" not in refused.text
    assert attach(client, PDF + b"x" * 8_100_000).status_code == 413


def test_invoices_are_for_who_reads_prices(client: TestClient, looker: str) -> None:
    enter(client, "mei")
    attach(client, PDF, "invoice")
    page = attach(client, PDF, "photo").text
    invoice, photo = re.findall(r'href="(/attachments/[^"/]+)"', page)
    enter(client, looker)
    page = client.get("/devices/d-a-1").text
    assert photo in page
    assert invoice not in page
    assert "/remove" not in page
    assert client.get(photo).status_code == 200
    assert client.get(invoice).status_code == 403
    assert client.get(f"/api/v1{invoice}/content").status_code == 403
    listed = client.get("/api/v1/attachments?device=d-a-1").json()
    assert [one["purpose"] for one in listed["items"]] == ["photo"]
    assert attach(client, PDF).status_code == 403
    for step in ("remove", "restore"):
        assert client.post(f"{photo}/{step}").status_code == 403


def test_files_of_another_school_are_not_there(client: TestClient, county: County) -> None:
    assert county
    enter(client, "admin")
    page = attach(client, PDF, device="d-b-1").text
    [href] = re.findall(r'href="(/attachments/[^"/]+)"', page)
    enter(client, "mei")
    assert attach(client, PDF, device="d-b-1").status_code == 404
    assert client.get(href).status_code == 404
    for step in ("remove", "restore"):
        assert client.post(f"{href}/{step}").status_code == 404
