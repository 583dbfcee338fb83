"""Files of devices: what is kept, who may have it back, and how it is handed out."""

from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from controller.settings import Settings
from tests.controller.county import County

PDF = b"%PDF-1.7\n1 0 obj"


def folder(settings: Settings) -> Path:
    return settings.secret_key_file.parent / "attachments"


def bearer(county: County, login: str = "mei") -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}"}


def attach(client: TestClient, county: County, content: bytes, name: str = "发票.pdf") -> Response:
    query = {"device": "d-a-1", "name": name, "purpose": "invoice"}
    return client.post("/api/v1/attachments", params=query, content=content, headers=bearer(county))


def test_a_file_is_kept_handed_out_and_forgotten(
    client: TestClient, county: County, settings: Settings
) -> None:
    made = attach(client, county, PDF)
    assert made.status_code == 201, made.text
    assert made.json()["media_type"] == "application/pdf"
    [file] = folder(settings).iterdir()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (PDF, 0o600)
    where = f"/api/v1/attachments/{made.json()['id']}"
    answer = client.get(f"{where}/content", headers=bearer(county))
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%8F")
    assert answer.headers["x-content-type-options"] == "nosniff"
    listed = client.get("/api/v1/attachments?device=d-a-1", headers=bearer(county)).json()
    assert [one["name"] for one in listed["items"]] == ["发票.pdf"]
    assert client.delete(where, headers=bearer(county, "shopper")).status_code == 403
    assert client.delete(where, headers=bearer(county)).status_code == 204
    assert client.get(f"{where}/content", headers=bearer(county)).status_code == 404
    listed = client.get("/api/v1/attachments?device=d-a-1", headers=bearer(county)).json()
    assert listed["total"] == 0
    back = client.post(f"{where}/restore", headers=bearer(county))
    assert back.json()["name"] == "发票.pdf"
    assert client.get(f"{where}/content", headers=bearer(county)).content == PDF
    assert client.post(f"{where}/restore", headers=bearer(county)).status_code == 404


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90", b"PK\x03\x04", b"<svg/>"])
def test_other_files_are_not_kept(
    client: TestClient, county: County, settings: Settings, content: bytes
) -> None:
    answer = attach(client, county, content, "photo.png")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unfit")
    assert not folder(settings).exists()


def test_names_lead_nowhere_and_large_files_are_refused(client: TestClient, county: County) -> None:
    made = attach(client, county, PDF, "../../etc/pass\r\nwd.pdf")
    assert made.json()["name"] == "passwd.pdf"
    assert attach(client, county, PDF + b"x" * 8_000_000).status_code in (413, 422)


def test_other_schools_see_nothing_of_it(client: TestClient, county: County) -> None:
    query = {"device": "d-b-1", "name": "a.pdf"}
    other = client.post("/api/v1/attachments", params=query, content=PDF, headers=bearer(county))
    assert other.status_code == 404
    made = client.post(
        "/api/v1/attachments", params=query, content=PDF, headers=bearer(county, "admin")
    ).json()
    where = f"/api/v1/attachments/{made['id']}"
    assert client.get(f"{where}/content", headers=bearer(county)).status_code == 404
    assert client.delete(where, headers=bearer(county)).status_code == 404
