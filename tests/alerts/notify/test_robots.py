"""Robots of WeCom, DingTalk and Feishu groups: they answer HTTP 200 to what they refuse, too."""

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import Session

from alerts.notify.channels import NoticeFailed, NoticeRefused
from alerts.notify.dispatch import Dispatcher, Post
from alerts.notify.keeping import ChannelDesk, Owner, Wanted
from alerts.notify.models import ChannelKind, NoticeState
from alerts.notify.opening import opener
from alerts.notify.planning import Planner
from alerts.notify.service import SERVICES, Service, scheme_of
from inventory.database import unit_of_work
from inventory.scope import Scope
from tests.alerts.notify.bureau import BOX, ROLES, Bureau, English
from tests.alerts.notify.receiver import Receiver, receiver
from tests.alerts.notify.test_channels import KEY, told_of

WECOM = f"wecombot://{KEY}"
DINGTALK = "dingtalk://SEC0123456789@abcdefgh12345678"
FEISHU = "feishu://abcdefgh-1234-5678"
TAKEN = {
    WECOM: {"errcode": 0, "errmsg": "ok"},
    DINGTALK: {"errcode": 0, "errmsg": "ok"},
    FEISHU: {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
}
#: What they say of a message they refuse, and whether another attempt would be in vain.
REFUSED = [
    (WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, True),
    (WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, False),
    (DINGTALK, {"errcode": 300005, "errmsg": "token is not exist"}, True),
    (DINGTALK, {"errcode": 310000, "errmsg": "sign not match"}, False),
    (DINGTALK, {"errcode": 130101, "errmsg": "send too fast"}, False),
    (FEISHU, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}, True),
    (FEISHU, {"code": 19024, "msg": "Key Words Not Found"}, False),
    (FEISHU, {"code": 9499, "msg": "Bad Request", "data": {}}, False),
]


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A stand-in for all three."""
    with receiver() as found:
        for url, path in ((WECOM, "?key={key}"), (DINGTALK, "?token={token}"), (FEISHU, "{token}")):
            module, name = SERVICES[scheme_of(url)]
            kind = getattr(import_module(f"apprise.plugins.{module}"), name)
            monkeypatch.setattr(kind, "notify_url", f"http://127.0.0.1:{found.port}/{path}")
        yield found


@pytest.mark.parametrize("url", TAKEN)
def test_what_a_robot_takes_is_all_of_the_message(robot: Receiver, url: str) -> None:
    robot.body = json.dumps(TAKEN[url]).encode()
    Service(url).send([told_of()])
    [(_, body)] = robot.requests
    told = json.dumps(json.loads(body), ensure_ascii=False)
    assert "device 1 is down" in told
    assert "School: 第一小学" in told


def test_messages_to_dingtalk_are_signed(robot: Receiver) -> None:
    robot.body = json.dumps(TAKEN[DINGTALK]).encode()
    Service(DINGTALK).send([told_of()])
    [path] = robot.paths
    assert {"timestamp", "sign"} <= parse_qs(urlsplit(path).query).keys()


@pytest.mark.parametrize(("url", "answer", "for_good"), REFUSED)
def test_what_a_robot_refuses_with_http_200_is_not_sent(
    robot: Receiver, url: str, answer: dict[str, object], for_good: bool
) -> None:
    robot.body = json.dumps(answer).encode()
    with pytest.raises(NoticeFailed) as told:
        Service(url).send([told_of()])
    assert isinstance(told.value, NoticeRefused) is for_good
    assert str(told.value) == f"error {answer.get('errcode', answer.get('code'))}"


@pytest.mark.parametrize("body", [b"<html>log in first</html>", b"[]", b"{}", b""])
def test_an_answer_that_is_no_robot_s_is_not_taken_for_one(robot: Receiver, body: bytes) -> None:
    robot.body = body
    with pytest.raises(NoticeFailed, match="not taken"):
        Service(WECOM).send([told_of()])


def test_a_message_fits_what_wecom_takes(robot: Receiver) -> None:
    robot.body = json.dumps(TAKEN[WECOM]).encode()
    Service(WECOM).send([told_of(lines=["校" * 3_000])])
    [(_, body)] = robot.requests
    assert len(json.loads(body)["text"]["content"].encode()) <= 2_048


def test_what_a_robot_refuses_for_now_is_sent_later_in_as_many_messages_as_it_takes(
    bureau: Bureau, robot: Receiver
) -> None:
    with unit_of_work(bureau.sessions) as session:
        _keep(session, bureau)
    post = Post(Planner(ROLES), lambda _code: English(), opener(BOX, ()), clock=lambda: bureau.now)
    for device in ("d1", "d2", "d3") * 3:
        bureau.happen(device)
        bureau.end(device)
        bureau.now += timedelta(hours=1)
    robot.body = json.dumps(REFUSED[1][1]).encode()
    Dispatcher(bureau.sessions, post).drain()
    assert {one.state for one in bureau.notices()} == {NoticeState.waiting}
    assert {one.detail for one in bureau.notices() if one.detail} == {"error 45009"}
    robot.body = json.dumps(TAKEN[WECOM]).encode()
    robot.requests.clear()
    for _ in range(3):
        bureau.now += timedelta(minutes=11)
        Dispatcher(bureau.sessions, post).drain()
    assert {one.state for one in bureau.notices()} <= {NoticeState.sent, NoticeState.skipped}
    assert len(robot.requests) > 1
    sizes = [len(json.loads(body)["text"]["content"].encode()) for _, body in robot.requests]
    assert max(sizes) <= 2_048


def _keep(session: Session, bureau: Bureau) -> None:
    wanted = Wanted(name="群", kind=ChannelKind.service, url=WECOM)
    owner = Owner(organisation_code="3304")
    ChannelDesk(session, Scope.everything(), "u1").add(owner, wanted, BOX, bureau.now)
