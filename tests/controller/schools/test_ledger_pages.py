"""People, figures, lines, reminders and shortages in the console."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import FastAPI
from starlette.testclient import TestClient

from drivers.readings import Kind
from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, Lifecycle
from inventory.models.base import utc_now

Browse = Callable[[str], TestClient]
RECORDS = "/schools/SCH-A/records"
LEDGER = "/schools/SCH-A/ledger"


def _day(ahead: int) -> str:
    return day_of(utc_now() + timedelta(days=ahead)).isoformat()


def _sent(browser: TestClient, path: str, **said: str) -> int:
    return browser.post(f"{RECORDS}/{path}", data=said, follow_redirects=False).status_code


def test_a_school_names_its_people_and_certificates_that_end_are_seen(browse: Browse) -> None:
    mei = browse("mei")
    assert f'href="{LEDGER}"' in mei.get("/schools/SCH-A").text
    assert "Nobody is named yet" in mei.get(LEDGER).text
    said = {
        "name": "王老师", "role": "network_administrator", "certificate_name": "网络管理员",
        "certificate_level": "middle", "certificate_expires_on": _day(30),
    }  # fmt: skip
    assert _sent(mei, "staff/new", **said) == 303
    page = mei.get(LEDGER).text
    assert "Middle level" in page
    member = page.split(f'href="{RECORDS}/staff/')[2].split('"')[0]
    reminders = mei.get("/reminders").text
    assert "王老师" in reminders
    assert "100%" in reminders
    assert "王老师" not in mei.get("/reminders?days=7").text
    unnamed = mei.post(f"{RECORDS}/staff/{member}", data=said | {"certificate_name": ""})
    assert unnamed.status_code == 422
    assert "name it" in unnamed.text
    assert _sent(mei, f"staff/{member}/remove") == 303


def test_figures_lines_and_steps_are_for_the_bureau(browse: Browse) -> None:
    mei = browse("mei")
    for kind in ("figures", "lines", "changes"):
        assert mei.get(f"{RECORDS}/{kind}/new").status_code == 403
    assert f"{RECORDS}/lines/" not in mei.get(LEDGER).text


def test_the_bureau_keeps_figures_lines_and_steps_on_their_forms(browse: Browse) -> None:
    admin = browse("admin")
    figures = {
        "school_year": "2026", "students": "900", "teachers": "60", "classes": "24",
        "taken_on": "2026-09-10",
    }  # fmt: skip
    assert _sent(admin, "figures/new", **figures) == 303
    assert _sent(admin, "figures/new", **figures) == 409
    assert _sent(admin, "figures/new", **(figures | {"students": "many"})) == 422
    line = {"provider": "移动", "down_mbps": "500", "up_mbps": "100", "medium": "fibre"}
    assert _sent(admin, "lines/new", **line, ends_on=_day(20), yearly_fee_cny="9600.50") == 303
    assert _sent(admin, "lines/new", **(line | {"up_mbps": "0"})) == 422
    page = admin.get(LEDGER).text
    for text in ("2026/2027", "900", "移动", "¥ 9,600.50"):
        assert text in page
    assert "移动" in admin.get("/reminders").text
    for path in ("lines/l-a", page.split(f'href="{RECORDS}/figures/')[2].split('"')[0]):
        kind = path if path.startswith("lines") else f"figures/{path}"
        assert admin.get(f"{RECORDS}/{kind}").status_code == 200
    close = {"kind": "close", "takes_effect_on": _day(60), "reason": "布局调整"}
    assert _sent(admin, "changes/new", **close) == 303
    page = admin.get(LEDGER).text
    assert "布局调整" in page
    assert "Take back" in page
    again = admin.post(f"{RECORDS}/changes/new", data=close)
    assert again.status_code == 409
    step = page.split(f'action="{RECORDS}/changes/')[1].split("/")[0]
    assert _sent(admin, f"changes/{step}/remove") == 303
    now = close | {"kind": "merge", "takes_effect_on": _day(-1), "successor_code": "SCH-B"}
    assert _sent(admin, "changes/new", **now) == 303
    assert "It has become part of 学校SCH-B." in admin.get(LEDGER).text


def test_the_shortage_list_shows_sums_and_schools(browse: Browse) -> None:
    admin = browse("admin")
    assert "No standard is in force" in admin.get("/shortages").text
    rule = {
        "standard": "配备标准", "item": "录播教室", "basis": "school", "quantity": 1,
        "placed_in": "lecture_recording_room", "valid_from": "2026-01-01",
    }  # fmt: skip
    made = admin.post("/api/v1/equipment-standards", json=rule)
    assert made.status_code == 201, made.text
    page = admin.get("/shortages").text
    assert 'href="/schools/SCH-B"' in page
    assert 'href="/api/v1/shortages.csv"' in page
    room = {"name": "录播", "kind": "lecture_recording_room"}
    assert _sent(admin, "rooms/new", **room) == 303
    page = admin.get("/shortages?item=录播教室").text
    assert 'href="/schools/SCH-A"' not in page
    assert 'href="/schools/SCH-B"' in page
    everybody = admin.get("/shortages?item=录播教室&every=1").text
    assert 'href="/schools/SCH-A"' in everybody, "who has it is among those that are required"
    assert "Nothing is on order" in admin.get("/shortages/on-order?item=录播教室").text


def test_what_is_on_order_is_listed_behind_its_sum(browse: Browse, app: FastAPI) -> None:
    with unit_of_work(app.state.sessions) as session:
        for number, school in enumerate(("SCH-A", "SCH-A", "SCH-B")):
            device = Device(id=f"d-o-{number}", school_code=school, name="投影机")
            device.kind, device.lifecycle = Kind.projector, Lifecycle.ordered
            session.add(device)
    admin = browse("admin")
    rule = {
        "standard": "配备标准", "item": "投影", "basis": "school", "quantity": 4,
        "kinds": "projector", "valid_from": "2026-01-01",
    }  # fmt: skip
    assert admin.post("/api/v1/equipment-standards", json=rule).status_code == 201
    links = [one.split('"')[0] for one in admin.get("/shortages").text.split('href="')[1:]]
    behind = [one.replace("&amp;", "&") for one in links if one.startswith("/shortages/on-order?")]
    assert len(behind) == 3, "the sum, and each of two schools"
    texts = [admin.get(one).text for one in behind]
    assert ["3 pieces" in text for text in texts] == [True, False, False]
    assert sum("2 pieces" in text for text in texts) == 1
    school = "/devices?school=SCH-B&amp;kind=projector&amp;life=ordered"
    assert [school in text for text in texts].count(True) == 2


def test_the_bureau_writes_standards_down_and_everybody_reads_them(browse: Browse) -> None:
    admin = browse("admin")
    assert "No rule yet" in admin.get("/equipment-standards").text
    rule = {
        "standard": "配备标准", "item": "学生计算机", "basis": "student", "quantity": "1",
        "per": "6", "kinds": "terminal", "placed_in": "computer_room", "stage": "primary",
        "organisation_code": "3304", "classes_from": "6", "valid_from": "2026-01-01",
    }  # fmt: skip
    added = admin.post("/equipment-standards/new", data=rule, follow_redirects=False)
    assert added.headers["location"] == "/equipment-standards"
    page = admin.get("/equipment-standards").text
    for text in ("1 / 6", "Each student", "Terminal · Computer room", "某县", "Classes 6–"):
        assert text in page
    path = "/equipment-standards/" + page.split('href="/equipment-standards/')[2].split('"')[0]
    assert 'value="terminal"' in admin.get(path).text
    unknown = admin.post(path, data=rule | {"kinds": "blackboard"})
    assert unknown.status_code == 422
    assert 'value="blackboard"' in unknown.text
    changed = rule | {"valid_until": "2026-06-30"}
    assert admin.post(path, data=changed, follow_redirects=False).status_code == 303
    assert "Not in force" in admin.get("/equipment-standards").text
    assert admin.post(f"{path}/remove", follow_redirects=False).status_code == 303
    assert "No rule yet" in admin.get("/equipment-standards").text


def test_schools_read_standards_and_make_none(browse: Browse) -> None:
    mei = browse("mei")
    assert mei.get("/equipment-standards").status_code == 200
    assert "/equipment-standards/new" not in mei.get("/equipment-standards").text
    assert mei.get("/equipment-standards/new").status_code == 403
