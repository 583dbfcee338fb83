"""The refresh plan: what is due by year and kind, what a budget replaces, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.api.renewal import ask
from controller.auth.permissions import Permission
from controller.language import Language
from controller.pages.look import Look
from controller.pages.views.acts import acts_of
from controller.pages.views.choices import PAGE_LENGTH, Option, Shown
from controller.pages.views.pending import Pending, pending
from controller.pages.views.stacked import Bars, Stack, stacked
from controller.renewal import Answer, PlannedDevice, Question, devices_at, pressing, told
from controller.renewal_numbers import Number, number_told, places_behind
from controller.words.terms import word
from inventory.models import Organisation, Programme
from inventory.money.repository import MoneyRepository
from inventory.renewal.fleet import Ints
from inventory.renewal.forecast import AHEAD, OLDEST_BAR, Ahead, ModelFigures
from inventory.repositories.organisations import OrganisationRepository
from inventory.scope import Scope

_MOST_BUREAUS = 200
#: Bars whose sums stand beside each other without touching.
_MOST_SUMS = 8


@dataclass(frozen=True, slots=True)
class PressingRow:
    """One device with its reasons in the reader's words."""

    one: PlannedDevice
    reasons: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class RenewalView:
    """Everything the page and the proposal show.

    Args:
        query: of the question, for links to files and to the proposal.
        by_year: rows of the table beside the bars: a year, and devices and yuan by kind.
    """

    made: Answer
    question: Question
    query: str
    bureaus: Sequence[Organisation]
    bars: Bars
    ages: Bars
    age_unknown: int
    life: Ahead
    warranty: Ahead
    ahead: Sequence[int]
    models: Sequence[ModelFigures]
    kinds: Sequence[str]
    kind_choices: Sequence[Option]
    rows: Sequence[PressingRow]
    shown: Shown
    programmes: Sequence[Programme]
    place: str
    pending: Sequence[Pending]


@dataclass(frozen=True, slots=True)
class RenewalList:
    """The devices behind one number of the plan.

    Args:
        title: what the number counts, in the reader's words.
        query: of the question, for the way back.
        acts: what may be done with those that are ticked.
    """

    title: str
    made: Answer
    query: str
    rows: Sequence[PressingRow]
    shown: Shown
    acts: Sequence[Option]


def renewal_list(look: Look, question: Question, number: Number, page: int) -> RenewalList:
    """One page of the devices behind a number.

    Raises:
        NotFound: no such bureau, or no such number.
    """
    scope = look.caller.require(Permission.read_costs)
    made = ask(look.request, look.session, scope, question)
    places = places_behind(made, number)
    start = (page - 1) * PAGE_LENGTH
    return RenewalList(
        title=number_told(number, look.lang),
        made=made,
        query=look.request.url.remove_query_params(["lang", "page", "of"]).query,
        rows=_pressing_rows(look, scope, made, places[start : start + PAGE_LENGTH]),
        shown=Shown(look, page, len(places)),
        acts=acts_of(look),
    )


def _pressing_rows(look: Look, scope: Scope, made: Answer, places: Ints) -> list[PressingRow]:
    found = devices_at(look.session, scope, made, places)
    return [
        PressingRow(one, [(why.points, told(why, look.lang)) for why in one.reasons])
        for one in found
    ]


def renewal_view(look: Look, question: Question, number: int) -> RenewalView:
    """One page of the refresh plan within the reader's scope.

    Raises:
        NotFound: no such bureau.
    """
    scope = look.caller.require(Permission.read_costs)
    made = ask(look.request, look.session, scope, question)
    places = pressing(made)
    start = (number - 1) * PAGE_LENGTH
    lang = look.lang
    kinds = [lang.gettext(word(kind)) for kind in made.fleet.kinds]
    bars, unknown = made.figures.ages
    query = look.request.url.remove_query_params(["lang", "page"]).query
    bureaus = OrganisationRepository(look.session, scope).all()[:_MOST_BUREAUS]
    chosen = next((one for one in bureaus if one.code == question.organisation), None)
    managed = look.caller.scope(Permission.manage_budgets)
    return RenewalView(
        made=made,
        question=question,
        query=query,
        bureaus=bureaus,
        bars=_demand(made, kinds, lang),
        ages=stacked(
            [
                Stack(
                    f"{age}+" if age == OLDEST_BAR else str(age),
                    [(0, lang.number(n), n)],
                    lang.number(n) if n else "",
                    f"/renewal/list?of=age-{age}&{query}",
                )
                for age, n in enumerate(bars)
            ]
        ),
        age_unknown=unknown,
        life=made.figures.life,
        warranty=made.figures.warranty,
        ahead=AHEAD,
        models=made.figures.models,
        kinds=kinds,
        kind_choices=[
            Option(kind.value, name, any(kind is one for one, _ in question.by_kind))
            for kind, name in zip(made.fleet.kinds, kinds, strict=True)
        ],
        rows=_pressing_rows(look, scope, made, places[start : start + PAGE_LENGTH]),
        shown=Shown(look, number, len(places)),
        programmes=MoneyRepository(look.session, managed).programmes().items
        if managed.prefixes
        else (),
        place="" if chosen is None else chosen.name,
        pending=pending(look),
    )


def _demand(made: Answer, kinds: Sequence[str], lang: Language) -> Bars:
    """Yuan by year and kind, and the budget as a line across."""
    stacks = []
    legible = len(made.forecast.years) <= _MOST_SUMS
    for year, cells in zip(made.forecast.years, made.forecast.cells, strict=True):
        parts = [
            (
                number,
                f"{kinds[number]}: {cell.devices} · {cell.cost_cny:,.2f}",
                float(cell.cost_cny),
            )
            for number, cell in enumerate(cells)
            if cell.devices
        ]
        total = lang.number(sum(value for _, _, value in parts)) if legible and parts else ""
        stacks.append(Stack(str(year), parts, total))
    budget = made.question.budget
    return stacked(stacks, line=None if budget is None else float(budget))
