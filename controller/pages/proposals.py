"""Devices that were found: the list, and what people say to them."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.proposals import MOST_AT_ONCE
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Looking
from controller.pages.session import local_path
from controller.pages.views.discovery import DiscoveryForm, discovery_view, wish_of
from controller.pages.views.proposals import ProposalFilter, proposal_list
from inventory.discovery import set_discovery
from inventory.proposals import ProposalDesk

router = APIRouter()
_Word = Annotated[str, Query(max_length=32)]
_STEPS: Mapping[str, Callable[[ProposalDesk, str], object]] = {
    "accept": lambda desk, one: desk.accept(one),
    "reject": lambda desk, one: desk.reject(one),
    "undo": lambda desk, one: desk.undo(one),
}


@router.get("/proposals")
def proposals_page(
    look: Looking,
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    state: _Word = "",
    match: _Word = "",
    kind: _Word = "",
    school: _Word = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Devices that were found; without another wish, those that wait for an answer."""
    wanted = ProposalFilter(q, state, match, kind, school)
    return look.show("proposals", proposal_list(look, wanted, page))


@router.post("/proposals/{step}")
def decide(
    step: str,
    look: Looking,
    chosen: Annotated[list[str] | None, Form(max_length=MOST_AT_ONCE)] = None,
    back: Annotated[str, Form(max_length=500)] = "/proposals",
) -> Response:
    """Accept, reject or take back what is chosen, all or none.

    Raises:
        NotFound: no such step, or no such proposal within the caller's scope.
    """
    if step not in _STEPS:
        raise NotFound
    scope = look.caller.require(Permission.manage_access)
    desk = ProposalDesk(look.session, scope, look.caller.id, look.now)
    for one in chosen or ():
        _STEPS[step](desk, one)
    return RedirectResponse(local_path(back), 303)


@router.get("/schools/{code}/discovery")
def discovery_page(code: str, look: Looking) -> Response:
    """Where devices of a school are looked for.

    Raises:
        NotFound: no such school within the caller's scope.
    """
    return look.show("discovery", discovery_view(look, code))


@router.post("/schools/{code}/discovery")
def change_discovery(code: str, look: Looking, form: Annotated[DiscoveryForm, Form()]) -> Response:
    """Look for devices there from now on.

    Raises:
        Invalid: no network, too large a one, a number out of its limits.
        NotPrivate: a network of the Internet; those are set through the API.
    """
    scope = look.caller.require(Permission.manage_access)
    set_discovery(look.session, scope, code, wish_of(form))
    return RedirectResponse(f"/proposals?school={code}", 303)
