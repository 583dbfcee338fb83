"""The page on which a school says which brokers its agent listens to."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from controller.auth.login import COOKIE
from tests.controller.county import PASSWORD, County
from tests.pem import pair

HOME = "/schools/SCH-A/brokers"
URL = "mqtts://10.0.0.5"


@pytest.fixture
def mei(client: TestClient, county: County) -> TestClient:
    """A browser in which the school's administrator is logged in, reading English."""
    answer = client.post(
        "/login", data={"login": "mei", "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert COOKIE in client.cookies
    client.get("/schools?lang=en")
    return client


def save(browser: TestClient, path: str = HOME, **fields: str) -> Any:
    return browser.post(path, data={"url": URL, **fields}, follow_redirects=False)


def added(browser: TestClient, **fields: str) -> str:
    assert save(browser, **fields).headers["location"] == HOME
    return browser.get(HOME).text.split(f'href="{HOME}/')[1].split('"')[0]


def test_the_page_is_reached_from_the_school_and_says_that_there_is_none(mei: TestClient) -> None:
    school = mei.get("/schools/SCH-A").text
    assert f'href="{HOME}"' in school
    assert 'href="/schools/SCH-A/discovery"' in school
    assert f'href="{HOME}"' in mei.get("/schools/SCH-A/discovery").text
    page = mei.get(HOME)
    assert page.status_code == 200
    assert "No broker yet" in page.text


def test_a_broker_is_added_changed_and_removed_and_its_secrets_stay_inside(
    mei: TestClient,
) -> None:
    certificate, key = pair()
    id_ = added(mei, username="fleet", password="s3cret", certificate=certificate, key=key)
    path = f"{HOME}/{id_}"
    pages = mei.get(HOME).text + mei.get(path).text
    assert "s3cret" not in pages
    assert "PRIVATE" not in pages
    assert "fleet · with a password · with a certificate" in pages
    assert "One is kept; leave this empty to keep it." in pages
    changed = save(mei, path, username="other", certificate=certificate, announce="true")
    assert changed.status_code == 303
    known = mei.get(f"/api/v1/brokers/{id_}").json()
    assert (known["username"], known["has_password"], known["has_key"]) == ("other", True, True)
    assert known["announce"] is True
    assert save(mei, path, username="other", forget_password="true").status_code == 303
    known = mei.get(f"/api/v1/brokers/{id_}").json()
    assert (known["has_password"], known["has_key"], known["announce"]) == (False, False, False)
    assert "Remove mqtts://10.0.0.5" in mei.get(HOME).text
    assert "No broker yet" in mei.post(f"{path}/remove").text


def test_what_is_wrong_is_said_on_the_form_and_nothing_is_kept(mei: TestClient) -> None:
    for fields, words in (
        ({"url": "http://x"}, "Expected mqtt://"),
        ({"password": "s3cret"}, "needs a user name"),
        ({"certificate": "s3cret"}, "certificate: not a certificate in PEM"),
        ({"key": "s3cret"}, "The key is not in PEM"),
        ({"discovery_prefix": "a/#"}, "no topic to begin with"),
    ):
        answer = save(mei, **fields)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), fields
        assert words in answer.text
        assert "s3cret" not in answer.text.replace(">s3cret</textarea>", ">")
    assert "No broker yet" in mei.get(HOME).text


def test_a_stored_password_is_not_sent_elsewhere(mei: TestClient) -> None:
    path = f"{HOME}/{added(mei, username='fleet', password='s3cret')}"
    moved = save(mei, path, url="mqtt://10.6.6.6", username="fleet")
    assert (moved.status_code, "not sent elsewhere" in moved.text) == (422, True)
    assert 'value="mqtt://10.6.6.6"' in moved.text, "what was typed is not lost"
    known = mei.get(HOME).text
    assert "10.6.6.6" not in known
    fields = {"url": "mqtt://10.6.6.6", "username": "fleet", "password": "new"}
    assert save(mei, path, **fields).status_code == 303


def test_strangers_and_neighbours_see_no_form(mei: TestClient, county: County) -> None:
    admin = {"Authorization": f"Bearer {county.tokens['admin']}"}
    body = {"school_code": "SCH-B", "url": URL}
    theirs = mei.post("/api/v1/brokers", json=body, headers=admin).json()["id"]
    neighbours = "/schools/SCH-B/brokers"
    assert mei.get(neighbours).status_code == 404
    assert mei.post(neighbours, data={"url": URL}).status_code == 404
    for home in (neighbours, HOME):
        assert mei.get(f"{home}/{theirs}").status_code == 404
        assert mei.post(f"{home}/{theirs}", data={"url": URL}).status_code == 404
        assert mei.post(f"{home}/{theirs}/remove").status_code == 404
