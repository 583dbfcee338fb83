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


def _as(client: TestClient, login: str) -> None:
    client.post("/login", data={"login": login, "password": PASSWORD})
    client.get("/standards?lang=en")


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
    home = _sent(admin, "/standards/national/apply", **form, valid_from="2026-01-01")
    assert home == "/standards/national?version=2"
    page = admin.get(home).text
    assert "Primary school" in page
    assert "In force" in page
    again = admin.post("/standards/national/apply", data=form | {"valid_from": "2026-03-01"})
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
    edit = _sent(admin, "/standards/national/copy", **form)
    assert edit == "/standards/ours/form"
    edit = "/standards/ours/edit"
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


def test_what_a_school_asks_to_leave_out_is_approved_by_the_bureau(admin: TestClient) -> None:
    _as(admin, "mei")
    new = "/compliance/exclusions/new"
    form = {"school": "SCH-A", "begins_at": "2026-09-07T08:00", "reason": "停电"}
    wrong = admin.post(new, data=form | {"ends_at": "2026-09-07T07:00"})
    assert wrong.status_code == 422
    assert "停电" in wrong.text
    home = _sent(admin, new, **form, ends_at="2026-09-07T12:00")
    page = admin.get(home).text
    assert '<time datetime="2026-09-07T00:00:00Z">' in page
    assert "Awaits approval" in page
    assert "Withdraw" in page
    [revoke] = re.findall(r"/compliance/exclusions/[^/]+/revoke", page)
    approve = revoke.replace("revoke", "approve")
    assert approve not in page
    assert admin.post(approve).status_code == 403
    _sent(admin, "/compliance/exemptions/new", school_code="SCH-A", valid_from="2026-09-01",
          valid_until="", reason="整体搬迁")  # fmt: skip
    _as(admin, "admin")
    page = admin.get(home).text
    assert approve in page
    _sent(admin, approve)
    assert admin.post(approve).status_code == 409
    _sent(admin, revoke)
    page = admin.get(home).text
    assert "Revoked" in page
    assert "整体搬迁" in page
    [approve] = re.findall(r"/compliance/exemptions/[^/]+/approve", page)
    _sent(admin, approve)
    [end] = re.findall(r"/compliance/exemptions/[^/]+/end", admin.get(home).text)
    _sent(admin, end, valid_until="2026-09-30")
    assert "2026-09-30" in admin.get(home).text


def test_nobody_is_offered_to_approve_what_he_asks_for(admin: TestClient) -> None:
    home = _sent(admin, "/compliance/exemptions/new", school_code="SCH-A",
                 valid_from="2026-09-01", valid_until="", reason="整体搬迁")  # fmt: skip
    [decline] = re.findall(r"/compliance/exemptions/[^/]+/decline", admin.get(home).text)
    approve = decline.replace("decline", "approve")
    assert approve not in admin.get(home).text
    assert admin.post(approve).status_code == 409
    _sent(admin, decline)
    assert "Declined" in admin.get(home).text


def test_who_may_change_nothing_is_shown_no_form(admin: TestClient) -> None:
    admin.post("/login", data={"login": "mei", "password": PASSWORD})
    for page in ("/standards", "/standards/zibo"):
        answer = admin.get(page)
        assert answer.status_code == 200
        assert 'method="post"' not in answer.text.replace('method="post" action="/logout"', "")
        assert "/new" not in answer.text
    for form in ("/standards/policies/new", "/standards/zibo/apply", "/standards/zibo/copy",
                 "/standards/zibo/questions/years", "/standards/zibo/replace"):  # fmt: skip
        assert admin.get(form).status_code == 403
        assert admin.post(form, data={}).status_code == 403


def _card_of(page: str, number: int) -> dict[str, str]:
    """What the form of a standard says, as a browser would send it; ``number`` cards of it."""
    said: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and not ("checkbox" in tag and " checked" not in tag):
            said[name.group(1)] = unescape(value.group(1) if value else "")
    for name, options in re.findall(r'<select [^>]*name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        said[name] = chosen.group(1) if chosen else ""
    assert said["cards"] == str(number)
    return said


def test_a_copy_is_edited_in_a_form_that_tells_what_would_change(admin: TestClient) -> None:
    copy = {"code": "ours", "title": "本市目标", "organisation_code": "33"}
    form = _sent(admin, "/standards/national/copy", **copy)
    _sent(admin, "/standards/ours/apply", bureau="33", valid_from="2026-01-01", is_public="true")
    assert "Public schools" in admin.get("/standards/ours").text
    opened = admin.get(form).text
    assert "Macro" not in opened
    said = _card_of(opened, 1)
    assert (said["t1_value"], said["t1_stages_primary"]) == ("100", "on")
    more = _card_of(admin.post(form, data=said | {"act": "add"}).text, 2)
    more |= {"t1_value": "200", "t2_measure": "wireless_coverage", "t2_value": "190"}
    wrong = admin.post(form, data=more | {"act": "save"})
    assert wrong.status_code == 422
    faults = _text(wrong.text.split('id="fault"')[1].split("</ul>")[0])
    assert "Target 2: the plan's words are missing." in faults
    assert "Target 2: the value is a share: 100 (per cent) at most." in faults
    assert _card_of(wrong.text, 2)["t2_value"] == "190"
    more |= {"t2_value": "90", "t2_quote": "无线全覆盖", "t2_settings_rural": "on"}
    told = admin.post(form, data=more | {"act": "preview"})
    assert told.status_code == 200
    words = _text(told.text.split('id="preview"')[1].split("</section>")[0])
    assert "at least 100 Mbit/s" in words
    assert "at least 200 Mbit/s" in words
    assert "Rooms with wireless coverage at least 90%, Rural" in words
    assert "The standard holds for 2 schools today." in words
    assert admin.get("/standards/ours?version=2").status_code == 404
    home = _sent(admin, form, **more | {"act": "save"})
    assert home == "/standards/ours?version=2"
    page = admin.get(home).text
    assert "At 1 place an older version still holds." in _text(page)
    assert "at least 200 Mbit/s" in page.split('id="history"')[1]
    # It was opened from the version before.
    late = admin.post(form, data=more | {"act": "save", "t1_value": "300"})
    assert late.status_code == 412
    assert "at least 300 Mbit/s" in late.text
    _sent(admin, "/standards/ours/replace?version=2", since="2026-09-01")
    assert "older version" not in _text(admin.get(home).text)
    assert "2026-01-01 – 2026-08-31" in _text(admin.get("/standards/ours?version=1").text)
    again = admin.post("/standards/ours/replace?version=2", data={"since": "2026-09-01"})
    assert again.status_code == 422
