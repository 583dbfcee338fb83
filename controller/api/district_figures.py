"""``/compliance``: a bureau's figures out of the kept verdicts of months."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from controller.api.district_schemas import (
    DistrictOutletsOut,
    DistrictSummaryOut,
    DistrictYearOut,
    EquityMonthOut,
    SchoolGroupOut,
    SchoolMonthOut,
    TrendMonthOut,
    WeakSchoolOut,
)
from controller.api.records import InventoryScope
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema, Search
from controller.api.tables import csv_of
from controller.compliance.district import asking
from controller.compliance.district.asking import MOST_MONTHS, TREND_MONTHS, WEAKEST, Wanted
from controller.compliance.district.figures import WORST_FIRST, Grouping, Standing
from controller.compliance.district.months import months_up_to
from controller.compliance.district.ranking import notes_of
from controller.compliance.district.register import Place
from controller.compliance.district.tables import DistrictTable, table_of
from controller.deps import DbSession, ReadScope, Store
from controller.month_verdicts import OwnSessions, keep_month
from inventory.days import day_of
from inventory.errors import Invalid
from inventory.models.base import utc_now
from inventory.repositories.scoped import MAX_PAGE
from inventory.verdicts.keeping import MonthVerdictRepository, SchoolMonth

router = APIRouter(prefix="/compliance", tags=["compliance"], responses=PROBLEMS)
_MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"
_At = Annotated[str, Query(max_length=32, description="Code of a bureau or school; empty for all.")]
_Month = Annotated[
    str | None,
    Query(pattern=_MONTH, description="Such as 2026-09; the newest computed one if none is named."),
]
_Months = Annotated[int, Query(ge=1, le=MOST_MONTHS, description="Months up to that one.")]


class RecomputeIn(BaseModel):
    """Which month of which bureau's schools, or of which school, is computed again."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(min_length=1, max_length=32)]
    month: Annotated[str, Field(pattern=_MONTH)]


class RecomputedOut(Schema):
    """How many verdicts were written; those a report has frozen are not among them."""

    month: date
    written: int
    frozen: int


@router.get("/summary")
def district_summary(
    session: DbSession, scope: ReadScope, at: _At = "", month: _Month = None
) -> DistrictSummaryOut:
    """A bureau's month: schools by standing, target by target, and the months there are."""
    found = asking.district(session, scope, _wanted(at, month, months=1, weakest=0))
    place = Place(session, scope, at)
    months = MonthVerdictRepository(session, scope).months(place.path)
    return DistrictSummaryOut.model_validate(found).model_copy(update={"months": tuple(months)})


@router.get("/groups")
def district_groups(
    *,
    session: DbSession,
    scope: ReadScope,
    by: Grouping | None = None,
    at: _At = "",
    month: _Month = None,
) -> Listed[SchoolGroupOut]:
    """Schools by county, township, stage, setting, form or Internet provider."""
    found = asking.district(session, scope, _wanted(at, month, months=1, weakest=0))
    groups = found.groups if by is None else found.grouped(by)
    items = [SchoolGroupOut.model_validate(one) for one in groups]
    return Listed(items=items, total=len(items))


@router.get("/trend")
def district_trend(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At = "",
    month: _Month = None,
    months: _Months = TREND_MONTHS,
) -> Listed[TrendMonthOut]:
    """Schools by standing, month by month."""
    found = asking.trend(session, scope, _wanted(at, month, months=months))
    items = [TrendMonthOut.model_validate(one) for one in found]
    return Listed(items=items, total=len(items))


@router.get("/equity")
def district_equity(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At = "",
    month: _Month = None,
    months: _Months = TREND_MONTHS,
) -> Listed[EquityMonthOut]:
    """Urban against rural schools and the strongest tenth against the weakest, month by month."""
    found = asking.trend(session, scope, _wanted(at, month, months=months))
    items = [EquityMonthOut.model_validate(one.equity) for one in found]
    return Listed(items=items, total=len(items))


@router.get("/weakest")
def weakest_schools(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At = "",
    month: _Month = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = WEAKEST,
) -> Listed[WeakSchoolOut]:
    """Schools of which it is known that they are weak, the weakest first, with reasons."""
    found = asking.weakest(session, scope, _wanted(at, month, weakest=limit))
    items = [WeakSchoolOut.model_validate(one) for one in found]
    return Listed(items=items, total=len(items))


@router.get("/year")
def district_year(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At = "",
    month: _Month = None,
    months: _Months = 12,
    offset: Offset = 0,
    limit: Limit = 50,
) -> DistrictYearOut:
    """Schools over several months: worst month, middle month, months in which they complied."""
    last = asking.trend(session, scope, _wanted(at, month, months=1))[0].month
    found = asking.year(session, scope, at, months_up_to(last, months)[0], last)
    made = DistrictYearOut.model_validate(found)
    some = made.schools[offset : offset + limit]
    return made.model_copy(update={"schools": some, "total": len(made.schools)})


@router.get("/schools")
def school_months(
    *,
    session: DbSession,
    scope: ReadScope,
    at: _At = "",
    month: _Month = None,
    state: Standing | None = None,
    search: Search = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[SchoolMonthOut]:
    """Schools of a month, the worst standing first."""
    repository = MonthVerdictRepository(session, scope)
    path = Place(session, scope, at).path
    chosen = _first(month) or repository.newest(path) or day_of(utc_now()).replace(day=1)
    page = repository.page(
        chosen,
        under=path,
        standings=() if state is None else (state.value,),
        search=search,
        first=[one.value for one in WORST_FIRST],
        offset=offset,
        limit=limit,
    )
    return Listed(items=[_school(one) for one in page.items], total=page.total)


@router.get("/outlets")
def district_outlets(
    session: DbSession, scope: ReadScope, at: _At = "", month: _Month = None
) -> DistrictOutletsOut:
    """Outlets at the end of a month, or today, against what is asked of the bureau as a whole."""
    found = asking.outlets(session, scope, _wanted(at, month))
    return DistrictOutletsOut.model_validate(found)


@router.get("/tables/{table}.csv", response_class=Response)
def district_table(
    *,
    session: DbSession,
    scope: ReadScope,
    table: DistrictTable,
    at: _At = "",
    month: _Month = None,
    months: _Months = TREND_MONTHS,
) -> Response:
    """One table of the figures (UTF-8 with a byte order mark, as spreadsheets expect)."""
    wanted = _wanted(at, month, months=months, weakest=MAX_PAGE)
    head, rows = table_of(session, scope, wanted, table)
    return csv_of(f"compliance-{table}.csv", head, rows)


@router.post("/recompute")
def recompute_month(
    request: Request, store: Store, scope: InventoryScope, body: RecomputeIn
) -> RecomputedOut:
    """Compute a month now, from what the stores hold; what a report has frozen stays.

    No transaction stands open meanwhile: a city takes seconds. A month whose raw measurements have
    begun to go is not written over: what is kept of it was computed while they were there.
    """
    now = utc_now()
    month = date.fromisoformat(f"{body.month}-01")
    if month > day_of(now):
        raise Invalid(field="month", reason=body.month)
    sessions = OwnSessions(request.app.state.sessions)
    oldest = day_of(now) - timedelta(days=request.app.state.settings.metrics_raw_days)
    if month < oldest:
        with sessions.reading() as session:
            path = Place(session, scope, body.at).path
            if MonthVerdictRepository(session, scope).computed(month, path).schools:
                raise Invalid(field="month", reason=f"{body.month} < {oldest}")
    written = keep_month(sessions, store, scope, body.at, month, now=now)
    with sessions.reading() as session:
        path = Place(session, scope, body.at).path
        computed = MonthVerdictRepository(session, scope).computed(month, path)
    return RecomputedOut(month=month, written=written, frozen=computed.frozen)


def _wanted(
    at: str, month: str | None, *, months: int = TREND_MONTHS, weakest: int = WEAKEST
) -> Wanted:
    return Wanted(at=at, month=_first(month), months=months, weakest=weakest)


def _first(month: str | None) -> date | None:
    return None if month is None else date.fromisoformat(f"{month}-01")


def _school(one: SchoolMonth) -> SchoolMonthOut:
    facts = one.school._asdict() | one.verdict._asdict()
    return SchoolMonthOut.model_validate(facts | {"notes": notes_of(one.verdict.notes)})
