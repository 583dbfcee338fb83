"""Spare parts on pages: the stock of bureaus and schools, one part with its story, and its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from alerts.messages import ticket_title
from alerts.work.models import SparePart, StockEntry, StockStep
from alerts.work.stock import MOST_IN_STOCK, PartWords, StockRepository, Use
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options, bureaus_known
from controller.pages.views.choices import Choice, Option
from controller.pages.views.names import name_of, people_names, school_name
from controller.pages.views.record_form import Field
from controller.pages.views.typed import Typed
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope

STEPS: Mapping[StockStep, str] = {
    StockStep.opened: N_("First entry"),
    StockStep.received: N_("Received"),
    StockStep.counted: N_("Counted"),
    StockStep.used: N_("Used"),
    StockStep.put_back: N_("Put back"),
}
NAME, COST = N_("Name of the part"), N_("Price of one (CNY)")
QUANTITY, LOW, SHELF = N_("How many there are"), N_("Low from"), N_("Where they lie")
#: More schools than these are not offered to keep parts at; each of them enters its own.
_MOST_SCHOOLS = 100
PIECES, NOTE = N_("Number of pieces"), N_("Note")


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part; ``cost`` is empty for who reads no costs."""

    part: SparePart
    place: str
    cost: Decimal | None
    may_keep: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything on the page of the stock."""

    rows: Sequence[PartRow]
    withdrawn: Sequence[PartRow]
    choices: Sequence[Choice]
    low: int
    only_low: bool
    #: What everything that is shown cost, for who reads costs.
    value: Decimal | None
    may_keep: bool


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One change of how many there are."""

    entry: StockEntry
    words: str
    actor: str
    ticket: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class UseLine:
    """One repair that took the part."""

    use: Use
    title: str
    school: str


@dataclass(frozen=True, slots=True)
class PartView:
    """Everything on the page of one part.

    Args:
        fault: what was wrong with what was typed; empty where nothing was.
        said: what was typed.
        act: the form that was sent.
    """

    row: PartRow
    story: Sequence[StoryLine]
    uses: Sequence[UseLine]
    said: Mapping[str, str]
    fault: str = ""
    act: str = ""


def stock_scope(look: Look) -> Scope:
    """Where this person may see a stock: those who keep one, and those who repair.

    Raises:
        PermissionDenied: nowhere.
    """
    kept = look.caller.scope(Permission.keep_parts)
    return kept if kept.prefixes else look.caller.require(Permission.work_tickets)


def stock_view(look: Look, bureau: str, *, only_low: bool) -> Stock:
    """The stock of one's bureaus, and of those above one's schools.

    Raises:
        PermissionDenied: this person neither keeps a stock nor repairs.
    """
    repository = StockRepository(look.session, stock_scope(look), above=True)
    kept = repository.all()
    shown = [
        one
        for one in kept
        if bureau in ("", one.organisation_code) and (_is_wanting(one) or not only_low)
    ]
    rows = _rows(look, shown)
    known = bureaus_known(look)
    codes = sorted({one.organisation_code for one in kept})
    options = [
        Option("", look.lang.gettext(N_("All")), not bureau),
        *(Option(code, known[code].name, code == bureau) for code in codes if code in known),
    ]
    priced = [row.part.quantity * row.cost for row in rows if row.cost is not None]
    return Stock(
        rows=rows,
        withdrawn=_rows(look, repository.all(withdrawn=True, bureau=bureau)),
        choices=[Choice("bureau", N_("Bureau"), options)] if len(codes) > 1 else [],
        low=sum(map(_is_wanting, kept)),
        only_low=only_low,
        value=sum(priced, Decimal(0)) if priced else None,
        may_keep=look.caller.may(Permission.keep_parts),
    )


def _is_wanting(part: SparePart) -> bool:
    return part.is_low or not part.quantity


def part_view(
    look: Look, part: SparePart, said: Mapping[str, str], *, fault: str = "", act: str = ""
) -> PartView:
    """One part, its story, and the repairs one may read of that took it."""
    scope = look.caller.scope(Permission.read_tickets)
    repository = StockRepository(look.session, stock_scope(look), above=True)
    story, uses = repository.story(part), repository.uses(part, scope)
    people = people_names(look, [one.actor_id for one in story])
    tickets = {use.ticket.id: (use.ticket.id, use.ticket.number) for use in uses}
    return PartView(
        row=_rows(look, [part])[0],
        story=[
            StoryLine(
                entry=one,
                words=STEPS[one.step],
                actor=people.get(one.actor_id or "", ""),
                ticket=tickets.get(one.ticket_id or ""),
            )
            for one in story
        ],
        uses=[
            UseLine(
                use, ticket_title(use.ticket, "", look.lang.gettext), school_name(look, use.school)
            )
            for use in uses
        ],
        said=said,
        fault=fault,
        act=act,
    )


def part_fields(look: Look, scope: Scope, *, new: bool) -> Sequence[Field]:
    """The form of a part; how many there are is asked of a new one only."""
    schools = SchoolRepository(look.session, scope).offered(_MOST_SCHOOLS)
    own = look.lang.gettext(N_("{school} (for itself alone)"))
    # A bureau by its code; a school by its own behind a slash, which no code has.
    choices = [
        *bureau_options(look, scope),
        *((f"/{code}", own.format(school=name_of(look, *names))) for code, *names in schools),
    ]
    place = Field("bureau", N_("Kept by"), kind="choice", choices=choices)
    count = Field("quantity", QUANTITY, kind="number")
    words = [
        Field("name", NAME, needed=True, hint=N_("For example: projector lamp ELPLP97")),
        Field(
            "unit_cost_cny",
            COST,
            needed=True,
            longest=20,
            read=lambda row: f"{row.unit_cost_cny:.2f}",
        ),
        Field(
            "low_mark",
            LOW,
            kind="number",
            hint=N_("With so many left, or fewer, the part is marked. 0: never."),
        ),
        Field("shelf", SHELF, longest=100, hint=N_("Room, cupboard, shelf")),
    ]
    return [place, *words[:2], count, *words[2:]] if new else words


def words_of(look: Look, said: Mapping[str, str]) -> PartWords:
    """What somebody says of a part.

    Raises:
        Invalid: with the field that is wrong.
    """
    typed = Typed(look, said)
    return PartWords(
        name=typed.text("name", NAME, needed=True),
        unit_cost=typed.amount("unit_cost_cny", COST),
        low_mark=typed.maybe_whole("low_mark", LOW, 0, MOST_IN_STOCK) or 0,
        shelf=typed.text("shelf", SHELF, most=100),
    )


def _rows(look: Look, parts: Sequence[SparePart]) -> Sequence[PartRow]:
    known = bureaus_known(look)
    codes = sorted({part.school_code for part in parts if part.school_code})
    schools = {
        one.code: one for one in SchoolRepository(look.session, Scope.everything()).named(codes)
    }
    rows = []
    for part in parts:
        bureau = known.get(part.organisation_code)
        place, path = (bureau.name, bureau.path) if bureau else (part.organisation_code, "/")
        if part.school_code is not None:
            school = schools[part.school_code]
            place, path = school_name(look, school), school.path
        keeps = look.caller.may(Permission.keep_parts, path)
        # Who keeps a part has said what one costs.
        priced = keeps or look.caller.may(Permission.read_costs, path)
        cost = part.unit_cost_cny if priced else None
        rows.append(PartRow(part=part, place=place, cost=cost, may_keep=keeps))
    return rows
