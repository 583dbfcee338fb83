"""Fields of one's own on pages: defined, filled in on a device, renamed, retired, used again."""

from httpx2 import Response
from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County

HOME = "/custom-fields"
LAMP = {
    "kind": "projector",
    "type": "choice",
    "key": "lamp",
    "label": "灯泡",
    "label_en": "Lamp",
    "choices": "UHP；LED; 激光",
    "position": "1",
}


def enter(client: TestClient, login: str) -> None:
    client.cookies.clear()
    answer = client.post(
        "/login", data={"login": login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303


def send(client: TestClient, path: str, **values: str) -> Response:
    return client.post(path, data=values, headers={"accept": "text/html"})


def form_of(client: TestClient) -> dict[str, str]:
    """The ledger of d-a-1 as its form opens, with nothing changed."""
    page = client.get("/devices/d-a-1/asset").text
    revision = page.split('name="revision" value="')[1].split('"')[0]
    return {"revision": revision, "name": "投影仪", "kind": "projector"}


def test_a_field_is_defined_filled_in_renamed_retired_and_used_again(
    client: TestClient, county: County
) -> None:
    assert county
    enter(client, "admin")
    assert "No field yet" in client.get(f"{HOME}?lang=en").text
    defined = send(client, f"{HOME}/new", **LAMP)
    assert defined.status_code == 200
    assert "UHP; LED; 激光" in defined.text

    saved = send(client, "/devices/d-a-1/asset", **form_of(client))
    assert saved.status_code == 200, saved.text
    page = send(client, "/devices/d-a-1/asset", **form_of(client), own_lamp="LED").text
    assert "Lamp" in page
    assert "LED" in page
    wrong = send(client, "/devices/d-a-1/asset", **form_of(client), own_lamp="蜡烛")
    assert wrong.status_code == 422

    told = {**LAMP, "label_en": "Light source", "in_use": "1"}
    assert "Light source" in send(client, f"{HOME}/projector/lamp", **told).text
    assert "Light source" in client.get("/devices/d-a-1").text

    assert "Out of use" in send(client, f"{HOME}/projector/lamp", **{**told, "in_use": ""}).text
    assert "Light source" not in client.get("/devices/d-a-1").text
    send(client, f"{HOME}/projector/lamp", **told)
    assert "LED" in client.get("/devices/d-a-1").text


def test_what_does_not_fit_is_said_on_the_form(client: TestClient, county: County) -> None:
    assert county
    enter(client, "admin")
    assert send(client, f"{HOME}/new", **LAMP).status_code == 200
    for wrong, status in (
        ({}, 409),
        ({"key": "Lamp!"}, 422),
        ({"key": "b", "choices": ""}, 422),
        ({"key": "b", "type": "text"}, 422),
        ({"key": "b", "type": "sound"}, 422),
        ({"key": "b", "kind": "spoon"}, 422),
        ({"key": "b", "label": " "}, 422),
        ({"key": "b", "position": "first"}, 422),
    ):
        answer = send(client, f"{HOME}/new", **{**LAMP, **wrong})
        assert (answer.status_code, 'role="alert"' in answer.text) == (status, True), wrong
    made = send(client, f"{HOME}/new", **{**LAMP, "key": "", "type": "text", "choices": ""})
    assert made.status_code == 200
    assert "<code>f_" in made.text


def test_everybody_sees_them_and_who_keeps_the_catalogue_changes_them(
    client: TestClient, county: County
) -> None:
    assert county
    enter(client, "admin")
    send(client, f"{HOME}/new", **LAMP)
    enter(client, "mei")
    page = client.get(HOME).text
    assert "灯泡" in page
    assert f"{HOME}/projector/lamp" not in page
    for path in (f"{HOME}/new", f"{HOME}/projector/lamp"):
        assert client.get(path).status_code == 403
        assert send(client, path, **LAMP).status_code == 403
    enter(client, "shopper")
    assert client.get(f"{HOME}/projector/lamp").status_code == 200
    for path in (f"{HOME}/spoon/lamp", f"{HOME}/projector/none"):
        assert client.get(path).status_code == 404
