"""Lists of requests, projects and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Option, Shown, one_of
from controller.pages.views.names import bureau_name, school_name
from controller.pages.views.procurement import Action
from controller.procurement_words import FORMS, ORDER_STATES, REQUEST_STATES, tone
from controller.procuring import PERMISSIONS, procurement_scope, sees_prices
from controller.words import word
from inventory.models import OrderState, ProjectForm, RequestState, Right
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
    states: Sequence[Option]
    #: The page on which one begins another; ``None`` for who may not.
    new: Action | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; an unknown state is none."""

    tab: str
    search: str = ""
    state: str = ""


def procurement_list(look: Look, wanted: Wanted, number: int) -> ProcurementList:
    """Requests, projects or orders, the youngest first.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    scope = procurement_scope(look.caller)
    offset = (number - 1) * PAGE_LENGTH
    words: Mapping[Any, str]
    if wanted.tab == "projects" and sees_prices(look.caller):
        tab, words = wanted.tab, FORMS
        rows, total = _projects(look, scope, wanted, offset)
    elif wanted.tab == "orders":
        tab, words = wanted.tab, ORDER_STATES
        rows, total = _orders(look, scope, wanted, offset)
    else:
        tab, words = "requests", REQUEST_STATES
        rows, total = _requests(look, scope, wanted, offset)
    gettext = look.lang.gettext
    states = [Option(one, gettext(text), one == wanted.state) for one, text in words.items()]
    states.insert(0, Option("", gettext(N_("All")), not any(one.chosen for one in states)))
    shown = Shown(look, number, total)
    return ProcurementList(tab, rows, shown, wanted.search, states, _new(look, tab))


def _requests(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    state = one_of(RequestState, wanted.state)
    found = RequestRepository(look.session, scope).page(
        states=() if state is None else (state,),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
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


def _projects(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    found = ProjectRepository(look.session, scope).page(
        form=one_of(ProjectForm, wanted.state),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
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


def _orders(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    state = one_of(OrderState, wanted.state)
    found = OrderRepository(look.session, scope).page(
        states=() if state is None else (state,),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
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
