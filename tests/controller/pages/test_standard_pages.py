"""Pages of target standards: apply, confirm, adopt, copy and edit, leave out; and who may."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County


@pytest.fixture
def admin(client: TestClient, county: County) -> TestClient:
    client.post("/login", data={"login": "admin", "password": PASSWORD})
    client.get("/standards?lang=en")
    return client


def _sent(client: TestClient, address: str, **form: str) -> str:
    answer = client.post(address, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def _document(page: str) -> tuple[str, str]:
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert text is not None
    assert seen is not None
    return unescape(text.group(1)), seen.group(1)


def test_a_standard_is_applied_to_schools_of_a_kind_and_ended(admin: TestClient) -> None:
    page = admin.get("/standards").text
    assert "Zibo three-year plan" in page
    assert "No standard is applied yet" in page
    form = {"bureau": "33", "school": "", "stage": "primary", "setting": "", "form": ""}
    home = _sent(admin, "/standards/national/apply?version=1", **form, valid_from="2026-01-01")
    assert home == "/standards/national?version=1"
    page = admin.get(home).text
    assert "Primary school" in page
    assert "In force" in page
    again = admin.post(
        "/standards/national/apply?version=1", data=form | {"valid_from": "2026-03-01"}
    )
    assert again.status_code == 409
    assert 'value="2026-03-01"' in again.text
    ending = re.search(r"/standards/bindings/[^/]+/end", page)
    assert ending is not None
    wrong = admin.post(ending.group(), data={"valid_until": "tomorrow"})
    assert wrong.status_code == 422
    assert wrong.text.count('id="fault"') == 1
    _sent(admin, ending.group(), valid_until="2025-12-01")
    assert "Not in force" in admin.get(home).text


def test_what_a_plan_leaves_open_is_answered_by_a_person(admin: TestClient) -> None:
    page = admin.get("/standards/zibo").text
    assert "城市学校…千兆及以上光纤接入" in page
    assert "Urban schools have access by fibre of 1 Gbit/s or more." in page
    assert "From which day do these targets hold?" in page
    ask = "/standards/zibo/questions/years?version=1"
    wrong = admin.post(ask, data={"answer": "soon", "organisation_code": "3304"})
    assert wrong.status_code == 422
    assert "soon" in wrong.text
    _sent(admin, ask, answer="2026-01-01", organisation_code="3304", note="会议纪要")
    assert "某县: 2026-01-01 (admin" in _text(admin.get("/standards/zibo").text)
    assert admin.get("/standards/zibo/questions/nothing").status_code == 404


def test_a_tolerance_is_adopted_by_name_and_day(admin: TestClient) -> None:
    form = {"organisation_code": "33", "name": "验收容差", "document_number": "甬教〔2026〕1号",
            "pass_share": "80", "adopted_by": "市教育局", "adopted_on": "2026-01-01",
            "valid_from": "2026-01-01"}  # fmt: skip
    wrong = admin.post("/standards/policies/new", data=form | {"test_share": "20"})
    assert wrong.status_code == 422
    assert "验收容差" in wrong.text
    nameless = admin.post("/standards/policies/new", data=form | {"name": " ", "test_share": "85"})
    assert nameless.status_code == 422
    home = _sent(admin, "/standards/policies/new", **form, test_share="85")
    page = _text(admin.get(home).text)
    assert "甬教〔2026〕1号 宁波市 85% 80% 市教育局, 2026-01-01" in page


def test_a_copy_is_edited_with_a_line_for_each_mistake(admin: TestClient) -> None:
    form = {"code": "ours", "title": "本市目标", "organisation_code": "33"}
    edit = _sent(admin, "/standards/national/copy?version=1", **form)
    assert edit == "/standards/ours/edit"
    text, seen = _document(admin.get(edit).text)
    broken = text.replace("'100'", "'-1'").replace("measure: access", "measure: speed", 1)
    answer = admin.post(edit, data={"document": broken + "targetz: 1\n", "seen": seen})
    assert answer.status_code == 422
    faults = re.findall(r"<li>(.*?)</li>", answer.text.split('id="fault"')[1].split("</ul>")[0])
    assert len(faults) >= 2
    assert _document(answer.text)[0].strip() == (broken + "targetz: 1\n").strip()
    twice = admin.post(edit, data={"document": "a: &b [1]\nc: *b", "seen": seen})
    assert "references" in twice.text
    assert "1:" in admin.post(edit, data={"document": "a: [", "seen": seen}).text
    home = _sent(admin, edit, document=text.replace("'100'", "'200'"), seen=seen)
    assert home == "/standards/ours?version=1"
    assert "200 Mbit/s" in admin.get(home).text
    # It was changed since this text was opened.
    assert admin.post(edit, data={"document": text, "seen": seen}).status_code == 412
    _sent(admin, "/standards/ours/apply?version=1", bureau="33", valid_from="2026-01-01")
    page = admin.get(edit).text
    assert "saving makes version 2" in page
    text, seen = _document(page)
    assert _sent(admin, edit, document=text, seen=seen) == "/standards/ours?version=2"
    assert admin.get("/standards/national/edit").status_code == 409


def test_time_and_schools_are_left_out_with_their_approver(admin: TestClient) -> None:
    new = "/compliance/exclusions/new"
    form = {"school": "SCH-A", "bureau": "33", "begins_at": "2026-09-07T08:00", "reason": "停电"}
    wrong = admin.post(new, data=form | {"ends_at": "2026-09-07T07:00"})
    assert wrong.status_code == 422
    assert "停电" in wrong.text
    home = _sent(admin, new, **form, ends_at="2026-09-07T12:00")
    page = admin.get(home).text
    assert '<time datetime="2026-09-07T00:00:00Z">' in page
    revoke = re.search(r"/compliance/exclusions/[^/]+/revoke", page)
    assert revoke is not None
    _sent(admin, revoke.group())
    assert "Revoked" in admin.get(home).text
    _sent(admin, "/compliance/exemptions/new", school_code="SCH-A", valid_from="2026-09-01",
          valid_until="", reason="整体搬迁")  # fmt: skip
    page = admin.get(home).text
    assert "整体搬迁" in page
    end = re.search(r"/compliance/exemptions/[^/]+/end", page)
    assert end is not None
    _sent(admin, end.group(), valid_until="2026-09-30")
    assert "2026-09-30" in admin.get(home).text


def test_who_may_change_nothing_is_shown_no_form(admin: TestClient) -> None:
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    for page in ("/standards", "/standards/zibo", "/compliance/exclusions"):
        answer = admin.get(page)
        assert answer.status_code == 200
        assert 'method="post"' not in answer.text.replace('method="post" action="/logout"', "")
        assert "/new" not in answer.text
    for form in ("/standards/policies/new", "/standards/zibo/apply", "/standards/zibo/copy",
                 "/standards/zibo/questions/years", "/compliance/exclusions/new",
                 "/compliance/exemptions/new"):  # fmt: skip
        assert admin.get(form).status_code == 403
        assert admin.post(form, data={}).status_code == 403
