"""The pages of editions: every step in a browser's forms, and a school's part with its appeal."""

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.app import create_app
from controller.settings import Settings
from tests.controller.county import PASSWORD, County
from tests.controller.editions.bureau import MONTH, PDF, add_people, deadline, let_days_pass


class Browser:
    """A client that logs in as one person after another."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def become(self, login: str) -> "Browser":
        self.client.cookies.clear()
        form = {"login": login, "password": PASSWORD}
        assert self.client.post("/login", data=form).status_code == 200
        return self

    def see(self, path: str, expected: int = 200) -> str:
        answer = self.client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert answer.status_code == expected, answer.text[-2000:]
        return answer.text

    def send(self, path: str, expected: int = 200, **form: str) -> Response:
        answer = self.client.post(path, data=form)
        assert answer.status_code == expected, answer.text[-2000:]
        return answer


@pytest.fixture
def app(settings: Settings, county: County) -> FastAPI:
    add_people(settings.database_url)
    return create_app(settings)


@pytest.fixture
def people(client: TestClient) -> Browser:
    return Browser(client)


def appeal_as_a_school(people: Browser, here: str) -> None:
    """The school finds the draft, reads its own part, and appeals with a letter."""
    school = people.become("mei")
    listed = school.see("/reports")
    assert "What reports say of your schools" in listed
    assert "badge" in listed
    part = f"{here}/schools/SCH-A"
    assert part in listed
    assert 'name="text"' in school.see(part)
    school.see(f"{here}/schools/SCH-B", 404)
    school.see(here, 404)
    files = {"file": ("letter.pdf", PDF, "application/pdf")}
    answer = school.client.post(f"{part}/appeals", data={"text": "停电一天"}, files=files)
    assert answer.status_code == 200
    assert "letter.pdf" in school.see(part)
    school.send(f"{part}/appeals", 409, text="Again")


def test_an_edition_is_brought_to_its_hash_by_forms(people: Browser) -> None:
    officer = people.become("officer")
    assert "Open a report" in officer.see("/reports")
    assert f"{MONTH:%Y-%m}" in officer.see("/reports/new")
    early = officer.send("/reports", 409, place="3304", kind="month", month="2099-01")
    assert "2099-01-31" in early.text
    opened = officer.send("/reports", place="3304", kind="month", month=f"{MONTH:%Y-%m}")
    here = opened.url.path
    for _ in range(600):
        page = officer.see(here)
        if "Open the draft to its schools" in page:
            break
    assert "draft.json" in page
    read = officer.client.get(f"{here}/documents/draft.pdf")
    assert read.content.startswith(b"%PDF")
    refused = officer.send(f"{here}/draft", 422, appeals_until="2001-01-01")
    assert 'role="alert"' in refused.text
    officer.send(f"{here}/draft", appeals_until=deadline().isoformat())
    assert "The review may begin after" in officer.see(here)

    appeal_as_a_school(people, here)
    officer = people.become("officer")
    let_days_pass(officer.client)
    officer.send(f"{here}/review")
    page = officer.see(here)
    assert "停电一天" in page
    appeal = page.split(f'action="{here}/appeals/')[1].split('"')[0]
    officer.send(f"{here}/appeals/{appeal}", 422, answer="x", decision="exclusion", begins_at="?")
    officer.send(f"{here}/appeals/{appeal}", answer="Measured as it was", decision="rejected")
    signature = {
        "document_number": "某教〔2026〕9号",
        "issuer": "某县教育局",
        "signer": "李局长",
        "issued_on": deadline().replace(year=2001).isoformat(),
    }
    officer.send(f"{here}/issue", 403, **signature)
    director = people.become("director")
    assert "某教〔2026〕9号" in director.send(f"{here}/issue", 422, **signature).text
    today = director.see(here).split('name="issued_on" type="date" max="')[1][:10]
    director.send(f"{here}/issue", **(signature | {"issued_on": today}))
    for _ in range(600):
        page = director.see(f"{here}?verify=true")
        if "Every part is as it was frozen" in page:
            break
    assert "report.zh_CN.pdf" in page
    got = director.client.get(f"{here}/documents/report.en.pdf")
    assert got.content.startswith(b"%PDF")
    scan = {"file": ("scan.pdf", PDF, "application/pdf")}
    assert director.client.post(f"{here}/scans", files=scan).status_code == 200
    assert "Stamped scan" in director.see(here)
    assert director.client.post(f"{here}/scans", files={"file": ("x", b"<")}).status_code == 422
    assert "SHA-256" in people.become("mei").see(f"{here}/schools/SCH-A")
    people.become("neighbour").see(here, 404)


def test_an_edition_is_withdrawn_and_every_refusal_is_told(people: Browser) -> None:
    officer = people.become("officer")
    form = {"place": "SCH-B", "kind": "month", "month": f"{MONTH:%Y-%m}"}
    here = officer.send("/reports", **form).url.path
    officer.send("/reports", 409, **form)
    officer.send(f"{here}/review", 409)
    officer.send(f"{here}/nothing", 404)
    officer.send(f"{here}/withdrawal", 422, comment=" ")
    officer.send(f"{here}/withdrawal", comment="Opened by mistake")
    assert "Opened by mistake" in officer.see(here)
    people.become("viewer").see("/reports/new", 403)
    assert "No report here yet" in people.become("head-b").see("/reports")
