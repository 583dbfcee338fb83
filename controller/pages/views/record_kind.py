"""How rows of one table that a school has are entered with a plain form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.record_form import Field
from inventory.scope import Scope

Save = Callable[[Look, Scope, Any], Any]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """How rows of one table are entered.

    Args:
        adds: what the empty form is called, a message id.
        page: the last step of the list's address below the school's.
        body: what the API takes for a change.
        fields: of the form, for a school.
        repository: where rows are looked up.
        new: an empty row for a school.
        save: keeps a row.
        remove: forgets one.
        name: what a row is called.
    """

    adds: str
    page: str
    permission: Permission
    body: type[BaseModel]
    fields: Callable[[Look, str], Sequence[Field]]
    repository: Callable[[Session, Scope], Any]
    new: Callable[[str], Any]
    save: Save
    remove: Callable[[Session, Scope, Any], None]
    name: Callable[[Look, Any], str]


def saved_by(save: Callable[[Session, Scope, Any], Any]) -> Save:
    """What keeps a row without asking who does it."""
    return lambda look, scope, row: save(look.session, scope, row)


def named(_look: Look, row: Any) -> str:
    """What a row with a name is called."""
    name: str = row.name
    return name
