"""The tables there are: who may bring them, who brings them, and where they are read from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from alerts.past_repairs import PastRepairImporter, PastRepairRepository
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from inventory.exchange import importing
from inventory.exchange.importing import layout_named
from inventory.exchange.layout import Layout
from inventory.exchange.order import Make
from inventory.exchange.register import RegisterRepository, Wanted
from inventory.scope import Scope

REPAIRS = "repairs"
IMPORTERS: Mapping[str, Make] = {**importing.IMPORTERS, REPAIRS: PastRepairImporter}
#: Who may bring which table; the others are for those who manage the inventory.
_NEEDS: Mapping[str, Permission] = {
    "devices": Permission.edit_assets,
    "rooms": Permission.manage_places,
    "staff": Permission.manage_places,
    "catalogue": Permission.manage_catalogue,
    REPAIRS: Permission.close_tickets,
}


def may_bring(caller: Caller, layout: str) -> Scope:
    """Where the caller may write rows of a layout.

    Raises:
        PermissionDenied: nowhere.
        NotFound: there is no such layout.
    """
    layout_named(layout)
    return caller.require(_NEEDS.get(layout, Permission.manage_inventory))


def may_take(caller: Caller, layout: str) -> Scope:
    """Where the caller may read rows of a layout.

    Raises:
        PermissionDenied: nowhere.
    """
    return caller.require(Permission.read_tickets if layout == REPAIRS else Permission.read)


def rows_of(
    session: Session,
    scope: Scope,
    layout: Layout,
    fields: Sequence[str],
    *,
    wanted: Wanted,
    priced: Scope,
) -> Iterator[Sequence[Any]]:
    """Rows of a table, read while they are asked for; see ``RegisterRepository.rows``."""
    if layout.name == REPAIRS:
        return PastRepairRepository(session, scope).rows(fields, wanted, priced)
    return RegisterRepository(session, scope).rows(layout, fields, wanted, priced)


def count_of(session: Session, scope: Scope, layout: Layout, wanted: Wanted) -> int:
    """How many rows ``rows_of`` gives."""
    if layout.name == REPAIRS:
        return PastRepairRepository(session, scope).count(wanted)
    return RegisterRepository(session, scope).count(layout, wanted)
