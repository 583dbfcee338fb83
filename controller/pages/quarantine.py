"""Batches that were set aside: the list, and what people do with them."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from controller.api.quarantine import QuarantineScope, try_again
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.ingest.quarantine import Retried
from controller.pages.look import Look, Looking
from controller.pages.session import local_path
from controller.pages.views.quarantine import quarantine_list
from inventory.intake.quarantine import discard, take_back
from inventory.scope import Scope

router = APIRouter()
MOST_AT_ONCE = 50
_Word = Annotated[str, Query(max_length=32)]
_Count = Annotated[int, Query(ge=0, le=MOST_AT_ONCE)]
_Chosen = Annotated[list[str] | None, Form(max_length=MOST_AT_ONCE)]
_Back = Annotated[str, Form(max_length=500)]
_STEPS: Mapping[str, Callable[[Look, Scope, str], object]] = {
    "discard": lambda look, scope, one: discard(look.session, scope, one, look.now),
    "undo": lambda look, scope, one: take_back(look.session, scope, one),
}


@router.get("/quarantine")
def quarantine_page(
    look: Looking,
    *,
    state: _Word = "",
    reason: _Word = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    stored: _Count = 0,
    refused: _Count = 0,
) -> Response:
    """Batches that wait for somebody; with ``state=discarded`` those thrown away."""
    view = quarantine_list(
        look, state=state, reason=reason, number=page, stored=stored, refused=refused
    )
    return look.show("quarantine", view)


@router.post("/quarantine/retry")
async def retry(
    request: Request, scope: QuarantineScope, chosen: _Chosen = None, back: _Back = "/quarantine"
) -> Response:
    """Take what is chosen in once more, one after the other.

    Raises:
        NotFound: no such batch within the caller's scope.
        TooManyRequests, Unavailable: it can be tried again later.
    """
    results = Counter([await try_again(request, scope, one) for one in chosen or ()])
    refused = results[Retried.refused]
    told = f"stored={results.total() - refused}&refused={refused}"
    where = local_path(back)
    return RedirectResponse(f"{where}{'&' if '?' in where else '?'}{told}", 303)


@router.post("/quarantine/{step}")
def decide(
    step: str, look: Looking, chosen: _Chosen = None, back: _Back = "/quarantine"
) -> Response:
    """Throw away or take back what is chosen, all or none.

    Raises:
        NotFound: no such step, or no such batch within the caller's scope.
    """
    if step not in _STEPS:
        raise NotFound
    scope = look.caller.require(Permission.manage_quarantine)
    for one in chosen or ():
        _STEPS[step](look, scope, one)
    return RedirectResponse(local_path(back), 303)
