"""The console of alert rules: a form, its text, mistakes, two editors, a trial."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.controller.county import County

ENGLISH = {"Accept": "text/html"}
FORM = {
    "mode": "form", "bureau": "3304", "id": "board_hot", "rule": "temperature_high",
    "when": "threshold", "metric": "temperature_celsius", "side": "above", "level": "60",
    "clear": "50", "hold": "10m", "severity": "critical", "kind-whiteboard": "1",
}  # fmt: skip


@pytest.fixture
def console(client: TestClient, county: County) -> TestClient:
    client.cookies.set("lang", "en")
    client.headers.update(ENGLISH | {"Authorization": f"Bearer {county.tokens['admin']}"})
    return client


def test_a_form_says_in_words_what_it_means_is_kept_and_has_a_history(console: TestClient) -> None:
    assert "No bureau has rules of its own" in console.get("/alert-rules").text
    wrong = console.post("/alert-rules/new", data=FORM | {"act": "save", "clear": "70"})
    assert wrong.status_code == 422
    assert "board_hot.clear: less than level (60)" in wrong.text
    assert 'value="70"' in wrong.text
    words = console.post("/alert-rules/new", data=FORM | {"act": "check"}).text
    assert re.search("stays above 60 [^ ]+ for 10 min", words)
    assert "Interactive whiteboard" in words
    uneven = FORM | {"act": "check", "hold": "90m"}
    assert "for 1 h 30 min" in console.post("/alert-rules/new", data=uneven).text
    network = {"metric": "port_in_bits_per_second", "level": "300000000", "clear": "2e8"}
    told = console.post("/alert-rules/new", data=FORM | network | {"act": "check"}).text
    assert "above 300 Mbit/s" in told
    as_text = console.post("/alert-rules/new", data=FORM | {"act": "text"}).text
    assert "kinds:\n- whiteboard" in as_text
    kept = console.post("/alert-rules/new", data=FORM | {"act": "save"})
    assert kept.status_code == 200
    path = kept.url.path
    assert console.get(f"{path}/edit?mode=form").text.count('value="10m"') == 1
    edited = FORM | {"act": "save", "seen": "1", "level": "65"}
    assert "60 → 65" in console.post(f"{path}/edit", data=edited).text
    late = console.post(f"{path}/edit", data=edited | {"level": "68"})
    assert late.status_code == 412
    assert 'value="68"' in late.text
    assert console.post(path, data={"act": "off", "seen": "1"}).status_code == 412
    off = console.post(path, data={"act": "off", "seen": "2"}).text
    assert "Rule is off" in off
    back = console.post(path, data={"act": "restore", "number": "1", "seen": "3"}).text
    assert "Old version taken back (version 1)" in re.sub(r"\s+", " ", back)
    assert "board_hot" in console.get("/alert-rules").text


def test_a_shipped_rule_is_switched_off_here_and_one_is_tried(
    app: FastAPI, console: TestClient
) -> None:
    copied = console.post(
        "/alert-rules/copy", data={"bureau": "3304", "source": "fan_failed", "act": "off"}
    )
    assert "Rule is off" in copied.text
    tried = console.post("/alert-rules/trials", data=FORM)
    app.state.rule_trials.close()
    assert "Would have fired 0 times in the last 30 days" in console.get(tried.url.path).text
    kept = console.post("/alert-rules/new", data=FORM | {"act": "save"})
    assert f'href="{tried.url.path}"' in kept.text


def test_who_keeps_no_rules_reads_them(client: TestClient, county: County) -> None:
    client.cookies.set("lang", "en")
    client.headers.update(ENGLISH | {"Authorization": f"Bearer {county.tokens['mei']}"})
    page = client.get("/alert-rules").text
    assert "Shipped rules" in page
    assert "New rule" not in page
    assert client.get("/alert-rules/new").status_code == 403
