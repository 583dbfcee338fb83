"""Approval routes on pages: seen by procurement, changed by the city, gaps told."""

import re

from tests.controller.procurement.test_pages import LOCAL, Office, office

__all__ = ["office"]
HOME = "/procurement/routes"


def seen(office: Office, path: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', office.page(path))
    assert found
    return found[1]


def send(office: Office, path: str, **values: str) -> tuple[int, str]:
    answer = office.client.post(path, data=values, headers=LOCAL)
    return answer.status_code, answer.text


def names(office: Office) -> list[str]:
    return [one["name"] for one in office.people["city"]("GET", "/routes")["routes"]]


def test_amounts_and_signatures_are_seen_and_changed(office: Office) -> None:
    office.enter("city")
    page = office.page(HOME)
    assert "≥ 200,000.00" in page
    assert "County and township, from 200,000" in page
    assert "No route fits" not in page
    status, _ = send(
        office,
        f"{HOME}/4",
        seen=seen(office, f"{HOME}/4"),
        name="30 万元及以上",
        amount_from="300,000",
        amount_below="",
        affiliation="",
        role_1="county_it",
        level_1="county",
        role_2="city_it",
        level_2="city",
        role_3="city_it",
        level_3="city",
    )
    assert status == 200
    route = office.people["city"]("GET", "/routes")["routes"][3]
    assert (route["amount_from"], len(route["approvers"])) == ("300000.00", 3)
    page = office.page(HOME)
    assert "≥ 300,000.00" in page
    # Between 200,000 and 300,000 nobody approves now.
    assert "No route fits" in page
    assert "Primary school · County · ≥ 200,000.00" in page


def test_routes_are_added_moved_and_removed(office: Office) -> None:
    office.enter("city")
    new = {"name": "幼儿园", "amount_from": "0", "role_1": "county_it", "level_1": "county"}
    status, _ = send(
        office, f"{HOME}/0", seen=seen(office, f"{HOME}/0"), stage_kindergarten="1", **new
    )
    assert status == 200
    assert names(office)[-1] == "幼儿园"
    send(office, f"{HOME}/5/up", seen=seen(office, HOME))
    assert names(office)[3] == "幼儿园"
    send(office, f"{HOME}/4/remove", seen="of another day")
    assert "幼儿园" in names(office)
    send(office, f"{HOME}/4/remove", seen=seen(office, HOME))
    assert "幼儿园" not in names(office)


def test_what_does_not_fit_is_said_on_the_form(office: Office) -> None:
    office.enter("city")
    before = names(office)
    good = {"name": "全部", "amount_from": "0", "role_1": "city_it", "level_1": "city"}
    for wrong in (
        {"amount_from": "viel"},
        {"amount_below": "-1"},
        {"role_1": ""},
        {"role_1": "viewer"},
        {"level_1": "street"},
        {"name": " "},
    ):
        values = {**good, **wrong, "seen": seen(office, f"{HOME}/0")}
        status, page = send(office, f"{HOME}/0", **values)
        assert (status, 'role="alert"' in page) == (422, True), wrong
    status, page = send(office, f"{HOME}/1", seen="of another day", **good)
    assert (status, 'value="全部"' in page) == (409, True)
    assert names(office) == before


def test_only_the_city_changes_routes(office: Office) -> None:
    for login in ("li", "county", "buyer"):
        office.enter(login)
        page = office.page(HOME)
        assert "Add a route" not in page
        assert office.client.get(f"{HOME}/1", headers=LOCAL).status_code == 403
        for path in (f"{HOME}/1", f"{HOME}/1/up", f"{HOME}/1/remove"):
            assert send(office, path)[0] == 403
    office.enter("viewer")
    assert office.client.get(HOME, headers=LOCAL).status_code == 403
    office.enter("city")
    assert office.client.get(f"{HOME}/99", headers=LOCAL).status_code == 404
    unfit = office.people["city"]("GET", "/routes")
    unfit["routes"][0]["approvers"] = [{"role": "viewer", "level": "city"}]
    office.people["city"]("PUT", "/routes", unfit, refused="invalid")
