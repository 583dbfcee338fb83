"""Logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from controller.auth.login import authenticate, end_session, start_session
from controller.deps import AnyReader
from controller.errors import FleetError, TooManyRequests, WrongLogin
from controller.language import chosen
from controller.pages.render import page, remember_language
from controller.problems import detail_of
from inventory.models.base import utc_now

router = APIRouter()


@router.get("/login")
def login_page(request: Request, lang: AnyReader, next: str = "/") -> Response:  # noqa: A002
    """The log-in form; ``next`` is where to go afterwards."""
    return page(
        request, "login.html", lang, now=utc_now(), next=local_path(next), fault="", login=""
    )


@router.post("/login")
def log_in(
    request: Request,
    lang: AnyReader,
    login: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=256)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002
) -> Response:
    """Check name and password; say what is wrong on the form itself."""
    try:
        user = authenticate(request, login, password)
    except (WrongLogin, TooManyRequests) as error:
        return _again(request, lang, error, login, next)
    response = RedirectResponse(local_path(next), 303)
    start_session(request, response, user)
    if "lang" not in request.cookies:
        remember_language(response, chosen(user.language))
    return response


@router.post("/logout")
def log_out(request: Request) -> Response:
    response = RedirectResponse("/login", 303)
    end_session(request, response)
    return response


def _again(
    request: Request, lang: AnyReader, error: FleetError, login: str, next_path: str
) -> Response:
    response = page(
        request,
        "login.html",
        lang,
        now=utc_now(),
        status=error.status,
        next=local_path(next_path),
        fault=detail_of(error, lang),
        login=login,
    )
    response.headers.update(error.headers)
    return response


def local_path(wish: str) -> str:
    """A path of this console; anything that leads elsewhere becomes the first page."""
    harmless = wish.startswith("/") and not wish.startswith(("//", "/\\")) and wish.isprintable()
    return wish if harmless and "\\" not in wish else "/"
