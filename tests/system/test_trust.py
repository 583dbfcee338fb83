"""Real processes over real TLS: who is believed, who is let in, and who is not."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509

from agent.centre import enrolment
from agent.centre.authorities import certificates
from agent.centre.enrolment import ControllerAway, EnrolmentRefused, Impostor
from agent.centre.keys import Identity, SignedRequests
from agent.centre.plan_cache import PlanUnavailable
from controller.certificates.trusted import read_authorities
from tests.system.trust import Box, Bureau, authority_in, authority_of, impostor


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    made = Bureau(tmp_path_factory.mktemp("bureau"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "box")


@pytest.fixture
def member(box: Box, bureau: Bureau) -> Box:
    box.join(bureau.url, bureau.token())
    return box


def test_a_token_of_the_bureau_leads_to_the_bureau(box: Box, bureau: Bureau) -> None:
    joined = box.join(bureau.url, bureau.invite())
    assert joined.schools == ("SCH-A",)
    assert joined.authorities == read_authorities(bureau.folder / "ca/authorities.pem")[0].pem
    plan = box.ask()
    assert plan is not None
    assert plan.agent == joined.agent_id


def test_without_a_fingerprint_an_unknown_authority_is_not_believed(
    box: Box, bureau: Bureau
) -> None:
    with pytest.raises(ControllerAway, match=r"(?i)certificate"):
        box.join(bureau.url, bureau.token().partition(".")[0])


def test_whoever_has_another_authority_hears_no_token(
    box: Box, bureau: Bureau, tmp_path: Path
) -> None:
    other = authority_in(tmp_path / "other")
    token = bureau.token()
    with impostor(other, shows=other.path / "authorities.pem") as (url, heard):
        with pytest.raises(Impostor):
            box.join(url, token)
        assert heard == []
    with impostor(other, shows=bureau.folder / "ca/authorities.pem") as (url, heard):
        with pytest.raises(ControllerAway, match=r"(?i)certificate"):
            box.join(url, token)
        assert heard == []
    box.join(bureau.url, token)  # and the token is as good as before


def test_a_man_in_the_middle_is_an_absent_controller_and_nothing_more(
    member: Box, tmp_path: Path
) -> None:
    other = authority_in(tmp_path / "other")
    before = {file.name: file.read_bytes() for file in member.folder.iterdir()}
    with impostor(other) as (url, _), pytest.raises(PlanUnavailable, match=r"(?i)certificate"):
        member.ask(url)
    assert {file.name: file.read_bytes() for file in member.folder.iterdir()} == before


def test_an_expired_certificate_is_not_believed(member: Box, bureau: Bureau) -> None:
    expired = authority_of(bureau, "expired", datetime.now(UTC) - timedelta(days=90))
    with impostor(expired) as (url, _), pytest.raises(PlanUnavailable, match="expired"):
        member.ask(url)


def test_a_box_in_1970_believes_its_authority_and_nobody_else(
    member: Box, bureau: Bureau, tmp_path: Path
) -> None:
    begins_later = authority_of(bureau, "later", datetime.now(UTC) + timedelta(days=30))
    own = member.membership()
    with impostor(begins_later) as (url, _):  # as every certificate looks to a box in 1970
        with pytest.raises(httpx.ConnectError, match="not yet valid"):
            httpx.get(url, verify=own.tls, trust_env=False, timeout=60)
        own.mind_the_clock(0.0)
        assert httpx.get(url, verify=own.tls, trust_env=False, timeout=60).status_code == 404
        own.mind_the_clock(time.time())
        with pytest.raises(httpx.ConnectError, match="not yet valid"):
            httpx.get(url, verify=own.tls, trust_env=False, timeout=60)
    own.mind_the_clock(0.0)
    other = authority_in(tmp_path / "other")
    with impostor(other) as (url, _), pytest.raises(httpx.ConnectError):
        httpx.get(url, verify=own.tls, trust_env=False, timeout=60)


def test_a_token_is_good_once(member: Box, bureau: Bureau, tmp_path: Path) -> None:
    token = bureau.token()
    Box(tmp_path / "first").join(bureau.url, token)
    with pytest.raises(EnrolmentRefused):
        Box(tmp_path / "second").join(bureau.url, token)


def test_a_request_sent_again_is_refused(member: Box) -> None:
    own = member.membership()
    with httpx.Client(verify=own.tls, auth=own.auth, trust_env=False, timeout=60) as client:
        answer = client.get(f"{own.enrolment.controller_url}/api/agent/v1/plan")
        assert answer.status_code == 200
        again = client.send(answer.request, auth=None)
    assert again.status_code == 401
    assert again.json()["code"] == "invalid_token"


def test_an_enrolment_without_its_key_is_worth_nothing(member: Box, bureau: Bureau) -> None:
    own = member.membership()
    stranger = SignedRequests(Identity.new())
    with httpx.Client(verify=own.tls, auth=stranger, trust_env=False, timeout=60) as client:
        assert client.get(f"{bureau.url}/api/agent/v1/plan").status_code == 401


class Killed(BaseException):
    """The power went."""


@pytest.mark.parametrize("moment", ["before it is told", "before it is kept", "before the end"])
def test_a_key_is_changed_whatever_moment_the_power_goes(
    member: Box, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    member.settings = msgspec.structs.replace(member.settings, key_days=1e-9)
    first = member.membership().auth.identity
    with monkeypatch.context() as patched:
        _break(patched, moment)
        with pytest.raises(Killed):
            member.ask()
    member.settings = msgspec.structs.replace(member.settings, key_days=90.0)
    assert member.ask() is not None  # let in, and the change is completed
    second = member.membership().auth.identity
    assert second != first
    assert not (member.folder / "key.next").exists()
    assert member.ask() is not None
    old = SignedRequests(first)
    own = member.membership()
    with httpx.Client(verify=own.tls, auth=old, trust_env=False, timeout=60) as client:
        url = f"{own.enrolment.controller_url}/api/agent/v1/plan"
        assert client.get(url).status_code == 401


def _break(patched: pytest.MonkeyPatch, moment: str) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    if moment == "before it is told":
        patched.setattr(httpx.AsyncClient, "put", killed)
    elif moment == "before it is kept":
        patched.setattr("agent.centre.membership.store", killed)
    else:
        patched.setattr("agent.centre.membership.log.info", killed)


def test_another_certificate_of_the_same_authority_is_believed(member: Box, bureau: Bureau) -> None:
    renewed = authority_of(bureau, "renewed", datetime.now(UTC))
    with impostor(renewed) as (url, _), pytest.raises(PlanUnavailable, match="404"):
        member.ask(url)  # it is no controller, but its certificate is good


def test_the_next_authority_is_followed_and_the_old_one_let_go(tmp_path: Path, box: Box) -> None:
    bureau = Bureau(tmp_path)
    bureau.start()
    try:
        box.join(bureau.url, bureau.token())
        (first,) = pinned(box)
        bureau.ca.announce("Test", years=10)
        assert box.ask() is not None
        assert len(pinned(box)) == 2
        bureau.stop()
        following = bureau.ca.switch()
        assert following != first
        bureau.start()
        assert box.ask() is not None
        assert pinned(box) == [following]
        assert box.ask() is not None
    finally:
        bureau.stop()


def pinned(box: Box) -> list[x509.Certificate]:
    return certificates(box.membership().enrolment.authorities)


def run_agent(box: Box, **settings: str) -> "subprocess.Popen[str]":
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FLEET_") and "proxy" not in name.lower()
    } | {
        "FLEET_AGENT_STATE_DIR": str(box.folder),
        "FLEET_AGENT_METRICS_PORT": "0",
        "FLEET_AGENT_LONG_POLL_SECONDS": "0",
        "FLEET_AGENT_PLAN_REFRESH_SECONDS": "1",
        "FLEET_LANG": "en",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "agent", "run"],
        env=environment | settings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(what: Callable[[], bool], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_running_box_that_is_shut_out_forgets_everything_and_ends(
    box: Box, bureau: Bureau
) -> None:
    process = run_agent(
        box,
        FLEET_AGENT_CONTROLLER_URL=bureau.url,
        FLEET_AGENT_ENROL_TOKEN=bureau.token(),
        FLEET_AGENT_KEY_DAYS="0.000001",
    )
    try:
        wait_for((box.folder / "plan.sealed").exists)
        joined = enrolment.load(box.folder)
        assert joined is not None
        wait_for(lambda: enrolment.load(box.folder) != joined)  # it has changed its key
        bureau.shut_out(joined.agent_id)
        _, told = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 77
    assert "signs with a new key now" in told
    assert "shut this box out" in told
    left = {file.name for file in box.folder.iterdir()}
    assert not left & {"enrolment.json", "plan.sealed", "plan.msgpack", "box.key", "key.next"}
    assert "spool.db" in left
    with pytest.raises(AssertionError):
        box.membership()
    again = box.join(bureau.url, bureau.token(agent=joined.agent_id))
    assert again.agent_id == joined.agent_id
    assert box.ask() is not None
