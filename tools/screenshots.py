"""Makes docs/screenshots/*.png from a running demonstration: ``python tools/screenshots.py``.

Starts ``fleet demo`` by itself, waits until the story's tickets are there, and photographs the
pages in both languages with Debian's Chromium.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
#: Pictures are for reading in a browser, not for printing.
MAX_BYTES = 300_000
TICKETS_SECONDS = 360


@contextmanager
def running_demo(speed: str) -> Iterator[str]:
    """A demonstration; its address."""
    command = [sys.executable, "-u", "-c", "from controller.cli import app; app()", "demo"]
    environment = {**os.environ, "FLEET_LANG": "en", "COLUMNS": "200"}
    process = subprocess.Popen(
        [*command, "--no-browser", "--speed", speed],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        for line in process.stdout or ():
            print(line, end="")
            if found := re.search(r"Open (http://\S+)", line):
                yield found[1]
                break
        else:
            raise SystemExit("the demonstration did not come up")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def items(context: BrowserContext, url: str, path: str) -> list[dict[str, Any]]:
    answer = context.request.get(f"{url}/api/v1/{path}?limit=500")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def wait_for_story(context: BrowserContext, url: str, minutes: float) -> None:
    """Until the switch is back and the slow line has its ticket, and the charts have a shape."""
    began = time.monotonic()
    while time.monotonic() - began < TICKETS_SECONDS:
        tickets = {(one["rule"], one["state"]) for one in items(context, url, "tickets")}
        if ("device_down", "resolved") in tickets and ("bandwidth_below_target", "new") in tickets:
            break
        time.sleep(2)
    else:
        raise SystemExit("the tickets of the story did not come")
    time.sleep(max(0.0, minutes * 60 - (time.monotonic() - began)))


def photograph(page: Page, url: str, name: str) -> None:
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(800)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}: {size} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"{path} is larger than {MAX_BYTES} bytes")


def photograph_all(page: Page, url: str, pages: dict[str, str]) -> None:
    """Pages by name, in both languages."""
    for language, suffix in (("zh-CN", "zh"), ("en", "en")):
        for name, path in pages.items():
            mark = "&" if "?" in path else "?"
            photograph(page, f"{url}{path}{mark}lang={language}", f"{name}-{suffix}")


def log_in(page: Page, url: str, login: str, password: str) -> None:
    page.goto(f"{url}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", default="normal", choices=["normal", "fast"])
    parser.add_argument("--minutes", type=float, default=5.0, help="history the charts should have")
    options = parser.parse_args()
    from controller.demo.people import PASSWORD  # noqa: PLC0415 - after --help
    from drivers.simulate.campus import CENTRAL, STORY_SWITCH, devices  # noqa: PLC0415

    story = next(device.serial for device in devices() if device.id == STORY_SWITCH)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_demo(options.speed) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("FLEET_CHROMIUM") or shutil.which("chromium"), args=FLAGS
        )
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 960}
        )
        page = context.new_page()
        log_in(page, url, "county", PASSWORD)
        wait_for_story(context, url, options.minutes)
        switch = next(one["id"] for one in items(context, url, "devices") if one["serial"] == story)
        pages = {
            "overview": "/",
            "school": f"/schools/{CENTRAL.code}?range=1h",
            "device": f"/devices/{switch}?range=1h",
            "tickets": "/tickets?state=all",
        }
        photograph_all(page, url, pages)
        context.clear_cookies()
        log_in(page, url, "procurement", PASSWORD)
        order = items(context, url, "procurement/orders")[0]["id"]
        bought = {"renewal": "/renewal", "order": f"/procurement/orders/{order}"}
        photograph_all(page, url, bought)
        browser.close()


if __name__ == "__main__":
    main()
