"""One place where errors become answers: problem+json, or a page where a browser asks for one."""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from controller.errors import (
    FleetError,
    InvalidRequest,
    InventoryRefused,
    Malformed,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Problem,
    Unavailable,
)
from controller.language import Language, chosen
from controller.security import HEADERS
from controller.words.terms import word
from inventory.errors import InventoryError

CONTENT_TYPE = "application/problem+json"
#: What the console sets as ``app.state.error_page``: a page for a problem.
ErrorPage: TypeAlias = Callable[[Request, Problem], Response]
_JSON_ONLY = ("/api/", "/speedtest/", "/metrics", "/healthz", "/readyz")
_BY_STATUS: dict[int, type[FleetError]] = {
    401: NotAuthenticated,
    403: PermissionDenied,
    404: NotFound,
    405: MethodNotAllowed,
}
#: The database, or a connection to it, is not to be had: whoever asked may ask again.
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)
_RETRY_SECONDS = 5
logger = logging.getLogger(__name__)


async def render(request: Request, error: Exception) -> Response:
    """The answer to any error; counted by its code."""
    known = _as_fleet_error(error)
    request.app.state.telemetry.refusals.labels(known.code).inc()
    problem = _problem(known, reader_of(request))
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and wants_page(request):
        response = page(request, problem)
        for name, value in problem.headers.items():
            response.headers.setdefault(name, value)
        return response
    return JSONResponse(
        problem.document(), problem.status, headers=problem.headers, media_type=CONTENT_TYPE
    )


async def render_unexpected(request: Request, error: Exception) -> Response:
    """500 with nothing of the inside told; the framework logs the traceback."""
    response = await render(request, FleetError())
    response.headers.update(HEADERS)
    return response


def wants_page(request: Request) -> bool:
    """Whether a person is looking: a browser asks for HTML outside the programs' addresses."""
    if request.url.path.startswith(_JSON_ONLY):
        return False
    return "text/html" in request.headers.get("accept", "")


def reader_of(request: Request) -> Language:
    """The language of a request by ``?lang=``, the cookie, then ``Accept-Language``."""
    accepted = request.headers.get("accept-language", "").lower()
    wish = "en" if accepted.startswith("en") else None
    return chosen(request.query_params.get("lang"), request.cookies.get("lang"), wish)


def detail_of(error: FleetError, language: Language) -> str:
    """What went wrong, in the reader's words; states and kinds among the arguments too."""
    words = {
        name: language.gettext(word(value)) if isinstance(value, StrEnum) else value
        for name, value in error.arguments.items()
    }
    return language.gettext(error.message).format(**words)


def _problem(error: FleetError, language: Language) -> Problem:
    return Problem(
        status=error.status,
        code=error.code,
        title=language.gettext(error.title),
        detail=detail_of(error, language),
        headers=error.headers,
        members=error.members,
    )


def _as_fleet_error(error: Exception) -> FleetError:
    if isinstance(error, FleetError):
        return error
    if isinstance(error, InventoryError):
        return InventoryRefused(error)
    if isinstance(error, RequestValidationError):
        return InvalidRequest(reason=_first_fault(error))
    if isinstance(error, DATABASE_AWAY):
        # One line and not a traceback: until it is back, every request ends here.
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        logger.warning("the database does not answer: %s", why)
        return Unavailable(after=_RETRY_SECONDS)
    return _of_framework(error) if isinstance(error, HTTPException) else FleetError()


def _of_framework(error: HTTPException) -> FleetError:
    """What Starlette and FastAPI raise themselves, in our words."""
    known: FleetError
    if error.status_code in _BY_STATUS:
        known = _BY_STATUS[error.status_code]()
    elif error.status_code < FleetError.status:
        known = Malformed(reason=error.detail)
    else:
        known = FleetError()
    known.headers.update(error.headers or {})
    return known


def _first_fault(error: RequestValidationError) -> str:
    """Where the first fault is and what it is; never the value, which may be a secret."""
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"{where}: {first['msg']}"
