"""What opens the gate for an agent, and what does not: each lie on its own."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from controller.auth.agents import NONCE_SECONDS, AgentGate, Nonces, Seen
from controller.errors import InvalidToken, NonceNeeded
from drivers.signatures import BadProof, public_bytes, public_from, sign, target_of, verified
from tests.controller.county import County

PLAN = "/api/agent/v1/plan"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(app: FastAPI, clock: Clock) -> AgentGate:
    return AgentGate(app.state.sessions, Nonces(b"k" * 32, clock), Seen(clock))


def proof(key: Ed25519PrivateKey, nonce: str, method: str = "GET", target: str = PLAN) -> str:
    return sign(key, method=method, target=target, nonce=nonce, body=b"")


def test_the_holder_of_the_key_is_known(gate: AgentGate, county: County) -> None:
    known = gate.known(proof(county.key, gate.nonces.mint()), "GET", PLAN)
    assert known.id == county.agent_id


@pytest.mark.parametrize(
    ("method", "target"), [("POST", PLAN), ("GET", "/api/agent/v1/commands"), ("GET", PLAN + "?x")]
)
def test_a_proof_is_for_one_request_only(
    gate: AgentGate, county: County, method: str, target: str
) -> None:
    with pytest.raises(InvalidToken):
        gate.known(proof(county.key, gate.nonces.mint()), method, target)


def test_a_request_that_was_overheard_opens_nothing_again(
    gate: AgentGate, county: County, clock: Clock
) -> None:
    token = proof(county.key, gate.nonces.mint())
    gate.known(token, "GET", PLAN)
    for later in (0, NONCE_SECONDS / 2):
        clock.now += later
        with pytest.raises(InvalidToken):
            gate.known(token, "GET", PLAN)
    clock.now += NONCE_SECONDS
    with pytest.raises(NonceNeeded):
        gate.known(token, "GET", PLAN)


def test_what_was_seen_is_remembered_as_long_as_its_nonce_is_good(clock: Clock) -> None:
    seen = Seen(clock)
    for turn in range(6):
        assert seen.first_time("a", str(turn))
        clock.now += NONCE_SECONDS
        assert not seen.first_time("a", str(turn))
    clock.now += 5 * NONCE_SECONDS
    assert seen.first_time("a", "last")
    clock.now += 5 * NONCE_SECONDS
    assert seen.first_time("a", "0")


@pytest.mark.parametrize("nonce", ["", "x", "A" * 32, "ÿ", "A" * 2_000])
def test_a_nonce_that_was_never_given_out_is_exchanged(
    gate: AgentGate, county: County, nonce: str
) -> None:
    with pytest.raises(NonceNeeded) as refused:
        gate.known(proof(county.key, nonce), "GET", PLAN)
    fresh = refused.value.headers["Fleet-Nonce"]
    assert gate.known(proof(county.key, fresh), "GET", PLAN).id == county.agent_id


def test_a_nonce_of_another_installation_is_none_of_ours(clock: Clock) -> None:
    assert not Nonces(b"a" * 32, clock).fresh(Nonces(b"b" * 32, clock).mint())


def test_a_signature_by_another_key_under_this_ones_name_is_refused(
    gate: AgentGate, county: County
) -> None:
    token = proof(county.key, gate.nonces.mint())
    forged = proof(Ed25519PrivateKey.generate(), gate.nonces.mint())
    head, payload, _ = token.split(".")
    with pytest.raises(InvalidToken):
        gate.known(".".join((head, payload, forged.split(".")[2])), "GET", PLAN)
    with pytest.raises(InvalidToken):
        gate.known(forged, "GET", PLAN)


def test_no_other_algorithm_is_taken(county: County) -> None:
    public = public_bytes(county.key)
    claims = dict.fromkeys(("jti", "htm", "htu", "nonce", "body"), "x")
    for token in (
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, public, algorithm="HS256"),
        jwt.encode(claims | {"jti": 5}, county.key, algorithm="EdDSA"),
        jwt.encode({"jti": "x"}, county.key, algorithm="EdDSA"),
    ):
        with pytest.raises(BadProof):
            verified(token, public)


def test_what_a_proxy_puts_before_the_path_does_not_matter() -> None:
    assert target_of("/fleet/api/agent/v1/plan?a=1") == "/api/agent/v1/plan?a=1"


@pytest.mark.parametrize("text", ["", "A", "A" * 42, "A" * 44, "!" * 43, "A" * 42 + "B"])
def test_only_32_bytes_in_their_one_spelling_are_a_key(text: str) -> None:
    with pytest.raises(BadProof):
        public_from(text)
