"""Templates become answers: whole pages, or the one part htmx asked for.

A page lives in ``templates/NAME/page.html``; its parts lie beside it, named like the ``id`` of the
element they fill (``live.html``, ``results.html``). A request of htmx names that element in
``HX-Target`` and gets the part alone, from the same route and the same view.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, Response

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.language import LANGUAGES, N_, Language, language
from controller.pages.views.states import status_tone, status_word
from controller.words import ROLES, word
from inventory.money.table import Cell

CONSOLE = Path(__file__).parents[1]
STATIC = CONSOLE / "static"
_YEAR = 31_536_000
_RATE_UNITS = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
_THOUSAND = 1000


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


MENU = (
    MenuEntry(N_("Overview"), "/", "dashboard", Permission.read_alerts),
    MenuEntry(N_("Schools"), "/schools", "school", Permission.read),
    MenuEntry(N_("Devices"), "/devices", "device-desktop", Permission.read),
    MenuEntry(N_("Discovered devices"), "/proposals", "network", Permission.manage_access),
    MenuEntry(N_("Reconciliation"), "/reconciliation", "refresh", Permission.manage_access),
    MenuEntry(N_("Stock-taking"), "/stocktaking", "packages", Permission.count_stock),
    MenuEntry(N_("Import"), "/imports", "download", Permission.edit_assets),
    MenuEntry(N_("Alerts"), "/alerts", "bell", Permission.read_alerts),
    MenuEntry(N_("Tickets"), "/tickets", "tool", Permission.read_tickets),
    MenuEntry(N_("Budgets"), "/budgets", "file-report", Permission.read_costs),
    MenuEntry(N_("Shortages"), "/shortages", "packages", Permission.read),
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
    MenuEntry(N_("Agents"), "/agents", "router", Permission.read_agents),
    MenuEntry(N_("Catalogue"), "/catalogue", "file-report", Permission.read),
    MenuEntry(N_("Changes"), "/audit", "history", Permission.read_audit),
    MenuEntry(N_("Quarantine"), "/quarantine", "hand-stop", Permission.manage_quarantine),
)


def rate(value: float | Decimal) -> str:
    """Bits per second with the unit a person would choose: ``94.2 Mbit/s``."""
    rest = float(value)
    for unit in _RATE_UNITS[:-1]:
        if abs(rest) < _THOUSAND:
            return f"{_three_digits(rest)} {unit}"
        rest /= _THOUSAND
    return f"{_three_digits(rest)} {_RATE_UNITS[-1]}"


def _three_digits(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(value: Decimal) -> str:
    """An amount with its fen and thousands, as both languages write it."""
    return f"{value:,.2f}"


def planned(cell: Cell) -> str:
    """What is planned: an amount, a range, or nothing at all."""
    if not cell.is_planned:
        return "—"
    lowest = yuan(cell.from_cny)
    return lowest if cell.from_cny == cell.to_cny else f"{lowest} – {yuan(cell.to_cny)}"


def iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@pass_context
def _gettext(context: Context, message: str) -> str:
    lang: Language = context["lang"]
    return lang.gettext(message)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, number: int) -> str:
    lang: Language = context["lang"]
    return lang.ngettext(singular, plural, number)


@cache
def _manifest() -> Mapping[str, str]:
    """Names of third-party files to the names they have with their hash."""
    path = STATIC / "vendor/manifest.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `python tools/build_assets.py`")
    found: dict[str, str] = json.loads(path.read_text())
    return found


def asset(name: str) -> str:
    """Address of a third-party file."""
    return f"/static/vendor/{_manifest()[name]}"


@cache
def own(name: str) -> str:
    """Address of a file of ours; changes with its contents, so that browsers may keep it."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?{digest}"


@cache
def environment() -> Environment:
    """The one Jinja environment: escaping on, an undefined name is an error."""
    made = Environment(
        loader=FileSystemLoader(CONSOLE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # A template belongs to the code it came with: an upgrade beside a running one changes both.
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(rate=rate, iso=iso, yuan=yuan, planned=planned)
    made.globals.update(
        asset=asset, own=own, word=word, status_word=status_word, status_tone=status_tone
    )
    return made


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
        environment()
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
    return path if target.isalpha() and path in _templates() else None


@cache
def _templates() -> frozenset[str]:
    return frozenset(environment().list_templates())


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
            current=path == entry.href or (entry.href != "/" and path.startswith(entry.href)),
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
