"""Error pages, in the frame a person knows and with what to do next."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from controller.auth.caller import Caller
from controller.deps import current_caller
from controller.errors import FleetError, Problem
from controller.language import N_, Language
from controller.pages.render import page
from controller.problems import reader_of
from inventory.models.base import utc_now

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _SERVER = 401, 403, 404, 500
_ADVICE = {
    _FORBIDDEN: N_("Ask your administrator if you need this for your work."),
    _NOT_FOUND: N_(
        "The address may be old, or what it showed belongs to another school than yours."
    ),
}
#: Pages for people without an account.
_PUBLIC = "/r/"
_SERVER_ADVICE = N_("Try again in a minute. If it stays so, tell your administrator when it was.")


def error_page(request: Request, problem: Problem) -> Response:
    """The page for a problem; who is not logged in is led to the log-in."""
    if problem.status == _UNAUTHORISED:
        wish = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        after = wish if request.method == "GET" else "/"
        return RedirectResponse(f"/login?next={quote(after)}" if after != "/" else "/login", 303)
    lang = reader_of(request)
    if request.url.path.startswith(_PUBLIC):
        return _public(request, problem, lang)
    return page(
        request,
        "error.html",
        lang,
        now=utc_now(),
        caller=_caller(request) if problem.status < _SERVER else None,
        status=problem.status,
        title=problem.title,
        code=problem.status,
        detail=problem.detail,
        advice=_advice(problem.status, lang),
    )


def _public(request: Request, problem: Problem, lang: Language) -> Response:
    """Who scanned a label has no account: neither the console's menu nor its overview is theirs."""
    return page(
        request,
        "public_refused",
        lang,
        now=utc_now(),
        status=problem.status,
        view={
            "where": None,
            "detail": problem.detail,
            "advice": lang.gettext(_SERVER_ADVICE) if problem.status >= _SERVER else "",
        },
        shown_key=request.query_params.get("k", "")[:64],
    )


def _advice(status: int, lang: Language) -> str:
    if status >= _SERVER:
        return lang.gettext(_SERVER_ADVICE)
    return lang.gettext(_ADVICE[status]) if status in _ADVICE else ""


def _caller(request: Request) -> Caller | None:
    try:
        return current_caller(request)
    except FleetError:
        return None
