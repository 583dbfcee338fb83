"""What is on order of an item: the pieces a sum of the shortage list is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from controller.api.equipment import survey_below
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Shown
from controller.pages.views.names import path_below, school_name
from controller.procuring import sees_procurement
from controller.words.terms import word
from inventory.models import School
from inventory.procurement.order_rows import OrderRepository


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose sum it is; an empty text leaves it open."""

    county: str = ""
    item: str = ""
    standard: str = ""
    school: str = ""


@dataclass(frozen=True, slots=True)
class OnOrderRow:
    """Some pieces for one school.

    Args:
        name: what is to come, in the words of its contract; empty for devices.
        kind: a message id.
        source: number of the order; empty for devices that the register knows as ordered.
        href: where that is; empty where the reader may not look.
    """

    school: School
    school_name: str
    name: str
    kind: str
    source: str
    supplier: str
    expected_on: date | None
    pieces: int
    href: str


@dataclass(frozen=True, slots=True)
class OnOrderView:
    """One page of them; ``pieces`` of all pages."""

    wanted: Wanted
    rows: Sequence[OnOrderRow]
    pieces: int
    shown: Shown
    back: str


def on_order_view(look: Look, wanted: Wanted, page: int) -> OnOrderView:
    """Orders under way and devices registered as ordered, of the schools a standard binds."""
    rows = list(_rows(look, wanted))
    shown = Shown(look, min(page, max(1, -(-len(rows) // PAGE_LENGTH))), len(rows))
    start = (shown.number - 1) * PAGE_LENGTH
    asked = {"county": wanted.county, "item": wanted.item}
    return OnOrderView(
        wanted=wanted,
        rows=rows[start : start + PAGE_LENGTH],
        pieces=sum(row.pieces for row in rows),
        shown=shown,
        back=f"/shortages?{urlencode(asked)}",
    )


def _rows(look: Look, wanted: Wanted) -> Iterator[OnOrderRow]:
    found = survey_below(
        look.request.app.state.equipment,
        look.session,
        look.scope,
        under=path_below(look, wanted.county),
        now=look.now,
        on=look.today,
    )
    kinds_at = found.ordered(wanted.item, wanted.standard)
    if wanted.school:
        kinds_at = {code: some for code, some in kinds_at.items() if code == wanted.school}
    kinds = frozenset().union(*kinds_at.values())
    if not kinds:
        return
    orders, may_open = OrderRepository(look.session, look.scope), sees_procurement(look.caller)
    for one in orders.coming(kinds):
        if one.of.kind in kinds_at.get(one.school.code, ()):
            yield OnOrderRow(
                school=one.school,
                school_name=school_name(look, one.school),
                name=one.of.name,
                kind=word(one.of.kind),
                source=one.order.number,
                supplier=one.supplier,
                expected_on=one.order.expected_on,
                pieces=one.pieces,
                href=f"/procurement/orders/{one.order.id}" if may_open else "",
            )
    for school, kind, pieces in orders.registered_as_ordered(kinds):
        if kind in kinds_at.get(school.code, ()):
            asked = {"school": school.code, "kind": kind.value, "life": "ordered"}
            yield OnOrderRow(
                school=school,
                school_name=school_name(look, school),
                name="",
                kind=word(kind),
                source="",
                supplier="",
                expected_on=None,
                pieces=pieces,
                href=f"/devices?{urlencode(asked)}",
            )
