"""The boxes in schools, one box, and what it is told to do."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.commands import CommandIn, give_command
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.views.agents import agent_list, agent_view
from controller.pages.views.choices import one_of
from inventory.agent_health import AgentHealth
from inventory.models import CommandKind
from inventory.repositories import AgentRepository

router = APIRouter()


@router.get("/agents")
def agents_page(
    look: Looking,
    q: Annotated[str, Query(max_length=100)] = "",
    health: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Boxes by name and by how they are, the worst first."""
    return look.show("agents", agent_list(look, q, one_of(AgentHealth, health), page))


@router.get("/agents/{agent_id}")
def agent_page(agent_id: str, look: Looking) -> Response:
    """One box.

    Raises:
        NotFound: no such agent within the caller's scope.
    """
    scope = look.caller.require(Permission.read_agents)
    agent = AgentRepository(look.session, scope).get(agent_id)
    if agent is None:
        raise NotFound
    return look.show("agent", agent_view(look, agent, scope))


@router.post("/agents/{agent_id}/commands")
def tell(agent_id: str, look: Looking, kind: Annotated[CommandKind, Form()]) -> Response:
    """Tell a box to do something at once."""
    give_command(look.session, look.caller, CommandIn(kind=kind, agent=agent_id))
    return RedirectResponse(f"/agents/{agent_id}#commands", 303)
