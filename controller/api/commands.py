"""``/commands``: what agents are told to do at once, and what came of it."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import AgentScope, CurrentCaller, DbSession
from controller.errors import NotFound
from inventory.commands import MAX_SECONDS, OF_THE_BOX, ORDERS, Wish, give, give_about
from inventory.models import AgentCommand, CommandKind, CommandState
from inventory.models.base import utc_now
from inventory.repositories.commands import CommandRepository

router = APIRouter(prefix="/commands", tags=["commands"], responses=PROBLEMS)
_Id = Annotated[str | None, Query(max_length=20)]
OPERATOR = "operator"


class CommandIn(BaseModel):
    """A command; to the agent that watches ``subject`` where no ``agent`` is named.

    ``port``, ``reason`` and ``ticket`` belong to orders: ``enable_port``, ``disable_port``,
    ``cycle_poe``.
    """

    kind: CommandKind
    agent: str | None = Field(default=None, max_length=20)
    subject: str | None = Field(default=None, max_length=20)
    port: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=500)
    ticket: str = Field(default="", max_length=500)
    seconds: float | None = Field(default=None, gt=0, le=MAX_SECONDS)


class CommandOut(Schema):
    """A command and what came of it so far."""

    id: str
    agent_id: str
    kind: CommandKind
    subject: str | None
    school_code: str | None
    arguments: dict[str, str]
    created_by: str
    created_at: datetime
    deadline: datetime
    state: CommandState
    sent_at: datetime | None
    ended_at: datetime | None
    detail: str
    result: dict[str, str]
    attachment_bytes: int


@router.post("", status_code=201)
def order(session: DbSession, caller: CurrentCaller, body: CommandIn) -> CommandOut:
    """Give a command; what comes of it is told at its own address."""
    return shown(give_command(session, caller, body))


@router.get("")
def list_commands(
    *,
    session: DbSession,
    scope: AgentScope,
    agent: _Id = None,
    subject: _Id = None,
    kind: Annotated[list[CommandKind] | None, Query()] = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[CommandOut]:
    """Commands, the youngest first."""
    page = CommandRepository(session, scope).page(
        agent=agent, subject=subject, kinds=kind or (), offset=offset, limit=limit
    )
    return Listed(items=[shown(command) for command in page.items], total=page.total)


@router.get("/{command_id}")
def show_command(session: DbSession, scope: AgentScope, command_id: str) -> CommandOut:
    """One command."""
    found = CommandRepository(session, scope).get(command_id)
    if found is None:
        raise NotFound
    return shown(found)


@router.get("/{command_id}/attachment", response_class=Response)
def attachment(session: DbSession, caller: CurrentCaller, command_id: str) -> Response:
    """The file it brought back: of ``send_log_bundle`` a ``tar.zst``."""
    scope = caller.require(Permission.manage_agents)
    content = CommandRepository(session, scope).attachment(command_id)
    if content is None:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="{command_id}.tar.zst"'}
    return Response(content, media_type="application/zstd", headers=headers)


def needed(kind: CommandKind, subject: str | None) -> Permission:
    """What somebody has to be allowed to give such a command."""
    if kind in ORDERS:
        return Permission.order_ports
    if kind in OF_THE_BOX or subject is None:
        return Permission.manage_agents
    return Permission.refresh_devices


def give_command(session: DbSession, caller: Caller, body: CommandIn) -> AgentCommand:
    """Give a command as this caller.

    Raises:
        PermissionDenied: the caller may not do that anywhere.
        InventoryError: what ``inventory.commands`` refuses.
    """
    scope = caller.require(needed(body.kind, body.subject))
    arguments = {"port": body.port, "reason": body.reason, "ticket": body.ticket}
    wish = Wish(
        kind=body.kind,
        by=caller.login or OPERATOR,
        subject=body.subject,
        arguments={name: text for name, text in arguments.items() if text},
        seconds=body.seconds,
    )
    if body.agent is None:
        return give_about(session, scope, wish, utc_now())
    return give(session, scope, body.agent, wish, utc_now())


def shown(command: AgentCommand) -> CommandOut:
    """A command as the API tells it."""
    texts = {"arguments": json.loads(command.arguments), "result": json.loads(command.result)}
    return CommandOut.model_validate({**command.model_dump(), **texts})
