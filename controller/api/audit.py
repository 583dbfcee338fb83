"""``/audit``: who changed which field from what to what, when, and from where."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from inventory.models import AuditChange, ChangeAction, ChangeOrigin
from inventory.repositories.audit import AuditRepository, ChangeFilter
from inventory.scope import Scope

router = APIRouter(prefix="/audit", tags=["audit"], responses=PROBLEMS)
AuditScope = Annotated[Scope, Depends(Within(Permission.read_audit))]
_Word = Annotated[str | None, Query(max_length=255)]


class FieldChange(Schema):
    """One field; secrets are masked, decimals and dates are texts."""

    field: str
    before: Any
    after: Any


class ChangeOut(Schema):
    """One row that somebody changed; ``act`` is the same for all of one transaction."""

    id: int
    act: str
    at: datetime
    actor_id: str = Field(description="Empty for the operator of the machine.")
    actor: str
    origin: ChangeOrigin
    address: str = Field(description="Network address the request came from.")
    action: ChangeAction
    table: str
    key: str
    label: str
    school_code: str | None
    organisation_code: str | None
    device_id: str | None
    changes: list[FieldChange]


@router.get("")
def list_changes(
    *,
    session: DbSession,
    scope: AuditScope,
    table: _Word = None,
    key: _Word = None,
    device: _Word = None,
    school: _Word = None,
    actor: Annotated[str | None, Query(max_length=64, description="A log-in name.")] = None,
    field: Annotated[str | None, Query(max_length=63, pattern="^[a-z0-9_]+$")] = None,
    action: ChangeAction | None = None,
    origin: ChangeOrigin | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ChangeOut]:
    """Changes people made, the youngest first."""
    wanted = ChangeFilter(
        table=table,
        key=key,
        device=device,
        school=school,
        actor=actor,
        field=field,
        action=action,
        origin=origin,
        since=_aware(since),
        until=_aware(until),
    )
    page = AuditRepository(session, scope).page(wanted, offset=offset, limit=limit)
    return Listed(items=[_shown(row) for row in page.items], total=page.total)


def fields_of(row: AuditChange) -> list[tuple[str, Any, Any]]:
    """Name, value before and value after of each field that changed."""
    found: dict[str, list[Any]] = msgspec.json.decode(row.fields)
    return [(name, before, after) for name, (before, after) in found.items()]


def _aware(at: datetime | None) -> datetime | None:
    """A time without a zone is one of the server's."""
    return at.astimezone() if at is not None and at.tzinfo is None else at


def _shown(row: AuditChange) -> ChangeOut:
    return ChangeOut(
        **row.model_dump(exclude={"table_name", "fields"}),
        table=row.table_name,
        changes=[
            FieldChange(field=name, before=before, after=after)
            for name, before, after in fields_of(row)
        ],
    )
