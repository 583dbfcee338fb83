"""What goes out: where it may go, how it is signed, what is said when it does not arrive."""

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.notify.addresses import admitted, networks_of, parsed
from alerts.notify.channels import NoticeFailed, NoticeRefused, Told
from alerts.notify.errors import ChannelUnfit
from alerts.notify.holding import told_at
from alerts.notify.keeping import hint_of
from alerts.notify.models import ChannelKind, NoticeKind, NotifyPreference
from alerts.notify.service import Service
from alerts.notify.webhook import AlertmanagerWebhook, Webhook
from alerts.severity import Severity
from tests.alerts.notify.receiver import Receiver, receiver

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
LOOPBACK = networks_of("127.0.0.0/8")
KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"


def told_of(
    number: int = 1,
    *,
    is_over: bool = False,
    lines: Sequence[str] = ("School: 第一小学", "Room: 301"),
) -> Told:
    return Told(
        id=f"n{number}",
        kind=NoticeKind.alert_cleared if is_over else NoticeKind.alert_opened,
        fault=f"d{number}|device_down|",
        severity=Severity.critical,
        is_over=is_over,
        at=NOW,
        began=NOW,
        title=f"device {number} is down",
        lines=lines,
        school_code="S001",
        device_id=f"d{number}",
        rule="device_down",
    )


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


_NEIGHBOURS = (
    "127.0.0.1 10.1.2.3 192.168.1.1 169.254.169.254 0.0.0.0 ::1 fd00::1 ::ffff:127.0.0.1"
    " 224.0.0.1 100.64.0.1"
)


@pytest.mark.parametrize("address", _NEIGHBOURS.split())
def test_no_webhook_goes_to_neighbours(address: str) -> None:
    parts = parsed("https://hooks.example/x")
    with pytest.raises(NoticeRefused):
        admitted(parts, (), lambda _host, _port: ["93.184.216.34", address])


def test_webhooks_go_to_the_internet_and_to_networks_that_are_allowed() -> None:
    parts = parsed("https://hooks.example:8443/x")
    assert admitted(parts, (), lambda *_: ["93.184.216.34"]) == ("93.184.216.34", 8443)
    assert admitted(parts, networks_of("10.20.0.0/16"), lambda *_: ["10.20.0.9"])[0] == "10.20.0.9"


def test_redirections_are_not_followed(hook: Receiver) -> None:
    hook.answer = 302
    with pytest.raises(NoticeFailed, match="HTTP 302"):
        Webhook(hook.url, "s", LOOPBACK).send([told_of()])
    assert len(hook.requests) == 1


@pytest.mark.parametrize(("answer", "for_good"), [(404, True), (429, False), (503, False)])
def test_answers_say_whether_to_come_back(hook: Receiver, answer: int, for_good: bool) -> None:
    hook.answer = answer
    with pytest.raises(NoticeFailed) as told:
        Webhook(hook.url, "s", LOOPBACK).send([told_of()])
    assert isinstance(told.value, NoticeRefused) is for_good
    assert str(told.value) == f"HTTP {answer}"


def test_alertmanager_s_receivers_understand_us(hook: Receiver) -> None:
    AlertmanagerWebhook(hook.url, "s", LOOPBACK).send([told_of(1), told_of(2, is_over=True)])
    [(headers, body)] = hook.requests
    group = json.loads(body)
    assert group["version"] == "4"
    assert group["status"] == "firing"
    assert [one["status"] for one in group["alerts"]] == ["firing", "resolved"]
    assert group["alerts"][0]["labels"]["device"] == "d1"
    assert group["commonLabels"] == {
        "alertname": "device_down",
        "severity": "critical",
        "school": "S001",
    }
    assert headers["X-Fleet-Signature"].startswith("v1=")


_UNFIT = (
    "json://127.0.0.1/x file:///etc/passwd syslog:// wecombot:// mailto://a dbus:// nothing"
    " wecombot://key?verify=no"
)


@pytest.mark.parametrize("url", _UNFIT.split())
def test_services_with_addresses_of_their_own_alone_are_taken(url: str) -> None:
    with pytest.raises(ChannelUnfit) as told:
        hint_of(ChannelKind.service, url)
    assert url not in str(told.value)


@pytest.mark.parametrize(
    "url", [f"wecombot://{KEY}", "dingtalk://abcdefgh12345678", "feishu://abcdefgh-1234-5678"]
)
def test_services_of_this_country_are_taken(url: str) -> None:
    assert hint_of(ChannelKind.service, url) == url.partition(":")[0]


def test_apprise_hands_over_and_no_log_has_the_address(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from apprise.plugins.wecombot import NotifyWeComBot  # noqa: PLC0415 - it takes its time

    monkeypatch.setattr(
        NotifyWeComBot, "notify_url", f"http://127.0.0.1:{hook.port}/send?key={{key}}"
    )
    hook.body = b'{"errcode":0,"errmsg":"ok"}'
    caplog.set_level(logging.DEBUG)
    Service(f"wecombot://{KEY}").send([told_of()])
    [(_, body)] = hook.requests
    assert "Room: 301" in body.decode("unicode_escape")
    hook.answer = 500
    with pytest.raises(NoticeFailed) as told:
        Service(f"wecombot://{KEY}").send([told_of()])
    assert KEY not in str(told.value) + repr(Service(f"wecombot://{KEY}"))
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("wishes", "severity", "hour", "wanted"),
    [
        ({}, "warning", 23, 0),
        ({"quiet_from": 1320, "quiet_to": 420}, "warning", 23, 8 * 60),
        ({"quiet_from": 1320, "quiet_to": 420}, "warning", 12, 0),
        ({"quiet_from": 1320, "quiet_to": 420, "loud_at_night": True}, "critical", 23, 0),
        ({"quiet_from": 720, "quiet_to": 840}, "critical", 13, 60),
        ({"digest_minutes": 120}, "warning", 13, 60),
    ],
)
def test_when_somebody_istold_of(
    wishes: dict[str, Any], severity: str, hour: int, wanted: int
) -> None:
    at = datetime(2026, 3, 10, (hour - 8) % 24, tzinfo=UTC)
    found = told_at(NotifyPreference(user_id="u1", **wishes), Severity(severity), at)
    assert (found - at).total_seconds() == wanted * 60
