"""Papers of procurement over the API: the quote of a request, the acceptance sheet of an order."""

from typing import Any

from starlette.testclient import TestClient

from tests.controller.procurement.test_pages import LOCAL, Office, contracted, office
from tests.controller.procurement.test_whole_life import order_of, request_of

__all__ = ["office"]
API = "/api/v1/procurement"
PDF = b"%PDF-1.7 quote"


def asked(office: Office, login: str, method: str, path: str, **more: Any) -> Any:
    client: TestClient = office.client
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {office.tokens[login]}"}
    return client.request(method, f"{API}{path}", headers=headers, **more)


def test_a_quote_is_brought_to_a_draft_and_read_by_its_approvers(office: Office) -> None:
    request = request_of(office.people["li"], "SCH-A", "projector", 1, "8000.00")
    path = f"/quotes/{request}"
    assert asked(office, "li", "GET", path).status_code == 404
    for name in ("旧报价.pdf", "报价单.pdf"):
        made = asked(office, "li", "POST", path, content=PDF, params={"name": name})
        assert (made.status_code, made.json()["purpose"]) == (201, "quote")
    assert asked(office, "bai", "POST", path, content=PDF).status_code == 404
    assert asked(office, "county", "GET", path).content == PDF
    assert asked(office, "bai", "GET", path).status_code == 404
    assert asked(office, "viewer", "GET", path).status_code == 403
    refused = asked(office, "li", "POST", path, content=b"MZ")
    assert refused.json()["code"] == "file_unfit"
    office.people["li"]("POST", f"/requests/{request}/submit", {})
    late = asked(office, "li", "POST", path, content=PDF)
    assert late.json()["code"] == "step_refused"
    steps = [one["step"] for one in office.people["li"]("GET", f"/requests/{request}")["entries"]]
    assert steps == ["draft", "quote", "quote", "submit"]


def test_the_sheet_has_prices_for_those_who_read_them(office: Office) -> None:
    order = order_of(office.people, contracted(office), "SCH-A", 1)
    path = f"/orders/{order['id']}/acceptance.pdf"
    sizes = {}
    for login in ("buyer", "tian"):
        answer = asked(office, login, "GET", path, params={"lang": "en"})
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        sizes[login] = len(answer.content)
    assert sizes["buyer"] != sizes["tian"]
    assert asked(office, "bai", "GET", path).status_code == 404


def test_the_acceptance_sheet_is_a_pdf_in_both_languages(office: Office) -> None:
    project = contracted(office)
    order = order_of(office.people, project, "SCH-A", 1)
    office.enter("tian")
    for lang in ("zh_CN", "en"):
        answer = office.client.get(
            f"/procurement/orders/{order['id']}/acceptance.pdf?lang={lang}", headers=LOCAL
        )
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"NotoSansCJK" in answer.content.replace(b"#20", b"")
    assert order["number"] in answer.headers["content-disposition"]
    office.enter("bai")
    hidden = office.client.get(f"/procurement/orders/{order['id']}/acceptance.pdf", headers=LOCAL)
    assert hidden.status_code == 404
