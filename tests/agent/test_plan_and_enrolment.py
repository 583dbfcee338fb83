"""Joining, the plan's cache, and the files both leave behind."""

import asyncio
import logging
import stat

import httpx
import msgspec
import pytest

from agent.centre import enrolment
from agent.centre.enrolment import (
    ControllerAway,
    Enrolment,
    EnrolmentRefused,
    enrol,
    enrol_patiently,
)
from agent.centre.plan_cache import PlanCache, PlanRefused, PlanUnavailable
from agent.centre.private_files import private_directory, write_private
from drivers.plan import Plan, SnmpAccess, Target

PLAN = Plan("r1", "a1", ("S1",), targets=(Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess()),))


def client_of(handler):
    return httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://controller")


def enrolled(handler, **options):
    async def scenario():
        async with client_of(handler) as client:
            return await (enrol_patiently if options else enrol)(
                client, "http://controller", token="T", name="box", **options
            )

    return asyncio.run(scenario())


def test_a_token_is_traded_for_a_secret():
    def controller(request):
        asked = msgspec.json.decode(request.content)
        assert request.url.path == "/api/agent/v1/enrol"
        assert (asked["token"], asked["name"]) == ("T", "box")
        assert asked["version"]
        return httpx.Response(201, json={"agent_id": "a1", "secret": "s", "schools": ["S1"]})

    assert enrolled(controller) == Enrolment("http://controller", "a1", "s", "box", ("S1",))


def test_a_refused_token_says_why():
    problem = {"title": "Unauthorized", "detail": "used already", "code": "x"}
    with pytest.raises(EnrolmentRefused, match="used already"):
        enrolled(lambda _: httpx.Response(401, json=problem))


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(201, text="hello"), httpx.ConnectError("no")]
)
def test_what_is_no_controller_is_said_to_be_away(answer):
    def controller(_request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ControllerAway):
        enrolled(controller)


def test_a_controller_that_is_still_starting_is_waited_for():
    answers = [503, 503, 201]

    def controller(_request):
        return httpx.Response(answers.pop(0), json={"agent_id": "a", "secret": "s", "schools": []})

    async def no_sleep(_seconds):
        return None

    assert enrolled(controller, sleep=no_sleep).agent_id == "a"


def test_a_refused_token_is_not_tried_again():
    asked = []

    def controller(request):
        asked.append(request)
        return httpx.Response(401, json={})

    with pytest.raises(EnrolmentRefused):
        enrolled(controller, attempts=5)
    assert len(asked) == 1


def test_the_secret_is_kept_for_us_alone_and_shown_nowhere(tmp_path):
    joined = Enrolment("http://c", "a1", "very secret", "box")
    enrolment.store(tmp_path, joined)
    assert enrolment.load(tmp_path) == joined
    assert "very secret" not in repr(joined)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_unreadable_enrolment_is_as_good_as_none(tmp_path):
    (tmp_path / "enrolment.json").write_text("{")
    assert enrolment.load(tmp_path) is None
    assert enrolment.load(tmp_path / "nowhere") is None


class PlanServer:
    def __init__(self, plan=PLAN):
        self.plan = plan
        self.status = None
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.headers.get("if-none-match"))
        if self.status:
            return httpx.Response(self.status)
        if self.asked[-1] == f'"{self.plan.revision}"':
            return httpx.Response(304)
        return httpx.Response(200, content=msgspec.msgpack.encode(self.plan))


def refresh(cache, server):
    async def scenario():
        async with client_of(server) as client:
            return await cache.refresh(client)

    return asyncio.run(scenario())


def test_a_plan_is_fetched_once_and_then_only_asked_about(tmp_path):
    cache, server = PlanCache(tmp_path, agent="a1"), PlanServer()
    assert refresh(cache, server) is True
    assert refresh(cache, server) is False
    assert server.asked == [None, '"r1"']
    server.plan = msgspec.structs.replace(PLAN, revision="r2", targets=())
    assert refresh(cache, server) is True
    assert cache.plan.targets == ()


def test_the_kept_plan_is_worked_from_when_nobody_answers(tmp_path):
    refresh(PlanCache(tmp_path, agent="a1"), PlanServer())
    cache, server = PlanCache(tmp_path, agent="a1"), PlanServer()
    server.status = 502
    assert cache.load() == PLAN
    with pytest.raises(PlanUnavailable):
        refresh(cache, server)
    assert cache.plan == PLAN
    assert stat.S_IMODE((tmp_path / "plan.msgpack").stat().st_mode) == 0o600


@pytest.mark.parametrize("status", [401, 403])
def test_a_box_that_is_turned_away_is_told_apart(tmp_path, status):
    server = PlanServer()
    server.status = status
    with pytest.raises(PlanRefused):
        refresh(PlanCache(tmp_path, agent="a1"), server)


def test_a_plan_of_another_box_is_never_followed(tmp_path):
    cache = PlanCache(tmp_path, agent="a2")
    with pytest.raises(PlanUnavailable, match="made for a1"):
        refresh(cache, PlanServer())
    assert cache.plan is None


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x81\xa1x\x01"])
def test_an_unreadable_kept_plan_is_left_alone(tmp_path, content, caplog):
    (tmp_path / "plan.msgpack").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert PlanCache(tmp_path, agent="a1").load() is None
    assert len(caplog.records) == 1


def test_private_folders_are_tightened(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    private_directory(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_private(path, b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
