"""The form on which an order is placed under a contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.errors import NotFound, PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import room_name, school_name
from controller.pages.views.procurement import Entry
from controller.pages.views.procurement_editor import Editor, EditorLine
from controller.pages.views.procurement_project import can_be_ordered_from
from controller.procuring import PERMISSIONS
from inventory.models import ProjectLine, RequestLine, Right
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository, ProjectRow
from inventory.procurement.request_rows import RequestRepository
from inventory.repositories import RoomRepository, SchoolRepository
from inventory.scope import Scope

#: More schools than these are not offered, but for those that have asked.
MOST_SCHOOLS = 300


@dataclass(frozen=True, slots=True)
class OrderEditor(Editor):
    """The form; ``school`` is empty as long as none is chosen.

    Args:
        contract: number and title of the project, and what money is left, in the reader's words.
    """

    project: str = ""
    school: str = ""
    schools: Sequence[Option] = ()
    contract: Sequence[tuple[str, str]] = ()


def order_editor(
    look: Look,
    project: str,
    school: str,
    said: Mapping[str, str] | None = None,
    *,
    fault: str = "",
) -> OrderEditor:
    """The form, with what is left of every line of the contract.

    Raises:
        NotFound: no such project within this person's scope, or nothing can be ordered from it.
        PermissionDenied: this person orders nothing.
    """
    scope = look.caller.scope(PERMISSIONS[Right.manage])
    if not scope.prefixes:
        raise PermissionDenied
    projects = ProjectRepository(look.session, scope)
    row = projects.row(project)
    if row is None or not can_be_ordered_from(projects.stages(project)):
        raise NotFound
    schools = _schools(look, scope, projects, row, school)
    chosen = school if any(one.value == school for one in schools) else ""
    pieces, spent = projects.drawn(project)
    asked = _asked(look, scope, projects, project, chosen)
    rooms = _rooms(look, chosen)
    lines = []
    for line in projects.lines(project) if chosen else ():
        left = line.quantity - pieces.get(line.id, 0)
        wanted = min(left, asked.get(line.id, 0))
        note = look.lang.gettext(N_("{left} left of {all}, {price} CNY each"))
        fields = [
            Entry(
                f"quantity-{line.id}",
                N_("Quantity"),
                "number",
                str(wanted or ""),
                required=False,
                most=left,
            ),
            Entry(f"room-{line.id}", N_("Room"), "select", options=rooms, required=False),
        ]
        lines.append(
            EditorLine(
                line.name,
                _filled(fields, said) if left else (),
                note.format(left=left, all=line.quantity, price=f"{line.unit_price_cny:,.2f}"),
            )
        )
    fields = [
        Entry("project", "", "hidden", project),
        Entry("school", "", "hidden", chosen),
        Entry("expected_on", N_("Expected on"), "date", required=False),
        Entry("comment", N_("Comment"), required=False),
    ]
    contract = row.project
    rest = (contract.ceiling_cny or 0) - spent
    return OrderEditor(
        tab="orders",
        title=N_("New order"),
        action="/procurement/orders/new",
        back=f"/procurement/projects/{project}",
        save=N_("Place the order"),
        fields=_filled(fields, said),
        lines=lines,
        can_grow=False,
        fault=fault,
        project=project,
        school=chosen,
        schools=schools,
        contract=(
            (N_("Project"), f"{contract.number} {contract.title}"),
            (N_("Contract number"), contract.contract_number),
            (N_("Supplier"), contract.supplier),
            (N_("Money left, CNY"), f"{rest:,.2f}"),
        ),
    )


def _filled(fields: Sequence[Entry], said: Mapping[str, str] | None) -> Sequence[Entry]:
    return [one.holding(said) if said and one.name in said else one for one in fields]


def _schools(
    look: Look, scope: Scope, projects: ProjectRepository, row: ProjectRow, chosen: str
) -> Sequence[Option]:
    """Schools of the bureau; those whose requests the project serves come first."""
    repository = SchoolRepository(look.session, scope)
    asking = sorted({one.school_code for one in projects.requests(row.project.id)})
    found = {one.code: one for one in repository.named(asking)}
    below = repository.page(under=row.organisation.path, limit=MOST_SCHOOLS).items
    found |= {one.code: one for one in (*below, *repository.named([chosen]))}
    return [Option(code, school_name(look, one), code == chosen) for code, one in found.items()]


def _rooms(look: Look, school: str) -> Sequence[Option]:
    found = RoomRepository(look.session, look.scope).at_school(school) if school else ()
    return [Option("", "—"), *(Option(room.id, room_name(room)) for room in found)]


def _asked(
    look: Look, scope: Scope, projects: ProjectRepository, project: str, school: str
) -> Mapping[str, int]:
    """Pieces that requests of the school ask for and no order of it has, by line of the contract.

    A line of a request goes to the first line of the contract of the same model, else of the same
    kind.
    """
    if not school:
        return {}
    requests = RequestRepository(look.session, scope)
    lines = projects.lines(project)
    wanted: dict[str, int] = {}
    for request in projects.requests(project):
        for asked in requests.lines(request.id) if request.school_code == school else ():
            of = _serving(lines, asked)
            if of is not None:
                wanted[of.id] = wanted.get(of.id, 0) + asked.quantity
    orders = OrderRepository(look.session, scope)
    for order in orders.of_project(project):
        for count in orders.counts(order.id) if order.school_code == school else ():
            wanted[count.of.id] = wanted.get(count.of.id, 0) - count.line.quantity
    return {line: max(0, pieces) for line, pieces in wanted.items()}


def _serving(lines: Sequence[ProjectLine], asked: RequestLine) -> ProjectLine | None:
    same = [line for line in lines if line.catalogue_id == asked.catalogue_id is not None]
    alike = [line for line in lines if line.kind is asked.kind]
    return next(iter((*same, *alike)), None)
