"""Figures of repairs on a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from alerts.figures.reading import Grouping
from controller.api.ticket_figures import FiguresOut, figures_told, period, read_groups
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Looking
from controller.pages.views.choices import Choice, Option, one_of
from inventory.errors import Invalid

router = APIRouter()
_GROUPINGS = {
    Grouping.all: N_("All together"),
    Grouping.school: N_("School"),
    Grouping.model: N_("Model"),
    Grouping.technician: N_("Technician"),
    Grouping.supplier: N_("Supplier"),
}
#: Rows of the page; the table that is downloaded has all of them.
_MOST = 200


@dataclass(frozen=True, slots=True)
class FiguresView:
    """Everything on the page; ``wrong``: no period can be made of what was typed."""

    rows: Sequence[FiguresOut]
    total: int
    first: str
    last: str
    by: Choice
    wrong: bool
    download: str


@router.get("/tickets/figures")
def figures_page(
    look: Looking,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    by: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """How soon repairs are answered and done, by school, model, technician or supplier."""
    scope = look.caller.require(Permission.read_tickets)
    grouping = one_of(Grouping, by) or Grouping.all
    rows: Sequence[FiguresOut] = ()
    wrong = False
    try:
        days = _day(first), _day(last)
        begin, _ = period(*days)
        first, last = first or begin.date().isoformat(), last or look.today.isoformat()
        groups = read_groups(look.session, scope, *days, grouping)
        rows = [figures_told(one, look.caller) for one in groups]
    except (ValueError, Invalid):
        wrong = True
    options = [
        Option(one.value, look.lang.gettext(text), one is grouping)
        for one, text in _GROUPINGS.items()
    ]
    view = FiguresView(
        rows=rows[:_MOST],
        total=len(rows),
        first=first,
        last=last,
        by=Choice("by", N_("Told apart by"), options),
        wrong=wrong,
        download=f"/api/v1/ticket-figures.csv?first={first}&last={last}&by={grouping.value}",
    )
    return look.show("ticket_figures", view)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
