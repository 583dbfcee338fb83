"""A table through the pages: file, columns, what would happen, done."""

import re

from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from inventory.models import Device, ImportUpload
from tests.controller.county import PASSWORD, County

LEDGER = "编号,资产名称,原值\nZC-1,投影,12800\nZC-2,白板,{price}\n"


def log_in(client: TestClient, login: str) -> None:
    client.post("/login", data={"login": login, "password": PASSWORD})


def upload(client: TestClient, text: str, layout: str = "devices") -> str:
    answer = client.post(
        "/imports/upload",
        data={"layout": layout},
        files={"file": ("台账.csv", text.encode("gb18030"))},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_ledger_is_matched_tried_and_written(
    app: FastAPI, client: TestClient, county: County
) -> None:
    log_in(client, "mei")
    where = upload(client, LEDGER.format(price="很贵"))
    page = client.get(where).text
    assert "台账.csv" in page
    assert re.search(r'<option value="资产名称" selected', page)
    columns = {"column:asset_number": "编号", "column:name": "资产名称", "column:price_cny": "原值"}
    form = {**columns, "school": "SCH-A", "step": "check"}
    tried = client.post(where, data=form).text
    assert "有 1 处错误" in tried
    assert "很贵" in tried
    assert "请用数字写明元数" in tried
    assert "不是金额" in client.post(where, data={**form, "step": "write"}).text
    where = upload(client, LEDGER.format(price="9000"))
    tried = client.post(where, data=form).text
    assert "新增 2" in tried
    assert "写入台账" in tried
    with Session(app.state.engine) as session:
        assert session.exec(select(Device).where(Device.asset_number == "ZC-1")).first() is None
    assert "已全部写入" in client.post(where, data={**form, "step": "write"}).text
    with Session(app.state.engine) as session:
        found = session.exec(select(Device).where(Device.asset_number == "ZC-1")).one()
        assert (found.school_code, found.name) == ("SCH-A", "投影")
        # Of a file that is in the register only its name is kept, for whoever reloads the page.
        kept = {row.id: len(row.content) for row in session.exec(select(ImportUpload))}
        assert kept.pop(where.rpartition("/")[2]) == 0
        assert len(kept) == 1
    assert "已全部写入" in client.get(where).text
    assert client.post(where, data={**form, "step": "write"}).status_code == 404
    # What was corrected is remembered for files with the same headings.
    again = client.get(upload(client, LEDGER.format(price="1"))).text
    assert re.search(r'id="c-asset_number".*?<option value="编号" selected', again, re.DOTALL)


def test_a_missing_column_is_said_on_the_page(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    where = upload(client, LEDGER.format(price="1"))
    page = client.post(where, data={"column:name": "资产名称", "step": "check"}).text
    assert "没有找到这些列" in page


def test_a_file_belongs_to_who_brought_it(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    where = upload(client, LEDGER.format(price="1"))
    log_in(client, "admin")
    assert client.get(where).status_code == 404
    assert client.post(where, data={"step": "write"}).status_code == 404


def test_a_file_that_cannot_be_read_is_refused_on_a_page(
    client: TestClient, county: County
) -> None:
    log_in(client, "mei")
    answer = client.post(
        "/imports/upload",
        data={"layout": "devices"},
        files={"file": ("x.xlsx", b"PK\x03\x04")},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 422
    assert "文件无法读取" in answer.text


def test_who_may_bring_nothing_is_not_asked(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    page = client.get("/imports").text
    assert 'value="devices"' in page
    assert 'value="schools"' not in page
    log_in(client, "admin")
    assert 'value="schools"' in client.get("/imports?lang=en").text
    log_in(client, "shopper")
    page = client.get("/imports").text
    assert 'value="catalogue"' in page
    assert 'value="devices"' not in page
    refused = client.post(
        "/imports/upload", data={"layout": "devices"}, files={"file": ("x.csv", b"a")}
    )
    assert refused.status_code == 403


def test_a_filtered_list_is_exported_and_labelled(client: TestClient, county: County) -> None:
    log_in(client, "admin")
    page = client.get("/devices?school=SCH-A").text
    assert 'href="/devices/export?format=csv&amp;school=SCH-A"' in page
    text = client.get("/devices/export?format=csv&school=SCH-A").text
    assert "SCH-A" in text
    assert "SCH-B" not in text
    labels = client.get("/devices/labels?paper=50x30&school=SCH-A")
    assert labels.content.startswith(b"%PDF-")


def test_an_empty_workbook_is_for_those_who_may_bring_it(
    client: TestClient, county: County
) -> None:
    log_in(client, "mei")
    assert 'href="/imports/blank/devices"' in client.get("/imports").text
    answer = client.get("/imports/blank/devices")
    assert answer.headers["content-disposition"].endswith('"devices.xlsx"')
    assert client.get("/imports/blank/schools").status_code == 403
    assert client.get("/imports/blank/chairs").status_code == 404
