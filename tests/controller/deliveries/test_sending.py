"""Reports by e-mail, to a real mail server: who gets them, once, and what happens when it fails."""

import dataclasses
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from controller.deliveries.sending import WAITS, Post
from controller.mail.sending import MailFailed, MailRefused, SmtpSender
from controller.metrics.memory import MemoryStore
from controller.month_verdicts import OwnSessions
from controller.reports.pdf import pdf
from controller.settings import Settings
from inventory.database import make_engine, session_factory
from inventory.models import Grant, ReportDelivery, User
from tests.controller.county import County
from tests.controller.deliveries.mail_server import Mailbox, mail_server

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Bureau:
    """A county whose people have addresses, and the job that sends its reports."""

    def __init__(self, client: TestClient, county: County, settings: Settings, port: int) -> None:
        self._client, self._tokens = client, county.tokens
        self.engine = make_engine(settings.database_url)
        self.sessions = session_factory(self.engine)
        sender = SmtpSender(host="127.0.0.1", port=port, tls="none", address="fleet@edu.example")
        self.post = Post(MemoryStore(), sender, "https://fleet.example/")
        for login in ("admin", "mei"):
            self("PUT", f"/users/{login}/email", json={"email": f"{login}@edu.example"})

    def __call__(self, method: str, path: str, login: str = "admin", **told: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[login]}"}
        return self._client.request(method, f"/api/v1{path}", headers=headers, **told)

    def add(self, at: str = "SCH-A", *recipients: str, day: int = 5) -> str:
        body = {"at": at, "day": day, "recipients": recipients or ("admin", "mei")}
        answer = self("POST", "/report-deliveries", json=body)
        assert answer.status_code == 201, answer.text
        # As if it had been asked for long ago.
        with Session(self.engine) as session:
            row = session.get_one(ReportDelivery, answer.json()["id"])
            row.made_at = NOW - 40 * 24 * HOUR
            session.commit()
        return str(answer.json()["id"])

    def run(self, now: datetime = NOW) -> None:
        self.post.run(OwnSessions(self.sessions), now)

    def log(self, delivery: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self("GET", f"/report-deliveries/{delivery}/sendings").json()[
            "items"
        ]
        return items


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
    # Setting type takes seconds: one test has it done.
    monkeypatch.setattr("controller.deliveries.sending.pdf", lambda *_: b"%PDF-1.7")
    found = Bureau(client, county, settings, mailbox.port)
    yield found
    found.engine.dispose()


def test_a_report_goes_once_to_everybody_who_may_see_it(
    bureau: Bureau, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.deliveries.sending.pdf", pdf)
    delivery = bureau.add()
    bureau.run()
    bureau.run(NOW + HOUR)
    assert sorted(one["To"].addresses[0].addr_spec for one in mailbox.messages) == [
        "admin@edu.example",
        "mei@edu.example",
    ]
    message = mailbox.messages[0]
    assert message["Subject"] == "学校SCH-A 2026-10 带宽达标报告"
    assert message["From"].addresses[0].addr_spec == "fleet@edu.example"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_body(("plain",))
    assert text is not None
    assert "https://fleet.example/schools/SCH-A" in text.get_content()
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "month-SCH-A-20261001-20261031.pdf"
    assert len(attached.get_content()) > 10_000
    assert {one["state"] for one in bureau.log(delivery)} == {"sent"}
    bureau.run(NOW + 31 * 24 * HOUR)
    assert len(mailbox.messages) == 4


def test_nothing_is_sent_before_its_day_while_paused_or_after_it_was_taken_away(
    bureau: Bureau, mailbox: Mailbox
) -> None:
    late, paused, removed = bureau.add(day=25), bureau.add(), bureau.add()
    bureau("PATCH", f"/report-deliveries/{paused}", json={"paused": True})
    assert bureau("DELETE", f"/report-deliveries/{removed}").status_code == 204
    bureau.run()
    assert mailbox.messages == []
    assert bureau("PATCH", f"/report-deliveries/{paused}", json={"paused": False}).json()
    assert bureau("PATCH", f"/report-deliveries/{late}", json={"day": 23}).json()["day"] == 23
    bureau.run()
    assert len(mailbox.messages) == 4
    items = bureau("GET", "/report-deliveries").json()["items"]
    assert {one["id"] for one in items} == {late, paused}


def test_who_may_not_see_the_place_is_never_sent_its_report(
    bureau: Bureau, mailbox: Mailbox
) -> None:
    body = {"at": "SCH-B", "recipients": ["mei"]}
    refused = bureau("POST", "/report-deliveries", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "recipient_unfit")
    unknown = bureau("POST", "/report-deliveries", json=body | {"recipients": ["nobody"]})
    assert unknown.json()["code"] == "recipient_unfit"
    delivery = bureau.add()
    with Session(bureau.engine) as session:
        mei = session.exec(select(User).where(User.login == "mei")).one()
        for grant in session.exec(select(Grant).where(Grant.user_id == mei.id)).all():
            session.delete(grant)
        session.commit()
    bureau.run()
    assert [one["To"].addresses[0].username for one in mailbox.messages] == ["admin"]
    told = {one["recipient"]: (one["state"], one["detail"]) for one in bureau.log(delivery)}
    assert told == {"admin": ("sent", ""), "mei": ("skipped", "out_of_scope")}


def test_a_school_keeps_no_deliveries_and_sees_none(bureau: Bureau) -> None:
    delivery = bureau.add()
    assert bureau("GET", "/report-deliveries", "mei").status_code == 403
    asked = {"at": "SCH-A", "recipients": ["mei"]}
    assert bureau("POST", "/report-deliveries", "mei", json=asked).status_code == 403
    assert bureau("POST", f"/report-deliveries/{delivery}/test", "mei").status_code == 403
    assert bureau("PUT", "/users/admin/email", "mei", json={"email": ""}).status_code == 403
    own = bureau("PUT", "/users/mei/email", "mei", json={"email": "m@edu.example"})
    assert own.json()["email"] == "m@edu.example"


def test_a_server_that_is_busy_is_asked_again_until_it_is_given_up(
    bureau: Bureau, mailbox: Mailbox
) -> None:
    delivery, now = bureau.add("SCH-A", "mei"), NOW
    mailbox.answer = "451 4.7.1 come back later"
    for wait in WAITS:
        bureau.run(now)
        bureau.run(now + wait / 2)
        now += wait
    [row] = bureau.log(delivery)
    assert (row["state"], row["attempts"]) == ("waiting", len(WAITS))
    assert row["detail"] == "451 4.7.1 come back later"
    bureau.run(now)
    assert bureau.log(delivery)[0]["state"] == "failed"
    mailbox.answer = ""
    bureau.run(now + 48 * HOUR)
    assert [one["state"] for one in bureau.log(delivery) if one["period"] == "2026-10-01"] == [
        "failed"
    ]


def test_a_controller_that_dies_while_sending_tries_once_more_with_the_same_id(
    bureau: Bureau, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = bureau.add("SCH-A", "mei")
    monkeypatch.setattr(
        "controller.deliveries.sending._note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        bureau.run()
    monkeypatch.undo()
    bureau.run(NOW + timedelta(minutes=1))
    assert len(mailbox.messages) == 1
    bureau.run(NOW + WAITS[0])
    one, two = mailbox.messages
    assert one["Message-ID"] == two["Message-ID"]
    assert bureau.log(delivery)[0]["attempts"] == 2


def test_a_mailbox_that_is_not_there_is_given_up_at_once(bureau: Bureau, mailbox: Mailbox) -> None:
    delivery = bureau.add()
    mailbox.refused = {"mei@edu.example"}
    bureau.run()
    told = {one["recipient"]: (one["state"], one["detail"]) for one in bureau.log(delivery)}
    assert told["mei"] == ("failed", "550 5.1.1 no such mailbox")
    assert told["admin"][0] == "sent"


def test_a_test_goes_to_whoever_asks_and_to_nobody_else(bureau: Bureau, mailbox: Mailbox) -> None:
    delivery = bureau.add("SCH-A", "mei", day=28)
    answer = bureau("POST", f"/report-deliveries/{delivery}/test")
    assert (answer.status_code, answer.json()["recipient"]) == (202, "admin")
    again = bureau("POST", f"/report-deliveries/{delivery}/test")
    assert (again.status_code, again.json()["code"]) == (409, "test_under_way")
    bureau.run(datetime.now(UTC))
    [message] = mailbox.messages
    assert message["To"].addresses[0].username == "admin"
    assert message["Subject"].startswith("测试")


def test_secrets_are_shown_nowhere() -> None:
    sender = SmtpSender(host="h", port=1, address="a@b.cn", user="fleet", password="hush")
    assert "hush" not in repr(sender)


def test_who_cannot_be_reached_may_be_later() -> None:
    with mail_server() as found:
        port = found.port
    message = EmailMessage()
    message["To"] = "mei@edu.example"
    message["From"] = "fleet@edu.example"
    with pytest.raises(MailFailed) as failed:
        SmtpSender(host="127.0.0.1", port=port, tls="none", address="a@b.cn").send(message)
    assert not isinstance(failed.value, MailRefused)


def test_a_page_begins_pauses_and_removes_a_delivery(
    bureau: Bureau, client: TestClient, county: County
) -> None:
    headers = {"Authorization": f"Bearer {county.tokens['admin']}"}
    said = {"at": "3304", "kind": "month", "day": "7", "recipients": "admin，nobody"}
    home = "/compliance/deliveries"
    refused = client.post(f"{home}/new", data=said, headers=headers)
    assert refused.status_code == 422
    assert "nobody" in refused.text
    kept = client.post(
        f"{home}/new", data=said | {"recipients": "admin"}, headers=headers, follow_redirects=False
    )
    assert (kept.status_code, kept.headers["location"]) == (303, home)
    [one] = bureau("GET", "/report-deliveries").json()["items"]
    assert (one["at"], one["day"], one["recipients"]) == ("3304", 7, ["admin"])
    for act, state in (("pause", "已暂停"), ("resume", "运行中")):
        client.post(f"{home}/{one['id']}/{act}", headers=headers)
        assert state in client.get(home, headers=headers).text
    client.post(f"{home}/{one['id']}/remove", headers=headers)
    assert bureau("GET", "/report-deliveries").json()["total"] == 0
    mei = {"Authorization": f"Bearer {county.tokens['mei']}"}
    assert client.get(home, headers=mei).status_code == 403


def test_a_terminal_keeps_deliveries(bureau: Bureau, run: Callable[..., Any]) -> None:
    assert run("user", "email", "admin", "a@edu.example").exit_code == 0
    made = run("deliveries", "add", "SCH-A", "--to", "mei", "--day", "9")
    delivery = made.stdout.strip()
    assert (made.exit_code, bureau.log(delivery)) == (0, [])
    assert run("deliveries", "pause", delivery).exit_code == 0
    listed = run("deliveries", "list", "--format", "json").stdout
    [one] = json.loads(listed)
    assert (one["recipients"], one["day"]) == (["mei"], 9)
    assert one["paused_at"]
    assert run("deliveries", "resume", delivery).exit_code == 0
    assert run("deliveries", "log", delivery, "--format", "csv").exit_code == 0
    assert run("deliveries", "remove", delivery).exit_code == 0
    assert run("deliveries", "add", "SCH-B", "--to", "mei").exit_code == 1


def test_who_logs_in_does_so_behind_tls_alone(tmp_path: Path) -> None:
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
        check=True, capture_output=True,
    )  # fmt: skip
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(*files)
    message = EmailMessage()
    message["To"], message["From"] = "mei@edu.example", "fleet@edu.example"
    with mail_server(tls=offered) as found:
        sender = SmtpSender(
            host="127.0.0.1", port=found.port, user="fleet", password="secret",
            address="fleet@edu.example", trust=lambda: ssl.create_default_context(cafile=files[0]),
        )  # fmt: skip
        sender.send(message)
        with pytest.raises(MailFailed, match="535"):
            dataclasses.replace(sender, password="wrong").send(message)
        with pytest.raises(MailFailed, match="CERTIFICATE_VERIFY_FAILED"):
            dataclasses.replace(sender, trust=ssl.create_default_context).send(message)
        assert len(found.messages) == 1
        assert found.logins[0] == (b"fleet", b"secret")
