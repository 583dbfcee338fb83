"""The box's own key: made here, kept sealed, never sent; and requests signed with it."""

from collections.abc import Generator
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.centre.private_files import write_private
from agent.centre.sealing import Sealer, Unsealable
from drivers.signatures import (
    NONCE_HEADER,
    REVOKED_HEADER,
    as_text,
    fingerprint,
    number_of,
    public_bytes,
    sign,
    target_of,
)

#: A key on its way: made, and perhaps told to the controller already, but not yet the box's own.
JOINING, NEXT = "key.joining", "key.next"
_PURPOSE = "identity"
_UNAUTHORIZED, _FORBIDDEN = 401, 403


class Identity:
    """A private key (Ed25519) and what the world may know of it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key

    @classmethod
    def new(cls) -> "Identity":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def opened(cls, sealed: bytes, sealer: Sealer) -> "Identity":
        """The inverse of :meth:`sealed`.

        Raises:
            Unsealable: another box's, or damaged.
        """
        content = sealer.open(_PURPOSE, sealed)
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(content))
        except ValueError:
            raise Unsealable("no key") from None

    def sealed(self, sealer: Sealer) -> bytes:
        return sealer.seal(_PURPOSE, self.key.private_bytes_raw())

    @property
    def public(self) -> str:
        """The public key as it is sent: 32 bytes in base64url."""
        return as_text(public_bytes(self.key))

    @property
    def fingerprint(self) -> str:
        return fingerprint(public_bytes(self.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other.public == self.public

    def __hash__(self) -> int:
        return hash(self.public)

    def __repr__(self) -> str:
        return f"Identity({self.fingerprint})"


def on_its_way(state_dir: Path, name: str, sealer: Sealer) -> Identity:
    """The key of ``name``, made when there is none yet or it cannot be read.

    It is on disk before anybody hears of it: an answer that is lost, or a kill, is made good by
    asking again with the same key.

    Raises:
        OSError: the state directory cannot be written.
    """
    path = state_dir / name
    try:
        return Identity.opened(path.read_bytes(), sealer)
    except (FileNotFoundError, Unsealable):
        made = Identity.new()
        write_private(path, made.sealed(sealer))
        return made


class SignedRequests(httpx.Auth):
    """Signs every request, with the nonce of the latest answer; fetches one where it is missing.

    Args:
        identity: whose requests they are; may be changed while running.
    """

    requires_request_body = True

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self._nonce = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        used = self._nonce
        response = yield self._signed(request)
        offered = response.headers.get(NONCE_HEADER, "")
        self._nonce = offered or self._nonce
        # Only one repetition, and only where the controller says that a nonce was the matter.
        if response.status_code == _UNAUTHORIZED and offered and offered != used:
            if "nonce_needed" not in response.headers.get("WWW-Authenticate", ""):
                return
            response = yield self._signed(request)
            self._nonce = response.headers.get(NONCE_HEADER, self._nonce)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        token = sign(
            self.identity.key,
            method=request.method,
            target=target_of(request.url.raw_path.decode("ascii")),
            nonce=self._nonce,
            body=request.content,
        )
        request.headers["Authorization"] = f"Bearer {token}"
        return request


def told_revoked(response: httpx.Response) -> bool:
    """Whether the controller itself says, in answer to this very request, that we are shut out.

    It repeats the number in our proof. A status alone is what any proxy or captive portal sends.
    """
    if response.status_code != _FORBIDDEN:
        return False
    told = response.headers.get(REVOKED_HEADER, "")
    _, _, token = response.request.headers.get("Authorization", "").partition(" ")
    return bool(told) and told == number_of(token)


def proof_of_next(present: Identity, following: Identity, *, target: str) -> str:
    """Shows that whoever holds the present key holds the next one, too."""
    public = public_bytes(following.key)
    return sign(following.key, method="PUT", target=target, nonce=present.fingerprint, body=public)
