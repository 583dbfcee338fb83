"""What is attached once a report was issued, and how schools are told of drafts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from controller.deliveries.notices import Crier
from controller.mail.sending import SmtpSender
from controller.month_verdicts import OwnSessions
from controller.settings import Settings
from inventory.editions.documents import Made, pack
from inventory.models import EditionNotice, SendingState, User
from tests.controller.county import County
from tests.controller.deliveries.mail_server import Mailbox, mail_server
from tests.controller.deliveries.test_sending import NOW, Bureau
from tests.inventory.editions.bureau import LEADER, Steps

OCTOBER = date(2026, 10, 5)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def bureau(
    client: TestClient,
    county: County,
    settings: Settings,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bureau]:
    # Setting type takes seconds.
    monkeypatch.setattr("controller.deliveries.sending.pdf", lambda *_: b"%PDF-1.7 draft")
    found = Bureau(client, county, settings, mailbox.port)
    yield found
    found.engine.dispose()


def body_of(message: Any) -> str:
    text: str = message.get_body(("plain",)).get_content()
    return text


def test_the_file_of_the_issued_edition_goes_out_and_the_message_names_it(
    bureau: Bureau, mailbox: Mailbox
) -> None:
    delivery = bureau.add("SCH-A", "mei")
    with Session(bureau.engine) as session:
        steps = Steps(session, "SCH-A")
        steps.now = NOW - timedelta(days=9)
        steps.open(day=OCTOBER)
        steps.compute()
        steps.draft()
        steps.wait(4)
        steps.review()
        steps.issue()
        file = pack(Made("report.zh_CN.pdf", "application/pdf", b"%PDF-1.7 signed"))
        edition = steps.signing(LEADER).freeze(steps.edition.id, [file])
        sha256, edition_id = edition.sha256, edition.id
        session.commit()
    bureau.run()
    [message] = mailbox.messages
    [attached] = message.iter_attachments()
    assert attached.get_content() == b"%PDF-1.7 signed"
    assert attached.get_filename() == "month-SCH-A-20261001-20261031-edition-1.pdf"
    told = body_of(message)
    for said in (
        "甬教〔2026〕7号",
        "签发人Li",
        sha256,
        f"https://fleet.example/reports/{edition_id}",
    ):
        assert said in told
    assert "草稿" not in told
    assert [(one["state"], one["detail"]) for one in bureau.log(delivery)] == [
        ("sent", "甬教〔2026〕7号")
    ]


class Drafts:
    """A draft of the county that is open to its schools, and the job that tells them."""

    def __init__(self, bureau: Bureau, port: int) -> None:
        self.engine = bureau.engine
        sender = SmtpSender(host="127.0.0.1", port=port, tls="none", address="fleet@edu.example")
        self._crier, self._sessions = (
            Crier(sender, "https://fleet.example/"),
            OwnSessions(bureau.sessions),
        )
        with Session(self.engine) as session:
            self.steps = Steps(session)
            self.steps.now = NOW
            self.id = self.steps.open(day=OCTOBER).id
            self.steps.compute()
            self.steps.draft(days=5)
            session.commit()

    def run(self, days: int = 0) -> None:
        self._crier.run(self._sessions, NOW + timedelta(days=days))

    def notices(self) -> list[tuple[str, SendingState, str]]:
        with Session(self.engine) as session:
            rows = session.exec(
                select(User.login, EditionNotice.state, EditionNotice.detail).join(
                    User,
                    User.id == EditionNotice.user_id,  # type: ignore[arg-type]
                )
            )
            return [tuple(row) for row in rows]  # type: ignore[misc]


def test_people_of_a_school_are_told_once_how_long_a_draft_is_open(
    bureau: Bureau, mailbox: Mailbox
) -> None:
    drafts = Drafts(bureau, mailbox.port)
    drafts.run()
    drafts.run(1)
    [message] = mailbox.messages
    assert message["To"].addresses[0].addr_spec == "mei@edu.example"
    assert "2026-10" in message["Subject"]
    assert "2026-11-28" in message["Subject"]
    assert f"https://fleet.example/reports/{drafts.id}/schools/SCH-A" in body_of(message)
    assert "SCH-B" not in body_of(message)
    assert drafts.notices() == [("mei", SendingState.sent, "")]


def test_nobody_is_told_too_late_or_of_what_is_not_theirs(bureau: Bureau, mailbox: Mailbox) -> None:
    drafts = Drafts(bureau, mailbox.port)
    mailbox.answer = "451 4.7.1 come back later"
    drafts.run()
    assert drafts.notices() == [("mei", SendingState.waiting, "451 4.7.1 come back later")]
    mailbox.answer = ""
    drafts.run(6)
    assert (mailbox.messages, drafts.notices()) == ([], [("mei", SendingState.skipped, "over")])


def test_a_schools_overview_says_that_a_draft_is_open(
    bureau: Bureau, mailbox: Mailbox, client: TestClient, county: County
) -> None:
    drafts = Drafts(bureau, mailbox.port)
    with Session(bureau.engine) as session:
        row = session.merge(drafts.steps.edition)
        # The page goes by today's date.
        row.appeals_until = date(2099, 1, 1)
        session.commit()
    headers = {"Authorization": f"Bearer {county.tokens['mei']}"}
    page = client.get("/schools/SCH-A?lang=en", headers=headers).text
    assert f'href="/reports/{drafts.id}/schools/SCH-A"' in page
    assert "Open to your school" in page
