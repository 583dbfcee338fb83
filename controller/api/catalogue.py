"""``/catalogue``: models of vendors; ``/custom-fields``: fields of one's own by kind of device."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from controller.api.conditional import IfMatch, etag_of, require_match, require_missing
from controller.api.records import Tagged
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Search
from controller.auth.permissions import Permission
from controller.deps import DbSession, ReadScope, Within
from drivers.readings import Kind
from inventory.assets import catalogue
from inventory.assets.catalogue import ModelWish
from inventory.assets.custom import (
    FieldWish,
    all_fields,
    choices_of,
    define_field,
    field_of,
    retire_field,
)
from inventory.models import CatalogueModel, CustomField, FieldType
from inventory.scope import Scope

router = APIRouter(tags=["catalogue"], responses=PROBLEMS)
CatalogueScope = Annotated[Scope, Depends(Within(Permission.manage_catalogue))]
_Name = Annotated[str, Field(min_length=1, max_length=120)]
_Key = Annotated[str, Path(max_length=40)]


class ModelIn(BaseModel):
    """All of a model; what is left out is unknown."""

    model_config = ConfigDict(extra="forbid")

    vendor: _Name
    model: _Name
    kind: Kind = Kind.unknown
    expected_life_months: int | None = None
    end_of_sale: date | None = None
    end_of_support: date | None = None
    end_of_security_patches: date | None = None
    list_price_cny: Decimal | None = Field(default=None, description="Yuan, two decimals.")

    def wish(self) -> ModelWish:
        return ModelWish(**self.model_dump())


class ModelOut(Tagged):
    """A model, and how many devices are of it."""

    id: str
    vendor: str
    model: str
    kind: Kind
    expected_life_months: int | None
    end_of_sale: date | None
    end_of_support: date | None
    end_of_security_patches: date | None
    list_price_cny: Decimal | None
    photo_attachment_id: str | None
    devices: int = 0


class CustomFieldIn(BaseModel):
    """A field's definition; ``choices`` belong to the type ``choice`` alone."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=80)]
    label_en: Annotated[str, Field(max_length=80)] = ""
    type: FieldType = FieldType.text
    is_required: bool = False
    choices: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=100)
    position: int = 0
    in_use: bool = True


class CustomFieldOut(Tagged):
    """A field that devices of one kind have."""

    kind: Kind
    key: str
    label: str
    label_en: str
    type: FieldType
    is_required: bool
    choices: list[str]
    position: int
    in_use: bool


@router.get("/catalogue")
def list_models(
    session: DbSession,
    _scope: ReadScope,
    *,
    search: Search = "",
    kind: Kind | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ModelOut]:
    """Models by vendor and name."""
    page = catalogue.models(session, search=search, kind=kind, offset=offset, limit=limit)
    return Listed(items=[_shown(row, count) for row, count in page.items], total=page.total)


@router.get("/catalogue/{model_id}")
def show_model(session: DbSession, _scope: ReadScope, model_id: str) -> ModelOut:
    """One model."""
    return _shown(catalogue.model_of(session, model_id))


@router.post("/catalogue", status_code=201)
def add_model(session: DbSession, _scope: CatalogueScope, body: ModelIn) -> ModelOut:
    """Put a model into the catalogue; devices of that vendor and model become its own."""
    return _shown(catalogue.add_model(session, body.wish()))


@router.put("/catalogue/{model_id}")
def change_model(
    *,
    session: DbSession,
    _scope: CatalogueScope,
    model_id: str,
    body: ModelIn,
    if_match: IfMatch = None,
) -> ModelOut:
    """Write a model anew."""
    row = catalogue.model_of(session, model_id)
    require_match(session, row, if_match, body.model_dump())
    return _shown(catalogue.change_model(session, row, body.wish()))


@router.delete("/catalogue/{model_id}", status_code=204)
def remove_model(
    session: DbSession, _scope: CatalogueScope, model_id: str, if_match: IfMatch = None
) -> None:
    """Forget a model that no device is of."""
    row = catalogue.model_of(session, model_id)
    require_match(session, row, if_match)
    catalogue.remove_model(session, row)


@router.get("/custom-fields")
def list_fields(session: DbSession, _scope: ReadScope) -> Listed[CustomFieldOut]:
    """Fields of one's own of every kind, those out of use included."""
    found = [_field(one) for one in all_fields(session)]
    return Listed(items=found, total=len(found))


@router.put("/custom-fields/{kind}/{key}")
def put_field(
    *,
    session: DbSession,
    _scope: CatalogueScope,
    kind: Kind,
    key: _Key,
    body: CustomFieldIn,
    if_match: IfMatch = None,
) -> CustomFieldOut:
    """Define a field, or change it; its type stays."""
    row = field_of(session, kind, key)
    if row is None:
        require_missing(if_match)
    else:
        choices = json.dumps(body.choices, ensure_ascii=False)
        require_match(session, row, if_match, body.model_dump() | {"choices": choices})
    wish = FieldWish(**body.model_dump(exclude={"choices"}), choices=tuple(body.choices))
    return _field(define_field(session, kind, key, wish))


@router.delete("/custom-fields/{kind}/{key}")
def remove_field(
    session: DbSession, _scope: CatalogueScope, kind: Kind, key: _Key, if_match: IfMatch = None
) -> CustomFieldOut:
    """Take a field out of use; values are kept."""
    if (row := field_of(session, kind, key)) is not None:
        require_match(session, row, if_match, {"in_use": False})
    return _field(retire_field(session, kind, key))


def _shown(row: CatalogueModel, devices: int = 0) -> ModelOut:
    return ModelOut.model_validate(row).model_copy(update={"devices": devices})


def _field(row: CustomField) -> CustomFieldOut:
    told = row.model_dump(exclude={"choices"})
    return CustomFieldOut(**told, choices=list(choices_of(row)), etag=etag_of(row))
