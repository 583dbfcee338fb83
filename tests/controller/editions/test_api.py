"""The whole way of an edition through the API, each step as whoever takes it."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from controller.compliance.evidence import verify
from controller.editions.package import package_differences
from controller.reports.content import decode
from controller.settings import Settings
from inventory.models import Level
from tests.controller.county import County
from tests.controller.editions.bureau import (
    EDITIONS,
    MONTH,
    PDF,
    As,
    add_people,
    deadline,
    let_days_pass,
)


class Bureau:
    """A client, and the people it speaks as."""

    def __init__(self, client: TestClient, tokens: dict[str, str]) -> None:
        self.client = client
        self._people = {login: As(client, token) for login, token in tokens.items()}

    def __getitem__(self, login: str) -> As:
        return self._people[login]

    def reach(self, edition: str, state: str) -> dict[str, Any]:
        """The edition, as soon as the work in the background has brought it so far."""

        for _ in range(600):
            found: dict[str, Any] = self["officer"].get(f"{EDITIONS}/{edition}")
            if found["edition"]["state"] == state:
                return found
            time.sleep(0.1)
        pytest.fail(f"not {state}: {found}")

    def to_draft(self, place: str = "3304", reason: str = "") -> str:
        body = {"place": place, "day": MONTH.isoformat(), "reason": reason}
        edition: str = self["officer"].post(EDITIONS, body, 202)["id"]
        self.reach(edition, "computed")
        until_day = {"appeals_until": deadline().isoformat()}
        self["officer"].post(f"{EDITIONS}/{edition}/draft", until_day)
        return edition

    def to_frozen(self, edition: str, number: str) -> dict[str, Any]:
        let_days_pass(self.client)
        self["officer"].post(f"{EDITIONS}/{edition}/review")
        signature = {"document_number": number, "issuer": "某县教育局", "signer": "李局长"}
        self["director"].post(f"{EDITIONS}/{edition}/issue", signature, 202)
        return self.reach(edition, "frozen")


@pytest.fixture
def bureau(settings: Settings, county: County, client: TestClient) -> Bureau:
    return Bureau(client, county.tokens | add_people(settings.database_url))


def check_package(content: bytes, edition: dict[str, Any]) -> None:
    """Everything is in one file, which anybody judges again without the controller."""
    sha256, differences = package_differences(io.BytesIO(content), edition["sha256"])
    assert (sha256, differences) == (edition["sha256"], [])
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        bundle = json.loads(package.read("evidence/3304.json"))
        head = decode(package.read("content.json"))
        names = set(package.namelist())
    assert verify(bundle) == []
    assert [(one.place, one.sha256) for one in head.evidence.bundles] == [
        ("3304", bundle["sha256"])
    ]
    assert (head.head.is_draft, head.head.document_number) == (False, "某教〔2026〕1号")
    printed = {
        f"report.{lang}.{end}" for lang in ("zh_CN", "en") for end in ("pdf", "docx", "xlsx")
    }
    assert names == printed | {
        "manifest.json",
        "draft.json",
        "content.json",
        "months.json",
        "evidence/3304.json",
    }


def test_an_edition_is_computed_appealed_against_reviewed_signed_and_frozen(
    bureau: Bureau,
) -> None:
    officer, school, director = bureau["officer"], bureau["mei"], bureau["director"]
    edition = bureau.to_draft()
    officer.post(EDITIONS, {"place": "3304", "day": MONTH.isoformat()}, 409)

    # The school sees its own part, says what is wrong with it, and brings a letter.
    parts = school.get("/api/v1/report-edition-parts")["items"]
    assert [(one["school_code"], one["edition_state"]) for one in parts] == [("SCH-A", "draft")]
    own = school.get(f"{EDITIONS}/{edition}/schools/SCH-A")
    assert own["verdict"]["school"] == "SCH-A"
    school.get(f"{EDITIONS}/{edition}/schools/SCH-B", 404)
    school.get(f"{EDITIONS}/{edition}", 404)
    appeal = school.post(
        f"{EDITIONS}/{edition}/appeals", {"school_code": "SCH-A", "text": "停电一天"}, 201
    )
    files = f"/api/v1/report-appeals/{appeal['id']}/files"
    letter = school.send(f"{files}?name=letter.pdf", PDF)
    assert officer.get(f"{files}/{letter['id']}").content == PDF
    bureau["head-b"].get(files, 404)

    # Feedback lasts, and nothing is signed while an appeal waits.
    officer.post(f"{EDITIONS}/{edition}/review", expected=409)
    let_days_pass(bureau.client)
    late = {"school_code": "SCH-A", "text": "x"}
    school.post(f"{EDITIONS}/{edition}/appeals", late, 409)
    officer.post(f"{EDITIONS}/{edition}/review")
    signature = {"document_number": "某教〔2026〕1号", "issuer": "某县教育局"}
    director.post(f"{EDITIONS}/{edition}/issue", signature, 409)
    answer = {
        "upheld": True,
        "answer": "属实",
        "exclusion": {
            "begins_at": f"{MONTH}T00:00:00+08:00",
            "ends_at": f"{MONTH}T23:00:00+08:00",
            "reason": "停电",
        },
    }
    path = f"/api/v1/report-appeals/{appeal['id']}/answer"
    school.post(path, answer, 403)
    assert officer.post(path, answer)["remedy"] == "exclusion"
    director.post(f"{EDITIONS}/{edition}/issue", signature, 409)
    officer.post(f"{EDITIONS}/{edition}/computation", {"comment": "申诉成立"}, 202)
    assert bureau.reach(edition, "computed")["edition"]["round"] == 2

    # Once more through the schools' hands; then somebody else signs.
    officer.post(f"{EDITIONS}/{edition}/draft", {"appeals_until": deadline().isoformat()})
    let_days_pass(bureau.client)
    officer.post(f"{EDITIONS}/{edition}/review")
    officer.post(f"{EDITIONS}/{edition}/issue", signature, 403)
    director.post(f"{EDITIONS}/{edition}/issue", signature, 202)
    found = bureau.reach(edition, "frozen")
    assert found["edition"]["signer"] == "Director"
    assert [one["after"] for one in found["steps"]][-4:] == ["draft", "review", "issued", "frozen"]
    assert officer.get(f"{EDITIONS}/{edition}/verification")["identical"]
    # Nothing writes over the month that was signed.
    kept = officer.get(f"/api/v1/compliance/summary?at=3304&month={MONTH:%Y-%m}")
    assert kept["frozen"] == kept["counts"]["schools"] > 0

    check_package(officer.get(f"{EDITIONS}/{edition}/package").content, found["edition"])
    sha256 = found["edition"]["sha256"]
    scan = director.send(f"{EDITIONS}/{edition}/scans?name=scan.pdf", PDF)
    assert bureau["viewer"].get(f"{EDITIONS}/{edition}/scans/{scan['id']}").content == PDF
    director.send(f"{EDITIONS}/{edition}/scans?name=x.pdf", b"<html>", 422)
    assert school.get(f"{EDITIONS}/{edition}/schools/SCH-A")["sha256"] == sha256

    # Each step is in the audit trail, with the address it came from.
    trail = bureau["admin"].get("/api/v1/audit?table=edition_step")["items"]
    assert {"officer", "director"} <= {one["actor"] for one in trail}
    assert all(one["address"] for one in trail)


def test_a_county_sees_its_own_editions_and_nobody_elses(bureau: Bureau) -> None:
    edition = bureau.to_draft("SCH-A")
    listed = {login: bureau[login].get(EDITIONS)["total"] for login in ("officer", "city")}
    assert listed == {"officer": 1, "city": 1}
    for login in ("neighbour", "mei", "head-b", "viewer"):
        assert bureau[login].get(EDITIONS)["total"] == 0
        bureau[login].get(f"{EDITIONS}/{edition}", 404)
        bureau[login].get(f"{EDITIONS}/{edition}/documents/draft.json", 404)
        bureau[login].get(f"{EDITIONS}/{edition}/package", 404)
    bureau["neighbour"].post(f"{EDITIONS}/{edition}/review", expected=404)
    bureau["neighbour"].post(EDITIONS, {"place": "3304", "day": MONTH.isoformat()}, 404)
    bureau["mei"].post(EDITIONS, {"place": "SCH-A", "day": MONTH.isoformat()}, 403)
    bureau.to_frozen(edition, "某教〔2026〕2号")
    # A school reads what was issued about it; who only reads, what is frozen.
    for login, total in (("neighbour", 0), ("mei", 1), ("head-b", 0), ("viewer", 1)):
        assert bureau[login].get(EDITIONS)["total"] == total
    assert bureau["mei"].get(f"{EDITIONS}/{edition}")["edition"]["state"] == "frozen"
    bureau["neighbour"].get(f"{EDITIONS}/{edition}/package", 404)


def test_a_correction_supersedes_and_the_old_edition_stays(bureau: Bureau) -> None:
    first = bureau.to_draft("SCH-B")
    before = bureau.to_frozen(first, "某教〔2026〕3号")["edition"]
    again = {"place": "SCH-B", "day": MONTH.isoformat()}
    bureau["officer"].post(EDITIONS, again, 422)
    second = bureau.to_draft("SCH-B", "合同录入有误")
    after = bureau.to_frozen(second, "某教〔2026〕4号")["edition"]
    assert (after["number"], after["supersedes_id"]) == (2, first)
    kept = bureau["officer"].get(f"{EDITIONS}/{first}")["edition"]
    assert kept == before | {"superseded_by": second}
    assert bureau["officer"].get(f"{EDITIONS}/{first}/verification")["identical"]
    for step in ("withdrawal", "computation"):
        bureau["officer"].post(f"{EDITIONS}/{first}/{step}", {"comment": "x"}, 409)


def test_a_township_has_reports_of_its_own(bureau: Bureau) -> None:
    town = bureau["town"]
    town.post(EDITIONS, {"place": "3304", "day": MONTH.isoformat()}, 404)
    body = {"place": "330401", "day": MONTH.isoformat()}
    edition = town.post(EDITIONS, body, 202)["id"]
    found = bureau.reach(edition, "computed")["edition"]
    assert (found["place"], found["schools"]) == ("330401", 1)
    draft = decode(town.get(f"{EDITIONS}/{edition}/documents/draft.json").content)
    assert (draft.head.level, draft.head.place.name) == (Level.township, "濮院镇")
    assert [one.school.code for one in draft.schools] == ["SCH-T"]
    bureau["neighbour"].get(f"{EDITIONS}/{edition}", 404)
    bureau["mei"].get(f"{EDITIONS}/{edition}", 404)
    # The county's people see to it as well; its schools are in the county's report, too.
    assert bureau["officer"].get(f"{EDITIONS}?place=3304")["total"] == 1
    period = f"from={MONTH.replace(day=1)}&to={MONTH}"
    table = town.get(f"/api/v1/reports/preview?org=330401&{period}&format=csv").text
    assert "SCH-T" in table
    assert "SCH-A" not in table
    town.get(f"/api/v1/reports/preview?org=3304&{period}&format=csv", 404)
    for page in ("/reports/new", f"/compliance?under=330401&month={MONTH:%Y-%m}"):
        assert "濮院镇" in town.get(page).text


def test_amounts_of_money_are_told_by_choice_alone(bureau: Bureau) -> None:
    body = {"place": "SCH-B", "kind": "year", "day": f"{MONTH.year - 1}-03-01"}
    for chosen in (False, True):
        told = bureau["officer"].post(EDITIONS, body | {"tells_amounts": chosen}, 202)
        assert told["tells_amounts"] is chosen
        edition = told["id"]
        bureau.reach(edition, "computed")
        draft = bureau["officer"].get(f"{EDITIONS}/{edition}/documents/draft.json")
        assert decode(draft.content).head.tells_amounts is chosen
        bureau["officer"].post(f"{EDITIONS}/{edition}/withdrawal", {"comment": "x"})
    month = body | {"kind": "month", "tells_amounts": True}
    assert bureau["officer"].post(EDITIONS, month, 202)["tells_amounts"] is False
