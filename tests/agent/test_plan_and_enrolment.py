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
    Joining,
    parted,
)
from agent.centre.keys import Identity, SignedRequests
from agent.centre.plan_cache import PlanCache, PlanRefused, PlanUnavailable, Revoked
from agent.centre.private_files import private_directory, write_private
from agent.centre.sealing import Sealer, Unsealable
from drivers.plan import Plan, SnmpAccess, Target
from drivers.signatures import digest, number_of, public_from, verified

PLAN = Plan("r1", "a1", ("S1",), targets=(Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess()),))


SEALER = Sealer(b"k" * 32)


def client_of(handler):
    return httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://controller")


@pytest.fixture
def enrolled(tmp_path, monkeypatch):
    """Join a controller that is one function."""
    client = httpx.AsyncClient

    def join(handler, *, patiently=None):
        def made(**options):
            options.pop("verify")
            return client(transport=httpx.MockTransport(handler), **options)

        monkeypatch.setattr("agent.centre.enrolment.httpx.AsyncClient", made)
        joining = Joining(tmp_path, SEALER)
        if patiently:
            work = joining.join_patiently(
                "http://controller", "T", "box", now=lambda: 5.0, **patiently
            )
        else:
            work = joining.join("http://controller", "T", "box", now=5.0)
        return asyncio.run(work)

    return join


def test_a_token_is_traded_for_a_place_by_a_key_made_here(enrolled, tmp_path):
    keys = []

    def controller(request):
        asked = msgspec.json.decode(request.content)
        assert request.url.path == "/api/agent/v1/enrol"
        assert (asked["token"], asked["name"]) == ("T", "box")
        assert asked["version"]
        public = public_from(asked["public_key"])
        proof = verified(request.headers["Authorization"].removeprefix("Bearer "), public)
        assert (proof.method, proof.target) == ("POST", "/api/agent/v1/enrol")
        assert proof.body == digest(request.content)
        keys.append(digest(public))
        return httpx.Response(201, json={"agent_id": "a1", "schools": ["S1"]})

    joined = enrolled(controller)
    assert (joined.agent_id, joined.schools, joined.key_made_at) == ("a1", ("S1",), 5.0)
    assert joined.identity(SEALER).fingerprint == keys[0]
    assert enrolment.load(tmp_path) == joined


def test_a_nonce_is_fetched_and_then_used(enrolled):
    told = []

    def controller(request):
        asked = msgspec.json.decode(request.content)
        token = request.headers["Authorization"].removeprefix("Bearer ")
        told.append(verified(token, public_from(asked["public_key"])))
        if told[-1].nonce != "fresh":
            wanted = {"Fleet-Nonce": "fresh", "WWW-Authenticate": 'Bearer error="nonce_needed"'}
            return httpx.Response(401, headers=wanted, json={})
        return httpx.Response(201, json={"agent_id": "a1"})

    enrolled(controller)
    assert [proof.nonce for proof in told] == ["", "fresh"]
    assert told[0].number != told[1].number


def test_a_lost_answer_is_asked_for_again_with_the_same_key(enrolled, tmp_path):
    keys = []

    def controller(request):
        keys.append(msgspec.json.decode(request.content)["public_key"])
        if len(keys) == 1:
            raise httpx.ReadError("the line went down")
        return httpx.Response(201, json={"agent_id": "a1"})

    with pytest.raises(ControllerAway):
        enrolled(controller)
    assert enrolment.load(tmp_path) is None
    enrolled(controller)
    assert keys[0] == keys[1]
    assert not (tmp_path / "key.joining").exists()


def test_a_refused_token_says_why(enrolled):
    problem = {"title": "Unauthorized", "detail": "used already", "code": "x"}
    with pytest.raises(EnrolmentRefused, match="used already"):
        enrolled(lambda _: httpx.Response(401, json=problem))


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(201, text="hello"), httpx.ConnectError("no")]
)
def test_what_is_no_controller_is_said_to_be_away(enrolled, answer):
    def controller(_request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ControllerAway):
        enrolled(controller)


async def no_sleep(_seconds):
    return None


def test_a_controller_that_is_still_starting_is_waited_for(enrolled):
    answers = [503, 503, 201]

    def controller(_request):
        return httpx.Response(answers.pop(0), json={"agent_id": "a", "schools": []})

    assert enrolled(controller, patiently={"sleep": no_sleep}).agent_id == "a"


def test_a_refused_token_is_not_tried_again(enrolled):
    asked = []

    def controller(request):
        asked.append(request)
        return httpx.Response(401, json={})

    with pytest.raises(EnrolmentRefused):
        enrolled(controller, patiently={"sleep": no_sleep, "attempts": 5})
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("abc", ("abc", "")),
        (" abc\n", ("abc", "")),
        ("abc." + "p" * 43, ("abc", "p" * 43)),
        ("abc.short", ("abc", "")),
    ],
)
def test_a_token_may_carry_the_fingerprint_of_the_authority(token, parts):
    assert parted(token) == parts


def test_the_key_is_kept_for_this_box_alone_and_shown_nowhere(tmp_path):
    identity = Identity.new()
    joined = Enrolment("http://c", "a1", "box", "").with_identity(identity, SEALER, now=0.0)
    enrolment.store(tmp_path, joined)
    assert enrolment.load(tmp_path) == joined
    assert joined.identity(SEALER) == identity
    with pytest.raises(Unsealable):
        joined.identity(Sealer(b"x" * 32))
    assert joined.key not in repr(joined)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["{", '{"controller_url": "u", "agent_id": "a", "secret": "s"}']
)
def test_an_unreadable_or_old_enrolment_is_as_good_as_none(tmp_path, content):
    (tmp_path / "enrolment.json").write_text(content)
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
    cache, server = PlanCache(tmp_path, agent="a1", sealer=SEALER), PlanServer()
    assert refresh(cache, server) is True
    assert refresh(cache, server) is False
    assert server.asked == [None, '"r1"']
    server.plan = msgspec.structs.replace(PLAN, revision="r2", targets=())
    assert refresh(cache, server) is True
    assert cache.plan.targets == ()


def test_the_kept_plan_is_worked_from_when_nobody_answers(tmp_path):
    refresh(PlanCache(tmp_path, agent="a1", sealer=SEALER), PlanServer())
    cache, server = PlanCache(tmp_path, agent="a1", sealer=SEALER), PlanServer()
    server.status = 502
    assert cache.load() == PLAN
    with pytest.raises(PlanUnavailable):
        refresh(cache, server)
    assert cache.plan == PLAN
    assert stat.S_IMODE((tmp_path / "plan.sealed").stat().st_mode) == 0o600


def test_no_password_of_the_plan_is_readable_on_the_disk(tmp_path):
    told = SnmpAccess("3", user="u", auth="SHA-256:very secret", priv="AES-128:very secret")
    plan = msgspec.structs.replace(PLAN, targets=(Target("d1", "S1", "127.0.0.1", snmp=told),))
    refresh(PlanCache(tmp_path, agent="a1", sealer=SEALER), PlanServer(plan))
    for file in tmp_path.iterdir():
        assert b"secret" not in file.read_bytes()
    assert PlanCache(tmp_path, agent="a1", sealer=SEALER).load() == plan
    assert PlanCache(tmp_path, agent="a1", sealer=Sealer(b"x" * 32)).load() is None


def test_a_plan_kept_in_the_clear_is_sealed_and_removed(tmp_path):
    write_private(tmp_path / "plan.msgpack", msgspec.msgpack.encode(PLAN))
    assert PlanCache(tmp_path, agent="a1", sealer=SEALER).load() == PLAN
    assert [file.name for file in tmp_path.iterdir()] == ["plan.sealed"]
    assert PlanCache(tmp_path, agent="a1", sealer=SEALER).load() == PLAN


@pytest.mark.parametrize("status", [401, 403])
def test_a_box_that_is_turned_away_is_told_apart(tmp_path, status):
    server = PlanServer()
    server.status = status
    with pytest.raises(PlanRefused):
        refresh(PlanCache(tmp_path, agent="a1", sealer=SEALER), server)


def test_only_the_controllers_own_word_is_a_revocation(tmp_path):
    signed = SignedRequests(Identity.new())

    async def ask(answer):
        def controller(request):
            number = number_of(request.headers["Authorization"].removeprefix("Bearer "))
            told = {"true": number, "other": "x" * len(number), "none": ""}[answer]
            return httpx.Response(403, headers={"Fleet-Revoked": told} if told else {})

        async with httpx.AsyncClient(
            transport=httpx.MockTransport(controller), base_url="http://c", auth=signed
        ) as client:
            await PlanCache(tmp_path, agent="a1", sealer=SEALER).refresh(client)

    for answer in ("none", "other"):
        with pytest.raises(PlanRefused):
            asyncio.run(ask(answer))
    with pytest.raises(Revoked):
        asyncio.run(ask("true"))


def test_a_plan_of_another_box_is_never_followed(tmp_path):
    cache = PlanCache(tmp_path, agent="a2", sealer=SEALER)
    with pytest.raises(PlanUnavailable, match="made for a1"):
        refresh(cache, PlanServer())
    assert cache.plan is None


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", SEALER.seal("plan", b"\x81\xa1x\x01"), SEALER.seal("other", b"")],
    ids=["empty", "garbage", "not a plan", "sealed for something else"],
)
def test_an_unreadable_kept_plan_is_left_alone(tmp_path, content, caplog):
    (tmp_path / "plan.sealed").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert PlanCache(tmp_path, agent="a1", sealer=SEALER).load() is None
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
