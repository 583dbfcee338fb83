"""``/api/agent/v1``: how boxes join, change their keys, and learn whose certificates to trust."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse

from controller.api.agent_caller import KnownAgent, NonceRoute, body_of, gate, target
from controller.api.schemas import PROBLEMS, Schema
from controller.certificates.trusted import read_authorities
from controller.deps import DbSession, bearer
from controller.errors import InvalidToken, NotFound
from drivers.signatures import AGENT_API, BadProof, fingerprint, public_from, verified
from inventory.enrolment import change_key, redeem
from inventory.models.base import utc_now

router = APIRouter(prefix=AGENT_API, tags=["agent"], responses=PROBLEMS, route_class=NonceRoute)

KeyText = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]


class EnrolIn(BaseModel):
    """A one-time token, who redeems it, and the key it made: Ed25519, 32 bytes in base64url.

    The request is signed with that key like every later one.
    """

    token: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=100)
    version: str = Field(default="", max_length=100)
    public_key: KeyText


class EnrolOut(Schema):
    """Who the agent is now, and for which schools."""

    agent_id: str
    schools: list[str]


class KeyIn(BaseModel):
    """An agent's next key, and a proof that it holds it.

    The proof is signed with the next key: method and target of this request, the fingerprint of
    the present key in place of a nonce, and the next public key (32 bytes) as the body.
    """

    public_key: KeyText
    proof: str = Field(min_length=1, max_length=2_000)


class KeyOut(Schema):
    """The fingerprint under which the key is known now."""

    fingerprint: str


async def signed_by_itself(request: Request, body: EnrolIn) -> bytes:
    """The key in the body, once the request is known to be signed with it."""
    public = _public(body.public_key)
    proof = gate(request).proven(bearer(request) or "", public, "POST", target(request))
    await body_of(request, proof.body)
    return public


@router.post("/enrol", status_code=201)
def enrol(
    session: DbSession, body: EnrolIn, public: Annotated[bytes, Depends(signed_by_itself)]
) -> EnrolOut:
    """Trade an enrolment token for an agent id; the agent's key is its own."""
    made = redeem(
        session,
        body.token,
        public_key=public,
        name=body.name,
        version=body.version,
        now=utc_now(),
    )
    return EnrolOut(agent_id=made.agent.id, schools=list(made.schools))


@router.put("/key")
def next_key(session: DbSession, agent: KnownAgent, body: KeyIn) -> KeyOut:
    """Take an agent's next key; the present one stays good until the next one was used."""
    public = _public(body.public_key)
    try:
        proof = verified(body.proof, public)
    except BadProof:
        raise InvalidToken from None
    if (proof.method, proof.target, proof.nonce, proof.body) != (
        "PUT",
        f"{AGENT_API}/key",
        agent.key,
        fingerprint(public),
    ):
        raise InvalidToken
    change_key(session, agent.id, public, now=utc_now())
    return KeyOut(fingerprint=fingerprint(public))


@router.get("/authorities", response_class=PlainTextResponse)
def authorities(request: Request) -> PlainTextResponse:
    """Certificates of the bureau's own authorities in PEM; no secret, and the same for everybody.

    A box compares them with the fingerprint in its enrolment token before it says anything.
    """
    found = read_authorities(request.app.state.settings.authorities_file)
    if not found:
        raise NotFound
    return PlainTextResponse("".join(one.pem for one in found))


def _public(text: str) -> bytes:
    try:
        return public_from(text)
    except BadProof:
        raise InvalidToken from None
