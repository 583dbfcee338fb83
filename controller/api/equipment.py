"""``/equipment-standards`` and ``/shortages``: what schools should have, and what they lack."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from controller.api.conditional import IfMatch, require_match
from controller.api.records import InventoryScope, Said, Tagged, applied, corrected, there
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema
from controller.api.tables import csv_of
from controller.deps import DbSession, ReadScope
from controller.equipment import KeptEquipment
from inventory.days import day_of
from inventory.models import EquipmentBasis, EquipmentRule, RoomKind, Setting, Stage
from inventory.models.base import utc_now
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.repositories.equipment import EquipmentRuleRepository
from inventory.scope import Scope
from inventory.shortages.counting import Shortage, Survey, survey
from inventory.shortages.standards import MOST, save_rule

router = APIRouter(tags=["equipment standards"], responses=PROBLEMS)
_Number = Annotated[int, Field(ge=1, le=MOST)]
_Classes = Annotated[int, Field(ge=0, le=MOST)]
_List = Annotated[str, Field(max_length=400)]
_Place = Annotated[
    str, Query(max_length=32, description="Code of a school or bureau; empty for all.")
]
_Item = Annotated[str, Query(max_length=100, description="Only this item.")]


class RulePatch(Said):
    """What of a rule is to change.

    ``quantity`` for every ``per`` of ``basis``. ``kinds``: kinds of devices that count, parted by
    commas; ``placed_in``: kinds of rooms they have to stand in. Without ``kinds`` rooms of
    ``placed_in`` count themselves. A rule by room names ``room_kind`` and ``kinds``.
    """

    standard: Annotated[str, Field(max_length=200)] | None = None
    item: Annotated[str, Field(max_length=100)] | None = None
    quote: Annotated[str, Field(max_length=500)] | None = None
    organisation_code: Annotated[str, Field(max_length=32)] | None = None
    stage: Stage | None = None
    setting: Setting | None = None
    classes_from: _Classes | None = None
    classes_to: _Classes | None = None
    basis: EquipmentBasis | None = None
    room_kind: RoomKind | None = None
    quantity: _Number | None = None
    per: _Number | None = None
    kinds: _List | None = None
    placed_in: _List | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class RuleIn(RulePatch):
    """A rule of a standard, in force from a day."""

    standard: Annotated[str, Field(max_length=200)]
    item: Annotated[str, Field(max_length=100)]
    basis: EquipmentBasis
    quantity: _Number
    valid_from: date


class RuleOut(Tagged):
    """One rule."""

    id: str
    standard: str
    item: str
    quote: str
    organisation_code: str | None
    stage: Stage | None
    setting: Setting | None
    classes_from: int | None
    classes_to: int | None
    basis: EquipmentBasis
    room_kind: RoomKind | None
    quantity: int
    per: int
    kinds: str
    placed_in: str
    valid_from: date
    valid_until: date | None


class ShortageOut(Schema):
    """One rule at one school; ``units`` are the classes, students, teachers or rooms it goes by."""

    school_code: str
    school_name: str
    rule_id: str
    standard: str
    item: str
    units: int
    required: int
    owned: int
    ordered: int
    missing: int


class ItemTotalOut(Schema):
    """One item over all schools it binds; ``short`` of them lack some."""

    standard: str
    item: str
    schools: int
    short: int
    required: int
    owned: int
    ordered: int
    missing: int


@router.get("/equipment-standards")
def list_rules(session: DbSession, scope: ReadScope) -> Listed[RuleOut]:
    """Every version of every rule that binds schools of the caller."""
    rows = EquipmentRuleRepository(session, scope).all()
    return Listed(items=[RuleOut.model_validate(row) for row in rows], total=len(rows))


@router.post("/equipment-standards", status_code=201)
def add_rule(session: DbSession, scope: InventoryScope, body: RuleIn) -> RuleOut:
    """Note a rule, or a new version of one with a later ``valid_from``."""
    row = EquipmentRule(
        id="",
        standard=body.standard,
        item=body.item,
        basis=body.basis,
        quantity=body.quantity,
        valid_from=body.valid_from,
    )
    return RuleOut.model_validate(save_rule(session, scope, applied(row, body)))


@router.patch("/equipment-standards/{rule_id}")
def change_rule(
    *,
    session: DbSession,
    scope: InventoryScope,
    rule_id: str,
    body: RulePatch,
    if_match: IfMatch = None,
) -> RuleOut:
    """Correct a rule, or give it up from a day on."""
    row = corrected(
        session, there(EquipmentRuleRepository(session, scope).get(rule_id)), body, if_match
    )
    return RuleOut.model_validate(save_rule(session, scope, row))


@router.delete("/equipment-standards/{rule_id}", status_code=204)
def remove_rule(
    session: DbSession, scope: InventoryScope, rule_id: str, if_match: IfMatch = None
) -> None:
    """Forget a rule that was a mistake."""
    repository = EquipmentRuleRepository(session, scope)
    row = there(repository.get(rule_id))
    require_match(session, row, if_match)
    repository.remove(row)


@router.get("/shortages")
def list_shortages(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    at: _Place = "",
    item: _Item = "",
    on: date | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ShortageOut]:
    """What lacks, school by school in the order of the tree."""
    found = survey_at(request, session, scope, at, on)
    places = found.missing(item)
    shown = [_shown(one) for one in found.rows(places[offset : offset + limit])]
    return Listed(items=shown, total=len(places))


@router.get("/shortages/totals")
def list_totals(
    request: Request, session: DbSession, scope: ReadScope, at: _Place = "", on: date | None = None
) -> Listed[ItemTotalOut]:
    """Every item over all schools it binds, met or not."""
    found = survey_at(request, session, scope, at, on).totals()
    return Listed(items=[ItemTotalOut.model_validate(one) for one in found], total=len(found))


@router.get("/shortages.csv", response_class=Response)
def shortages_csv(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    at: _Place = "",
    item: _Item = "",
    on: date | None = None,
) -> Response:
    """The same as a table (UTF-8 with a byte order mark, as spreadsheets expect)."""
    found = survey_at(request, session, scope, at, on)
    rows = (list(_shown(one).model_dump().values()) for one in found.rows(found.missing(item)))
    return csv_of("shortages.csv", ShortageOut.model_fields, rows)


def survey_at(request: Request, session: Session, scope: Scope, at: str, on: date | None) -> Survey:
    """Standards held against a school, the schools below a bureau, or all within the scope.

    Raises:
        NotFound: no such place within the scope.
    """
    now, under = utc_now(), path_of(session, scope, at)
    kept: KeptEquipment = request.app.state.equipment
    return survey_below(kept, session, scope, under=under, now=now, on=on or day_of(now))


def survey_below(
    kept: KeptEquipment, session: Session, scope: Scope, *, under: str, now: datetime, on: date
) -> Survey:
    """The same by the path of a place, with devices as of the last news."""
    devices = kept.below(session, scope, under, now=now).equipment
    return survey(session, scope, on, under=under, devices=devices)


def path_of(session: Session, scope: Scope, at: str) -> str:
    """The path of a school or bureau; ``/`` for none.

    Raises:
        NotFound: no such place within the scope.
    """
    if not at:
        return "/"
    bureau = OrganisationRepository(session, scope).get(at)
    if bureau is not None:
        return bureau.path
    return there(SchoolRepository(session, scope).get(at)).path


def _shown(one: Shortage) -> ShortageOut:
    return ShortageOut(
        school_code=one.school.code,
        school_name=one.school.name,
        rule_id=one.rule.id,
        standard=one.rule.standard,
        item=one.rule.item,
        units=one.units,
        required=one.required,
        owned=one.owned,
        ordered=one.ordered,
        missing=one.missing,
    )
