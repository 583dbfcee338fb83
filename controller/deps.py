"""What routes ask for: a transaction, the caller, the caller's scope, the metric store."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from controller.acting import act_for, note_caller
from controller.auth.caller import Caller, caller_of_browser, caller_of_token, prolong
from controller.auth.login import COOKIE
from controller.auth.permissions import Permission
from controller.auth.tokens import token_hash
from controller.errors import InvalidToken, NotAuthenticated
from controller.language import LANGUAGES, Language, chosen
from controller.metrics.store import MetricStore
from controller.problems import reader_of
from inventory import database
from inventory.models import User
from inventory.models.base import utc_now
from inventory.scope import Scope

_READS = frozenset({"GET", "HEAD"})


def unit_of_work(request: Request) -> Iterator[Session]:
    """One request is one transaction: commit at the end, roll back on any exception.

    A request that only reads takes no write lock. The scope is the endpoint function's: with
    FastAPI's default the answer would be sent before the commit could fail.
    """
    begin = database.read_only if request.method in _READS else database.unit_of_work
    with begin(request.app.state.sessions) as session:
        yield act_for(session, request)


DbSession = Annotated[Session, Depends(unit_of_work, scope="function")]


def bearer(request: Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


#: Says who sent a request, or raises as :func:`by_credentials` does.
Identify = Callable[[Request], Caller]


def by_credentials(request: Request) -> Caller:
    """Who sent the request: by bearer token if there is one, else by the browser's session.

    Reads in a transaction of its own, so that pages without rows to write stay read-only while
    the session slides.

    Raises:
        InvalidToken: a bearer token that nobody has, or no longer.
        NotAuthenticated: neither token nor living session.
    """
    token = bearer(request)
    if token is not None or "authorization" in request.headers:
        return note_caller(request, _caller_of_token(request, token or ""))
    return note_caller(request, _caller_of_browser(request))


def _caller_of_token(request: Request, token: str) -> Caller:
    with database.read_only(request.app.state.sessions) as session:
        caller = caller_of_token(session, token_hash(token), utc_now())
    if caller is None:
        raise InvalidToken
    return caller


def _caller_of_browser(request: Request) -> Caller:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise NotAuthenticated
    now = utc_now()
    with database.read_only(request.app.state.sessions) as session:
        found = caller_of_browser(session, token_hash(cookie), now)
    if found is None:
        raise NotAuthenticated
    caller, left = found
    length = timedelta(hours=request.app.state.settings.session_hours)
    # Slides in steps of a twelfth: a page view is a write once an hour, not every time.
    if left < length * 11 / 12:
        with database.unit_of_work(request.app.state.sessions) as session:
            prolong(session, token_hash(cookie), now, length)
    return caller


def current_caller(request: Request) -> Caller:
    """Who sent the request, by the way the application was told to find out (``create_app``)."""
    identify: Identify = request.app.state.identify
    return identify(request)


CurrentCaller = Annotated[Caller, Depends(current_caller)]


class Within:
    """Dependency: the scope in which the caller has a permission; 403 where nowhere.

    ``Annotated[Scope, Depends(Within(Permission.read_tickets))]``
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, caller: CurrentCaller) -> Scope:
        return caller.require(self.permission)


ReadScope = Annotated[Scope, Depends(Within(Permission.read))]
AlertScope = Annotated[Scope, Depends(Within(Permission.read_alerts))]
TicketScope = Annotated[Scope, Depends(Within(Permission.read_tickets))]
AgentScope = Annotated[Scope, Depends(Within(Permission.read_agents))]


def metric_store(request: Request) -> MetricStore:
    store: MetricStore = request.app.state.store
    return store


Store = Annotated[MetricStore, Depends(metric_store)]


def reader(request: Request, caller: CurrentCaller) -> Language:
    """The language of the logged-in reader: asked for, chosen before, then their own."""
    query, cookie = request.query_params.get("lang"), request.cookies.get("lang")
    new = query if request.method == "GET" and query in LANGUAGES else None
    if new is not None and new != caller.language and caller.session:
        # What somebody chooses in a browser is theirs in every other one, and in reports. Only
        # where nothing else is written: two transactions of one request would wait for each other.
        with database.unit_of_work(request.app.state.sessions) as session:
            user = session.get(User, caller.id)
            if user is not None:
                user.language = new
    return chosen(query, cookie, caller.language)


Reader = Annotated[Language, Depends(reader)]
AnyReader = Annotated[Language, Depends(reader_of)]
