"""Test servers by program and by form: kept, corrected, given up, and by whom."""

import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from inventory.database import unit_of_work
from inventory.standards.model import Measure
from tests.targets import demand

AsUser = Callable[..., Response]
Browse = Callable[[str], TestClient]
FAR: dict[str, Any] = {
    "organisation_code": "33",
    "name": "省教科网测速点",
    "address": "https://Far.example/speedtest/",
    "path": "outside",
}
_HOME = "/compliance/test-servers"


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_programs_keep_servers_knowing_them_as_they_are(as_user: AsUser) -> None:
    made = as_user("admin", "/test-servers", "POST", json=FAR | {"capacity_mbps": 1000})
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["address"], row["method"]) == ("https://far.example/speedtest", "librespeed")
    path = f"/test-servers/{row['id']}"
    changed = as_user(
        "admin", path, "PATCH", headers={"If-Match": row["etag"]}, json={"ends_on": "2026-09-30"}
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["etag"] != row["etag"]
    passed = as_user("admin", path, "PATCH", headers={"If-Match": row["etag"]}, json={"name": "x"})
    assert passed.status_code == 412
    assert as_user("admin", "/test-servers?on=2026-10-01").json()["total"] == 0
    wrong = as_user("admin", "/test-servers", "POST", json=FAR | {"address": "ftp://far"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "server_address_unfit")
    trail = as_user("admin", "/audit?table=speedtest_server").json()
    assert [one["action"] for one in trail["items"]] == ["update", "insert"]
    assert as_user("admin", path, "DELETE").status_code == 204


def test_a_school_reads_its_bureaus_servers_and_keeps_none(as_user: AsUser) -> None:
    made = as_user("admin", "/test-servers", "POST", json=FAR).json()
    assert [one["id"] for one in as_user("mei", "/test-servers").json()["items"]] == [made["id"]]
    path = f"/test-servers/{made['id']}"
    assert as_user("mei", path, "PATCH", json={"name": "x"}).status_code == 403
    assert as_user("mei", path, "DELETE").status_code == 403
    assert as_user("mei", "/test-servers", "POST", json=FAR).status_code == 403


def test_a_form_registers_corrects_and_takes_back_a_server(browse: Browse) -> None:
    browser = browse("admin")
    empty = _text(browser.get(_HOME).text)
    assert "No test server is registered" in empty
    assert "are not testable" in empty
    opened = browser.get(f"{_HOME}/new?path=outside").text
    assert re.search(r'value="outside" selected', opened)
    wrong = browser.post(f"{_HOME}/new", data=FAR | {"address": "far.example"})
    assert wrong.status_code == 422
    assert "Expected https://HOST/PATH" in wrong.text
    assert 'value="far.example"' in wrong.text
    browser.post(f"{_HOME}/new", data=FAR)
    listed = browser.get(_HOME).text
    assert "To the Internet" in _text(listed)
    assert "are not testable" not in _text(listed)
    found = re.search(rf'href="({_HOME}/ss\w+)"', listed)
    assert found is not None
    assert 'value="https://far.example/speedtest"' in browser.get(found[1]).text
    browser.post(found[1], data=FAR | {"ends_on": "2020-01-01", "capacity_mbps": "2000"})
    after = _text(browser.get(_HOME).text)
    assert "Not in force" in after
    assert "2,000" in after
    assert "测速服务器" in browser.get(f"{_HOME}?lang=zh_CN").text
    browser.post(f"{found[1]}/remove")
    assert browser.get(found[1]).status_code == 404


def test_who_keeps_a_school_alone_sees_no_form(as_user: AsUser, browse: Browse) -> None:
    made = as_user("admin", "/test-servers", "POST", json=FAR).json()
    browser = browse("mei")
    page = browser.get(_HOME)
    assert "省教科网测速点" in page.text
    assert f"{_HOME}/new" not in page.text
    for path in ("new", made["id"]):
        assert browser.get(f"{_HOME}/{path}").status_code in (403, 404)


def test_a_verdict_without_a_server_outside_says_so_and_leads_to_the_form(
    app: FastAPI, browse: Browse
) -> None:
    page, form = "/compliance/schools/SCH-A?month=2026-09", f"{_HOME}/new?path=outside"
    browser = browse("admin")
    with unit_of_work(app.state.sessions) as session:
        demand(session, 100, at="33", measure=Measure.outlet)
    told = browser.get(page).text
    assert "No test server outside the education network is registered" in _text(told)
    assert form in told
    theirs = browse("mei").get(page).text
    assert form not in theirs
    assert f'href="{_HOME}"' in theirs
    browse("admin").post(f"{_HOME}/new", data=FAR | {"starts_on": "2026-09-30"})
    registered = _text(browser.get(page).text)
    assert "No test server outside the education network is registered" not in registered
    assert "To the Internet" in registered
