"""Who an agent's request is from: nonces given out, proofs checked, repetitions refused."""

import hmac
import time
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from controller.auth.signers import Signers
from controller.errors import AgentRevoked, InvalidToken, NonceNeeded
from drivers.signatures import (
    NONCE_HEADER,
    REVOKED_HEADER,
    BadProof,
    Proof,
    as_text,
    key_of,
    public_from,
    verified,
)
from inventory.database import SessionFactory, unit_of_work
from inventory.enrolment import key_used
from inventory.models.base import utc_now

#: Agents ask for their plan every minute and get a new nonce with it.
NONCE_SECONDS = 120
_STAMP, _TAG = 8, 16


@dataclass(frozen=True, slots=True)
class Known:
    """An agent whose proof was found good.

    Args:
        id: the agent.
        key: fingerprint of the key it signed with.
        proof: what it signed; the body has still to be compared.
    """

    id: str
    key: str
    proof: Proof


class Nonces:
    """Numbers that say when they were given out, so that none has to be kept.

    Controllers that share a secret key take each other's.

    Args:
        key: secret of the installation.
        clock: seconds since the epoch.
    """

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def mint(self) -> str:
        """A nonce that is good for ``NONCE_SECONDS``."""
        stamp = int(self._clock()).to_bytes(_STAMP)
        return as_text(stamp + self._tag(stamp))

    def fresh(self, nonce: str) -> bool:
        """Whether it was given out by us and not long ago."""
        try:
            content = urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4))
        except (NotBase64, ValueError):
            return False
        stamp, tag = content[:_STAMP], content[_STAMP:]
        if not hmac.compare_digest(tag, self._tag(stamp)):
            return False
        return abs(self._clock() - int.from_bytes(stamp)) <= NONCE_SECONDS

    def _tag(self, stamp: bytes) -> bytes:
        return hmac.digest(self._key, stamp, sha256)[:_TAG]


class Seen:
    """Numbers of proofs taken already, for as long as their nonces are good.

    Two sets take turns: one is forgotten when the other has been filled for a nonce's life.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turned_at = clock()
        self._young: set[tuple[str, str]] = set()
        self._old: set[tuple[str, str]] = set()
        self._lock = Lock()

    def first_time(self, agent: str, number: str) -> bool:
        """Whether this is the first proof of that number."""
        one = (agent, number)
        with self._lock:
            now = self._clock()
            # A nonce is taken as long before as after its time, so it lives twice as long at most.
            if now - self._turned_at > 2 * NONCE_SECONDS:
                self._old, self._young, self._turned_at = self._young, set(), now
            if one in self._young or one in self._old:
                return False
            self._young.add(one)
            return True


class AgentGate:
    """Lets agents in, each under its own name.

    Args:
        sessions: the register, which knows their keys.
        nonces: given out with every answer.
    """

    def __init__(self, sessions: SessionFactory, nonces: Nonces, seen: Seen | None = None) -> None:
        self._sessions = sessions
        self.nonces = nonces
        self.signers = Signers(sessions)
        self._seen = seen or Seen()

    def known(self, token: str | None, method: str, target: str) -> Known:
        """Whose request this is; blocking.

        Raises:
            InvalidToken: no proof, of an unknown key, of another request, or sent before.
            NonceNeeded: everything is right but the nonce is too old.
            AgentRevoked: it is who it says, and was shut out.
        """
        try:
            fingerprint = key_of(token or "")
        except BadProof:
            raise InvalidToken from None
        signer = self.signers.of(fingerprint)
        if signer is None:
            raise InvalidToken
        proof = self.proven(token or "", public_from(signer.public_key), method, target)
        if not self._seen.first_time(signer.agent_id, proof.number):
            raise InvalidToken
        if signer.revoked_at is not None:
            refusal = AgentRevoked()
            refusal.headers[REVOKED_HEADER] = proof.number
            raise refusal
        if signer.first_used_at is None:
            with unit_of_work(self._sessions) as session:
                key_used(session, signer.agent_id, fingerprint, now=utc_now())
        return Known(signer.agent_id, fingerprint, proof)

    def proven(self, token: str, public: bytes, method: str, target: str) -> Proof:
        """The proof of a request, by a key that need not be registered.

        Raises:
            InvalidToken: by another key, or of another request.
            NonceNeeded: everything is right but the nonce is too old.
        """
        try:
            proof = verified(token, public)
        except BadProof:
            raise InvalidToken from None
        if (proof.method, proof.target) != (method, target):
            raise InvalidToken
        if not self.nonces.fresh(proof.nonce):
            refusal = NonceNeeded()
            refusal.headers[NONCE_HEADER] = self.nonces.mint()
            raise refusal
        return proof
