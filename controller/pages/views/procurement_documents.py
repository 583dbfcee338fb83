"""One request, one project, one order: what it holds, and what comes next."""

from collections.abc import Sequence

from controller.errors import NotFound, PermissionDenied
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import people_names, room_name, school_name
from controller.pages.views.procurement import (
    Action,
    Document,
    Entry,
    Table,
    bureau_title,
    may,
    time_line,
)
from controller.procurement_words import DECISIONS, tone
from controller.procuring import procurement_scope, sees_prices
from controller.words import word
from inventory.models import (
    ApprovalDecision,
    EquipmentRequest,
    OrderState,
    ProjectStage,
    ProjectStageRow,
    RequestState,
    Right,
    StageState,
    Subject,
)
from inventory.procurement.order_rows import LineCount, OrderRepository, OrderRow
from inventory.procurement.project_rows import ProjectRepository, ProjectRow
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.requests import DUPLICATES_WITHIN
from inventory.repositories import RoomRepository

_COMMENT = Entry("comment", N_("Comment"), "textarea", required=False)


def request_document(look: Look, key: str) -> Document:
    """One request.

    Raises:
        NotFound: none within this person's scope.
    """
    requests = RequestRepository(look.session, procurement_scope(look.caller))
    row = requests.row(key)
    if row is None:
        raise NotFound
    request, translate = row.request, look.lang.gettext
    approvals = requests.approvals(key, request.round)
    people = people_names(look, [one.decided_by for one in approvals])
    similar = requests.like(request, (request.submitted_at or look.now) - DUPLICATES_WITHIN)
    lines = requests.lines(key)
    prices = sees_prices(look.caller)
    tables = [
        Table(
            N_("Equipment"),
            (N_("Kind"), N_("Specification"), N_("Quantity"), N_("Estimated price of one, CNY")),
            [
                (
                    translate(word(line.kind)),
                    line.specification,
                    str(line.quantity),
                    f"{line.unit_price_cny:,.2f}" if prices else "",
                )
                for line in lines
            ],
        ),
        Table(
            N_("Signatures"),
            (N_("Role"), N_("Bureau"), N_("Decision"), N_("Person")),
            [
                (
                    translate(word(one.role)),
                    bureau_title(look, one.organisation_code),
                    translate(DECISIONS[one.decision]) if one.decision else "—",
                    people.get(one.decided_by or "", "—"),
                )
                for one in approvals
            ],
        ),
        Table(
            N_("The school has asked for the same before"),
            (N_("Number"), N_("Title"), N_("Status")),
            [(one.number, one.title, translate(word(one.state))) for one in similar],
        ),
    ]
    return Document(
        title=request.title,
        number=request.number,
        state=word(request.state),
        tone=tone(request.state),
        facts=[
            (N_("School"), school_name(look, row.school)),
            (N_("Reason"), request.reason),
            *([(N_("Amount, CNY"), f"{request.total_cny:,.2f}")] if prices else []),
        ],
        tables=[table for table in tables if table.rows],
        actions=_request_actions(look, request, row.school.path, bool(similar)),
        log=time_line(look, Subject.request, key),
    )


def _request_actions(
    look: Look, request: EquipmentRequest, path: str, similar: bool
) -> Sequence[Action]:
    here = f"/procurement/requests/{request.id}"
    found = []
    if may(look, Right.request, path):
        if request.state in (RequestState.draft, RequestState.returned):
            seen = Entry("duplicates_seen", N_("I have looked at the similar requests"), "checkbox")
            fields = (_COMMENT, seen) if similar else (_COMMENT,)
            found.append(Action(f"{here}/submit", N_("Put forward"), fields, main=True))
        if request.state in (RequestState.draft, RequestState.returned, RequestState.submitted):
            found.append(Action(f"{here}/withdraw", N_("Withdraw"), (_COMMENT,)))
    if request.state is RequestState.submitted and may(look, Right.approve, path):
        choices = [Option(one.value, look.lang.gettext(DECISIONS[one])) for one in ApprovalDecision]
        decision = Entry("decision", N_("Decision"), "select", options=choices)
        found.insert(0, Action(f"{here}/decide", N_("Sign"), (decision, _COMMENT), main=True))
    return found


def project_document(look: Look, key: str) -> Document:
    """One project.

    Raises:
        NotFound: none within this person's scope.
        PermissionDenied: this person reads no prices.
    """
    if not sees_prices(look.caller):
        raise PermissionDenied
    projects = ProjectRepository(look.session, procurement_scope(look.caller))
    row = projects.row(key)
    if row is None:
        raise NotFound
    project, translate = row.project, look.lang.gettext
    stages = projects.stages(key)
    people = people_names(look, [one.approved_by for one in stages.values()])
    pieces, spent = projects.drawn(key)
    current = next((one for one in stages.values() if one.state is not StageState.approved), None)
    ceiling = "—" if project.ceiling_cny is None else f"{project.ceiling_cny:,.2f}"
    return Document(
        title=project.title,
        number=project.number,
        state=word(current.stage if current else ProjectStage.evaluation),
        tone="info" if current else "good",
        facts=[
            (N_("Bureau"), row.organisation.name),
            (N_("Way of buying"), translate(word(project.form))),
            (N_("Budget, CNY"), f"{project.budget_cny:,.2f}"),
            (N_("Ordered, CNY"), f"{spent:,.2f} / {ceiling}"),
            (N_("Tender number"), project.tender_number or "—"),
            (N_("Contract number"), project.contract_number or "—"),
            (N_("Supplier"), project.supplier or "—"),
        ],
        tables=[
            Table(
                N_("Stages"),
                (
                    N_("Project stage"),
                    N_("Status"),
                    N_("Approved by"),
                    N_("Approved on"),
                    N_("Note"),
                ),
                [
                    (
                        translate(word(one.stage)),
                        translate(word(one.state)),
                        people.get(one.approved_by or "", "—"),
                        look.lang.moment(one.approved_at) if one.approved_at else "—",
                        one.note,
                    )
                    for one in stages.values()
                ],
            ),
            Table(
                N_("Equipment"),
                (N_("Name"), N_("Ordered"), N_("Ceiling"), N_("Price of one, CNY")),
                [
                    (
                        line.name,
                        str(pieces.get(line.id, 0)),
                        str(line.quantity),
                        f"{line.unit_price_cny:,.2f}",
                    )
                    for line in projects.lines(key)
                ],
            ),
        ],
        actions=_project_actions(look, row, current),
        log=time_line(look, Subject.project, key),
    )


def _project_actions(
    look: Look, row: ProjectRow, current: ProjectStageRow | None
) -> Sequence[Action]:
    if current is None:
        return ()
    here = f"/procurement/projects/{row.project.id}"
    stage = Entry("stage", "", "hidden", current.stage.value)
    note = Entry("note", N_("Note"), "textarea")
    path = row.organisation.path
    if current.state is StageState.waiting and may(look, Right.manage, path):
        fields = [stage, note]
        if current.stage is ProjectStage.contract:
            fields += [
                Entry("tender_number", N_("Tender number")),
                Entry("contract_number", N_("Contract number")),
                Entry("supplier", N_("Supplier")),
                Entry("ceiling", N_("Ceiling, CNY"), "money"),
                Entry("signed_on", N_("Signed on"), "date", look.today.isoformat()),
            ]
        return [Action(f"{here}/submit", N_("Put forward"), fields, main=True)]
    if current.state is StageState.submitted and may(look, Right.approve, path):
        return [
            Action(f"{here}/approve", N_("Approve"), (stage, _COMMENT), main=True),
            Action(f"{here}/return", N_("Send back for changes"), (stage, note)),
        ]
    return ()


def order_document(look: Look, key: str) -> Document:
    """One order.

    Raises:
        NotFound: none within this person's scope.
    """
    orders = OrderRepository(look.session, procurement_scope(look.caller))
    row = orders.row(key)
    if row is None:
        raise NotFound
    order, translate = row.order, look.lang.gettext
    counts = orders.counts(key)
    items = orders.items(key)
    wanted = sorted({device.room_id for _, device in items if device.room_id})
    rooms = {one.id: one for one in RoomRepository(look.session, look.scope).named(wanted)}
    prices = sees_prices(look.caller)
    return Document(
        title=row.project.title,
        number=order.number,
        state=word(order.state),
        tone=tone(order.state),
        facts=[
            (N_("School"), school_name(look, row.school)),
            (N_("Supplier"), row.project.supplier),
            (N_("Contract number"), row.project.contract_number),
            *([(N_("Amount, CNY"), f"{order.total_cny:,.2f}")] if prices else []),
            *([(N_("Conclusion"), order.conclusion)] if order.conclusion else []),
            *([(N_("Inspectors"), order.inspectors)] if order.inspectors else []),
        ],
        tables=[
            Table(
                N_("Equipment"),
                (N_("Name"), N_("Ordered"), N_("Delivered"), N_("Unpacked")),
                [
                    (one.of.name, str(one.line.quantity), str(one.delivered), str(one.received))
                    for one in counts
                ],
            ),
            Table(
                N_("Pieces"),
                (N_("Asset number"), N_("Serial number"), N_("Status"), N_("Room")),
                [
                    (
                        device.asset_number or "—",
                        device.serial or "—",
                        translate(word(device.lifecycle)),
                        room_name(rooms.get(device.room_id or "")),
                    )
                    for _, device in items
                ],
            ),
        ],
        actions=_order_actions(look, row, counts, orders),
        log=time_line(look, Subject.order, key),
        sheet=f"/procurement/orders/{key}/acceptance",
    )


def _order_actions(
    look: Look, row: OrderRow, counts: Sequence[LineCount], orders: OrderRepository
) -> Sequence[Action]:
    order, here = row.order, f"/procurement/orders/{row.order.id}"
    if order.state not in (OrderState.placed, OrderState.closed):
        return ()
    if not may(look, Right.receive, row.school.path):
        return ()
    found: list[Action] = []
    today = Entry("on", N_("Date"), "date", look.today.isoformat())
    expected = [one for one in counts if one.delivered < one.line.quantity]
    if expected and order.state is OrderState.placed:
        options = [Option(one.line.id, one.of.name) for one in expected]
        left = str(expected[0].line.quantity - expected[0].delivered)
        fields: tuple[Entry, ...] = (
            Entry("line", N_("Equipment"), "select", options=options),
            Entry("quantity", N_("Quantity"), "number", left),
            today,
            Entry("note", N_("Delivery note"), required=False),
        )
        found.append(Action(f"{here}/deliver", N_("Delivery came"), fields, main=not found))
    unopened = [one for one in counts if one.received < one.delivered]
    if unopened:
        boxes = [
            Option(
                f"{delivery.id} {line.order_line_id}",
                f"{delivery.arrived_on} {delivery.note_number} × {line.quantity}",
            )
            for delivery, lines in orders.deliveries(order.id)
            for line in lines
        ]
        fields = (
            Entry("box", N_("Delivery"), "select", options=boxes),
            Entry("scans", N_("Serial numbers, one a line"), "textarea"),
        )
        found.insert(0, Action(f"{here}/receive", N_("Unpack and scan"), fields, main=True))
    if not expected and not unopened and order.placed_by != look.caller.id:
        fields = (
            Entry("inspectors", N_("Inspectors")),
            Entry("note", N_("Conclusion"), "textarea"),
            today,
        )
        found.append(Action(f"{here}/accept", N_("Accept the order"), fields, main=True))
    return found
