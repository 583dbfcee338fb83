"""Alerts by e-mail through a real mail server, sent by a controller that was started anew."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from alerts.judgement import judge
from alerts.models import Notice, NoticeEvent, NotifyPreference, Severity, Ticket
from alerts.notify.models import Follow, NoticeState
from alerts.rules import Finding
from controller.app import create_app
from controller.settings import Settings
from inventory.database import unit_of_work
from inventory.models import Device, User
from inventory.models.base import utc_now
from tests.controller.county import County, make_settings
from tests.controller.deliveries.mail_server import Mailbox, mail_server


@dataclass(frozen=True)
class Place:
    """A county with a mail server."""

    settings: Settings
    mailbox: Mailbox


@pytest.fixture
def place(tmp_path: Path, county: County) -> Any:
    with mail_server() as mailbox:
        yield Place(
            make_settings(
                tmp_path,
                smtp_host="127.0.0.1",
                smtp_port=mailbox.port,
                smtp_tls="none",
                mail_from="fleet@edu.example",
            ),
            mailbox,
        )


def test_what_one_process_decided_the_next_one_tells_once(place: Place) -> None:
    before = create_app(place.settings)
    with unit_of_work(before.state.sessions) as session:
        mei = session.exec(select(User).where(User.login == "mei")).one()
        mei.email, mei.language = "mei@edu.example", "zh_CN"
        session.add(NotifyPreference(user_id=mei.id, follow=Follow.everything))
        device = session.exec(select(Device).where(Device.school_code == "SCH-A")).first()
        foreign = session.exec(select(Device).where(Device.school_code == "SCH-B")).first()
        assert device is not None
        assert foreign is not None
        name = device.name
        for one in (device, foreign):
            found = Finding(
                rule="device_down",
                subject=one.id,
                severity=Severity.critical,
                arguments={"outcome": "timeout", "failures": 3},
            )
            judge(session, [found], [], utc_now())
    before.state.engine.dispose()  # it ends before anybody was told

    after = create_app(place.settings)
    with TestClient(after):
        after.state.notices.drain()
        after.state.notices.drain()
    [message] = place.mailbox.messages
    assert "mei@edu.example" in message["To"]
    assert name in message["Subject"]
    assert "告警" in message["Subject"]
    with Session(after.state.engine) as session:
        assert len(session.exec(select(Ticket)).all()) == 2
        [notice] = session.exec(select(Notice)).all()
        assert notice.state is NoticeState.sent
        assert message["Message-ID"].startswith(f"<{notice.id}@")
        assert all(one.planned_at for one in session.exec(select(NoticeEvent)))
