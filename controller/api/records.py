"""What routes that keep plain rows share: what was said, put onto a row."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlmodel import SQLModel

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


def there(row: Found | None) -> Found:
    """The row.

    Raises:
        NotFound: there is none within the scope.
    """
    if row is None:
        raise NotFound
    return row
