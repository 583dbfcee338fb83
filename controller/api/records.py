"""What routes that keep plain rows share: what was said, put onto a row."""

from typing import Annotated, Any, Self, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, model_validator
from sqlmodel import Session, SQLModel

from controller.api.conditional import etag_of, require_match
from controller.api.schemas import Schema
from controller.auth.permissions import Permission
from controller.deps import Within
from controller.errors import NotFound
from inventory.scope import Scope

Row = TypeVar("Row", bound=SQLModel)
Found = TypeVar("Found")
PlaceScope = Annotated[Scope, Depends(Within(Permission.manage_places))]
InventoryScope = Annotated[Scope, Depends(Within(Permission.manage_inventory))]
SchoolCode = Annotated[str, Query(max_length=32, description="Code of the school.")]


class Said(BaseModel):
    """Base of bodies: what is left out stays as it is, null takes it away where that can be."""

    model_config = ConfigDict(extra="forbid")


def applied(row: Row, body: BaseModel) -> Row:
    """The row with what was said; null says nothing of what always has a value."""
    columns = type(row).__table__.columns  # type: ignore[attr-defined]
    for name in body.model_fields_set:
        value: Any = getattr(body, name)
        if name in columns and (value is not None or columns[name].nullable):
            setattr(row, name, value)
    return row


def corrected(session: Session, row: Row, body: BaseModel, if_match: str | None) -> Row:
    """The row with what was said, by somebody who knew it as it is.

    Raises:
        RevisionPassed: somebody has changed the row since; tells both versions.
    """
    wanted = {name: getattr(body, name) for name in body.model_fields_set}
    require_match(session, row, if_match, wanted)
    return applied(row, body)


class Tagged(Schema):
    """Base of answers about rows people edit: ``etag`` goes into ``If-Match`` of a change."""

    etag: str = ""

    @model_validator(mode="wrap")
    @classmethod
    def _with_etag(cls, row: Any, made: ModelWrapValidatorHandler[Self]) -> Self:
        shown = made(row)
        if not isinstance(row, SQLModel):
            return shown
        return shown.model_copy(update={"etag": etag_of(row)})


def there(row: Found | None) -> Found:
    """The row.

    Raises:
        NotFound: there is none within the scope.
    """
    if row is None:
        raise NotFound
    return row
