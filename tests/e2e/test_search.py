"""The search box of every page, by keyboard and on a telephone."""

import re

import pytest
from playwright.sync_api import Page, expect

from controller.finding import EVERY_SOURCE
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.search.upkeep import write_stale
from tests.e2e.conftest import Watched
from tests.e2e.district import District


@pytest.fixture(autouse=True)
def _indexed(district: District) -> None:
    """The controller of these tests runs no jobs."""
    engine = make_engine(district.database_url)
    with unit_of_work(session_factory(engine)) as session:
        write_stale(session, EVERY_SOURCE, 10_000)
    engine.dispose()


def test_the_keyboard_leads_from_any_page_to_what_is_sought(office: Page, site: str) -> None:
    watched = Watched(office, site)
    office.goto("/alerts")
    office.keyboard.press("/")
    box = office.get_by_role("searchbox", name="全局搜索")
    expect(box).to_be_focused()
    office.keyboard.type("接入")
    links = office.locator("#suggestions a")
    expect(links.last).to_contain_text("的全部结果")
    office.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    office.keyboard.press("Escape")
    expect(links).to_have_count(0)
    expect(box).to_be_focused()
    office.keyboard.press("Enter")
    expect(office).to_have_url(re.compile(r"/search\?q="))
    office.locator("main").get_by_role("link", name="3号楼接入交换机").first.click()
    expect(office).to_have_url(re.compile(r"/devices/"))
    assert watched.faults == []


def test_it_works_on_a_telephone(office: Page) -> None:
    office.set_viewport_size({"width": 390, "height": 844})
    office.goto("/")
    box = office.get_by_role("searchbox", name="全局搜索")
    expect(box).to_be_in_viewport()
    box.fill("接入")
    office.locator("#suggestions a").last.click()
    expect(office).to_have_url(re.compile(r"/search\?q="))
    width = office.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
