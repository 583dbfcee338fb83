"""A room is counted with the network switched off; what was seen arrives when it is back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Watched
from tests.e2e.district import CORE, URBAN
from tests.e2e.test_accessibility import _RUN, AXE

ROOM = "3号楼 2层弱电间"


@pytest.fixture
def phone(
    request: pytest.FixtureRequest,
    browser: Browser,
    browser_context_args: dict[str, Any],
    logged_in: dict[str, Any],
    site: str,
) -> Iterator[Page]:
    """A telephone of the district's IT officer; a parameter says more of its browser."""
    arguments = {**browser_context_args, "viewport": {"width": 390, "height": 800}}
    arguments |= getattr(request, "param", {})
    context = browser.new_context(**arguments, storage_state=logged_in, bypass_csp=False)
    page = context.new_page()
    watched = Watched(page, site)
    yield page
    context.close()
    # A network that is away, and what a test lets be refused.
    expected = ("ERR_INTERNET_DISCONNECTED", "status of 422", "Service Worker registration blocked")
    assert [fault for fault in watched.faults if not any(one in fault for one in expected)] == []


def begin(page: Page) -> str:
    page.goto(f"/stocktaking?school={URBAN}")
    page.get_by_label("名称").fill("秋季盘点")
    page.get_by_label(ROOM).check()
    page.get_by_role("button", name="开始盘点").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("秋季盘点")
    return page.url


def test_a_room_is_counted_without_a_network_and_sent_afterwards(phone: Page) -> None:
    campaign = begin(phone)
    phone.get_by_role("link", name="石桥县第一小学").click()
    count = phone.locator("#count")
    expect(count).to_have_attribute("data-kept", "yes")

    phone.context.set_offline(True)
    phone.reload()
    expect(count).to_have_attribute("data-ready", "yes")
    expect(phone.locator("[data-count-sync]")).to_contain_text("没有网络")
    phone.get_by_role("link", name=re.compile(ROOM)).click()
    for code, answer in (
        (f"https://fleet.example.cn/devices/{CORE}", "相符 核心交换机"),
        ("SN-nobody's", "不在本清单中"),
    ):
        phone.get_by_label("标签、资产编号或序列号").fill(code)
        phone.get_by_label("标签、资产编号或序列号").press("Enter")
        expect(phone.locator("[data-count-answer]")).to_contain_text(answer)
    phone.get_by_role("button", name="本房间已清点").click()
    expect(count).to_have_attribute("data-waiting", "3")
    phone.reload()  # the telephone was switched off in between
    expect(count).to_have_attribute("data-waiting", "3")

    phone.context.set_offline(False)
    expect(count).to_have_attribute("data-waiting", "0")
    expect(phone.locator("[data-count-sync]")).to_contain_text("已全部发送")

    phone.goto(campaign)
    expect(phone.get_by_role("row", name=re.compile("石桥县第一小学"))).to_contain_text("1 / 1")
    phone.get_by_role("button", name="结束清点").click()
    results = phone.locator("section[aria-labelledby=results-title]")
    for words in ("相符 1", "台账中没有 1"):
        expect(results).to_contain_text(words)
    # Other tests may have put devices into this room; nobody has found those, either.
    missing = results.get_by_role("row", name=re.compile("盘亏"))
    expect(missing.filter(has_text="3号楼接入交换机")).to_have_count(1)
    for row in missing.all():
        row.get_by_role("checkbox").check()
    phone.get_by_role("button", name="保持台账不变").click()
    phone.get_by_role("button", name="签署报告").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("盘点报告：秋季盘点")
    expect(phone.locator("code")).to_have_text(re.compile("^[0-9a-f]{64}$"))


# A worker that keeps the page for later would ask the controller past the answer below.
@pytest.mark.parametrize("phone", [{"service_workers": "block"}], indirect=True, ids=["online"])
def test_what_is_refused_is_set_aside_and_the_rest_goes_on(phone: Page) -> None:
    begin(phone)
    phone.get_by_role("link", name="石桥县第一小学").click()
    count = phone.locator("#count")
    expect(count).to_have_attribute("data-ready", "yes")
    phone.get_by_role("link", name=re.compile(ROOM)).click()
    refusal = {"status": 422, "code": "invalid", "detail": "SN-BAD: unleserlich"}

    def answer(route: Route) -> None:
        if "SN-BAD" in (route.request.post_data or ""):
            route.fulfill(status=422, json=refusal, content_type="application/problem+json")
        else:
            route.continue_()

    phone.context.route("**/observations", answer)
    phone.context.set_offline(True)
    for code in ("SN-one", "SN-BAD", "SN-BAD-2", f"https://fleet.example.cn/devices/{CORE}"):
        phone.locator("#code").fill(code)
        phone.locator("#code").press("Enter")
    phone.get_by_role("button", name="本房间已清点").click()
    expect(count).to_have_attribute("data-waiting", "5")
    phone.context.set_offline(False)

    expect(count).to_have_attribute("data-waiting", "0")
    expect(count).to_have_attribute("data-aside", "2")
    refused = phone.locator("[data-count-aside]")
    expect(refused).to_contain_text("unleserlich")
    phone.reload()  # what was refused is not forgotten
    expect(count).to_have_attribute("data-aside", "2")
    first = refused.get_by_role("listitem").filter(has_text=re.compile("^\\s*SN-BAD\\s"))
    first.get_by_label("标签").fill("SN-good")
    first.get_by_role("button", name="重新发送").click()
    expect(count).to_have_attribute("data-aside", "1")
    refused.get_by_role("button", name="放弃").click()
    expect(count).to_have_attribute("data-aside", "0")
    expect(refused).to_be_hidden()
    expect(count).to_have_attribute("data-waiting", "0")
    phone.get_by_role("link", name="秋季盘点").click()
    phone.get_by_role("button", name="结束清点").click()
    expect(phone.locator("section[aria-labelledby=results-title]")).to_contain_text("台账中没有 2")


_CAMERA = """
window.BarcodeDetector = class { async detect() { return [{ rawValue: "ZC-re02" }]; } };
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const stream = canvas.captureStream();
  window.setInterval(() => pen.clearRect(0, 0, Math.random() * 99, 99), 50);
  return stream;
};
"""


def test_a_label_before_the_camera_is_one_label(phone: Page) -> None:
    """Chromium on Linux reads no labels itself; one that does is put in its place."""
    phone.add_init_script(_CAMERA)
    begin(phone)
    phone.get_by_role("link", name="石桥县第一小学").click()
    expect(phone.locator("#count")).to_have_attribute("data-ready", "yes")
    phone.get_by_role("link", name=re.compile(ROOM)).click()
    phone.get_by_role("button", name="扫描标签").click()
    expect(phone.locator("[data-count-answer]")).to_contain_text("相符 3号楼接入交换机")
    phone.get_by_role("link", name="全部房间").click()
    expect(phone.locator("[data-count-video]")).to_be_hidden()


def test_the_counting_page_is_usable_by_everybody(
    browser: Browser, browser_context_args: dict[str, Any], logged_in: dict[str, Any], site: str
) -> None:
    context = browser.new_context(**browser_context_args, storage_state=logged_in, bypass_csp=True)
    page = context.new_page()
    campaign = begin(page)
    page.get_by_role("link", name="石桥县第一小学").click()
    expect(page.locator("#count")).to_have_attribute("data-ready", "yes")
    page.get_by_role("link", name=re.compile(ROOM)).click()
    expect(page.locator("[data-count-form]")).to_be_visible()
    for path in ("", campaign, f"{site}/stocktaking"):
        if path:
            page.goto(path)
        page.add_script_tag(path=AXE)
        assert page.evaluate(_RUN) == []
    context.close()
