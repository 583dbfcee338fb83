"""``/agents``: the boxes in schools, and invitations for new ones."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, AgentOut, Listed, TokenOut
from controller.auth.permissions import Permission
from controller.certificates.trusted import read_authorities
from controller.deps import AgentScope, DbSession, Within
from controller.errors import NotFound
from controller.version import VERSION
from inventory.agent_health import health_of
from inventory.enrolment import create_token, revoke
from inventory.models import Agent, AgentKey
from inventory.models.base import utc_now
from inventory.repositories.agents import AgentRepository
from inventory.repositories.commands import CommandRepository
from inventory.scope import Scope

router = APIRouter(prefix="/agents", tags=["agents"], responses=PROBLEMS)
ManageScope = Annotated[Scope, Depends(Within(Permission.manage_agents))]


class TokenIn(BaseModel):
    """For which schools an agent is invited, and how many hours the invitation stands.

    With ``agent`` that agent may join anew, as who it was, and the schools may be left out.
    """

    schools: list[str] = Field(default=[], max_length=200)
    agent: str | None = Field(default=None, max_length=20)
    hours: float = Field(default=24.0 * 7, gt=0, le=24 * 31)


@router.get("")
def list_agents(session: DbSession, scope: AgentScope) -> Listed[AgentOut]:
    """Every agent that serves a school within the caller's scope."""
    found = AgentRepository(session, scope)
    agents, schools = found.all(), found.schools_by_agent()
    pending = CommandRepository(session, scope).pending_by_agent()
    keys = {key.agent_id: key for key in found.keys_of([one.id for one in agents])}
    items = [
        _told(one, schools.get(one.id, ()), pending.get(one.id, 0), keys.get(one.id))
        for one in agents
    ]
    return Listed(items=items, total=len(items))


@router.get("/{agent_id}")
def show_agent(session: DbSession, scope: AgentScope, agent_id: str) -> AgentOut:
    """One agent."""
    agent = AgentRepository(session, scope).get(agent_id)
    if agent is None:
        raise NotFound
    return _shown(session, scope, agent)


@router.post("/tokens", status_code=201)
def invite(request: Request, session: DbSession, scope: ManageScope, body: TokenIn) -> TokenOut:
    """A one-time enrolment token; shown this once.

    It carries the fingerprint of the bureau's own certificate authority, where there is one.
    """
    now, lasts = utc_now(), timedelta(hours=body.hours)
    token = create_token(session, scope, body.schools, now=now, lasts=lasts, agent_id=body.agent)
    authorities = read_authorities(request.app.state.settings.authorities_file)
    whole = f"{token}.{authorities[0].pin}" if authorities else token
    return TokenOut(token=whole, schools=sorted(set(body.schools)), expires_at=now + lasts)


@router.post("/{agent_id}/revoke")
def shut_out(session: DbSession, scope: ManageScope, agent_id: str) -> AgentOut:
    """Shut an agent out: its key is worth nothing from now on, and it forgets what it knows."""
    return _shown(session, scope, revoke(session, scope, agent_id, now=utc_now()))


def _shown(session: Session, scope: Scope, agent: Agent) -> AgentOut:
    agents = AgentRepository(session, scope)
    schools, keys = agents.authorised_schools(agent.id), agents.keys_of([agent.id])
    pending = CommandRepository(session, scope).pending_by_agent()
    return _told(agent, schools, pending.get(agent.id, 0), keys[-1] if keys else None)


def _told(agent: Agent, schools: Collection[str], pending: int, key: AgentKey | None) -> AgentOut:
    return AgentOut.model_validate(
        {
            **agent.model_dump(),
            "schools": sorted(schools),
            "health": health_of(agent, utc_now(), VERSION),
            "commands_pending": pending,
            "key_fingerprint": key.fingerprint if key else None,
            "key_made_at": key.created_at if key else None,
        }
    )
