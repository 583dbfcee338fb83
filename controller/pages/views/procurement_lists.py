"""Lists of requests, projects and orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Shown
from controller.pages.views.names import bureau_name, school_name
from controller.pages.views.procurement import Action
from controller.procurement_words import tone
from controller.procuring import PERMISSIONS, procurement_scope, sees_prices
from controller.words import word
from inventory.models import Right
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.request_rows import RequestRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class ListRow:
    """One document of a list."""

    href: str
    number: str
    title: str
    place: str
    state: str
    tone: str
    amount: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProcurementList:
    """One page of requests, projects or orders."""

    tab: str
    rows: Sequence[ListRow]
    shown: Shown
    search: str
    #: The page on which one begins another; ``None`` for who may not.
    new: Action | None


def procurement_list(look: Look, tab: str, search: str, number: int) -> ProcurementList:
    """Requests, projects or orders, the youngest first.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    scope = procurement_scope(look.caller)
    offset = (number - 1) * PAGE_LENGTH
    if tab == "projects" and sees_prices(look.caller):
        rows, total = _projects(look, scope, search, offset)
    elif tab == "orders":
        rows, total = _orders(look, scope, search, offset)
    else:
        tab = "requests"
        rows, total = _requests(look, scope, search, offset)
    return ProcurementList(tab, rows, Shown(look, number, total), search, _new(look, tab))


def _requests(look: Look, scope: Scope, search: str, offset: int) -> tuple[list[ListRow], int]:
    found = RequestRepository(look.session, scope).page(
        search=search, offset=offset, limit=PAGE_LENGTH
    )
    prices = sees_prices(look.caller)
    return [
        ListRow(
            f"/procurement/requests/{row.request.id}",
            row.request.number,
            row.request.title,
            school_name(look, row.school),
            word(row.request.state),
            tone(row.request.state),
            f"{row.request.total_cny:,.2f}" if prices else "",
            row.request.created_at,
        )
        for row in found.items
    ], found.total


def _projects(look: Look, scope: Scope, search: str, offset: int) -> tuple[list[ListRow], int]:
    found = ProjectRepository(look.session, scope).page(
        search=search, offset=offset, limit=PAGE_LENGTH
    )
    return [
        ListRow(
            f"/procurement/projects/{row.project.id}",
            row.project.number,
            row.project.title,
            bureau_name(look, row.organisation),
            word(row.project.form),
            "info",
            f"{row.project.budget_cny:,.2f}",
            row.project.created_at,
        )
        for row in found.items
    ], found.total


def _orders(look: Look, scope: Scope, search: str, offset: int) -> tuple[list[ListRow], int]:
    found = OrderRepository(look.session, scope).page(
        search=search, offset=offset, limit=PAGE_LENGTH
    )
    prices = sees_prices(look.caller)
    return [
        ListRow(
            f"/procurement/orders/{row.order.id}",
            row.order.number,
            row.project.title,
            school_name(look, row.school),
            word(row.order.state),
            tone(row.order.state),
            f"{row.order.total_cny:,.2f}" if prices else "",
            row.order.placed_at,
        )
        for row in found.items
    ], found.total


def _new(look: Look, tab: str) -> Action | None:
    if tab == "requests" and look.caller.may(PERMISSIONS[Right.request]):
        return Action("/procurement/requests/new", N_("New request"), link=True)
    if tab == "projects" and look.caller.may(PERMISSIONS[Right.manage]):
        return Action("/procurement/projects/new", N_("New project"), link=True)
    return None
