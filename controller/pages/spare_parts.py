"""Spare parts: the stock of bureaus, what comes in, what is counted, what is kept no longer."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from alerts.work.models import SparePart
from alerts.work.stock import MOST_IN_STOCK, StockDesk, StockRepository
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.record_form import AnyForm, texts_of
from controller.pages.views.spare_parts import (
    COST,
    NOTE,
    PIECES,
    QUANTITY,
    part_fields,
    part_view,
    stock_scope,
    stock_view,
    words_of,
)
from controller.pages.views.typed import Typed
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.scope import Scope

router = APIRouter(prefix="/spare-parts")
_HOME = "/spare-parts"
_Said = Annotated[AnyForm, Form()]


@router.get("")
def stock(
    look: Looking, bureau: Annotated[str, Query(max_length=32)] = "", low: bool = False
) -> Response:
    """What there is, by bureau.

    Raises:
        PermissionDenied: this person neither keeps a stock nor repairs.
    """
    return look.show("spare_parts", stock_view(look, bureau, only_low=low))


@router.get("/new")
def new_part(look: Looking) -> Response:
    """The form of a new part."""
    return shown(look, _form(look), {"quantity": "0", "low_mark": "0"})


@router.post("/new")
def add_part(look: Looking, form: _Said) -> Response:
    """Begin to keep a part, or say on the form what is wrong."""
    filled = _form(look)

    def act() -> None:
        words = words_of(look, form.said)
        count = Typed(look, form.said).maybe_whole("quantity", QUANTITY, 0, MOST_IN_STOCK)
        bureau, _, school = form.said.get("bureau", "").partition("/")
        _desk(look).add(bureau, words, count or 0, school_code=school)

    return kept(look, filled, form.said, act)


@router.get("/{part_id}")
def one_part(part_id: str, look: Looking) -> Response:
    """One part with its story.

    Raises:
        NotFound: no such part in a stock one may see.
    """
    part = StockRepository(look.session, stock_scope(look), above=True).get(part_id)
    return look.show("spare_part", part_view(look, part, {}))


@router.get("/{part_id}/edit")
def part_form(part_id: str, look: Looking) -> Response:
    """The form of what is said of a part.

    Raises:
        NotFound: no such part in a stock one keeps.
    """
    part = StockRepository(look.session, _scope(look)).get(part_id)
    form = _form(look, part)
    return shown(look, form, texts_of(form.fields, part))


@router.post("/{part_id}/edit")
def change_part(part_id: str, look: Looking, form: _Said) -> Response:
    """Keep it, or say on the form what is wrong."""
    part = StockRepository(look.session, _scope(look)).get(part_id)
    filled = _form(look, part)
    return kept(
        look, filled, form.said, lambda: _desk(look).change(part_id, words_of(look, form.said))
    )


@router.post("/{part_id}/{act}")
def move_part(part_id: str, act: str, look: Looking, form: _Said) -> Response:
    """Receive, count, withdraw, restore; or the page once more with what is wrong.

    Raises:
        NotFound: no such step, or no such part in a stock one keeps.
    """
    desk = _desk(look)
    part = StockRepository(look.session, desk.scope).get(part_id)
    acts: Mapping[str, Callable[[], object]] = {
        "receive": lambda: _receive(look, desk, part_id, form.said),
        "count": lambda: _count(look, desk, part_id, form.said),
        "withdraw": lambda: desk.withdraw(part_id),
        "restore": lambda: desk.restore(part_id),
    }
    if act not in acts:
        raise NotFound
    try:
        with look.session.begin_nested():
            acts[act]()
    except InventoryError as error:
        refused = InventoryRefused(error)
        fault = detail_of(refused, look.lang)
        response = look.show("spare_part", part_view(look, part, form.said, fault=fault, act=act))
        response.status_code = refused.status
        return response
    return RedirectResponse(f"{_HOME}/{part_id}", 303)


def _receive(look: Look, desk: StockDesk, part_id: str, said: Mapping[str, str]) -> None:
    typed = Typed(look, said)
    desk.receive(
        part_id,
        typed.whole("pieces", PIECES, 1, MOST_IN_STOCK),
        unit_cost=typed.maybe_amount("unit_cost_cny", COST),
        note=typed.text("note", NOTE),
    )


def _count(look: Look, desk: StockDesk, part_id: str, said: Mapping[str, str]) -> None:
    typed = Typed(look, said)
    desk.count(
        part_id,
        typed.whole("counted", QUANTITY, 0, MOST_IN_STOCK),
        knew=typed.maybe_whole("knew", QUANTITY, 0, MOST_IN_STOCK),
        note=typed.text("note", NOTE),
    )


def _form(look: Look, part: SparePart | None = None) -> PlainForm:
    home = _HOME if part is None else f"{_HOME}/{part.id}"
    title = look.lang.gettext(N_("New spare part")) if part is None else part.name
    crumbs = [(look.lang.gettext(N_("Spare parts")), _HOME)]
    return PlainForm(
        title=title,
        crumbs=crumbs if part is None else [*crumbs, (part.name, home)],
        action=f"{_HOME}/new" if part is None else f"{home}/edit",
        fields=part_fields(look, _scope(look), new=part is None),
        back=home,
        row=part,
    )


def _desk(look: Look) -> StockDesk:
    return StockDesk(look.session, _scope(look), look.caller.id, look.now)


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.keep_parts)
