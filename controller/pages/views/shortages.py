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

#: Where the list of schools begins on the page.
_SCHOOLS = "#schools-title"


@dataclass(frozen=True, slots=True)
class ShortageRow:
    """What lacks at one school, and where what it has and what it has ordered are listed."""

    of: Shortage
    owned: str
    ordered: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """Sums of one item, and where what makes them up is listed.

    Args:
        short: schools that lack some.
        every: all schools it binds.
        ordered: orders under way.
    """

    of: ItemTotal
    short: str
    every: str
    ordered: str


@dataclass(frozen=True, slots=True)
class ShortagesView:
    """Everything on the page.

    Args:
        rows: one page of what lacks, or of everything that is required.
        csv: where the whole list is as a table.
        every: whether schools that lack nothing are among the rows.
    """

    choices: Sequence[Choice]
    items: Sequence[ItemRow]
    rows: Sequence[ShortageRow]
    shown: Shown
    csv: str
    every: bool


def shortages_view(
    look: Look, wanted: str | None, item: str, page: int, *, every: bool = False
) -> ShortagesView:
    """What the page shows of a county, or of everything within the reader's scope (``""``)."""
    county = first_county(look) if wanted is None else wanted
    found = survey_below(
        look.request.app.state.equipment,
        look.session,
        look.scope,
        under=path_below(look, county),
        now=look.now,
        on=look.today,
    )
    items = found.totals()
    places = found.all(item) if every else found.missing(item)
    shown = Shown(look, min(page, max(1, -(-len(places) // PAGE_LENGTH))), len(places))
    start = (shown.number - 1) * PAGE_LENGTH
    query = urlencode({key: value for key, value in (("at", county), ("item", item)) if value})
    return ShortagesView(
        choices=[*county_choice(look, county), _items(look, items, item)],
        items=[_totalled(look, one, county) for one in items],
        rows=[
            ShortageRow(one, _owned(one), _ordered(county, one.rule.item, school=one.school.code))
            for one in found.rows(places[start : start + PAGE_LENGTH])
        ],
        shown=shown,
        csv="/api/v1/shortages.csv" + (f"?{query}" if query else ""),
        every=every,
    )


def _totalled(look: Look, of: ItemTotal, county: str) -> ItemRow:
    short = {"county": county, "item": of.item, "every": "", "page": ""}
    return ItemRow(
        of,
        short=look.link(short) + _SCHOOLS,
        every=look.link(short | {"every": "1"}) + _SCHOOLS,
        ordered=_ordered(county, of.item, standard=of.standard),
    )


def _ordered(county: str, item: str, **only: str) -> str:
    return "/shortages/on-order?" + urlencode({"county": county, "item": item, **only})


def _owned(one: Shortage) -> str:
    """The list of devices filters by one kind; rooms are on the school's page of places."""
    kinds, code = sorted(kinds_of(one.rule)), one.school.code
    if not kinds:
        return f"/schools/{code}/places"
    only = {"kind": kinds[0].value} if len(kinds) == 1 else {}
    return "/devices?" + urlencode({"school": code, **only})


def first_county(look: Look) -> str:
    """The first county of a reader who sees several."""
    options = [option for choice in county_choice(look, "") for option in choice.options]
    return options[1].value if options else ""


def _items(look: Look, items: Sequence[ItemTotal], chosen: str) -> Choice:
    names = dict.fromkeys(one.item for one in items)
    options = [Option("", look.lang.gettext(N_("All")), not chosen)]
    return Choice(
        "item", N_("Item"), [*options, *(Option(name, name, name == chosen) for name in names)]
    )
