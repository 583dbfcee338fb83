"""How a box joins a controller, and the file that says it has.

The secret is kept in ``enrolment.json`` in the state directory, mode 600. It is never logged.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import httpx
import msgspec

from agent.centre.private_files import write_private

log = logging.getLogger(__name__)

VERSION = version("campus-fleet")
_FILE = "enrolment.json"


class Enrolment(msgspec.Struct, frozen=True):
    """What a box was told when it joined."""

    controller_url: str
    agent_id: str
    secret: str
    name: str
    schools: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Enrolment({self.agent_id} at {self.controller_url})"


class _Answer(msgspec.Struct):
    agent_id: str
    secret: str
    schools: tuple[str, ...] = ()


class EnrolmentRefused(Exception):
    """The controller answered, and the answer is no: {0}."""


class ControllerAway(Exception):
    """The controller cannot be reached, or is not a controller: {0}."""


def load(state_dir: Path) -> Enrolment | None:
    """The enrolment kept in ``state_dir``; ``None`` when there is none or it is unreadable."""
    try:
        return msgspec.json.decode((state_dir / _FILE).read_bytes(), type=Enrolment)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        log.error("%s is unreadable (%s): enrol again", state_dir / _FILE, error)
        return None


def store(state_dir: Path, enrolment: Enrolment) -> None:
    """Keep it, mode 600.

    Raises:
        OSError: the state directory cannot be written.
    """
    write_private(state_dir / _FILE, msgspec.json.encode(enrolment))


def trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What httpx shall trust: the bureau's own authority, else the system's.

    Raises:
        OSError: the file is not there, or holds no certificate.
    """
    return ssl.create_default_context(cafile=ca_file) if ca_file else True


async def enrol(client: httpx.AsyncClient, url: str, *, token: str, name: str) -> Enrolment:
    """Trade a one-time token for a secret.

    Raises:
        EnrolmentRefused: the token is wrong, used or expired.
        ControllerAway: no connection, or what answers is not a controller.
    """
    try:
        response = await client.post(
            f"{url}/api/agent/v1/enrol",
            json={"token": token, "name": name, "version": VERSION},
        )
    except httpx.HTTPError as error:
        raise ControllerAway(f"{type(error).__name__}: {error}") from None
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise EnrolmentRefused(_detail(response))
    if response.status_code != HTTPStatus.CREATED:
        raise ControllerAway(f"{url} answered {response.status_code}")
    try:
        answer = msgspec.json.decode(response.content, type=_Answer)
    except msgspec.MsgspecError:
        raise ControllerAway(f"{url} answered something that is no enrolment") from None
    return Enrolment(url, answer.agent_id, answer.secret, name, answer.schools)


async def enrol_patiently(
    client: httpx.AsyncClient,
    url: str,
    *,
    token: str,
    name: str,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    attempts: int = 60,
) -> Enrolment:
    """As :func:`enrol`, but a controller that is still starting is waited for.

    Raises:
        EnrolmentRefused: the token is wrong, used or expired; waiting would not help.
        ControllerAway: still out of reach after the last attempt, several minutes later.
    """
    for attempt in range(1, attempts):
        try:
            return await enrol(client, url, token=token, name=name)
        except ControllerAway as error:
            if attempt == 1:
                log.warning("waiting for the controller: %s", error)
            await sleep(min(0.5 * attempt, 10.0))
    return await enrol(client, url, token=token, name=name)


def _detail(response: httpx.Response) -> str:
    """The sentence of an RFC 9457 answer, as far as it has one."""
    try:
        body = response.json()
    except ValueError:
        return f"status {response.status_code}"
    if isinstance(body, dict):
        return str(body.get("detail") or body.get("title") or f"status {response.status_code}")
    return f"status {response.status_code}"
