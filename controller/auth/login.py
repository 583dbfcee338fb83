"""Log-in and log-out of browsers. The page is the console's; what it calls is here.

All functions block (a password check takes tens of milliseconds on purpose): call them from plain
``def`` endpoints. They make their own transactions, so that no lock is held meanwhile.
"""

import math
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from controller.auth.passwords import check_password
from controller.auth.throttle import Throttle
from controller.auth.tokens import new_token, token_hash
from controller.errors import TooManyRequests, WrongLogin
from controller.settings import Settings
from inventory.database import read_only, unit_of_work
from inventory.models import User, WebSession
from inventory.models.base import utc_now
from inventory.repositories.people import UserRepository, WebSessionRepository
from inventory.scope import Scope

COOKIE = "fleet_session"
MAX_LOGIN = 64
#: The cookie may outlive the session, whose end the server decides and slides.
_COOKIE_SECONDS = 31 * 86_400


def authenticate(request: Request, login: str, password: str) -> User:
    """The user these words belong to.

    Raises:
        WrongLogin: unknown user, wrong password or disabled user: not told apart.
        TooManyRequests: too many failures of this name from this address.
    """
    state = request.app.state
    throttle: Throttle = state.throttle
    address = request.client.host if request.client else ""
    login = login.strip()[:MAX_LOGIN]
    wait = throttle.attempt(login, address, utc_now())
    if wait > 0:
        state.telemetry.logins.labels("throttled").inc()
        raise TooManyRequests(math.ceil(wait))
    with read_only(state.sessions) as session:
        user = UserRepository(session, Scope.everything()).by_login(login)
    fits, renewed = check_password(password, user.password_hash if user else None)
    if user is None or not fits or user.disabled_at is not None:
        state.telemetry.logins.labels("refused").inc()
        raise WrongLogin
    throttle.succeeded(login, address)
    state.telemetry.logins.labels("ok").inc()
    if renewed is not None:
        with unit_of_work(state.sessions) as session:
            found = UserRepository(session, Scope.everything()).get(user.id)
            if found is not None:
                found.password_hash = renewed
    return user


def start_session(request: Request, response: Response, user: User) -> None:
    """Log the browser in: a fresh session in the database, its token in the response's cookie."""
    settings: Settings = request.app.state.settings
    token = new_token()
    now = utc_now()
    expires = now + timedelta(hours=settings.session_hours)
    with unit_of_work(request.app.state.sessions) as session:
        web_sessions = WebSessionRepository(session, Scope.everything())
        # A log-in while logged in replaces the session, so that none is left behind unseen.
        web_sessions.end(token_hash(request.cookies.get(COOKIE, "")))
        web_sessions.add(
            WebSession(
                token_hash=token_hash(token), user_id=user.id, created_at=now, expires_at=expires
            )
        )
    response.set_cookie(
        COOKIE,
        token,
        max_age=_COOKIE_SECONDS,
        path="/",
        # Out of reach of scripts, and of other sites' unsafe requests.
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )


def end_session(request: Request, response: Response) -> None:
    """Log the browser out; the session is gone on the server too."""
    token = request.cookies.get(COOKIE)
    if token:
        with unit_of_work(request.app.state.sessions) as session:
            WebSessionRepository(session, Scope.everything()).end(token_hash(token))
    response.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="lax", secure=_is_secure(request)
    )


def _is_secure(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    return request.url.scheme == "https" or settings.public_url.startswith("https:")
