"""``/quarantine``: batches set aside because nothing, or not all, of them could be stored."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.responses import Response as PlainResponse

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Within
from controller.errors import NotFound, Unavailable
from controller.ingest.intake import Intake
from controller.ingest.quarantine import Retried
from drivers.readings import BATCH_CONTENT_TYPE
from inventory.intake.quarantine import discard, take_back
from inventory.models import Agent, QuarantinedBatch
from inventory.models.base import utc_now
from inventory.repositories.agents import AgentRepository
from inventory.repositories.quarantine import QuarantineRepository
from inventory.scope import Scope

router = APIRouter(prefix="/quarantine", tags=["quarantine"], responses=PROBLEMS)
QuarantineScope = Annotated[Scope, Depends(Within(Permission.manage_quarantine))]
_Word = Annotated[str | None, Query(max_length=64)]


class QuarantinedOut(Schema):
    """A batch that was set aside. ``is_part``: the rest of it was stored."""

    id: str
    agent_id: str
    agent_name: str
    kept_at: datetime
    reason: str
    detail: str
    size: int = Field(description="Bytes as it travelled.")
    is_part: bool
    tries: int
    tried_at: datetime | None
    discarded_at: datetime | None


class RetriedOut(Schema):
    """What came of a batch that was tried again."""

    id: str
    result: Retried


@router.get("")
def list_quarantined(
    *,
    session: DbSession,
    scope: QuarantineScope,
    discarded: bool = False,
    agent: _Word = None,
    reason: _Word = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[QuarantinedOut]:
    """Batches that wait for somebody, or those thrown away, the youngest first."""
    page = QuarantineRepository(session, scope).page(
        discarded=discarded, agent=agent, reason=reason, offset=offset, limit=limit
    )
    return Listed(items=[_shown(batch, agent) for batch, agent in page.items], total=page.total)


@router.get("/{batch_id}")
def show_quarantined(session: DbSession, scope: QuarantineScope, batch_id: str) -> QuarantinedOut:
    """One batch."""
    batch = QuarantineRepository(session, scope).get(batch_id)
    if batch is None:
        raise NotFound
    return _with_agent(session, scope, batch)


@router.get("/{batch_id}/content", response_class=PlainResponse)
def content(session: DbSession, scope: QuarantineScope, batch_id: str) -> Response:
    """Its bytes as they travelled: MessagePack, compressed with zstd."""
    body = QuarantineRepository(session, scope).body(batch_id)
    if body is None:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="{batch_id}.msgpack.zst"'}
    return PlainResponse(body, media_type=BATCH_CONTENT_TYPE, headers=headers)


@router.delete("/{batch_id}")
def throw_away(session: DbSession, scope: QuarantineScope, batch_id: str) -> QuarantinedOut:
    """Throw a batch away; it can be taken back for a week."""
    return _with_agent(session, scope, discard(session, scope, batch_id, utc_now()))


@router.post("/{batch_id}/undo")
def undo(session: DbSession, scope: QuarantineScope, batch_id: str) -> QuarantinedOut:
    """Take back a batch that was thrown away."""
    return _with_agent(session, scope, take_back(session, scope, batch_id))


@router.post("/{batch_id}/retry")
async def retry(
    request: Request, caller: CurrentCaller, scope: QuarantineScope, batch_id: str
) -> RetriedOut:
    """Take a batch in as if its agent brought it again, after what was wrong was put right."""
    return RetriedOut(id=batch_id, result=await try_again(request, scope, batch_id))


async def try_again(request: Request, scope: Scope, batch_id: str) -> Retried:
    """Take a batch in again. Whoever asks holds no transaction: this begins its own.

    Raises:
        NotFound: no such batch within the scope.
        TooManyRequests, Unavailable: it can be tried again later.
    """
    state = request.app.state
    if not hasattr(state, "intake"):
        # The files are worked on without a running controller.
        raise Unavailable(after=60)
    intake: Intake = state.intake
    return await intake.quarantine.retry(intake, scope, batch_id)


def _with_agent(session: DbSession, scope: Scope, batch: QuarantinedBatch) -> QuarantinedOut:
    agent = AgentRepository(session, scope).get(batch.agent_id)
    if agent is None:
        raise NotFound
    return _shown(batch, agent)


def _shown(batch: QuarantinedBatch, agent: Agent) -> QuarantinedOut:
    return QuarantinedOut.model_validate({**batch.model_dump(), "agent_name": agent.name})
