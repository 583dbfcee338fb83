"""A language chosen once is kept with the user, not only in the browser."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County


def test_a_choice_follows_the_user_to_another_browser(app: FastAPI, county: County) -> None:
    log_in = {"login": "mei", "password": PASSWORD}
    with TestClient(app) as first:
        first.post("/login", data=log_in)
        assert '<html lang="zh-CN">' in first.get("/devices").text
        assert '<html lang="en">' in first.get("/devices?lang=en").text
        first.cookies.clear()
        first.post("/login", data=log_in)
        assert '<html lang="en">' in first.get("/devices").text
        assert first.get("/api/v1/me").json()["language"] == "en"


def test_a_form_sent_in_another_language_is_taken_and_chooses_none(
    client: TestClient, county: County
) -> None:
    client.post("/login", data={"login": "mei", "password": PASSWORD})
    form = {"layout": "devices"}
    file = {"file": ("ledger.csv", b"Name\nProjector\n")}
    sent = client.post("/imports/upload?lang=en", data=form, files=file, follow_redirects=False)
    assert sent.status_code == 303
    assert client.get("/api/v1/me").json()["language"] != "en"
