"""One project: its stages, what its contract holds, and what is missing before orders."""

from collections.abc import Mapping, Sequence

from controller.errors import NotFound, PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import bureau_name, people_names
from controller.pages.views.procurement import Action, Document, Entry, Link, Table, may, time_line
from controller.procuring import PERMISSIONS, procurement_scope, sees_prices
from controller.words.terms import word
from inventory.models import (
    OrderState,
    ProjectStage,
    ProjectStageRow,
    PurchaseOrder,
    Right,
    StageState,
    Subject,
)
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import STAGES, ProjectRepository, ProjectRow
from inventory.scope import Scope

#: Message id of a project from which one orders.
IN_FORCE = N_("Contract in force")
_COMMENT = Entry("comment", N_("Comment"), "textarea", required=False)
_Stages = Mapping[ProjectStage, ProjectStageRow]


def project_document(look: Look, key: str) -> Document:
    """One project.

    Raises:
        NotFound: none within this person's scope.
        PermissionDenied: this person reads no prices.
    """
    if not sees_prices(look.caller):
        raise PermissionDenied
    scope = procurement_scope(look.caller)
    projects = ProjectRepository(look.session, scope)
    row = projects.row(key)
    if row is None:
        raise NotFound
    project, stages = row.project, projects.stages(key)
    current = _current(stages)
    state, tone = project_state(stages)
    orders = OrderRepository(look.session, scope).of_project(key)
    tables = [
        _stages_table(look, stages),
        _lines_table(look, projects, key),
        _requests_table(look, projects, key),
        _orders_table(look, orders),
    ]
    return Document(
        tab="projects",
        title=project.title,
        number=project.number,
        state=state,
        tone=tone,
        facts=_facts(look, row, projects),
        tables=[table for table in tables if table.rows],
        missing=_missing(look, row, stages),
        actions=_actions(look, row, stages, current),
        log=time_line(look, Subject.project, key),
    )


def can_be_ordered_from(stages: _Stages) -> bool:
    """Whether the contract is approved and its acceptance has not begun."""
    return (
        stages[ProjectStage.contract].state is StageState.approved
        and stages[ProjectStage.completion_acceptance].state is StageState.waiting
    )


def project_state(stages: _Stages) -> tuple[str, str]:
    """Message id of where a project is, and its tone."""
    current = _current(stages)
    if current is None:
        return N_("Completed"), "good"
    if can_be_ordered_from(stages):
        return IN_FORCE, "good"
    return word(current.stage), "info"


def _current(stages: _Stages) -> ProjectStageRow | None:
    """The first stage that is not approved; ``None``: the project is through."""
    return next((one for one in stages.values() if one.state is not StageState.approved), None)


def _facts(
    look: Look, row: ProjectRow, projects: ProjectRepository
) -> Sequence[tuple[str, str | Link]]:
    project = row.project
    _, spent = projects.drawn(project.id)
    ceiling = "—" if project.ceiling_cny is None else f"{project.ceiling_cny:,.2f}"
    return [
        (N_("Bureau"), bureau_name(look, row.organisation)),
        (N_("Way of buying"), look.lang.gettext(word(project.form))),
        (N_("Budget, CNY"), f"{project.budget_cny:,.2f}"),
        (N_("Ordered, CNY"), f"{spent:,.2f} / {ceiling}"),
        (N_("Tender number"), project.tender_number or "—"),
        (N_("Contract number"), project.contract_number or "—"),
        (N_("Supplier"), project.supplier or "—"),
        (N_("Signed on"), look.lang.day(project.signed_on) if project.signed_on else "—"),
        (N_("Orders until"), look.lang.day(project.valid_until) if project.valid_until else "—"),
    ]


def _stages_table(look: Look, stages: _Stages) -> Table:
    translate = look.lang.gettext
    people = people_names(
        look, [who for one in stages.values() for who in (one.submitted_by, one.approved_by)]
    )
    return Table(
        N_("Stages"),
        (
            N_("Project stage"),
            N_("Status"),
            N_("Put forward by"),
            N_("Approved by"),
            N_("Approved on"),
            N_("Note"),
        ),
        [
            (
                translate(word(one.stage)),
                translate(word(one.state)),
                people.get(one.submitted_by or "", "—"),
                people.get(one.approved_by or "", "—"),
                look.lang.moment(one.approved_at) if one.approved_at else "—",
                one.note or "—",
            )
            for one in stages.values()
        ],
    )


def _lines_table(look: Look, projects: ProjectRepository, key: str) -> Table:
    pieces, _ = projects.drawn(key)
    return Table(
        N_("Equipment"),
        (
            N_("Name"),
            N_("Kind"),
            N_("Quantity"),
            N_("Ordered"),
            N_("Left"),
            N_("Price of one, CNY"),
            N_("Warranty, months"),
        ),
        [
            (
                line.name,
                look.lang.gettext(word(line.kind)),
                str(line.quantity),
                str(pieces.get(line.id, 0)),
                str(line.quantity - pieces.get(line.id, 0)),
                f"{line.unit_price_cny:,.2f}",
                str(line.warranty_months or "—"),
            )
            for line in projects.lines(key)
        ],
    )


def _requests_table(look: Look, projects: ProjectRepository, key: str) -> Table:
    return Table(
        N_("Requests"),
        (N_("Number"), N_("Title"), N_("Amount, CNY")),
        [
            (
                Link(one.number, f"/procurement/requests/{one.id}"),
                one.title,
                f"{one.total_cny:,.2f}",
            )
            for one in projects.requests(key)
        ],
    )


def _orders_table(look: Look, orders: Sequence[PurchaseOrder]) -> Table:
    return Table(
        N_("Orders"),
        (N_("Number"), N_("Status"), N_("Amount, CNY"), N_("Begun")),
        [
            (
                Link(one.number, f"/procurement/orders/{one.id}"),
                look.lang.gettext(word(one.state)),
                f"{one.total_cny:,.2f}",
                look.lang.moment(one.placed_at),
            )
            for one in orders
        ],
    )


def _missing(look: Look, row: ProjectRow, stages: _Stages) -> Sequence[str]:
    translate, project = look.lang.gettext, row.project
    before = [
        stages[stage]
        for stage in STAGES[: STAGES.index(ProjectStage.contract) + 1]
        if stages[stage].state is not StageState.approved
    ]
    if before:
        words = translate(N_("Before anything can be ordered: {stage} ({state})"))
        return [
            words.format(stage=translate(word(one.stage)), state=translate(word(one.state)))
            for one in before
        ]
    if stages[ProjectStage.completion_acceptance].state is not StageState.waiting:
        return ()
    found = []
    if project.valid_until is not None and project.valid_until < look.today:
        words = translate(N_("The contract has ended on {day}; nothing more can be ordered."))
        found.append(words.format(day=look.lang.day(project.valid_until)))
    # All of them, whoever placed them: what this person may not see is waited for, too.
    orders = OrderRepository(look.session, Scope.everything()).of_project(project.id)
    alive = [one for one in orders if one.state is not OrderState.cancelled]
    waiting = sum(one.state is not OrderState.accepted for one in alive)
    if not alive:
        found.append(translate(N_("Nothing is ordered yet.")))
    elif waiting:
        words = translate(N_("Before the completion acceptance: {count} orders to be accepted"))
        found.append(words.format(count=waiting))
    return found


def _actions(
    look: Look, row: ProjectRow, stages: _Stages, current: ProjectStageRow | None
) -> Sequence[Action]:
    here, path = f"/procurement/projects/{row.project.id}", row.organisation.path
    found = []
    if can_be_ordered_from(stages) and look.caller.may(PERMISSIONS[Right.manage]):
        order = f"/procurement/orders/new?project={row.project.id}"
        found.append(Action(order, N_("New order"), main=True, link=True))
    if current is None:
        return found
    stage = Entry("stage", "", "hidden", current.stage.value)
    note = Entry("note", N_("Note"), "textarea")
    if current.state is StageState.waiting and may(look, Right.manage, path):
        fields = [stage, note]
        if current.stage is ProjectStage.contract:
            fields += [
                Entry("tender_number", N_("Tender number")),
                Entry("contract_number", N_("Contract number")),
                Entry("supplier", N_("Supplier")),
                Entry("ceiling", N_("Ceiling, CNY"), "money", f"{row.project.budget_cny:.2f}"),
                Entry("signed_on", N_("Signed on"), "date", look.today.isoformat()),
                Entry("valid_until", N_("Orders until"), "date", required=False),
            ]
        early = current.stage is ProjectStage.completion_acceptance
        text = STAGE_STEPS[current.stage]
        found.append(Action(f"{here}/submit", text, fields, main=not early))
    if (
        current.state is StageState.submitted
        and may(look, Right.approve, path)
        and current.submitted_by != look.caller.id
    ):
        found.append(Action(f"{here}/approve", N_("Approve"), (stage, _COMMENT), main=True))
        found.append(Action(f"{here}/return", N_("Send back for changes"), (stage, note)))
    return found


#: What it means to put a stage forward.
STAGE_STEPS: Mapping[ProjectStage, str] = {
    ProjectStage.technical_standard: N_("Put the technical standard forward"),
    ProjectStage.planning_review: N_("Put the planning review forward"),
    ProjectStage.budget: N_("Put the budgeting of funds forward"),
    ProjectStage.contract: N_("Put tender and contract forward"),
    ProjectStage.completion_acceptance: N_("Put the completion acceptance forward"),
    ProjectStage.operation: N_("Put operation and maintenance forward"),
    ProjectStage.evaluation: N_("Put the evaluation of effects forward"),
}
