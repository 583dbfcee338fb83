"""How an agent proves with every request that it holds its key; known to both processes.

The proof is a JSON Web Token (RFC 7519, EdDSA of RFC 8037) made for one request, in the manner of
DPoP (RFC 9449): it names method, target and a digest of the body, and carries a nonce that the
controller gave out a moment ago. No clock of the agent's is asked, so a box whose clock stands in
1970 is believed, and a proof that somebody copied opens nothing later or elsewhere.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: Answers carry the nonce of the next request in this header.
NONCE_HEADER = "Fleet-Nonce"
#: An answer that says "revoked" repeats the proof's number in this header: it was made for this
#: request by who could read it, and is not the page of a proxy or of a captive portal.
REVOKED_HEADER = "Fleet-Revoked"
#: What the target of a proof begins with; a proxy may put a prefix before it.
AGENT_API = "/api/agent/v1"

_ALGORITHM = "EdDSA"
_KIND = "fleet-agent+jwt"
_KEY_BYTES = 32
_CLAIMS = ("jti", "htm", "htu", "nonce", "body")


class BadProof(Exception):
    """Not a proof, or not made by this key."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was signed.

    Args:
        number: given once by the agent (128 random bits), so that a repetition is seen.
        method: HTTP method.
        target: path and query, from ``/api/agent/v1`` on.
        nonce: what the controller gave out.
        body: digest of the body, see :func:`digest`.
    """

    number: str
    method: str
    target: str
    nonce: str
    body: str


def sign(key: Ed25519PrivateKey, *, method: str, target: str, nonce: str, body: bytes) -> str:
    """The proof of one request, for its ``Authorization: Bearer`` header."""
    claims = {
        "jti": token_urlsafe(16),
        "htm": method,
        "htu": target,
        "nonce": nonce,
        "body": digest(body),
    }
    headers = {"kid": fingerprint(public_bytes(key)), "typ": _KIND}
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers=headers)


def key_of(token: str) -> str:
    """Fingerprint of the key a proof says it was made with; nothing is verified yet.

    Raises:
        BadProof: it is no proof.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise BadProof from None
    kid = header.get("kid")
    if header.get("typ") != _KIND or not isinstance(kid, str):
        raise BadProof
    return kid


def verified(token: str, public: bytes) -> Proof:
    """What the holder of this key (32 bytes) signed.

    Raises:
        BadProof: somebody else made it, or something is missing.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], options={"require": [*_CLAIMS]})
    except (jwt.InvalidTokenError, ValueError):
        raise BadProof from None
    values = [claims[name] for name in _CLAIMS]
    if not all(isinstance(value, str) for value in values):
        raise BadProof
    return Proof(*values)


def number_of(token: str) -> str:
    """The number in a proof of one's own; ``""`` where there is none."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("jti", ""))


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public half of a key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key, 43 characters of base64url."""
    return digest(public)


def digest(content: bytes) -> str:
    """SHA-256 in base64url without padding, 43 characters."""
    return as_text(sha256(content).digest())


def target_of(path_and_query: str) -> str:
    """What is signed of a request's address: everything from ``/api/agent/v1`` on."""
    _, found, rest = path_and_query.partition(AGENT_API)
    return found + rest


def as_text(content: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def public_from(text: str) -> bytes:
    """The inverse of :func:`as_text` for a public key.

    Raises:
        BadProof: not 32 bytes in base64url.
    """
    try:
        public = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadProof from None
    if len(public) != _KEY_BYTES or as_text(public) != text:
        raise BadProof
    return public
