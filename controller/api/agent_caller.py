"""Which agent a request of ``/api/agent/v1`` is from, and nonces for its next one."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from controller.auth.agents import AgentGate, Known
from controller.deps import bearer
from controller.errors import FleetError, InvalidToken, Malformed
from controller.ingest.intake import Intake
from drivers.signatures import NONCE_HEADER, digest, target_of

#: A body that takes longer holds a place others need.
BODY_SECONDS = 30.0


class NonceRoute(APIRoute):
    """A route whose answers, refusals included, carry the nonce of the agent's next request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_nonce(request: Request) -> Response:
            nonces = gate(request).nonces
            try:
                response = await handle(request)
            except FleetError as error:
                error.headers.setdefault(NONCE_HEADER, nonces.mint())
                raise
            response.headers[NONCE_HEADER] = nonces.mint()
            return response

        return with_nonce


def gate(request: Request) -> AgentGate:
    at: AgentGate = request.app.state.agent_gate
    return at


def intake(request: Request) -> Intake:
    taking: Intake = request.app.state.intake
    return taking


def target(request: Request) -> str:
    """The address as it was signed: path and query from ``/api/agent/v1`` on."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string") or b""
    whole = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return target_of(whole.decode("latin-1"))


async def sending_agent(request: Request) -> Known:
    """The agent behind the headers; whoever reads the body calls :func:`body_of`."""
    known = gate(request).known
    return await intake(request).run(known, bearer(request), request.method, target(request))


async def body_of(request: Request, signed: str) -> bytes:
    """The whole body, if it is the one that was signed.

    Raises:
        InvalidToken: it is another.
        Malformed: it does not arrive.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.body()
    except (TimeoutError, ClientDisconnect):
        raise Malformed(reason="the body broke off") from None
    if digest(body) != signed:
        raise InvalidToken
    return body


async def known_agent(request: Request) -> Known:
    """The agent behind the whole request, its body included.

    Routes that are asked all the time call it: as a dependency it costs as much again.
    """
    sending = await sending_agent(request)
    await body_of(request, sending.proof.body)
    return sending


KnownAgent = Annotated[Known, Depends(known_agent)]
