"""How a box joins a controller, and the file that says it has.

``enrolment.json`` in the state directory, mode 600, holds who the box is, whose certificates it
believes, and its own key, sealed. One file, replaced whole: there is no moment at which the box
has an identity without its key.
"""

import asyncio
import logging
import ssl
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import httpx
import msgspec

from agent.centre.authorities import WrongAuthority, mind_the_clock, pinned_authority, trust
from agent.centre.keys import JOINING, Identity, SignedRequests, on_its_way
from agent.centre.places import ENROLMENT_FILE
from agent.centre.private_files import write_private
from agent.centre.sealing import Sealer
from drivers.signatures import AGENT_API

log = logging.getLogger(__name__)

VERSION = version("campus-fleet")
_PIN_LENGTH = 43


class Enrolment(msgspec.Struct, frozen=True):
    """What a box was told when it joined, and the key it made for it.

    ``authorities`` is PEM: the only ones whose certificates count; empty for the system's.
    ``key`` is sealed, in base64, and was made at ``key_made_at`` (s since the epoch).
    """

    controller_url: str
    agent_id: str
    name: str
    key: str
    schools: tuple[str, ...] = ()
    authorities: str = ""
    key_made_at: float = 0.0

    def __repr__(self) -> str:
        return f"Enrolment({self.agent_id} at {self.controller_url})"

    def identity(self, sealer: Sealer) -> Identity:
        """The box's key.

        Raises:
            Unsealable: it was sealed by another box.
        """
        return Identity.opened(b64decode(self.key), sealer)

    def with_identity(self, identity: Identity, sealer: Sealer, *, now: float) -> "Enrolment":
        sealed = b64encode(identity.sealed(sealer)).decode()
        return msgspec.structs.replace(self, key=sealed, key_made_at=now)


class _Answer(msgspec.Struct):
    agent_id: str
    schools: tuple[str, ...] = ()


class EnrolmentRefused(Exception):
    """The controller answered, and the answer is no: {0}."""


class ControllerAway(Exception):
    """The controller cannot be reached, or is not a controller: {0}."""


class Impostor(Exception):
    """What answers under the controller's address is not the controller of the token."""


def load(state_dir: Path) -> Enrolment | None:
    """The enrolment kept in ``state_dir``; ``None`` when there is none or it is unreadable."""
    path = state_dir / ENROLMENT_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolment)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, OSError) as error:
        log.error("%s cannot be used (%s): enrol again", path, error)
        return None


def store(state_dir: Path, enrolment: Enrolment) -> None:
    """Keep it, mode 600.

    Raises:
        OSError: the state directory cannot be written.
    """
    write_private(state_dir / ENROLMENT_FILE, msgspec.json.encode(enrolment))


def parted(token: str) -> tuple[str, str]:
    """The secret of an enrolment token, and the fingerprint of the bureau's authority or ``""``.

    The token is ``SECRET`` or ``SECRET.FINGERPRINT``.
    """
    secret, _, pin = token.strip().partition(".")
    return secret, pin if len(pin) == _PIN_LENGTH else ""


class Joining:
    """One box on its way to its controller.

    Args:
        state_dir: where the key on its way is kept.
        sealer: seals it.
        trusted: what the operator says is to be trusted; ``None`` leaves it to the token.
        language: of the controller's refusals.
    """

    def __init__(
        self,
        state_dir: Path,
        sealer: Sealer,
        *,
        trusted: ssl.SSLContext | None = None,
        language: str = "en",
        seconds: float = 30.0,
    ) -> None:
        self._state_dir = state_dir
        self._sealer = sealer
        self._trusted = trusted
        self._language = language
        self._seconds = seconds

    async def join(self, url: str, token: str, name: str, *, now: float) -> Enrolment:
        """Trade a one-time token for a place, and keep what came of it.

        Raises:
            EnrolmentRefused: the token is wrong, used or expired.
            Impostor: the token names another authority than the one that answers.
            ControllerAway: no connection, or what answers is not a controller.
            OSError: the state directory cannot be written.
        """
        secret, pin = parted(token)
        identity = on_its_way(self._state_dir, JOINING, self._sealer)
        try:
            authorities = await self._authorities(url, pin)
            verify = trust(None, authorities)
            mind_the_clock(verify, authorities, now)
            async with httpx.AsyncClient(
                auth=SignedRequests(identity),
                verify=self._trusted or verify,
                timeout=self._seconds,
                headers={"Accept-Language": self._language},
            ) as client:
                response = await client.post(
                    f"{url}{AGENT_API}/enrol",
                    json={
                        "token": secret,
                        "name": name,
                        "version": VERSION,
                        "public_key": identity.public,
                    },
                )
        except httpx.HTTPError as error:
            raise ControllerAway(f"{type(error).__name__}: {error}") from None
        answer = _judged(url, response)
        joined = Enrolment(url, answer.agent_id, name, "", answer.schools, authorities)
        joined = joined.with_identity(identity, self._sealer, now=now)
        store(self._state_dir, joined)
        (self._state_dir / JOINING).unlink(missing_ok=True)
        return joined

    async def join_patiently(
        self,
        url: str,
        token: str,
        name: str,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        attempts: int = 60,
    ) -> Enrolment:
        """As :meth:`join`, but a controller that is still starting is waited for.

        Raises:
            EnrolmentRefused: the token is wrong, used or expired; waiting would not help.
            Impostor: the token names another authority; neither would it then.
            ControllerAway: still out of reach after the last attempt, several minutes later.
            OSError: the state directory cannot be written.
        """
        for attempt in range(1, attempts):
            try:
                return await self.join(url, token, name, now=now())
            except ControllerAway as error:
                if attempt == 1:
                    log.warning("waiting for the controller: %s", error)
                await sleep(min(0.5 * attempt, 10.0))
        return await self.join(url, token, name, now=now())

    async def _authorities(self, url: str, pin: str) -> str:
        """What to pin: nothing where the operator chose, the token says nothing, or no TLS is."""
        if not pin or self._trusted is not None or not url.startswith("https:"):
            return ""
        try:
            return await pinned_authority(url, pin, seconds=self._seconds)
        except WrongAuthority:
            raise Impostor from None


def _judged(url: str, response: httpx.Response) -> _Answer:
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise EnrolmentRefused(_detail(response))
    if response.status_code != HTTPStatus.CREATED:
        raise ControllerAway(f"{url} answered {response.status_code}")
    try:
        return msgspec.json.decode(response.content, type=_Answer)
    except msgspec.MsgspecError:
        raise ControllerAway(f"{url} answered something that is no enrolment") from None


def _detail(response: httpx.Response) -> str:
    """The sentence of an RFC 9457 answer, as far as it has one."""
    try:
        body = response.json()
    except ValueError:
        return f"status {response.status_code}"
    if isinstance(body, dict):
        return str(body.get("detail") or body.get("title") or f"status {response.status_code}")
    return f"status {response.status_code}"
