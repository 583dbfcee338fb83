"""The page of the catalogue and the form of a model."""

from starlette.testclient import TestClient

from tests.controller.county import PASSWORD, County

SAID = {
    "vendor": "Huawei",
    "model": "S5735",
    "kind": "switch",
    "expected_life_months": "84",
    "list_price_cny": "5200.00",
}


def log_in(client: TestClient, login: str) -> None:
    client.post("/login", data={"login": login, "password": PASSWORD})


def test_a_model_is_added_changed_and_removed(client: TestClient, county: County) -> None:
    log_in(client, "admin")
    assert "目录中还没有型号" in client.get("/catalogue?lang=zh_CN").text
    page = client.post("/catalogue/new", data=SAID).text
    assert "Huawei S5735" in page
    assert "5,200.00" in page
    [model] = client.get("/api/v1/catalogue").json()["items"]
    form = client.get(f"/catalogue/{model['id']}").text
    assert 'value="5200.00"' in form
    page = client.post(f"/catalogue/{model['id']}", data=SAID | {"model": "S5736"}).text
    assert "S5736" in page
    again = client.post("/catalogue/new", data=SAID | {"model": "s5736"})
    assert again.status_code == 409
    wrong = client.post("/catalogue/new", data=SAID | {"list_price_cny": "-1", "model": "x"})
    assert wrong.status_code == 422
    assert "No model fits" in client.get("/catalogue?q=none&lang=en").text
    client.post(f"/catalogue/{model['id']}/remove")
    assert client.get("/api/v1/catalogue").json()["total"] == 0
    assert county


def test_a_school_reads_it_only(client: TestClient, county: County) -> None:
    log_in(client, "mei")
    assert client.get("/catalogue").status_code == 200
    assert "/catalogue/new" not in client.get("/catalogue").text
    assert client.get("/catalogue/new").status_code == 403
    assert client.post("/catalogue/new", data=SAID).status_code == 403
    assert county
