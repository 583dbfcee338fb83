"""Templates become answers: whole pages, or the one part htmx asked for.

A page lives in ``templates/NAME/page.html``; its parts lie beside it, named like the ``id`` of the
element they fill (``live.html``, ``results.html``). A request of htmx names that element in
``HX-Target`` and gets the part alone, from the same route and the same view.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from controller.auth.caller import Caller
from controller.language import LANGUAGES, Language, language
from controller.pages.menu import menu
from controller.pages.templates import environment, templates
from controller.words.terms import ROLES

_YEAR = 31_536_000


def page(
    request: Request,
    name: str,
    lang: Language,
    *,
    now: datetime,
    caller: Caller | None = None,
    status: int = 200,
    counts: Mapping[str, int] | None = None,
    **values: Any,
) -> HTMLResponse:
    """The page ``name``, or the part of it that htmx asked for."""
    template = _part(request, name) or (name if name.endswith(".html") else f"{name}/page.html")
    html = (
        environment(lang.code)
        .get_template(template)
        .render(
            lang=lang,
            now=now,
            user=_person(caller, lang),
            menu=menu(request.url.path, caller, counts or {}),
            theme=_theme(request),
            other_language=_other_language(request, lang),
            notice="",
            **values,
        )
    )
    response = HTMLResponse(html, status)
    # Pages show what one person may see, and the same address answers whole pages and parts.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Cookie, HX-Request"
    if request.query_params.get("lang") in LANGUAGES:
        remember_language(response, lang)
    return response


def remember_language(response: Response, lang: Language) -> None:
    """The choice of a language holds for this browser."""
    response.set_cookie("lang", lang.code, max_age=_YEAR, samesite="lax", httponly=True)


def _part(request: Request, name: str) -> str | None:
    headers = request.headers
    if "hx-request" not in headers or "hx-history-restore-request" in headers:
        return None
    target = headers.get("hx-target", "")
    path = f"{name}/{target}.html"
    return path if target.isalpha() and path in templates() else None


def _person(caller: Caller | None, lang: Language) -> Mapping[str, str] | None:
    if caller is None:
        return None
    roles = "、" if lang.code == "zh_CN" else ", "
    return {
        "name": caller.name or caller.login,
        "login": caller.login,
        "roles": roles.join(lang.gettext(ROLES[role]) for role in sorted(caller.roles)),
    }


def _theme(request: Request) -> str:
    theme = request.cookies.get("theme", "")
    return theme if theme in ("light", "dark") else ""


def _other_language(request: Request, lang: Language) -> Mapping[str, str]:
    other = language("en" if lang.code == "zh_CN" else "zh_CN")
    here = request.url.include_query_params(lang=other.code)
    return {"href": f"?{here.query}", "tag": other.tag, "name": LANGUAGES[other.code]}
