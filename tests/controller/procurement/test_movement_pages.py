"""Transfers and disposals on pages: proposed, agreed, taken over; appraised, wiped, gone."""

import re
from datetime import date, timedelta

import pytest

from inventory.database import unit_of_work
from inventory.days import day_of
from inventory.models import Device, School
from inventory.models.base import utc_now
from tests.controller.procurement.test_pages import LOCAL, Office, office

__all__ = ["office"]
TO_B = {"school": "SCH-A", "to_school": "SCH-B", "device": "d-a-1", "reason": "撤班"}
GONE = {"school": "SCH-A", "device": "d-a-1", "reason": "主板损坏"}


def status(office: Office, method: str, path: str, **values: str) -> int:
    data = values or None
    return office.client.request(method, path, data=data, headers=LOCAL).status_code


def test_a_device_goes_to_the_school_that_agrees(office: Office) -> None:
    office.enter("li")
    form = office.page("/procurement/transfers/new?device=d-a-1")
    assert re.search(r'value="d-a-1"\s+checked', form)
    assert 'value="d-a-2"' in form
    assert "d-b-1" not in form
    here = office.send("/procurement/transfers", **TO_B)
    told = office.page(here)
    assert "学校SCH-B has to agree." in told
    assert "/consent" not in told
    assert here in office.page("/devices/d-a-1")

    office.enter("bai")
    assert here in office.page("/procurement/transfers?state=proposed")
    office.send(f"{here}/consent", comment="同意")
    office.enter("tian")
    assert "takes the devices over at 学校SCH-B" in office.page(here)
    office.send(f"{here}/complete")
    assert "Handed over" in office.page(here)

    office.enter("bai")
    assert 'href="/devices/d-a-1"' in office.page(here)
    assert "Propose a disposal" in office.page("/devices/d-a-1")
    assert status(office, "GET", "/charts/d-a-1/load") == 200
    office.enter("li")
    for path in ("/devices/d-a-1", "/charts/d-a-1/load"):
        assert status(office, "GET", path) == 404
    told = office.page(here)
    assert "switch d-a-1" in told
    assert 'href="/devices/d-a-1"' not in told


def test_a_school_asks_another_one_for_devices_by_their_numbers(office: Office) -> None:
    with unit_of_work(office.client.app.state.sessions) as session:  # type: ignore[attr-defined]
        session.get_one(Device, "d-a-1").asset_number = "ZC-77"
    office.enter("bai")
    assert "/procurement/transfers/ask" in office.page("/procurement/transfers")
    assert 'value="SCH-A"' not in office.page("/procurement/transfers/ask")
    wish = {"school": "SCH-B", "from_school": "SCH-A", "reason": "增班", "numbers": "ZC-77\n"}
    told = office.refused("/procurement/transfers/ask", **(wish | {"numbers": "ZC-77\nZC-78"}))
    assert "ZC-77\nZC-78</textarea>" in told
    here = office.send("/procurement/transfers/ask", **wish)
    assert "学校SCH-A has to agree." in office.page(here)
    office.enter("li")
    assert f"{here}/consent" in office.page(here)


def test_a_school_refuses_with_a_reason(office: Office) -> None:
    office.enter("li")
    here = office.send("/procurement/transfers", **TO_B)
    office.enter("bai")
    assert status(office, "POST", f"{here}/refuse", comment="") == 422
    office.send(f"{here}/refuse", comment="没有地方")
    assert "Consent refused" in office.page(here)
    assert "没有地方" in office.page(here)


def test_a_device_is_appraised_wiped_and_gone(office: Office) -> None:
    office.enter("li")
    here = office.send("/procurement/disposals", **GONE)
    assert "/appraise" not in office.page(here)
    office.enter("tian")
    office.send(f"{here}/appraise", appraisal="无维修价值")
    office.enter("county")
    office.send(f"{here}/approve", comment="同意报废")
    office.enter("tian")
    assert 'name="d-a-1"' in office.page(here)
    assert status(office, "POST", f"{here}/wipe", **{"d-a-1": "licked"}) == 422
    office.send(f"{here}/wipe", **{"d-a-1": "purged"})
    assert status(office, "POST", f"{here}/complete", **{"d-a-1": "much"}) == 422
    office.send(f"{here}/complete", **{"d-a-1": "120.50"})
    told = office.page(here)
    for words in ("Disposed of", "无维修价值", "Purged", "120.50"):
        assert words in told
    assert "主板损坏" in office.page("/procurement/disposals?q=主板")
    assert "主板损坏" not in office.page("/procurement/disposals?q=屏幕")


def test_a_lost_device_goes_unwiped_with_a_word(office: Office) -> None:
    office.enter("li")
    lost = {"after": "lost", "reason": "失窃"}
    assert status(office, "POST", "/devices/d-a-1/life", **lost) == 200
    here = office.send("/procurement/disposals", **GONE)
    office.enter("tian")
    office.send(f"{here}/appraise", appraisal="无法找回")
    office.enter("county")
    office.send(f"{here}/approve")
    office.enter("tian")
    assert re.search(r'value="lost"\s+selected', office.page(here))
    answer = office.client.post(f"{here}/wipe", data={"d-a-1": "lost"}, headers=LOCAL)
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    office.send(f"{here}/wipe", **{"d-a-1": "lost", "comment": "已报案"})
    told = office.page(here)
    assert "Not wiped: lost" in told
    assert "已报案" in told


def test_a_closed_school_is_offered_no_devices(office: Office) -> None:
    def closes_on(day: date) -> None:
        with unit_of_work(office.client.app.state.sessions) as session:  # type: ignore[attr-defined]
            session.get_one(School, "SCH-B").closed_on = day

    office.enter("county")
    today, form = day_of(utc_now()), "/procurement/transfers/new?device=d-a-1"
    closes_on(today)
    assert 'value="SCH-B"' in office.page(form)
    closes_on(today - timedelta(days=1))
    assert 'value="SCH-B"' not in office.page(form)
    answer = office.client.post("/procurement/transfers", data=TO_B, headers=LOCAL)
    assert (answer.status_code, "has closed" in answer.text) == (409, True)
    # What stands in it is still given away.
    assert 'value="SCH-A"' in office.page("/procurement/transfers/new?device=d-b-1")


def test_a_step_is_taken_back_on_its_page(office: Office) -> None:
    office.enter("li")
    here = office.send("/procurement/disposals", **GONE)
    office.enter("tian")
    office.send(f"{here}/appraise", appraisal="写错了")
    found = re.search(rf'action="({here}/undo/\d+)"', office.page(here))
    assert found
    office.send(found[1], reason="误写")
    told = office.page(here)
    assert "Counter-entry" in told
    assert "Appraise" in told
    office.enter("li")
    found = re.search(rf'action="({here}/undo/\d+)"', office.page(here))
    assert found
    assert office.send(found[1], reason="doch nicht") == "/procurement/disposals"
    assert status(office, "GET", here) == 404


def test_a_proposal_that_does_not_fit_keeps_what_was_typed(office: Office) -> None:
    office.enter("li")
    for changed in ({"to_school": "NOWHERE"}, {"to_school": "SCH-A"}, {"reason": ""}):
        answer = office.client.post(
            "/procurement/transfers", data={**TO_B, **changed}, headers=LOCAL
        )
        assert answer.status_code in (404, 422)
        assert 'role="alert"' in answer.text
        assert re.search(r'value="d-a-1"\s+checked', answer.text)
    office.send("/procurement/transfers", **TO_B)
    answer = office.client.post("/procurement/disposals", data=GONE, headers=LOCAL)
    assert answer.status_code == 409
    assert "主板损坏</textarea>" in answer.text
    answer = office.client.post(
        "/procurement/disposals", data={"school": "SCH-A", "reason": "x"}, headers=LOCAL
    )
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)


@pytest.mark.parametrize("tab", ["transfers", "disposals"])
def test_other_schools_and_people_find_nothing(office: Office, tab: str) -> None:
    office.enter("li")
    here = office.send(f"/procurement/{tab}", **(TO_B if tab == "transfers" else GONE))
    office.enter("shen")
    assert here not in office.page(f"/procurement/{tab}")
    assert status(office, "GET", here) == 404
    assert status(office, "GET", f"/procurement/{tab}/new?device=d-a-1") == 404
    assert status(office, "GET", f"/procurement/{tab}/new?school=SCH-A") == 404
    steps = ("consent", "complete") if tab == "transfers" else ("appraise", "nothing")
    for step in steps:
        assert status(office, "POST", f"{here}/{step}", comment="x", appraisal="x") in (403, 404)
    office.enter("viewer")
    for path in (here, f"/procurement/{tab}", f"/procurement/{tab}/new"):
        assert status(office, "GET", path) == 403
    assert "Propose a transfer" not in office.page("/devices/d-a-1")
