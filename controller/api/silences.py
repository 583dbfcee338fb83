"""``/silences``: faults that nobody wants to hear of for a while."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alerts.models import Silence
from alerts.quiet import desk
from alerts.quiet.repository import SilenceRepository
from alerts.repositories import AlertRepository
from controller.api.conditional import IfMatch, require_match, tag
from controller.api.maintenance import by
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import AlertScope, CurrentCaller, DbSession, Within
from controller.errors import NotFound
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["alerts"], responses=PROBLEMS)
_Scope = Annotated[Scope, Depends(Within(Permission.acknowledge_alerts))]
_Code = Annotated[str, Field(max_length=32)]
_Id = Annotated[str, Field(max_length=20)]
_End = Annotated[AwareDatetime, Field(description="After 30 days at most.")]
_Reason = Annotated[str, Field(min_length=1, max_length=desk.MAX_REASON)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SilenceIn(_Body):
    """A fault of a device, of a line, or anywhere in a school; without a rule all of theirs."""

    school_code: _Code
    device_id: _Id | None = None
    line_id: _Id | None = None
    rule: Annotated[str, Field(max_length=64)] = ""
    ends_at: _End
    reason: _Reason


class AlertSilenceIn(_Body):
    """For how long, and why."""

    ends_at: _End
    reason: _Reason


class SilenceOut(Schema):
    """A silence; ``ended_at`` of one that was ended early."""

    id: str
    school_code: str
    device_id: str | None
    line_id: str | None
    rule: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    entered_by: str
    ended_at: datetime | None
    ended_by: str


@router.get("/silences")
def list_silences(
    *,
    session: DbSession,
    scope: AlertScope,
    is_over: Annotated[bool | None, Query(alias="over")] = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[SilenceOut]:
    """Silences that hold, by their end; ``over=true`` for those before."""
    page = SilenceRepository(session, scope).page(
        is_over=is_over, now=utc_now(), offset=offset, limit=limit
    )
    items = [SilenceOut.model_validate(row) for row in page.items]
    return Listed(items=items, total=page.total)


@router.post("/silences", status_code=201)
def add_silence(
    session: DbSession, scope: _Scope, caller: CurrentCaller, body: SilenceIn
) -> SilenceOut:
    """Let a fault be unheard from now on."""
    row = Silence(id="", begins_at=utc_now(), entered_by="", **body.model_dump())
    return SilenceOut.model_validate(desk.silence(session, scope, row, by(caller), utc_now()))


@router.post("/alerts/{alert_id}/silence", status_code=201)
def silence_alert(
    session: DbSession, scope: _Scope, caller: CurrentCaller, alert_id: str, body: AlertSilenceIn
) -> SilenceOut:
    """Let the fault of an alert be unheard from now on; the alert stays open."""
    alert = AlertRepository(session, scope).get(alert_id)
    if alert is None or alert.organisation_code is not None:
        raise NotFound
    row = desk.of_alert(alert, body.ends_at, body.reason)
    return SilenceOut.model_validate(desk.silence(session, scope, row, by(caller), utc_now()))


@router.get("/silences/{silence_id}")
def show_silence(
    session: DbSession, scope: AlertScope, silence_id: str, response: Response
) -> SilenceOut:
    """One silence."""
    row = SilenceRepository(session, scope).get(silence_id)
    tag(response, row)
    return SilenceOut.model_validate(row)


@router.post("/silences/{silence_id}/end")
def end_silence(
    *,
    session: DbSession,
    scope: _Scope,
    caller: CurrentCaller,
    silence_id: str,
    if_match: IfMatch = None,
) -> SilenceOut:
    """Let a fault be heard of again."""
    row = SilenceRepository(session, scope).get(silence_id)
    require_match(session, row, if_match, {})
    return SilenceOut.model_validate(desk.end_silence(session, scope, row, by(caller), utc_now()))
