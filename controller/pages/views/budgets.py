"""Programmes and funds, and one programme's table of plan against actual."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from controller.api.conditional import etag_of
from controller.auth.permissions import Permission
from controller.budget_files import name_of
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Shown
from inventory.models import (
    BudgetEntry,
    BudgetLine,
    Fund,
    Organisation,
    ProcurementProject,
    Programme,
    ReimbursementClaim,
)
from inventory.money.claims import Share, shares
from inventory.money.repository import MoneyRepository
from inventory.money.table import BudgetTable, Cell, budget_table, totals
from inventory.money.years import year_of
from inventory.procurement.project_rows import ProjectRepository
from inventory.repositories.organisations import OrganisationRepository

_MOST_BUREAUS = 200


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """One programme of the list with its sums."""

    programme: Programme
    bureau: str
    years: str
    total: Cell


@dataclass(frozen=True, slots=True)
class BudgetList:
    """Programmes and funds; ``bureaus``: for which the reader may begin one."""

    rows: Sequence[ProgrammeRow]
    funds: Sequence[Fund]
    bureaus: Sequence[Organisation]
    shown: Shown
    this_year: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Something spent; ``may_counter``: it can still be taken back."""

    entry: BudgetEntry
    category: str
    may_counter: bool


@dataclass(frozen=True, slots=True)
class PaidProject:
    """A procurement project the programme pays for, and the name of the category."""

    project: ProcurementProject
    category: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Which sum the entries of a page make up: of a year, of a category, of both or of neither."""

    year: int | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A plan that somebody has changed since the form was opened: what was wanted, and what is.

    Args:
        from_cny, to_cny: as they were typed.
        theirs: what is planned now; ``None`` for nothing.
    """

    year: int
    category: str
    from_cny: str
    to_cny: str
    theirs: BudgetLine | None


@dataclass(frozen=True, slots=True)
class BudgetPage:
    """One programme.

    Args:
        projects: those it pays for.
        unpaid: those the reader may have it pay for.
        behind: what the entries are narrowed to, in words; empty for all of them.
        seen: entity tags of what is planned, by year and category: a JSON object for the form.
        passed: what the reader was about to plan when it had changed.
    """

    programme: Programme
    bureau: str
    table: BudgetTable
    names: Sequence[str]
    shares: Sequence[Share]
    claims: Sequence[ReimbursementClaim]
    parties: dict[int, str]
    entries: Sequence[EntryRow]
    shown: Shown
    funds: Sequence[Fund]
    projects: Sequence[PaidProject]
    unpaid: Sequence[ProcurementProject]
    may_manage: bool
    today: str
    behind: str
    seen: str
    passed: Passed | None


def tag_key(year: int, category: str) -> str:
    """The name of one planned amount among the tags of a form."""
    return f"{year} {category}"


def budget_list(look: Look, number: int) -> BudgetList:
    """One page of the programmes within the reader's scope."""
    scope = look.caller.require(Permission.read_costs)
    repository = MoneyRepository(look.session, scope)
    page = repository.programmes(offset=(number - 1) * PAGE_LENGTH, limit=PAGE_LENGTH)
    bureaus = OrganisationRepository(look.session, scope).all()
    names = {one.code: _called(look, one) for one in bureaus}
    sums = totals(repository, page.items)
    return BudgetList(
        rows=[
            ProgrammeRow(
                programme=one,
                bureau=names.get(one.organisation_code, one.organisation_code),
                years=_years(one),
                total=sums[one.id],
            )
            for one in page.items
        ],
        funds=repository.funds(),
        bureaus=_manageable(look),
        shown=Shown(look, number, page.total),
        this_year=look.today.year,
    )


def budget_page(
    look: Look,
    programme_id: str,
    number: int,
    behind: Behind | None = None,
    passed: Passed | None = None,
) -> BudgetPage:
    """One programme within the reader's scope; ``passed`` is shown beside the form again.

    Raises:
        NotFound: there is none.
    """
    scope = look.caller.require(Permission.read_costs)
    repository = MoneyRepository(look.session, scope)
    programme = repository.programme(programme_id)
    table = budget_table(repository, programme)
    names = {one.code: name_of(one, look.lang) for one in table.categories}
    only = behind or Behind()
    page = repository.entries(
        programme,
        year=only.year,
        category=only.category or None,
        offset=(number - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    gone = repository.countered(page.items)
    bureau = look.session.get_one(Organisation, programme.organisation_code)
    borne = shares(repository, programme)
    may_manage = look.caller.may(Permission.manage_budgets, bureau.path)
    projects = ProjectRepository(look.session, scope)
    return BudgetPage(
        programme=programme,
        bureau=_called(look, bureau),
        table=table,
        names=list(names.values()),
        shares=borne,
        claims=repository.claims(programme),
        parties={share.party.position: share.party.name for share in borne},
        entries=[
            EntryRow(one, names[one.category], one.counters_id is None and one.id not in gone)
            for one in page.items
        ],
        shown=Shown(look, number, page.total),
        funds=repository.funds(),
        projects=[
            PaidProject(one, names.get(one.budget_category or "", ""))
            for one in projects.paid_from(programme.id)
        ],
        unpaid=projects.unpaid_under(bureau.path) if may_manage else (),
        may_manage=may_manage,
        today=look.today.isoformat(),
        behind=" · ".join(
            [year.label for year in table.years if year.number == only.year]
            + [name for code, name in names.items() if code == only.category]
        ),
        seen=json.dumps(
            {
                tag_key(line.year, line.category): etag_of(line)
                for line in (repository.lines(programme) if may_manage else ())
            }
        ),
        passed=passed,
    )


def _years(programme: Programme) -> str:
    first, last = (
        year_of(programme.calendar, number).label
        for number in (programme.first_year, programme.last_year)
    )
    return first if first == last else f"{first} – {last}"


def _called(look: Look, bureau: Organisation) -> str:
    return bureau.name_en if look.lang.code == "en" and bureau.name_en else bureau.name


def _manageable(look: Look) -> Sequence[Organisation]:
    scope = look.caller.scope(Permission.manage_budgets)
    if not scope.prefixes:
        return ()
    return OrganisationRepository(look.session, scope).all()[:_MOST_BUREAUS]
