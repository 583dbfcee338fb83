"""The audit trail: who changed what."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.audit import AuditFilter, audit_list

router = APIRouter()
_Word = Annotated[str, Query(max_length=64)]


@router.get("/audit")
def audit_page(
    look: Looking,
    *,
    table: _Word = "",
    device: _Word = "",
    school: _Word = "",
    actor: _Word = "",
    origin: _Word = "",
    action: _Word = "",
    since: _Word = "",
    until: _Word = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Changes people made within the reader's scope, the youngest first.

    Raises:
        PermissionDenied: the reader may not see who changed what.
    """
    wanted = AuditFilter(table, device, school, actor, origin, action, since, until)
    return look.show("audit", audit_list(look, wanted, page))
