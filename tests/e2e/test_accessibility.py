"""axe finds nothing against WCAG A and AA: on a page of each sort, and in long runs on all of them.

In long runs light and dark, wide and narrow.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.district import BROKEN, CORE, URBAN

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
#: One of each sort: lists, a thing with its parts, curves, forms, results, what was not found.
SORTS = (
    "/",
    f"/schools/{URBAN}",
    "/devices",
    f"/devices/{CORE}",
    "/alerts",
    "/imports",
    f"/devices/{CORE}/access",
    f"/schools/{URBAN}/ledger",
    "/calendar",
    f"/compliance/schools/{URBAN}",
    "/standards/zibo/apply",
    "/compliance",
    "/reports/new",
    "/renewal?budget=100000&kind=switch&kind_age=4",
    "/procurement/requests/new",
    "/nowhere",
)
PAGES = (
    "/",
    "/schools",
    f"/schools/{URBAN}",
    "/devices",
    f"/devices/{CORE}",
    f"/devices/{BROKEN}",
    "/tickets",
    "/technicians",
    "/spare-parts",
    "/spare-parts/new",
    "/service-agreements",
    "/alerts",
    "/proposals",
    "/agents",
    "/imports",
    "/quarantine",
    "/reconciliation",
    "/search?q=%E4%BA%A4%E6%8D%A2",
    f"/devices/{CORE}/order",
    f"/devices/{CORE}/access",
    f"/schools/{URBAN}/discovery",
    f"/schools/{URBAN}/brokers",
    f"/schools/{URBAN}/places",
    f"/schools/{URBAN}/ledger",
    f"/schools/{URBAN}/calendar",
    f"/schools/{URBAN}/planned-tests",
    "/calendar",
    f"/calendar/hours/new?school={URBAN}",
    f"/schools/{URBAN}/records/rooms/new",
    "/equipment-standards/new",
    "/compliance/schools",
    f"/compliance/schools/{URBAN}",
    "/compliance/exclusions",
    "/compliance/exclusions/new",
    "/standards",
    "/standards/zibo",
    "/standards/zibo/apply",
    "/compliance",
    "/compliance/outlets/new",
    "/reports",
    "/reports/new",
    "/shortages",
    "/reminders",
    "/budgets",
    "/budgets/rules",
    "/renewal",
    "/renewal?budget=100000&kind=switch&kind_age=4",
    "/renewal/proposal?budget=100000",
    "/renewal/list?of=life",
    f"/devices/chosen?act=service&device={CORE}",
    "/procurement/transfers/ask",
    "/procurement",
    "/procurement/requests/new",
    "/procurement/transfers/new",
    "/procurement/disposals/new",
    "/procurement/transfers",
    f"/procurement/disposals/new?device={CORE}",
    "/procurement/routes/4",
    "/custom-fields/new",
    "/nowhere",
)
_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  // Of what is in order it need not tell, nor how to find it again.
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], selectors: false,
  });
  return found.violations.map((v) => [v.id, v.nodes.map((n) => n.html + " " + n.failureSummary)]);
}"""


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(("light", 1440, SORTS), id="sorts"),
        pytest.param(("light", 1440, PAGES), id="light", marks=pytest.mark.campaign),
        pytest.param(("dark", 390, PAGES), id="dark", marks=pytest.mark.campaign),
    ],
)
def test_no_finding_on_any_page(
    browser: Browser,
    browser_context_args: dict[str, object],
    logged_in: dict[str, object],
    site: str,
    look: tuple[str, int, tuple[str, ...]],
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (python tools/build_assets.py)")
    theme, width, pages = look
    # The page's policy forbids the very script that looks at it.
    context = browser.new_context(
        **{**browser_context_args, "viewport": {"width": width, "height": 844}},
        storage_state=logged_in,
        bypass_csp=True,
    )
    context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    page = context.new_page()
    found = {path: _findings(page, path) for path in pages}
    page.goto("/tickets")
    page.locator("#results tbody a").first.click()
    found["ticket"] = _findings(page, page.url)
    found["programme"] = _findings(page, _programme(page, theme))
    context.clear_cookies(name="fleet_session")
    found["/login"] = _findings(page, "/login")
    context.close()
    assert {path: some for path, some in found.items() if some} == {}, json.dumps(found, indent=1)


def _programme(page: Page, name: str) -> str:
    """A programme with something in every table."""
    page.goto("/budgets")
    form = page.locator("form[action='/budgets']")
    form.evaluate("form => form.closest('details').open = true")
    form.locator("[name=name]").fill(name)
    form.locator("button").click()
    page.wait_for_url("**/budgets/*")
    for path, fields in (
        ("lines", {"category": "renew", "from_cny": "100", "to_cny": "200"}),
        ("entries", {"amount_cny": "150.05", "reference": "R-1"}),
        ("claims", {"reference": "C-1"}),
    ):
        form = page.locator(f"form[action$='/{path}']")
        form.evaluate("form => form.closest('details').open = true")
        for field, value in fields.items():
            box = form.locator(f"[name={field}]")
            (box.select_option if field == "category" else box.fill)(value)
        form.locator("button").click()
        page.wait_for_load_state()
    return page.url


def _findings(page: Page, path: str) -> list[object]:
    page.goto(path)
    for chart in page.locator("[data-chart]").all():
        expect(chart).to_have_attribute("data-drawn", re.compile(r"\d|empty"))
    page.add_script_tag(path=AXE)
    found: list[object] = page.evaluate(_RUN)
    return found
