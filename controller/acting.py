"""Who is behind a request, for the audit trail: said once for every route there is.

A request's transaction may begin before it is known who asks, so the session looks it up when
something is written.
"""

from fastapi import Request
from sqlmodel import Session

from controller.auth.caller import Caller
from inventory.audit import Actor, act_as
from inventory.models import ChangeOrigin

#: What ``fleet`` calls itself when it asks a controller.
USER_AGENT = "fleet"


def note_caller(request: Request, caller: Caller) -> Caller:
    """Remember with the request who asks."""
    request.state.actor = Actor(caller.id, caller.login, _origin(request), _address(request))
    return caller


def note_operator(request: Request, caller: Caller) -> Caller:
    """The same for whoever works on the files of the machine itself."""
    request.state.actor = Actor(caller.id, caller.login, ChangeOrigin.cli)
    return caller


def act_for(session: Session, request: Request) -> Session:
    """Let what a session writes be the work of whoever asks; agents leave no trail."""
    act_as(session, lambda: getattr(request.state, "actor", None))
    return session


def _origin(request: Request) -> ChangeOrigin:
    if not request.url.path.startswith("/api/"):
        return ChangeOrigin.page
    agent = request.headers.get("user-agent", "")
    return ChangeOrigin.cli if agent == USER_AGENT else ChangeOrigin.api


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
