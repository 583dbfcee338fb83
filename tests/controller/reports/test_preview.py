"""Reports of a measured county, over the API and the command line."""

import io
import json
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from controller.exchange.exports import Exports
from controller.reports.content import ReportKind, decode
from controller.settings import Settings
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Device, School
from tests.controller.conftest import Run
from tests.controller.county import County
from tests.controller.measured import FIRST, LAST, add_measured

PATIENCE = 60.0
_PERIOD = f"from={FIRST}&to={LAST}"
_SECRETS = ("SN-5544332211", "10.20.30.40", "秘密路77号")


@pytest.fixture
def metric_store() -> None:
    """Readings are put into files, and the application opens these."""


@pytest.fixture
def measured(settings: Settings, county: County) -> County:
    add_measured(settings)
    engine = make_engine(settings.database_url)
    with unit_of_work(session_factory(engine)) as session:
        session.exec(select(School).where(School.code == "SCH-A")).one().address = _SECRETS[2]
        for device in session.exec(select(Device)):
            device.serial, device.address = _SECRETS[:2]
    engine.dispose()
    return county


def _get(client: TestClient, county: County, query: str, who: str = "admin"):  # type: ignore[no-untyped-def]
    headers = {"Authorization": f"Bearer {county.tokens[who]}"}
    return client.get(f"/api/v1/reports/preview?{_PERIOD}&{query}", headers=headers)


def test_a_report_says_what_the_verdict_says(
    measured: County, client: TestClient, run: Run
) -> None:
    applied = run("standards", "apply", "national", "--to", "33", "--from", "2026-01-01")
    assert applied.exit_code == 0, applied.output
    answer = _get(client, measured, "org=33&format=json")
    assert answer.status_code == 200, answer.text
    made = decode(answer.content)
    assert made.head.kind is ReportKind.month
    assert made.head.is_draft
    told = {one.school.code: one for one in made.schools}
    [target] = told["SCH-A"].targets
    down, up = target.flows
    assert (down.delivered, down.tests, down.passed) == ("compliant", 60, 60)
    assert (down.reached, down.contracted) == (240e6, 300e6)
    assert up.delivered == "non_compliant"
    assert {one.state: one.schools for one in made.counts} == {
        "non_compliant": 1,
        "insufficient_data": 1,
    }
    assert [one.quote for one in made.standards] == [
        one.quote for one in made.standards if "100" in one.quote
    ]
    assert not made.tolerances[0].adopted_on
    assert made.weakest[0].school.code == "SCH-A"
    assert made.groups
    own = decode(_get(client, measured, "org=SCH-A&format=json").content)
    assert sum(day.tests for day in own.schools[0].targets[0].flows[0].days) == 60
    assert not down.days
    for shape, begins in (("pdf", b"%PDF-"), ("docx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        file = _get(client, measured, f"org=SCH-A&format={shape}&kind=year")
        assert file.status_code == 200
        assert file.content.startswith(begins)
    opened = _get(client, measured, "org=33&format=zip").content
    with zipfile.ZipFile(io.BytesIO(opened)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist())
    for secret in (*_SECRETS, "box at A"):
        assert secret not in text
    assert "SCH-A" in text


def test_who_sees_one_school_gets_no_other(measured: County, client: TestClient) -> None:
    for other in ("33", "SCH-B", "NOWHERE"):
        assert _get(client, measured, f"org={other}&format=json", "mei").status_code == 404
    own = _get(client, measured, "org=SCH-A&format=json", "mei")
    assert [one.school.code for one in decode(own.content).schools] == ["SCH-A"]
    assert client.get(f"/api/v1/reports/preview?{_PERIOD}&org=33").status_code == 401
    wrong = client.get(
        f"/api/v1/reports/preview?org=SCH-A&from={LAST}&to={FIRST}&format=json",
        headers={"Authorization": f"Bearer {measured.tokens['admin']}"},
    )
    assert wrong.status_code == 422


def test_a_large_report_is_made_in_the_background(
    app: FastAPI, measured: County, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.reports.wished.MOST_AT_ONCE", 1)
    headers = {"Authorization": f"Bearer {measured.tokens['admin']}"}
    refused = _get(client, measured, "org=33&format=xlsx")
    assert (refused.status_code, refused.json()["code"]) == (422, "report_too_large")
    path = f"/api/v1/reports/preview/runs?{_PERIOD}&org=33&format=xlsx&lang=en"
    begun = client.post(path, headers=headers)
    assert begun.status_code == 202, begun.text
    run, exports = begun.json()["id"], app.state.exports
    assert isinstance(exports, Exports)
    for _ in range(int(PATIENCE / 0.05)):
        if run not in exports._watches:
            break
        threading.Event().wait(0.05)
    assert client.get(f"/api/v1/export-runs/{run}", headers=headers).json()["state"] == "done"
    file = client.get(f"/api/v1/export-runs/{run}/file", headers=headers)
    assert "Summary" in openpyxl.load_workbook(io.BytesIO(file.content)).sheetnames
    page = client.get(
        f"/compliance/draft?{_PERIOD}&org=33", headers=headers, follow_redirects=False
    )
    assert (page.status_code, page.headers["location"][:9]) == (303, "/exports/")
    small = client.get(f"/compliance/draft?{_PERIOD}&org=SCH-A&format=csv", headers=headers)
    assert small.content.startswith(b"\xef\xbb\xbf")


@pytest.mark.usefixtures("measured")
def test_a_report_is_written_by_a_command(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    period = ("--from", f"{FIRST}", "--to", f"{LAST}")
    done = run("report", "district", "--org", "33", *period, "--format", "json", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["head"]["place"]["code"] == "33"
    year = run("report", "annual", "--org", "33", *period, "--format", "json", "--out", str(out))
    assert year.exit_code == 0, year.output
    assert json.loads(out.read_text())["head"]["kind"] == "year"
    nobody = run("report", "district", "--org", "X", *period, "--out", str(out))
    assert nobody.exit_code == 1
