"""Templates become answers: whole pages, or the one part htmx asked for.

A page lives in ``templates/NAME/page.html``; its parts lie beside it, named like the ``id`` of the
element they fill (``live.html``, ``results.html``). A request of htmx names that element in
``HX-Target`` and gets the part alone, from the same route and the same view.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.language import LANGUAGES, N_, Language, language
from controller.pages.templates import environment, templates
from controller.words.terms import ROLES

_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One place of the console."""

    text: str
    href: str
    icon: str
    needs: Permission
    current: bool = False
    #: What waits there; not shown while nothing does.
    count: int = 0
    #: Whoever may do one of these goes there, too.
    also: tuple[Permission, ...] = ()
    #: Beginnings of other addresses that belong to it.
    within: tuple[str, ...] = ()


MENU = (
    MenuEntry(N_("Overview"), "/", "dashboard", Permission.read_alerts),
    MenuEntry(N_("Schools"), "/schools", "school", Permission.read, within=("/closed-schools",)),
    MenuEntry(N_("Devices"), "/devices", "device-desktop", Permission.read),
    MenuEntry(N_("Discovered devices"), "/proposals", "network", Permission.manage_access),
    MenuEntry(N_("Reconciliation"), "/reconciliation", "refresh", Permission.manage_access),
    MenuEntry(N_("Stock-taking"), "/stocktaking", "packages", Permission.count_stock),
    MenuEntry(N_("Import"), "/imports", "download", Permission.edit_assets),
    MenuEntry(
        N_("Alerts"),
        "/alerts",
        "bell",
        Permission.read_alerts,
        within=("/maintenance", "/alert-rules"),
    ),
    MenuEntry(N_("Tickets"), "/tickets", "tool", Permission.read_tickets),
    MenuEntry(N_("Budgets"), "/budgets", "file-report", Permission.read_costs),
    MenuEntry(
        N_("Bandwidth compliance"),
        "/compliance",
        "circle-check",
        Permission.read,
        within=("/standards",),
    ),
    MenuEntry(N_("Reports to be signed"), "/reports", "file-report", Permission.read),
    MenuEntry(N_("Coverage and equipment"), "/coverage", "school", Permission.read),
    MenuEntry(N_("Shortages"), "/shortages", "packages", Permission.read),
    MenuEntry(N_("School calendar"), "/calendar", "clock", Permission.read),
    MenuEntry(N_("Certificates and contracts"), "/reminders", "clock", Permission.read),
    MenuEntry(N_("Refresh plan"), "/renewal", "refresh", Permission.read_costs),
    MenuEntry(
        N_("Procurement of equipment"),
        "/procurement",
        "packages",
        Permission.read_costs,
        also=(
            Permission.request_equipment,
            Permission.approve_requests,
            Permission.manage_procurement,
            Permission.receive_goods,
        ),
    ),
    MenuEntry(N_("Notifications"), "/notifications", "bell", Permission.read_alerts),
    MenuEntry(N_("Agents"), "/agents", "router", Permission.read_agents),
    MenuEntry(N_("Catalogue"), "/catalogue", "file-report", Permission.read),
    MenuEntry(N_("Changes"), "/audit", "history", Permission.read_audit),
    MenuEntry(N_("Quarantine"), "/quarantine", "hand-stop", Permission.manage_quarantine),
)


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
            menu=_menu(request, caller, counts or {}),
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


def _menu(request: Request, caller: Caller | None, counts: Mapping[str, int]) -> list[MenuEntry]:
    path = request.url.path
    return [
        MenuEntry(
            entry.text,
            entry.href,
            entry.icon,
            entry.needs,
            current=path == entry.href
            or (entry.href != "/" and path.startswith((entry.href, *entry.within))),
            count=counts.get(entry.href, 0),
        )
        for entry in MENU
        if caller is not None and any(map(caller.may, (entry.needs, *entry.also)))
    ]


def _theme(request: Request) -> str:
    theme = request.cookies.get("theme", "")
    return theme if theme in ("light", "dark") else ""


def _other_language(request: Request, lang: Language) -> Mapping[str, str]:
    other = language("en" if lang.code == "zh_CN" else "zh_CN")
    here = request.url.include_query_params(lang=other.code)
    return {"href": f"?{here.query}", "tag": other.tag, "name": LANGUAGES[other.code]}
