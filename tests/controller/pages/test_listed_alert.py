"""The alert of a list leads to what is on it, and to where somebody sees to it."""

from datetime import timedelta

from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.judgement import judge
from alerts.judging.lists import Entry, mark
from alerts.models import Alert
from alerts.rules import Finding
from inventory.database import unit_of_work
from inventory.models import Contradiction, Grant, ReconciliationItem, Role, User
from inventory.models.base import utc_now
from tests.controller.county import PASSWORD, County


def listed(app: FastAPI, rule: str, **more: str) -> str:
    """An alert of a list of SCH-A, and its id."""
    finding = Finding(
        rule=rule,
        subject="SCH-A",
        arguments={"count": 1, "names": "some", "school": "SCH-A", "name": "A", **more},
    )
    with unit_of_work(app.state.sessions) as session:
        [made] = judge(session, [finding], [], utc_now()).opened
        return made.id


def enter(client: TestClient, login: str) -> TestClient:
    client.post("/login", data={"login": login, "password": PASSWORD})
    return client


def test_devices_on_a_list_are_named_on_the_alert_s_page(
    app: FastAPI, client: TestClient, county: County
) -> None:
    marks = mark(Entry("", 0.0, subject="d-a-1"))
    alert = listed(app, "telnet_open", told=marks)
    console = enter(client, "admin")
    assert f'href="/alerts/{alert}"' in console.get("/alerts?lang=en").text
    page = console.get(f"/alerts/{alert}?lang=en").text
    assert 'href="/devices/d-a-1"' in page
    assert 'href="/devices/d-a-2"' not in page
    assert "Switch SSH on and telnet off" in page
    assert "Go to reconciliation" not in page
    # An alert of before that was kept names nothing, and says so.
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Alert, alert).arguments = '{"count": 1, "names": "some"}'
    assert "No device is named here" in console.get(f"/alerts/{alert}").text
    ticket = console.get("/api/v1/alerts").json()["items"][0]["ticket_id"]
    assert f'href="/alerts/{alert}"' in console.get(f"/tickets/{ticket}").text


def test_unknown_devices_lead_to_reconciliation_for_who_may_go_there(
    app: FastAPI, client: TestClient, county: County
) -> None:
    alert = listed(app, "unknown_devices")
    with unit_of_work(app.state.sessions) as session:
        for school in ("SCH-A", "SCH-B"):
            item = ReconciliationItem(
                id=f"i-{school}",
                key=f"unknown_device|{school}",
                kind=Contradiction.unknown_device,
                school_code=school,
                shown=f"cam-{school}",
                place="10.0.0.9",
                seen_at=utc_now(),
                first_at=utc_now() - timedelta(days=2),
            )
            session.add(item)
    console = enter(client, "admin")
    page = console.get(f"/alerts/{alert}?lang=en").text
    assert "cam-SCH-A" in page
    assert "cam-SCH-B" not in page
    assert 'href="/reconciliation/i-SCH-A"' in page
    there = "/reconciliation?kind=unknown_device&amp;school=SCH-A"
    assert f'href="{there}"' in page
    assert "cam-SCH-A" in console.get(there.replace("&amp;", "&")).text
    with unit_of_work(app.state.sessions) as session:
        hashed = session.get_one(User, "u-admin").password_hash
        session.add(User(id="u-li", login="li", name="li", password_hash=hashed))
        session.flush()
        session.add(Grant(user_id="u-li", role=Role.technician, scope_path="/33/"))
    client.cookies.clear()
    reader = enter(client, "li")
    page = reader.get(f"/alerts/{alert}").text
    assert "cam-SCH-A" in page
    assert "/reconciliation" not in page


def test_certificates_of_brokers_lead_to_the_brokers(
    app: FastAPI, client: TestClient, county: County
) -> None:
    alert = listed(app, "certificate_ending")
    page = enter(client, "admin").get(f"/alerts/{alert}").text
    assert 'href="/schools/SCH-A/brokers"' in page
    with unit_of_work(app.state.sessions) as session:
        assert session.exec(select(Alert)).one().id == alert
