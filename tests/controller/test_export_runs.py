"""Large workbooks: written in the background, seen by whoever comes back, fetched by who asked."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from controller.exchange.exporting import Export
from controller.exchange.exports import Exports
from inventory.exchange.kept import forget_uploads
from inventory.models import ExportRun, RunState
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County

PATIENCE = 60.0


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, county: County) -> Iterator[threading.Event]:
    """Workbooks of any size are written in the background, and wait for this at their end."""
    opened, write = threading.Event(), Export.write

    def held(export: Export, file, written) -> None:  # type: ignore[no-untyped-def]
        write(export, file, written)
        written(1)
        assert opened.wait(PATIENCE)
        written(2)

    monkeypatch.setattr(Export, "write", held)
    monkeypatch.setattr("controller.exchange.watches._PATIENCE", 0.05)
    monkeypatch.setattr("controller.exchange.outgoing.MOST_AT_ONCE", 0)
    yield opened
    opened.set()


def log_in(client: TestClient, login: str) -> None:
    client.post("/login", data={"login": login, "password": PASSWORD})


def asked(client: TestClient, path: str = "/devices/export?format=xlsx&school=SCH-A") -> str:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def ended(app: FastAPI, where: str) -> None:
    exports: Exports = app.state.exports
    for _ in range(int(PATIENCE / 0.05)):
        if where.rpartition("/")[2] not in exports._watches:
            return
        threading.Event().wait(0.05)


def test_a_large_workbook_is_fetched_when_it_is_done(
    app: FastAPI, client: TestClient, opened: threading.Event
) -> None:
    log_in(client, "mei")
    where = asked(client)
    page = client.get(where).text
    assert "<progress" in page
    assert "/file" not in page
    assert client.get(f"{where}/file").status_code == 404
    part = client.get(where, headers={"HX-Request": "true", "HX-Target": "live"})
    assert "<html" not in part.text
    assert "HX-Refresh" not in part.headers
    opened.set()
    ended(app, where)
    part = client.get(where, headers={"HX-Request": "true", "HX-Target": "live"})
    assert part.headers["HX-Refresh"] == "true"
    assert f'href="{where}/file"' in client.get(where).text
    answer = client.get(f"{where}/file")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(min_row=2))
    assert rows
    log_in(client, "admin")
    assert client.get(where).status_code == 404
    assert client.get(f"{where}/file").status_code == 404
    assert client.post(f"{where}/cancel").status_code == 404


def test_a_workbook_is_stopped(app: FastAPI, client: TestClient, opened: threading.Event) -> None:
    log_in(client, "mei")
    where = asked(client, "/register/export?table=schools")
    assert client.post(f"{where}/cancel").status_code == 200
    opened.set()
    ended(app, where)
    assert "已停止" in client.get(where).text
    with Session(app.state.engine) as session:
        [run] = session.exec(select(ExportRun)).all()
        assert (run.state, run.content) == (RunState.cancelled, b"")


def test_a_program_is_told_to_ask_for_a_run(
    app: FastAPI, client: TestClient, county: County, opened: threading.Event
) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
    refused = client.get("/api/v1/exports/devices", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "workbook_too_large")
    assert client.get("/api/v1/exports/devices?format=csv", headers=headers).status_code == 200
    begun = client.post("/api/v1/exports/register/runs", headers=headers)
    assert begun.status_code == 202
    run = begun.json()
    assert (run["state"], run["done"] <= run["total"]) == ("running", True)
    where = f"/api/v1/export-runs/{run['id']}"
    assert client.get(f"{where}/file", headers=headers).status_code == 404
    opened.set()
    ended(app, where)
    assert client.get(where, headers=headers).json()["state"] == "done"
    content = client.get(f"{where}/file", headers=headers).content
    assert "设备" in openpyxl.load_workbook(BytesIO(content)).sheetnames
    others = {"Authorization": f"Bearer {county.tokens['admin']}"}
    for method, path in (("GET", where), ("GET", f"{where}/file"), ("DELETE", where)):
        assert client.request(method, path, headers=others).status_code == 404
    assert client.delete(where, headers=headers).status_code == 204


def test_what_nobody_fetches_is_forgotten_and_what_broke_off_has_failed(
    app: FastAPI, client: TestClient, county: County
) -> None:
    log_in(client, "mei")
    mei = client.get("/api/v1/me").json()["id"]
    with Session(app.state.engine) as session:
        long_ago = utc_now() - timedelta(hours=2)
        session.add(ExportRun(id="x1", user_id=mei, name="devices.xlsx", seen_at=long_ago))
        session.commit()
    assert "中断" in client.get("/exports/x1").text
    with Session(app.state.engine) as session:
        forget_uploads(session, utc_now() + timedelta(days=1))
        session.commit()
    assert client.get("/exports/x1").status_code == 404
