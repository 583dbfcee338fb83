"""A person at the console, in a real browser."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from inventory.database import make_engine, session_factory, unit_of_work
from inventory.page_changes import note_schools
from tests.e2e.conftest import Watched, cookies_of, log_in
from tests.e2e.district import BROKEN, CORE, LINE_RURAL, PASSWORD, POINT, RURAL, URBAN, District

CHART = "[data-chart]"
# A sample every five minutes until the tests began; the longer they run, the fewer a range holds.
FULL_DAY, FULL_HOUR = re.compile(r"^28\d$"), re.compile(r"^1[0-3]$")


def test_logging_in_speaks_chinese_first_and_says_what_is_wrong(page: Page, site: str) -> None:
    watched = Watched(page, site)
    page.goto(f"/devices/{BROKEN}")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_label("用户名").fill("district")
    page.get_by_label("密码").fill("not the password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_have_text("用户名或密码错误。")
    expect(page.get_by_label("用户名")).to_have_value("district")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3号楼接入交换机")
    assert [fault for fault in watched.faults if "401" not in fault] == []


def test_the_overview_leads_from_a_fault_to_the_broken_device(office: Page) -> None:
    office.goto("/")
    expect(office.get_by_role("link", name="在线设备 70 / 71")).to_be_visible()
    office.get_by_role("link", name="3号楼接入交换机 无应答", exact=True).click()
    expect(office.locator("#banner-title")).to_have_text("离线")
    expect(office.locator("#live")).to_contain_text("无应答")
    expect(office.locator("#live")).to_contain_text("3号楼 2层弱电间")
    office.get_by_role("link", name=re.compile("#1 3号楼接入交换机")).click()
    expect(office.get_by_role("heading", level=1)).to_have_text("工单 #1")


def test_the_overview_shows_bandwidth_against_its_target(office: Page) -> None:
    office.goto("/")
    row = office.locator("tr", has_text="松岭乡中心小学")
    expect(row).to_contain_text("37.4 Mbit/s")
    expect(row).to_contain_text("/ 100 Mbit/s")
    expect(row).to_contain_text("未达标")
    expect(office.locator("tr", has_text="石桥县第一小学")).to_contain_text("达标")
    expect(office.locator("tr", has_text="竹湾教学点")).to_contain_text("尚未测速")


def test_a_device_page_draws_its_curves_over_the_range_one_chooses(office: Page) -> None:
    office.goto(f"/devices/{CORE}")
    traffic = office.locator(CHART).first
    expect(traffic).to_have_attribute("data-drawn", FULL_DAY)
    expect(traffic.locator(".u-legend")).to_contain_text("入向流量")
    expect(traffic.locator("canvas")).to_be_visible()
    office.get_by_role("link", name="1 小时").click()
    expect(office.locator(CHART).first).to_have_attribute("data-drawn", FULL_HOUR)
    expect(office).to_have_url(re.compile("range=1h"))
    office.get_by_label("端口", exact=True).first.select_option("GigabitEthernet0/0/7")
    expect(office).to_have_url(re.compile("port=GigabitEthernet0%2F0%2F7"))
    expect(office.locator(CHART).first).to_have_attribute("data-drawn", FULL_HOUR)


def test_curves_can_be_had_as_csv(office: Page) -> None:
    office.goto(f"/devices/{CORE}")
    address = office.get_by_role("link", name="下载 CSV 端口流量").get_attribute("href")
    answer = office.request.get(address or "")
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(rows) in range(2 * 280, 2 * 290, 2)
    assert {row["part"] for row in rows} == {"GigabitEthernet0/0/24"}
    assert all(float(row["value"]) >= 0 and row["time"].endswith("Z") for row in rows)


def test_ports_tell_state_speed_and_rates(office: Page) -> None:
    office.goto(f"/devices/{CORE}")
    uplink = office.locator("#ports tr", has_text="GigabitEthernet0/0/24")
    expect(uplink).to_contain_text("已连接")
    expect(uplink).to_contain_text("1 Gbit/s")
    # A simulated school is as quiet at night as a real one.
    expect(uplink).to_contain_text(re.compile("[kM]bit/s"))
    expect(office.locator("#ports tr", has_text="GigabitEthernet0/0/20")).to_contain_text("已禁用")


def test_the_school_page_holds_the_line_against_contract_and_target(office: Page) -> None:
    office.goto(f"/schools/{URBAN}")
    banner = office.locator("section.banner")
    for words in ("941 Mbit/s", "188 Mbit/s", "200 Mbit/s", "1 Gbit/s", "已连接", "1 台设备离线"):
        expect(banner).to_contain_text(words)
    expect(office.locator(CHART)).to_have_count(2)
    expect(office.locator(CHART).first).to_have_attribute("data-drawn", FULL_DAY)
    expect(office.locator(CHART).last).to_have_attribute("data-drawn", "14")
    expect(office.locator("#lines-title")).to_be_visible()
    office.get_by_role("link", name="7 天").click()
    expect(office).to_have_url(re.compile("range=7d"))


def test_english_is_one_click_away_and_stays(
    browser: Browser, browser_context_args: dict[str, Any], site: str
) -> None:
    # Somebody whom no other test needs: what is chosen is theirs in every browser.
    state = cookies_of(site, "english")
    context = browser.new_context(**browser_context_args, storage_state=state)
    page = context.new_page()
    page.goto("/devices")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
    page.goto(f"/schools/{RURAL}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Songling Central Primary School")
    assert not re.search("[\u4e00-\u9fff]", page.locator("nav#menu").inner_text())
    context.close()


def test_devices_are_filtered_sorted_and_paged_without_a_reload(office: Page) -> None:
    office.goto("/devices")
    rows = office.locator("#results tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("离线")
    office.evaluate("window.untouched = true")
    office.get_by_label("类型").select_option("ups")
    expect(rows).to_have_count(1)
    office.get_by_label("类型").select_option("")
    office.get_by_label("搜索", exact=True).fill("一体机")
    expect(office.locator("#results")).to_contain_text("共 66 条")
    office.get_by_role("link", name="地址").click()
    expect(office.locator("th", has_text="地址")).to_have_attribute("aria-sort", "ascending")
    assert office.evaluate("window.untouched")
    office.get_by_role("link", name="下一页").click()
    expect(rows).to_have_count(16)
    office.goto("/devices?q=nothing-is-called-this")
    expect(office.locator("#results")).to_contain_text("没有符合条件的设备")


def test_a_ticket_is_accepted_worked_on_and_resolved(office: Page) -> None:
    office.goto("/tickets")
    office.get_by_role("link", name="会议室投影仪无法开机").click()
    office.get_by_role("button", name="接单").click()
    expect(office.locator("#live")).to_contain_text("已派单")
    office.get_by_role("button", name="开始处理").click()
    expect(office.locator("#live")).to_contain_text("陈志远")
    office.get_by_label("发现了什么，做了什么").fill("更换了灯泡 <b>")
    office.get_by_role("button", name="标记为已解决").click()
    expect(office.locator("ol.log")).to_contain_text("更换了灯泡 <b>")
    expect(office.locator("#live dl")).to_contain_text("已解决")


def test_an_alert_is_acknowledged_with_the_name_of_who_saw_it(office: Page) -> None:
    office.goto(f"/alerts?school={URBAN}")
    item = office.locator("li.alert-item", has_text="3号楼接入交换机 无应答")
    item.get_by_role("button", name="确认").click()
    expect(item).to_contain_text("陈志远 已确认")
    item.get_by_role("button", name="撤销确认").click()
    expect(item.get_by_role("button", name="撤销确认")).to_have_count(0)
    expect(item).not_to_contain_text("陈志远 已确认")


def test_a_live_part_renews_itself_but_not_under_the_reader(office: Page) -> None:
    office.clock.install()
    office.goto("/tickets?state=all")
    link = office.locator("#results a").first
    link.focus()
    asked: list[str] = []
    office.on("request", lambda request: asked.append(request.url))
    office.clock.run_for(61_000)
    assert [url for url in asked if "/live?" not in url] == []
    link.blur()
    with office.expect_response(re.compile("/tickets")):
        office.clock.run_for(61_000)


def test_an_open_page_shows_at_once_what_another_process_has_changed(
    office: Page, district: District
) -> None:
    with office.expect_response(re.compile("/live")):
        office.goto("/tickets?state=all")
    engine = make_engine(district.database_url)
    with office.expect_response(re.compile("/tickets")):
        with unit_of_work(session_factory(engine)) as session:
            note_schools(session, [URBAN], datetime.now(UTC))
        engine.dispose()


def test_a_school_administrator_sees_their_own_school_and_no_other(
    browser: Browser, browser_context_args: dict[str, object]
) -> None:
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    log_in(page, "gao")
    expect(page).to_have_url(re.compile(f"/schools/{URBAN}$"))
    for path in (f"/schools/{RURAL}", f"/charts/{LINE_RURAL}/speedtest"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
    page.goto(f"/schools/{POINT}")
    expect(page.locator("main")).to_contain_text("此处没有内容")
    page.get_by_role("button", name="高文").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login$"))
    assert page.goto("/").url.endswith("/login")  # type: ignore[union-attr]
    context.close()


def test_what_a_role_may_not_read_is_not_there(
    browser: Browser, browser_context_args: dict[str, object]
) -> None:
    context = browser.new_context(**browser_context_args)
    page = context.new_page()
    log_in(page, "buyer")
    expect(page.get_by_role("link", name="告警")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("当前故障")
    answer = page.goto("/alerts")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("您的角色不允许此操作。")
    context.close()


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_never_scrolls_sideways(office: Page, width: int) -> None:
    office.set_viewport_size({"width": width, "height": 844})
    for path in ("/", "/schools", f"/schools/{URBAN}", "/devices", f"/devices/{CORE}", "/tickets"):
        office.goto(path)
        if office.locator(CHART).count():
            expect(office.locator(CHART).first).to_have_attribute("data-drawn", re.compile(r"\d"))
        assert office.evaluate("document.documentElement.scrollWidth") <= width, path
    office.get_by_role("button", name="菜单").click()
    expect(office.get_by_role("navigation", name="主菜单")).to_be_visible()


def test_dark_is_kept_and_charts_follow(office: Page) -> None:
    office.goto(f"/devices/{CORE}")
    office.get_by_role("button", name="切换浅色与深色").click()
    expect(office.locator("html")).to_have_attribute("data-bs-theme", "dark")
    office.reload()
    expect(office.locator("html")).to_have_attribute("data-bs-theme", "dark")
