"""``/api/agent/v1``: how boxes join, learn what to do, and bring what they read."""

import asyncio
from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from controller.api.schemas import PROBLEMS, Schema
from controller.deps import DbSession, bearer
from controller.errors import Malformed, UnsupportedMedia
from controller.ingest.intake import Intake
from controller.settings import plan_settings
from drivers.plan import PLAN_CONTENT_TYPE
from drivers.readings import BATCH_CONTENT_TYPE
from inventory.database import read_only, unit_of_work
from inventory.enrolment import heard_from, redeem
from inventory.models.base import utc_now
from inventory.plans import build_plan
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope

#: A body that takes longer holds a place others need.
BODY_SECONDS = 30.0

router = APIRouter(prefix="/api/agent/v1", tags=["agent"], responses=PROBLEMS)


class EnrolIn(BaseModel):
    """A one-time token and who redeems it."""

    token: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=100)
    version: str = Field(default="", max_length=100)


class EnrolOut(Schema):
    """The new agent; its secret is told this once."""

    agent_id: str
    secret: str
    schools: list[str]


@router.post("/enrol", status_code=201)
def enrol(session: DbSession, body: EnrolIn) -> EnrolOut:
    """Trade an enrolment token for an agent id and a secret."""
    made = redeem(session, body.token, name=body.name, version=body.version, now=utc_now())
    return EnrolOut(agent_id=made.agent.id, secret=made.secret, schools=list(made.schools))


def intake(request: Request) -> Intake:
    taking: Intake = request.app.state.intake
    return taking


IntakeOf = Annotated[Intake, Depends(intake)]


async def current_agent(request: Request, taking: IntakeOf) -> str:
    """Id of the agent whose secret the request carries."""
    return await taking.run(taking.agent_of, bearer(request))


CurrentAgent = Annotated[str, Depends(current_agent)]


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
async def store_batch(request: Request, agent_id: CurrentAgent, taking: IntakeOf) -> Response:
    """Store one batch: 204 now, 409 before, 413 split it, 422 never, 429 and 503 later."""
    if request.headers.get("content-type", "").partition(";")[0] != BATCH_CONTENT_TYPE:
        raise UnsupportedMedia(expected=BATCH_CONTENT_TYPE)
    with taking.admit(agent_id):
        await taking.take(agent_id, await _body(request))
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except (TimeoutError, ClientDisconnect):
        raise Malformed(reason="the body broke off") from None
