"""``/programmes``: budgets over several years, what was spent, and claims for reimbursement."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from controller.api.conditional import (
    IfMatch,
    matches,
    require_match,
    require_missing,
    tag_of_all,
)
from controller.api.money_schemas import (
    CategoryOut,
    CellOut,
    ClaimIn,
    ClaimOut,
    CounterIn,
    EntryOut,
    LineIn,
    LineOut,
    PaidProjectIn,
    PaidProjectOut,
    PartiesIn,
    PartyIn,
    ProgrammeIn,
    ProgrammeOut,
    SettleIn,
    ShareOut,
    SpendingIn,
    TableOut,
    YearOut,
)
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset
from controller.auth.permissions import Permission
from controller.budget_files import table_csv
from controller.deps import AnyReader, CurrentCaller, DbSession, Within
from controller.errors import RevisionPassed
from inventory.models import Programme
from inventory.money.claims import claim, settle, shares
from inventory.money.entries import Spending, spend, take_back
from inventory.money.programmes import (
    EXAMPLE_CATEGORIES,
    EXAMPLE_PARTIES,
    Category,
    Party,
    open_programme,
    plan_line,
    set_parties,
)
from inventory.money.repository import MoneyRepository
from inventory.money.table import budget_table
from inventory.procurement.booking import pay_from, pay_from_none
from inventory.procurement.project_rows import ProjectRepository
from inventory.scope import Scope

router = APIRouter(prefix="/programmes", tags=["budgets"], responses=PROBLEMS)
CostScope = Annotated[Scope, Depends(Within(Permission.read_costs))]
BudgetScope = Annotated[Scope, Depends(Within(Permission.manage_budgets))]
_Word = Annotated[str | None, Query(max_length=32)]
_Year = Annotated[int | None, Query(ge=1990, le=2100)]


@router.get("")
def list_programmes(
    session: DbSession, scope: CostScope, offset: Offset = 0, limit: Limit = 50
) -> Listed[ProgrammeOut]:
    """Programmes of the bureaus within the caller's scope, the latest first."""
    page = MoneyRepository(session, scope).programmes(offset=offset, limit=limit)
    items = [ProgrammeOut.model_validate(row) for row in page.items]
    return Listed(items=items, total=page.total)


@router.post("", status_code=201)
def add_programme(session: DbSession, scope: BudgetScope, body: ProgrammeIn) -> ProgrammeOut:
    """Begin a programme."""
    categories = (
        EXAMPLE_CATEGORIES
        if body.categories is None
        else [Category(one.code, one.name, one.name_en) for one in body.categories]
    )
    programme = open_programme(
        session,
        scope,
        organisation_code=body.organisation_code,
        name=body.name,
        plan=body.plan,
        calendar=body.calendar,
        first_year=body.first_year,
        last_year=body.last_year,
        to_be_confirmed=body.to_be_confirmed,
        categories=categories,
        parties=EXAMPLE_PARTIES
        if body.parties is None
        else [Party(one.name, one.weight, one.reimburses) for one in body.parties],
    )
    return ProgrammeOut.model_validate(programme)


@router.get("/{programme_id}")
def show_programme(session: DbSession, scope: CostScope, programme_id: str) -> TableOut:
    """Plan against actual by year and category, and who bears how much of it."""
    repository = MoneyRepository(session, scope)
    return _table(repository, repository.programme(programme_id))


@router.get("/{programme_id}/table.csv", response_class=Response)
def programme_csv(
    session: DbSession, scope: CostScope, lang: AnyReader, programme_id: str
) -> Response:
    """The same as CSV, one line a year and category."""
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id)
    return table_csv(programme, budget_table(repository, programme), lang)


@router.put("/{programme_id}/parties")
def change_parties(
    *,
    session: DbSession,
    scope: BudgetScope,
    programme_id: str,
    body: PartiesIn,
    if_match: IfMatch = None,
) -> TableOut:
    """Say anew who bears it, before anything was spent."""
    repository = MoneyRepository(session, scope)
    programme = repository.programme(programme_id, lock=True)
    borne = repository.parties(programme)
    if not matches(if_match, tag_of_all(borne)):
        theirs = [PartyIn.model_validate(one, from_attributes=True).model_dump() for one in borne]
        both = {"field": "parties", "yours": body.model_dump()["parties"], "theirs": theirs}
        raise RevisionPassed(tag_of_all(borne), [both])
    parties = [Party(one.name, one.weight, one.reimburses) for one in body.parties]
    set_parties(session, scope, programme_id, parties)
    return _table(repository, programme)


@router.put("/{programme_id}/lines/{year}/{category}")
def change_line(
    *,
    session: DbSession,
    scope: BudgetScope,
    programme_id: str,
    year: int,
    category: str,
    body: LineIn,
    if_match: IfMatch = None,
) -> LineOut:
    """Plan an amount or a range for one category in one year."""
    repository = MoneyRepository(session, scope)
    planned = repository.line(repository.programme(programme_id, lock=True), year, category)
    if planned is None:
        require_missing(if_match)
    else:
        wanted = body.model_dump()
        wanted["to_cny"] = body.from_cny if body.to_cny is None else body.to_cny
        require_match(session, planned, if_match, wanted)
    line = plan_line(
        session,
        scope,
        programme_id,
        year=year,
        category=category,
        from_cny=body.from_cny,
        to_cny=body.to_cny,
        note=body.note,
    )
    return LineOut.model_validate(line)


@router.get("/{programme_id}/projects")
def list_paid_projects(
    session: DbSession, scope: CostScope, programme_id: str
) -> Listed[PaidProjectOut]:
    """Procurement projects that it pays for: their accepted orders are among what was spent."""
    programme = MoneyRepository(session, scope).programme(programme_id)
    found = ProjectRepository(session, scope).paid_from(programme.id)
    return Listed(items=[PaidProjectOut.model_validate(one) for one in found], total=len(found))


@router.put("/{programme_id}/projects/{project_id}")
def pay_project(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: BudgetScope,
    programme_id: str,
    project_id: str,
    body: PaidProjectIn,
) -> PaidProjectOut:
    """Pay for a project: every order of it that is accepted, or was, is accounted for."""
    project = pay_from(
        session, scope, programme_id, project_id, category=body.category, by=caller.id
    )
    return PaidProjectOut.model_validate(project)


@router.delete("/{programme_id}/projects/{project_id}", status_code=204)
def pay_project_no_more(
    session: DbSession, scope: BudgetScope, programme_id: str, project_id: str
) -> None:
    """Account no more orders of a project; what was accounted for stays."""
    pay_from_none(session, scope, programme_id, project_id)


@router.get("/{programme_id}/entries")
def list_entries(
    *,
    session: DbSession,
    scope: CostScope,
    programme_id: str,
    year: _Year = None,
    category: _Word = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[EntryOut]:
    """What was spent, the latest first, counter-entries among it."""
    repository = MoneyRepository(session, scope)
    page = repository.entries(
        repository.programme(programme_id),
        year=year,
        category=category,
        offset=offset,
        limit=limit,
    )
    gone = repository.countered(page.items)
    items = [
        EntryOut.model_validate({**row.model_dump(), "countered": row.id in gone})
        for row in page.items
    ]
    return Listed(items=items, total=page.total)


@router.post("/{programme_id}/entries", status_code=201)
def add_entry(
    session: DbSession,
    caller: CurrentCaller,
    scope: BudgetScope,
    programme_id: str,
    body: SpendingIn,
) -> EntryOut:
    """Account for something spent; out of a fund only what is in it."""
    entry = spend(session, scope, programme_id, Spending(**body.model_dump()), caller.id)
    return EntryOut.model_validate({**entry.model_dump(), "countered": False})


@router.post("/{programme_id}/entries/{entry_id}/counter", status_code=201)
def counter_entry(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: BudgetScope,
    programme_id: str,
    entry_id: str,
    body: CounterIn,
) -> EntryOut:
    """Take an entry back by one of the opposite amount."""
    entry = take_back(session, scope, programme_id, entry_id, note=body.note, by=caller.id)
    return EntryOut.model_validate({**entry.model_dump(), "countered": False})


@router.get("/{programme_id}/claims")
def list_claims(session: DbSession, scope: CostScope, programme_id: str) -> Listed[ClaimOut]:
    """Claims for reimbursement, the latest first."""
    repository = MoneyRepository(session, scope)
    claims = repository.claims(repository.programme(programme_id))
    return Listed(items=[ClaimOut.model_validate(one) for one in claims], total=len(claims))


@router.post("/{programme_id}/claims", status_code=201)
def add_claim(
    session: DbSession, caller: CurrentCaller, scope: BudgetScope, programme_id: str, body: ClaimIn
) -> ClaimOut:
    """Claim a party's share of what was spent."""
    made = claim(
        session,
        scope,
        programme_id,
        position=body.position,
        on=body.claimed_on,
        reference=body.reference,
        amount_cny=body.amount_cny,
        by=caller.id,
    )
    return ClaimOut.model_validate(made)


@router.post("/{programme_id}/claims/{claim_id}/paid")
def claim_paid(
    session: DbSession, scope: BudgetScope, programme_id: str, claim_id: str, body: SettleIn
) -> ClaimOut:
    """Say that a claim was paid."""
    done = settle(session, scope, programme_id, claim_id, on=body.on, paid=True)
    return ClaimOut.model_validate(done)


@router.post("/{programme_id}/claims/{claim_id}/withdraw")
def withdraw_claim(
    session: DbSession, scope: BudgetScope, programme_id: str, claim_id: str, body: SettleIn
) -> ClaimOut:
    """Withdraw a claim; its amount can be claimed anew."""
    done = settle(session, scope, programme_id, claim_id, on=body.on, paid=False)
    return ClaimOut.model_validate(done)


def _table(repository: MoneyRepository, programme: Programme) -> TableOut:
    table = budget_table(repository, programme)
    return TableOut(
        programme=ProgrammeOut.model_validate(programme),
        categories=[CategoryOut.model_validate(one) for one in table.categories],
        years=[
            YearOut(
                year=year.number,
                label=year.label,
                first_day=year.first,
                last_day=year.last,
                cells=[CellOut.model_validate(cell) for cell in row],
                total=CellOut.model_validate(total),
            )
            for year, row, total in zip(table.years, table.rows, table.of_years, strict=True)
        ],
        of_categories=[CellOut.model_validate(cell) for cell in table.of_categories],
        total=CellOut.model_validate(table.total),
        shares=[
            ShareOut(
                position=one.party.position,
                name=one.party.name,
                weight=one.party.weight,
                reimburses=one.party.reimburses,
                share_cny=one.share,
                claimed_cny=one.claimed,
                paid_cny=one.paid,
                open_cny=one.open,
            )
            for one in shares(repository, programme)
        ],
        parties_etag=tag_of_all(repository.parties(programme)),
        lines=[LineOut.model_validate(one) for one in repository.lines(programme)],
    )
