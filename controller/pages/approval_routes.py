"""Who approves requests, up to which amounts: seen by procurement, changed by the city."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.record_form import AnyForm
from controller.pages.views.routes import digest, route_form, routes_view, texts_of
from controller.problems import detail_of
from controller.procuring import check_signers
from inventory.errors import Invalid, InventoryError
from inventory.models import Level, Role, Stage
from inventory.procurement.routes import MOST_APPROVERS, Approver, Route, all_routes, set_routes

router = APIRouter(prefix="/procurement/routes")
_HOME = "/procurement/routes"
_Said = Annotated[AnyForm, Form()]
_Seen = Annotated[str, Form(max_length=32)]
Word = TypeVar("Word", Role, Level)
_STALE = N_("Somebody has changed the routes meanwhile. Look at them, then save again.")


@router.get("")
def routes_page(look: Looking) -> Response:
    """The routes in the order in which they are tried."""
    return look.show("routes", routes_view(look))


@router.get("/{number}")
def form_page(number: int, look: Looking) -> Response:
    """The form of one route; number 0 for a new one.

    Raises:
        NotFound: there are fewer.
        PermissionDenied: this person changes no routes.
    """
    routes = _changeable(look, number)
    said = texts_of(look, routes[number - 1]) if number else {}
    return look.show("routes/form.html", route_form(look, number, said, digest(routes)))


@router.post("/{number}")
def save(number: int, look: Looking, form: _Said) -> Response:
    """Keep one route, a new one behind all others; or say on the form what is wrong with it."""
    routes = _changeable(look, number)
    now, fault, status = digest(routes), "", 409
    if form.said.get("seen") != now:
        fault = look.lang.gettext(_STALE)
    else:
        try:
            # What was written before something turned out not to fit is taken back.
            with look.session.begin_nested():
                route = _route(form.said)
                check_signers([route])
                set_routes(
                    look.session,
                    [*routes, route]
                    if not number
                    else [*routes[: number - 1], route, *routes[number:]],
                )
        except InventoryError as error:
            refused = InventoryRefused(error)
            fault, status = detail_of(refused, look.lang), refused.status
    if not fault:
        return RedirectResponse(_HOME, 303)
    answer = look.show("routes/form.html", route_form(look, number, form.said, now, fault))
    answer.status_code = status
    return answer


@router.post("/{number}/up")
def move_up(number: int, look: Looking, seen: _Seen = "") -> Response:
    """Have a route tried before the one above it."""
    routes = _changeable(look, number)
    if number > 1 and seen == digest(routes):
        routes[number - 2], routes[number - 1] = routes[number - 1], routes[number - 2]
        set_routes(look.session, routes)
    return RedirectResponse(_HOME, 303)


@router.post("/{number}/remove")
def remove(number: int, look: Looking, seen: _Seen = "") -> Response:
    """Take a route away; the last one stays."""
    routes = _changeable(look, number)
    if number and seen == digest(routes):
        set_routes(look.session, [*routes[: number - 1], *routes[number:]])
    return RedirectResponse(_HOME, 303)


def _changeable(look: Look, number: int) -> list[Route]:
    look.caller.require(Permission.manage_routes)
    routes = list(all_routes(look.session))
    if not 0 <= number <= len(routes):
        raise NotFound
    return routes


def _route(said: Mapping[str, str]) -> Route:
    below = said.get("amount_below", "").strip()
    affiliation = said.get("affiliation", "")
    numbers = range(1, MOST_APPROVERS + 1)
    return Route(
        name=said.get("name", ""),
        approvers=tuple(
            Approver(_one(Role, said, f"role_{number}"), _one(Level, said, f"level_{number}"))
            for number in numbers
            if said.get(f"role_{number}")
        ),
        stages=frozenset(stage for stage in Stage if f"stage_{stage}" in said),
        affiliation=_one(Level, said, "affiliation") if affiliation else None,
        amount_from=_amount("amount_from_cny", said.get("amount_from", "")),
        amount_below=_amount("amount_below_cny", below) if below else None,
    )


def _one(words: type[Word], said: Mapping[str, str], name: str) -> Word:
    text = said.get(name, "")
    if text not in list(words):
        raise Invalid(field=name, reason=text[:40])
    return words(text)


def _amount(name: str, text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        raise Invalid(field=name, reason=text[:40]) from None
