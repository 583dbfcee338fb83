"""Links for people without an account: made, looked at, and counted.

What is asked for by such a link is looked at in this order: its signature, which costs nothing and
without which nothing is counted, then how often it was used, and only then what was sent.
"""

import hashlib
import math
import secrets
from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from alerts.reporting.limits import address_hash, attempt
from alerts.reporting.links import PURPOSE, About, path
from controller.errors import TooManyRequests
from controller.settings import Settings
from inventory.database import unit_of_work

#: What a browser shows again, so that nobody reports one thing twice.
COOKIE = "fleet_reporter"
_YEAR = 31_536_000
_LONGEST_COOKIE = 64


def report_key(request: Request) -> bytes:
    """What signatures of labels are made with."""
    key: bytes = request.app.state.secret_box.key_for(PURPOSE)
    return key


def base_of(request: Request) -> str:
    """The address people reach this installation by, without a slash at its end."""
    settings: Settings = request.app.state.settings
    return settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")


def public_link(request: Request, about: About, row_id: str, version: int = 0) -> str:
    """The whole address of a label, or of what became of a report."""
    return base_of(request) + path(report_key(request), about, row_id, version)


def count_try(request: Request, subject: str, now: datetime) -> None:
    """Let something be told by a link; blocks, and commits by itself.

    Raises:
        TooManyRequests: the link, or the address it was sent from, was used too often.
    """
    host = request.client.host if request.client else ""
    address = address_hash(report_key(request), host)
    with unit_of_work(request.app.state.sessions) as session:
        wait = attempt(session, subject, address, now)
    if wait > 0:
        raise TooManyRequests(math.ceil(wait))


def reporter_of(request: Request) -> str:
    """What this browser shows again; fresh where it shows nothing that could be ours."""
    shown = request.cookies.get(COOKIE, "")
    fits = len(shown) <= _LONGEST_COOKIE and shown.isascii() and shown.isalnum()
    return shown if shown and fits else secrets.token_hex(16)


def reporter_hash(reporter: str) -> str:
    return hashlib.sha256(reporter.encode()).hexdigest()


def remember_reporter(request: Request, response: Response, reporter: str) -> None:
    """Have the browser show it again, to addresses of reports alone."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        COOKIE,
        reporter,
        max_age=_YEAR,
        path="/r/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or settings.public_url.startswith("https:"),
    )
