"""Tables and labels through the API, as the real roles."""

import csv
import json
from io import BytesIO, StringIO

import openpyxl
import pytest
from starlette.testclient import TestClient

from controller.exchange.words import vocabularies
from inventory.exchange.layouts import LAYOUTS
from tests.controller.county import County

LEDGER = (
    "资产编号,资产名称,设备类型,原值,学校代码\n"
    "ZC-1,=1+1,投影机,12800.5,SCH-A\nZC-2,,交换机,1,SCH-B\n"
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_user(county: County, login: str, lang: str = "en") -> dict[str, str]:
    return {"Authorization": f"Bearer {county.tokens[login]}", "Accept-Language": lang}


def bring(
    client: TestClient,
    county: County,
    text: str | bytes = LEDGER,
    login: str = "admin",
    **query: str,
):  # type: ignore[no-untyped-def]
    content = text.encode() if isinstance(text, str) else text
    fields = {"mapping": query.pop("mapping")} if "mapping" in query else {}
    path = query.pop("path", "devices")
    return client.post(
        f"/api/v1/imports/{path}",
        params=query,
        data=fields,
        files={"file": ("ledger.csv", content)},
        headers=as_user(county, login),
    )


def test_a_dry_run_then_the_import(client: TestClient, county: County) -> None:
    answer = bring(client, county, dry_run="true")
    assert answer.status_code == 200
    assert (answer.json()["created"], answer.json()["written"]) == (2, False)
    report = bring(client, county).json()
    assert report["written"]
    assert report["changes"][0]["fields"]["原值"] == ["", "12800.50"]
    again = bring(client, county).json()
    assert (again["unchanged"], again["changes"]) == (2, [])


def test_a_wrong_row_is_told_in_the_reader_s_language(client: TestClient, county: County) -> None:
    answer = bring(client, county, LEDGER.replace("投影机", "课桌"))
    assert answer.status_code == 422
    [fault] = answer.json()["faults"]
    assert (fault["line"], fault["value"], fault["why"]) == (2, "课桌", "unknown_word")
    assert fault["text"] == "没有这个词"
    assert "投影机" in fault["cure"]
    assert bring(client, county).json()["created"] == 2


def test_a_school_brings_its_own_devices_only(client: TestClient, county: County) -> None:
    answer = bring(client, county, login="mei")
    assert [fault["line"] for fault in answer.json()["faults"]] == [3]
    assert bring(client, county, login="mei", path="schools").status_code == 403
    assert bring(client, county, login="shopper").status_code == 403
    assert bring(client, county, path="chairs").status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_table"),
        (b"\xd0\xcf\x11\xe0", "file_unreadable"),
        (b"a,b\n1,2\n", "columns_missing"),
        (b"\n".join([b"x"] * 100_002), "too_many_rows"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_in_one_line(
    client: TestClient, county: County, content: bytes, code: str
) -> None:
    answer = bring(
        client, county, content, mapping='{"asset_number":"x"}' if b"x" in content else ""
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert "\n" not in answer.json()["detail"]


def test_a_mapping_that_is_no_object_is_refused(client: TestClient, county: County) -> None:
    assert bring(client, county, mapping="[1]").status_code == 422


def test_more_bytes_than_are_taken_are_not_read(client: TestClient, county: County) -> None:
    assert bring(client, county, bytes(22 << 20)).status_code == 413


def test_progress_is_told_line_by_line_and_the_report_last(
    client: TestClient, county: County
) -> None:
    text = "资产编号,学校代码\n" + "".join(f"ZC-{i},SCH-A\n" for i in range(2_500))
    lines = bring(client, county, text, path="devices/progress").text.splitlines()
    steps = [json.loads(line) for line in lines]
    assert steps[-1]["created"] == 2_500
    assert {step["phase"] for step in steps[:-1]} == {"read", "compare", "write"}
    refused = bring(client, county, b"\n", path="devices/progress").text.splitlines()
    assert json.loads(refused[-1])["problem"]["code"] == "no_table"


def test_what_goes_out_as_csv_is_harmless_and_comes_in_again(
    client: TestClient, county: County
) -> None:
    bring(client, county)
    answer = client.get(
        "/api/v1/exports/devices?format=csv", headers=as_user(county, "admin", "en")
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    [mine] = [row for row in rows if row["资产编号"] == "ZC-1"]
    assert (mine["资产名称"], mine["设备类型"], mine["原值"]) == ("'=1+1", "投影机", "12800.50")
    numbered = [row for row in rows if row["资产编号"]]
    kept = StringIO()
    writer = csv.DictWriter(kept, rows[0])
    writer.writeheader()
    writer.writerows(numbered)
    report = bring(client, county, kept.getvalue()).json()
    assert (report["unchanged"], report["faults"]) == (2, [])


def test_an_export_is_filtered_and_speaks_the_reader_s_language(
    client: TestClient, county: County
) -> None:
    bring(client, county)
    answer = client.get(
        "/api/v1/exports/devices?kind=projector&lang=en", headers=as_user(county, "admin")
    )
    assert answer.headers["content-type"] == XLSX
    [head, row] = openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows()
    found = dict(zip([cell.value for cell in head], row, strict=True))
    assert found["Kind"].value == "Projector"
    # A text, whatever it looks like; Excel keeps it one when it is edited.
    assert (found["Name"].value, found["Name"].data_type) == ("=1+1", "s")
    assert found["Name"].style is not None
    assert float(found["Original value (CNY)"].value) == 12800.5
    only = client.get(
        "/api/v1/exports/devices?format=csv&search=zc-2&school=SCH-B",
        headers=as_user(county, "admin"),
    )
    assert len(only.text.splitlines()) == 2


def test_prices_are_for_those_who_may_read_them(client: TestClient, county: County) -> None:
    bring(client, county)
    answer = client.get("/api/v1/exports/devices?format=csv", headers=as_user(county, "mei"))
    assert "原值" not in answer.text
    assert "ZC-1" in answer.text
    assert "ZC-2" not in answer.text
    priced = client.get("/api/v1/exports/devices?format=csv", headers=as_user(county, "shopper"))
    assert "12800.50" in priced.text


def test_the_whole_register_is_one_workbook_of_what_one_may_see(
    client: TestClient, county: County
) -> None:
    bring(client, county)
    answer = client.get("/api/v1/exports", headers=as_user(county, "mei"))
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert book.sheetnames == [
        *(
            "设备",
            "学校",
            "房间",
            "线路",
            "年度数据",
            "学校人员",
            "校历",
            "作息时间",
            "考试和直播课",
            "市县出口",
            "型号目录",
            "历史维修记录",
        )
    ]
    heads = [cell.value for cell in next(book["设备"].iter_rows())]
    assert "原值" not in heads
    schools = [row[0].value for row in book["学校"].iter_rows(min_row=2)]
    assert schools == ["SCH-A"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_table_goes_out(client: TestClient, county: County, layout: str) -> None:
    for shape in ("csv", "xlsx"):
        answer = client.get(
            f"/api/v1/exports/{layout}?format={shape}", headers=as_user(county, "admin")
        )
        assert answer.status_code == 200
        assert answer.content


def test_layouts_tell_their_headings(client: TestClient, county: County) -> None:
    items = client.get("/api/v1/imports", headers=as_user(county, "mei")).json()["items"]
    devices = next(item for item in items if item["name"] == "devices")
    assert devices["columns"][0]["field"] == "asset_number"
    assert "资产编码" in devices["columns"][0]["also"]


def test_labels_are_a_pdf_with_chinese_in_it(client: TestClient, county: County) -> None:
    bring(client, county)
    for paper in ("a4-24", "50x30"):
        answer = client.get(
            f"/api/v1/labels?paper={paper}&school=SCH-A&skip=2", headers=as_user(county, "mei")
        )
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"NotoSansCJK" in answer.content.replace(b"#20", b"")
    refused = client.get("/api/v1/labels?paper=poster", headers=as_user(county, "mei"))
    assert refused.status_code == 422


def test_words_of_every_language_are_taken() -> None:
    kinds = vocabularies()["kind"]
    assert kinds["投影机"] == kinds["projector"] == "projector"
    assert vocabularies()["acquisition"]["购置"] == "purchase"


def test_fleet_imports_exports_and_prints_labels(run, county: County, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ledger, out = tmp_path / "ledger.csv", tmp_path / "out.xlsx"
    ledger.write_text(LEDGER)
    result = run("import", "devices", str(ledger), "--dry-run", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["created"] == 2
    assert run("import", "devices", str(ledger)).exit_code == 0
    assert run("export", "devices", "--out", str(out)).exit_code == 0
    heads = [cell.value for cell in next(openpyxl.load_workbook(out).active.iter_rows())]
    assert heads[:2] == ["Asset number", "Name"]
    book = tmp_path / "register.xlsx"
    assert run("export", "register", "--out", str(book)).exit_code == 0
    sheets = openpyxl.load_workbook(book)
    assert len(sheets.sheetnames) == 12
    assert [row[0].value for row in sheets["Devices"].iter_rows(min_row=2)].count("ZC-1") == 1
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert run("export", "register", "--out", str(tmp_path / "x.csv")).exit_code == 2
    pdf = tmp_path / "labels.pdf"
    assert run("labels", "--school", "SCH-A", "--paper", "50x30", "--out", str(pdf)).exit_code == 0
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_fleet_says_what_is_wrong_and_ends_with_one(run, county: County, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(LEDGER.replace("12800.5", "dear"))
    result = run("import", "devices", str(ledger))
    assert result.exit_code == 1
    assert "not an amount of money" in result.stdout
    assert "nothing was written" in result.stderr
    ledger.write_bytes(b"PK\x03\x04 broken")
    refused = run("import", "devices", str(ledger))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert run("import", "chairs", str(ledger)).exit_code == 2
    assert run("import", "devices", str(tmp_path / "none.csv")).exit_code == 2
    assert run("import", "devices", str(ledger), "--column", "x").exit_code == 2
    assert run("export", "devices", "--out", str(tmp_path / "x.pdf")).exit_code == 2
