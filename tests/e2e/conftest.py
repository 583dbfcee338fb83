"""A real controller with real stores in a process of its own, and Debian's Chromium before it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.district import PASSWORD, District, build
from tests.forked import Forked, plain
from tests.ports import free_port
from tests.tls import TLS

expect.set_options(timeout=60_000)  # five seconds are little for a busy machine
CHROMIUM = os.environ.get("FLEET_CHROMIUM") or shutil.which("chromium")
# Popups of an address bar that nobody sees: pages of their own in every window, half of what a
# window costs. Chromium heeds the last of such lists only, so Playwright's own is said again.
_LEFT_OUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
# Nothing but this machine can be reached, whatever a page asks for.
_LOCKED = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    flags = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-sync",
        "--no-first-run",
        f"--disable-features={','.join(_LEFT_OUT)}",
        _LOCKED,
    )
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(flags)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture(scope="session")
def base_url(site: str) -> str:
    return site


@pytest.fixture(scope="session")
def district(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> District:
    folder = tmp_path_factory.mktemp("district")
    shutil.copy(sqlite_template, folder / "fleet.db")
    return build(folder)


@pytest.fixture(scope="session")
def site(district: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running controller."""
    folder = tmp_path_factory.mktemp("controller")
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("FLEET_")},
        "FLEET_DATABASE_URL": district.database_url,
        "FLEET_METRICS_URL": district.metrics_url,
        "FLEET_SECRET_KEY_FILE": str(folder / "secret.key"),
        "FLEET_JOBS": "false",
        # The polls are written once; they are to stay young for as long as the tests run.
        "FLEET_POLL_SECONDS": "3600",
    }
    server = Forked([str(port)], environment, folder / "log", run=plain)
    address = f"http://127.0.0.1:{port}"
    try:
        _await(server, address, folder / "log")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(60)


def _await(server: Forked, address: str, log: Path) -> None:
    for _ in range(900):
        if server.poll() is not None:
            break
        try:
            httpx.get(f"{address}/healthz", verify=TLS, timeout=10).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the controller did not start: {log.read_text()[-3000:]}")


class Watched:
    """A page that remembers what must never happen: errors in its console, requests elsewhere."""

    def __init__(self, page: Page, site: str) -> None:
        self.faults: list[str] = []
        self.site = site
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.site}/", "data:", "blob:")):
            self.faults.append(f"request to {url}")


def log_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile(r"/(schools/\w+|renewal)?$"))


def cookies_of(site: str, login: str) -> dict[str, Any]:
    """What a browser holds once this person has logged in, without a browser."""
    with httpx.Client(base_url=site, verify=TLS, timeout=60) as client:
        answer = client.post("/login", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        cookies = [
            {"name": one.name, "value": one.value, "domain": "127.0.0.1", "path": "/"}
            | {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
            for one in client.cookies.jar
        ]
    return {"cookies": cookies, "origins": []}


@pytest.fixture(scope="session")
def logged_in(site: str) -> dict[str, Any]:
    """Cookies of the district's IT officer: logged in once, used by most tests."""
    return cookies_of(site, "district")


@pytest.fixture
def office(
    browser: Browser,
    browser_context_args: dict[str, Any],
    logged_in: dict[str, Any],
    site: str,
) -> Iterator[Page]:
    """A page of the district's IT officer, in Chinese; no fault may have happened on it."""
    context: BrowserContext = browser.new_context(**browser_context_args, storage_state=logged_in)
    page = context.new_page()
    watched = Watched(page, site)
    yield page
    context.close()
    assert watched.faults == []
