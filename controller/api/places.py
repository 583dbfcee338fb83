"""``/schools``, ``/lines`` and ``/me``: where things are, and who is asking."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session

from controller.api.charts import ChartQuery, chart
from controller.api.conditional import etag_of
from controller.api.schemas import (
    PROBLEMS,
    Chart,
    GrantOut,
    Limit,
    LineOut,
    Listed,
    Me,
    Offset,
    SchoolDetail,
    SchoolOut,
    Search,
)
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, ReadScope, Store
from controller.errors import NotFound
from inventory.days import day_of
from inventory.models import Line
from inventory.models.base import utc_now
from inventory.repositories.devices import DeviceRepository
from inventory.repositories.lines import LineRepository
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope

router = APIRouter(responses=PROBLEMS)


@router.get("/me", tags=["me"])
def me(caller: CurrentCaller) -> Me:
    """Who you are to the controller, and what you may do where."""
    grants = [GrantOut(role=role, scope_path=path) for role, path in caller.grants]
    return Me(
        id=caller.id,
        login=caller.login,
        name=caller.name,
        language=caller.language,
        grants=grants,
    )


@router.get("/schools", tags=["schools"])
def list_schools(
    *,
    session: DbSession,
    scope: ReadScope,
    search: Search = "",
    closed: Annotated[bool, Query(description="Those that have closed, and no others.")] = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[SchoolOut]:
    """Schools that are open today, in the order of the tree."""
    page = SchoolRepository(session, scope).page(
        search=search, on=day_of(utc_now()), closed=closed, offset=offset, limit=limit
    )
    return Listed(items=[SchoolOut.model_validate(row) for row in page.items], total=page.total)


@router.get("/schools/{code}", tags=["schools"])
def show_school(request: Request, session: DbSession, scope: ReadScope, code: str) -> SchoolDetail:
    """One school, its devices counted by status."""
    school = SchoolRepository(session, scope).get(code)
    if school is None:
        raise NotFound
    counts = DeviceRepository(session, scope).count_by_status(
        utc_now(), school=code, cadence=request.app.state.cadence
    )
    return SchoolDetail(**SchoolOut.model_validate(school).model_dump(), devices=dict(counts))


@router.get("/lines", tags=["lines"])
def list_lines(
    *,
    session: DbSession,
    caller: CurrentCaller,
    scope: ReadScope,
    search: Search = "",
    school: str | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[LineOut]:
    """Internet lines in the order of their schools."""
    page = LineRepository(session, scope).page(
        search=search, school=school, offset=offset, limit=limit
    )
    priced = _priced(session, caller.scope(Permission.read_costs), page.items)
    return Listed(items=[_line(line, line.id in priced) for line in page.items], total=page.total)


@router.get("/lines/{line_id}", tags=["lines"])
def show_line(session: DbSession, caller: CurrentCaller, scope: ReadScope, line_id: str) -> LineOut:
    """One Internet line."""
    line = LineRepository(session, scope).get(line_id)
    if line is None:
        raise NotFound
    return shown_line(session, caller, line)


@router.get("/lines/{line_id}/series", tags=["lines"])
def line_series(
    session: DbSession, scope: ReadScope, store: Store, line_id: str, wanted: ChartQuery
) -> Chart:
    """What speed tests and probes measured on a line."""
    if LineRepository(session, scope).get(line_id) is None:
        raise NotFound
    return chart(store, line_id, wanted)


def shown_line(session: Session, caller: Caller, line: Line) -> LineOut:
    """A line as the caller may see it: its fee is for those who may read costs."""
    return _line(line, bool(_priced(session, caller.scope(Permission.read_costs), [line])))


def _priced(session: Session, scope: Scope, lines: Sequence[Line]) -> set[str]:
    """Ids of the lines whose fee the caller may read."""
    readable = LineRepository(session, scope).named([line.id for line in lines])
    return {line.id for line in readable}


def _line(line: Line, with_fee: bool) -> LineOut:
    hidden = {} if with_fee else {"yearly_fee_cny": None}
    return LineOut.model_validate(line).model_copy(update={"etag": etag_of(line), **hidden})
