"""``/agents``: the boxes in schools, and invitations for new ones."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, AgentOut, Listed, TokenOut
from controller.auth.permissions import Permission
from controller.deps import AgentScope, DbSession, Within
from inventory.enrolment import create_token, revoke
from inventory.models import Agent
from inventory.models.base import utc_now
from inventory.repositories.agents import AgentRepository
from inventory.scope import Scope

router = APIRouter(prefix="/agents", tags=["agents"], responses=PROBLEMS)
ManageScope = Annotated[Scope, Depends(Within(Permission.manage_agents))]


class TokenIn(BaseModel):
    """For which schools an agent is invited, and how many hours the invitation stands."""

    schools: list[str] = Field(min_length=1, max_length=200)
    hours: float = Field(default=24.0 * 7, gt=0, le=24 * 31)


@router.get("")
def list_agents(session: DbSession, scope: AgentScope) -> Listed[AgentOut]:
    """Every agent that serves a school within the caller's scope."""
    agents = AgentRepository(session, scope).all()
    return Listed(items=[_shown(session, scope, agent) for agent in agents], total=len(agents))


@router.post("/tokens", status_code=201)
def invite(session: DbSession, scope: ManageScope, body: TokenIn) -> TokenOut:
    """A one-time enrolment token; shown this once."""
    now, lasts = utc_now(), timedelta(hours=body.hours)
    token = create_token(session, scope, body.schools, now=now, lasts=lasts)
    return TokenOut(token=token, schools=sorted(set(body.schools)), expires_at=now + lasts)


@router.post("/{agent_id}/revoke")
def shut_out(session: DbSession, scope: ManageScope, agent_id: str) -> AgentOut:
    """Shut an agent out: its secret is worth nothing from now on."""
    return _shown(session, scope, revoke(session, scope, agent_id, now=utc_now()))


def _shown(session: Session, scope: Scope, agent: Agent) -> AgentOut:
    schools = AgentRepository(session, scope).authorised_schools(agent.id)
    return AgentOut.model_validate({**agent.model_dump(), "schools": sorted(schools)})
