"""One question to the controller: is there something to do at once?"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import httpx
import msgspec

from agent.centre.long_poll import Asked
from drivers.plan import COMMANDS_CONTENT_TYPE, Command, Commands

log = logging.getLogger(__name__)

_MEANINGS: Mapping[int, Asked] = {
    HTTPStatus.OK: Asked.news,
    HTTPStatus.NO_CONTENT: Asked.nothing,
    HTTPStatus.UNAUTHORIZED: Asked.refused,
    HTTPStatus.FORBIDDEN: Asked.refused,
    # A controller from before there were commands.
    HTTPStatus.NOT_FOUND: Asked.refused,
    # Of a proxy that has lost its patience, or its controller.
    HTTPStatus.BAD_GATEWAY: Asked.cut,
    HTTPStatus.GATEWAY_TIMEOUT: Asked.cut,
}
#: An answer may be under way when the controller's patience ends.
MARGIN_SECONDS = 15.0


def patience(client: httpx.AsyncClient, wait: float) -> httpx.Timeout:
    """Time limits of a request that the controller may hold for ``wait`` seconds."""
    usual = client.timeout
    return httpx.Timeout(
        connect=usual.connect,
        read=wait + MARGIN_SECONDS if wait else usual.read,
        write=usual.write,
        pool=usual.pool,
    )


async def fetch_commands(
    client: httpx.AsyncClient, wait: float
) -> tuple[Asked, tuple[Command, ...]]:
    """Commands, as soon as there are some; never raises for what network or controller do."""
    try:
        response = await client.get(
            "/api/agent/v1/commands",
            params={"wait": f"{wait:g}"},
            headers={"Accept": COMMANDS_CONTENT_TYPE},
            timeout=patience(client, wait),
        )
    except (httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError):
        return Asked.cut, ()
    except httpx.HTTPError:
        return Asked.away, ()
    meaning = _MEANINGS.get(response.status_code, Asked.away)
    if meaning is not Asked.news:
        return meaning, ()
    try:
        found = msgspec.msgpack.decode(response.content, type=Commands)
    except msgspec.MsgspecError as error:
        log.warning("the controller sent commands that cannot be read: %s", error)
        return Asked.away, ()
    return Asked.news, found.commands
