"""Lists of procurement, and what every document of it shows: facts, next actions, time line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.auth.caller import Caller
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Option, Shown
from controller.pages.views.names import people_names, school_name
from controller.procurement_words import step_words, tone
from controller.procuring import PERMISSIONS, actor_of, procurement_scope, sees_prices
from controller.words import KINDS, word
from inventory.models import Right, Role, Subject
from inventory.procurement.entries import EntryRepository
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.request_rows import RequestRepository
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form; ``label`` is in the reader's words."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    options: Sequence[Option] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """A step one may take now."""

    href: str
    text: str
    fields: Sequence[Entry] = ()
    main: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows under a title; the first cell may be a link."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One step of the ledger as it is told."""

    at: datetime
    words: str
    who: str
    role: Role
    comment: str
    counter: bool
    undone: bool
    #: Where the step is taken back; empty where it cannot be, or not by this person.
    undo: str


@dataclass(frozen=True, slots=True)
class Document:
    """One request, project or order."""

    title: str
    number: str
    state: str
    tone: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    actions: Sequence[Action]
    log: Sequence[LogLine]
    sheet: str = ""


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
    new: Action | None


def may(look: Look, right: Right, path: str) -> bool:
    """Whether this person has a right at a place."""
    return look.caller.may(PERMISSIONS[right], path)


def time_line(look: Look, subject: Subject, key: str) -> list[LogLine]:
    """Every step about a document, the first one first."""
    found = EntryRepository(look.session, procurement_scope(look.caller)).of(subject, key)
    people = people_names(look, [entry.actor_id for entry in found])
    undone = {entry.undoes_id for entry in found}
    lines = []
    for entry in found:
        words, stage = (look.lang.gettext(text) if text else "" for text in step_words(entry.step))
        counter, gone = entry.undoes_id is not None, entry.id in undone
        open_ = not counter and not gone and _takes_back(look.caller, entry.right, entry.role)
        lines.append(
            LogLine(
                at=entry.at,
                words=f"{words} · {stage}" if stage else words,
                who=people.get(entry.actor_id, ""),
                role=entry.role,
                comment=entry.comment,
                counter=counter,
                undone=gone,
                undo=f"/procurement/{subject.value}s/{key}/undo/{entry.id}" if open_ else "",
            )
        )
    return lines


def _takes_back(caller: Caller, right: Right, role: Role) -> bool:
    if not caller.may(PERMISSIONS[right]):
        return False
    return role in {held for held, _ in actor_of(caller, right).grants}


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
    new = _new_request(look) if tab == "requests" else None
    return ProcurementList(tab, rows, Shown(look, number, total), search, new)


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
            row.organisation.name,
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


def _new_request(look: Look) -> Action | None:
    scope = look.caller.scope(PERMISSIONS[Right.request])
    if not scope.prefixes:
        return None
    schools = SchoolRepository(look.session, scope).page(limit=300).items
    translate = look.lang.gettext
    return Action(
        "/procurement/requests",
        N_("New request"),
        (
            Entry(
                "school_code",
                N_("School"),
                "select",
                options=[Option(one.code, school_name(look, one)) for one in schools],
            ),
            Entry("title", N_("Title")),
            Entry(
                "kind",
                N_("Kind"),
                "select",
                options=[Option(kind.value, translate(text)) for kind, text in KINDS.items()],
            ),
            Entry("quantity", N_("Quantity"), "number", "1"),
            Entry("unit_price", N_("Estimated price of one, CNY"), "money"),
            Entry("reason", N_("Reason"), "textarea"),
        ),
        main=True,
    )


def bureau_title(look: Look, code: str) -> str:
    """Name of a bureau, wherever it stands."""
    found = OrganisationRepository(look.session, Scope.everything()).get(code)
    return found.name if found else code
