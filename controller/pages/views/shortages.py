"""The shortage list: sums by item, and what each school lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from controller.api.equipment import survey_below
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Choice, Option, Shown
from controller.pages.views.names import county_choice, path_below
from inventory.shortages.counting import ItemTotal, Shortage
from inventory.shortages.standards import kinds_of


@dataclass(frozen=True, slots=True)
class ShortageRow:
    """What lacks at one school, and where what it has is listed."""

    of: Shortage
    owned: str


@dataclass(frozen=True, slots=True)
class ShortagesView:
    """Everything on the page.

    Args:
        rows: one page of what lacks.
        csv: where the whole list is as a table.
    """

    choices: Sequence[Choice]
    items: Sequence[ItemTotal]
    rows: Sequence[ShortageRow]
    shown: Shown
    csv: str


def shortages_view(look: Look, wanted: str | None, item: str, page: int) -> ShortagesView:
    """What the page shows of a county, or of everything within the reader's scope (``""``)."""
    county = _first_county(look) if wanted is None else wanted
    found = survey_below(
        look.request.app.state.equipment,
        look.session,
        look.scope,
        under=path_below(look, county),
        now=look.now,
        on=look.today,
    )
    items = found.totals()
    missing = found.missing(item)
    shown = Shown(look, min(page, max(1, -(-len(missing) // PAGE_LENGTH))), len(missing))
    start = (shown.number - 1) * PAGE_LENGTH
    query = urlencode({key: value for key, value in (("at", county), ("item", item)) if value})
    return ShortagesView(
        choices=[*county_choice(look, county), _items(look, items, item)],
        items=items,
        rows=[
            ShortageRow(one, _owned(one))
            for one in found.rows(missing[start : start + PAGE_LENGTH])
        ],
        shown=shown,
        csv="/api/v1/shortages.csv" + (f"?{query}" if query else ""),
    )


def _owned(one: Shortage) -> str:
    """The list of devices filters by one kind; rooms are on the school's page of places."""
    kinds, code = sorted(kinds_of(one.rule)), one.school.code
    if not kinds:
        return f"/schools/{code}/places"
    only = {"kind": kinds[0].value} if len(kinds) == 1 else {}
    return "/devices?" + urlencode({"school": code, **only})


def _first_county(look: Look) -> str:
    """The first county of a reader who sees several."""
    options = [option for choice in county_choice(look, "") for option in choice.options]
    return options[1].value if options else ""


def _items(look: Look, items: Sequence[ItemTotal], chosen: str) -> Choice:
    names = dict.fromkeys(one.item for one in items)
    options = [Option("", look.lang.gettext(N_("All")), not chosen)]
    return Choice(
        "item", N_("Item"), [*options, *(Option(name, name, name == chosen) for name in names)]
    )
