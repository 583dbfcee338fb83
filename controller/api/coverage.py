"""``/coverage``: dated shares and ratios of schools, their targets, and the lists behind them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from controller.api.equipment import path_of
from controller.api.records import there
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.api.tables import csv_of
from controller.deps import DbSession, ReadScope
from controller.equipment import KeptEquipment
from inventory.coverage.against import Held, hold
from inventory.coverage.behind import behind
from inventory.coverage.cases import CaseKind
from inventory.coverage.keeping import KeptTally, MeasureRepository, month_of
from inventory.coverage.tally import Stand, Tally
from inventory.days import day_of
from inventory.models.base import utc_now
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.bound import Bindings
from inventory.standards.model import Measure

router = APIRouter(tags=["coverage"], responses=PROBLEMS)
_Place = Annotated[
    str, Query(max_length=32, description="Code of a school or bureau; empty for all.")
]
_Month = Annotated[
    date | None, Query(description="Any day of the month; the month that runs if none is named.")
]


class TallyOut(Schema):
    """One figure; ``value`` is numerator by denominator with the unknown counted as not there."""

    measure: Measure
    month: date
    numerator: int
    denominator: int
    unknown: int
    value: float | None


class HeldOut(Schema):
    """One target over the schools it is bound to; ``schools`` counts them by how they stand."""

    standard: str
    version: int
    target: str
    quote: str
    value: float
    unit: str
    pending: list[str]
    stands: Stand | None
    schools: Mapping[Stand, int]


class SchoolTallyOut(TallyOut):
    """The figure of one school; ``stands`` is the worst under its targets."""

    school_code: str
    school_name: str
    stands: Stand | None


class MeasureOut(Schema):
    """A page of schools, and the targets over all of them."""

    targets: list[HeldOut]
    items: list[SchoolTallyOut]
    total: int


class CaseOut(Schema):
    """One line behind a figure; ``counts`` is null where nobody knows."""

    kind: CaseKind
    id: str
    name: str
    place: str
    counts: bool | None
    speed: int | None
    hours: float | None
    level: int | None
    since: date | None


@router.get("/coverage")
def list_totals(
    session: DbSession, scope: ReadScope, at: _Place = "", month: _Month = None
) -> Listed[TallyOut]:
    """Every figure of all schools of a place together."""
    wanted = _month(month)
    found = MeasureRepository(session, scope).totals([wanted], path_of(session, scope, at))
    items = [_tally(measure, wanted, tally) for measure, tally in found.get(wanted, {}).items()]
    return Listed(items=items, total=len(items))


@router.get("/coverage/{measure}")
def list_schools(
    *,
    session: DbSession,
    scope: ReadScope,
    measure: Measure,
    at: _Place = "",
    month: _Month = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> MeasureOut:
    """One figure school by school in the order of the tree, held against what binds them."""
    wanted = _month(month)
    kept, held = held_at(session, scope, measure, path_of(session, scope, at), wanted)
    return MeasureOut(
        targets=[
            HeldOut(
                standard=one.bound.standard.code,
                version=one.bound.standard.version,
                target=one.bound.target.id,
                quote=one.bound.target.quote,
                value=float(one.bound.target.value),
                unit=one.bound.target.unit,
                pending=list(one.bound.pending),
                stands=one.whole,
                schools=one.schools,
            )
            for one in held.targets
        ],
        items=[_school(measure, wanted, one, held) for one in kept[offset : offset + limit]],
        total=len(kept),
    )


@router.get("/coverage/{measure}/schools.csv", response_class=Response)
def schools_csv(
    *,
    session: DbSession,
    scope: ReadScope,
    measure: Measure,
    at: _Place = "",
    month: _Month = None,
) -> Response:
    """The same as a table (UTF-8 with a byte order mark, as spreadsheets expect)."""
    wanted = _month(month)
    kept, held = held_at(session, scope, measure, path_of(session, scope, at), wanted)
    rows = (
        list(_school(measure, wanted, one, held).model_dump(mode="json").values()) for one in kept
    )
    return csv_of(f"{measure}-{wanted:%Y-%m}.csv", SchoolTallyOut.model_fields, rows)


@router.get("/schools/{code}/coverage/{measure}")
def list_cases(
    request: Request, session: DbSession, scope: ReadScope, code: str, measure: Measure
) -> Listed[CaseOut]:
    """What stands behind a figure of one school as things are now; what lacks comes first."""
    school = there(SchoolRepository(session, scope).get(code))
    now = utc_now()
    kept: KeptEquipment = request.app.state.equipment
    devices = kept.below(session, scope, school.path, now=now).equipment
    found = behind(session, scope, school, measure, devices, on=day_of(now), now=now)
    return Listed(items=[CaseOut.model_validate(one) for one in found], total=len(found))


def held_at(
    session: Session, scope: Scope, measure: Measure, under: str, month: date
) -> tuple[list[KeptTally], Held]:
    """One figure of every school below a path, and how it stands under targets of that month."""
    kept = MeasureRepository(session, scope).of_measure(measure, month, under)
    bindings = Bindings(session, scope, month, month)
    return kept, hold(measure, kept, bindings, month)


def _month(day: date | None) -> date:
    return month_of(day or day_of(utc_now()))


def _tally(measure: Measure, month: date, tally: Tally) -> TallyOut:
    return TallyOut(
        measure=measure,
        month=month,
        numerator=tally.numerator,
        denominator=tally.denominator,
        unknown=tally.unknown,
        value=None if tally.value is None else float(tally.value),
    )


def _school(measure: Measure, month: date, one: KeptTally, held: Held) -> SchoolTallyOut:
    return SchoolTallyOut(
        **_tally(measure, month, one.tally).model_dump(),
        school_code=one.school.code,
        school_name=one.school.name,
        stands=held.stands.get(one.school.code),
    )
