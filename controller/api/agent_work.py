"""``/api/agent/v1``: what boxes are to do, all the time (the plan) and at once (commands)."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request, Response

from controller.api.agent_caller import NonceRoute, known_agent
from controller.api.schemas import PROBLEMS
from controller.command_desk import CommandDesk
from controller.plan_desk import PlanDesk
from drivers.plan import COMMANDS_CONTENT_TYPE, PLAN_CONTENT_TYPE
from drivers.signatures import AGENT_API

router = APIRouter(prefix=AGENT_API, tags=["agent"], responses=PROBLEMS, route_class=NonceRoute)
T = TypeVar("T")
Wait = Annotated[
    float,
    Query(ge=0, le=3_600, description="Seconds to wait for something new; 0: answer at once."),
]
_REVISION = re.compile(r'"([^"]*)"')


def plan_desk(request: Request) -> PlanDesk:
    desk: PlanDesk = request.app.state.plan_desk
    return desk


def command_desk(request: Request) -> CommandDesk:
    desk: CommandDesk = request.app.state.command_desk
    return desk


@router.get("/plan", response_class=Response)
async def plan(request: Request, wait: Wait = 0.0) -> Response:
    """Everything the agent has to do, as MessagePack; 304 when it has this revision already.

    With ``wait`` the answer is held until there is another revision, or the time is over.
    """
    agent, desk = await known_agent(request), plan_desk(request)
    known = _REVISION.search(request.headers.get("if-none-match", ""))
    revision = known[1] if known else ""
    answer = await _unless_gone(request, desk.answer(agent.id, revision, wait if known else 0.0))
    if answer is None:
        return Response(status_code=304)
    headers = {"ETag": f'"{answer.revision}"', "Cache-Control": "no-store"}
    if not answer.content:
        return Response(status_code=304, headers=headers)
    return Response(answer.content, media_type=PLAN_CONTENT_TYPE, headers=headers)


@router.get("/commands", response_class=Response)
async def commands(request: Request, wait: Wait = 0.0) -> Response:
    """What the agent is to do at once, as MessagePack; 204 when there is nothing.

    A command comes again until its result has come; the agent knows it by its id.
    """
    agent, desk = await known_agent(request), command_desk(request)
    found = await _unless_gone(request, desk.answer(agent.id, wait))
    headers = {"Cache-Control": "no-store"}
    if found is None or not found.commands:
        return Response(status_code=204, headers=headers)
    content = msgspec.msgpack.encode(found)
    return Response(content, media_type=COMMANDS_CONTENT_TYPE, headers=headers)


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """The result, or None when whoever asked has hung up: nobody holds a place for nobody."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
