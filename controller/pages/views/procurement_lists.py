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
from controller.pages.views.procurement_project import IN_FORCE, project_state
from controller.procuring import PERMISSIONS, procurement_scope
from controller.words.procurement import FORMS, ORDER_STATES, REQUEST_STATES, STAGES, tone
from controller.words.terms import word
from inventory.models import (
    EquipmentRequest,
    OrderState,
    ProjectForm,
    ProjectStage,
    PurchaseOrder,
    RequestState,
    Right,
    School,
    StageState,
)
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository, Standing
from inventory.procurement.request_rows import RequestRepository
from inventory.scope import Scope

#: What "where a project is" may be asked for in an address, beside the stages.
_IN_FORCE, _COMPLETED = "in_force", "completed"


@dataclass(frozen=True, slots=True)
class ListRow:
    """One document of a list; ``note``: message id of what kind it is of, if there are several."""

    href: str
    number: str
    title: str
    place: str
    state: str
    tone: str
    amount: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProcurementList:
    """One page of requests, projects or orders."""

    tab: str
    rows: Sequence[ListRow]
    shown: Shown
    search: str
    states: Sequence[Option]
    #: Ways of buying; of projects alone.
    forms: Sequence[Option]
    #: The page on which one begins another; ``None`` for who may not.
    new: Action | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; an unknown state is none."""

    tab: str
    search: str = ""
    state: str = ""
    form: str = ""


def procurement_list(look: Look, wanted: Wanted, number: int) -> ProcurementList:
    """Requests, projects or orders, the youngest first.

    Raises:
        PermissionDenied: this person has nothing to do with procurement.
    """
    scope = procurement_scope(look.caller)
    offset = (number - 1) * PAGE_LENGTH
    words: Mapping[Any, str]
    if wanted.tab == "projects" and look.reads_prices:
        tab, words = wanted.tab, _standings()
        rows, total = _projects(look, scope, wanted, offset)
    elif wanted.tab == "orders" or not (wanted.tab or look.reads_prices):
        tab, words = "orders", ORDER_STATES
        rows, total = _orders(look, scope, wanted, offset)
    else:
        tab, words = "requests", REQUEST_STATES
        rows, total = _requests(look, scope, wanted, offset)
    return ProcurementList(
        tab,
        rows,
        Shown(look, number, total),
        wanted.search,
        _options(look, words, wanted.state),
        _options(look, FORMS, wanted.form) if tab == "projects" else (),
        _new(look, tab),
    )


def _requests(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    state = one_of(RequestState, wanted.state)
    found = RequestRepository(look.session, scope).page(
        states=() if state is None else (state,),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
    )
    rows = [
        _row(look, row.request, row.request.title, row.school, row.request.created_at)
        for row in found.items
    ]
    return rows, found.total


def _orders(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    state = one_of(OrderState, wanted.state)
    found = OrderRepository(look.session, scope).page(
        states=() if state is None else (state,),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
    )
    rows = [
        _row(look, row.order, row.project.title, row.school, row.order.placed_at)
        for row in found.items
    ]
    return rows, found.total


def _row(
    look: Look, document: EquipmentRequest | PurchaseOrder, title: str, school: School, at: datetime
) -> ListRow:
    """A request or an order of a school; its amount for who reads prices."""
    tab = "requests" if isinstance(document, EquipmentRequest) else "orders"
    return ListRow(
        f"/procurement/{tab}/{document.id}",
        document.number,
        title,
        school_name(look, school),
        word(document.state),
        tone(document.state),
        f"{document.total_cny:,.2f}" if look.reads_prices else "",
        at,
    )


def _projects(look: Look, scope: Scope, wanted: Wanted, offset: int) -> tuple[list[ListRow], int]:
    projects = ProjectRepository(look.session, scope)
    found = projects.page(
        form=one_of(ProjectForm, wanted.form),
        standing=_standing(wanted.state),
        search=wanted.search,
        offset=offset,
        limit=PAGE_LENGTH,
    )
    stages = projects.stages_of([row.project.id for row in found.items])
    return [
        ListRow(
            f"/procurement/projects/{row.project.id}",
            row.project.number,
            row.project.title,
            bureau_name(look, row.organisation),
            *project_state(stages[row.project.id]),
            f"{row.project.budget_cny:,.2f}",
            row.project.created_at,
            word(row.project.form),
        )
        for row in found.items
    ], found.total


def _standings() -> Mapping[str, str]:
    """Where projects may be, in their order."""
    words: dict[str, str] = {}
    for stage, text in STAGES.items():
        if stage is ProjectStage.completion_acceptance:
            words[_IN_FORCE] = IN_FORCE
        words[stage.value] = text
    return words | {_COMPLETED: N_("Completed")}


def _standing(text: str) -> Standing | None:
    if text == _COMPLETED:
        return Standing(None)
    if text == _IN_FORCE:
        return Standing(ProjectStage.completion_acceptance, (StageState.waiting,))
    stage = one_of(ProjectStage, text)
    if stage is None:
        return None
    if stage is ProjectStage.completion_acceptance:
        return Standing(stage, (StageState.submitted,))
    return Standing(stage, (StageState.waiting, StageState.submitted))


def _options(look: Look, words: Mapping[Any, str], chosen: str) -> Sequence[Option]:
    translate = look.lang.gettext
    options = [Option(one, translate(text), one == chosen) for one, text in words.items()]
    return [Option("", translate(N_("All")), not any(one.chosen for one in options)), *options]


def _new(look: Look, tab: str) -> Action | None:
    if tab == "requests" and look.caller.may(PERMISSIONS[Right.request]):
        return Action("/procurement/requests/new", N_("New request"), link=True)
    if tab == "projects" and look.caller.may(PERMISSIONS[Right.manage]):
        return Action("/procurement/projects/new", N_("New project"), link=True)
    return None
