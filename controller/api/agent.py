"""``/api/agent/v1``: how boxes learn what to do, and bring what they read."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request, Response

from controller.api.agent_caller import CurrentAgent, IntakeOf, NonceRoute, SendingAgent, body_of
from controller.api.schemas import PROBLEMS
from controller.errors import UnsupportedMedia
from controller.settings import plan_settings
from drivers.plan import PLAN_CONTENT_TYPE
from drivers.readings import BATCH_CONTENT_TYPE
from drivers.signatures import AGENT_API
from inventory.database import read_only, unit_of_work
from inventory.enrolment import heard_from
from inventory.models.base import utc_now
from inventory.plans import build_plan
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope

router = APIRouter(prefix=AGENT_API, tags=["agent"], responses=PROBLEMS, route_class=NonceRoute)


@router.get("/plan", response_class=Response)
def plan(request: Request, agent_id: CurrentAgent) -> Response:
    """Everything the agent has to do, as MessagePack; 304 when it has this revision already."""
    state = request.app.state
    now = utc_now()
    with read_only(state.sessions) as session:
        made = build_plan(
            session,
            agent_id,
            state.secret_box,
            today=now.date(),
            settings=plan_settings(state.settings),
        )
        agent = AgentRepository(session, Scope.everything()).get(agent_id)
    seen = agent.last_seen_at if agent else None
    # A write a minute, not one for each look.
    if seen is None or now - seen > timedelta(minutes=1):
        with unit_of_work(state.sessions) as session:
            heard_from(session, agent_id, now=now)
    headers = {"ETag": f'"{made.revision}"', "Cache-Control": "no-store"}
    known = request.headers.get("if-none-match", "")
    if f'"{made.revision}"' in known:
        return Response(status_code=304, headers=headers)
    content = msgspec.msgpack.encode(made)
    return Response(content, media_type=PLAN_CONTENT_TYPE, headers=headers)


@router.post(
    "/batches",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BATCH_CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def store_batch(request: Request, agent: SendingAgent, taking: IntakeOf) -> Response:
    """Store one batch: 204 now, 409 before, 413 split it, 422 never, 429 and 503 later."""
    if request.headers.get("content-type", "").partition(";")[0] != BATCH_CONTENT_TYPE:
        raise UnsupportedMedia(expected=BATCH_CONTENT_TYPE)
    with taking.admit(agent.id):
        await taking.take(agent.id, await body_of(request, agent.proof.body))
    return Response(status_code=204)
