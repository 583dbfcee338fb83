"""One request: what it asks for, whose signature it waits for, what comes next."""

from collections.abc import Sequence

from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import people_names, room_name, school_name
from controller.pages.views.procurement import (
    Action,
    Document,
    Entry,
    Link,
    Table,
    bureau_title,
    may,
    time_line,
)
from controller.procuring import actor_of, procurement_scope, sees_prices
from controller.words.procurement import DECISIONS, tone
from controller.words.terms import word
from inventory.models import (
    ApprovalDecision,
    CatalogueModel,
    EquipmentRequest,
    Organisation,
    RequestApproval,
    RequestLine,
    RequestState,
    Right,
    Subject,
)
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.quotes import quote_of
from inventory.procurement.request_rows import RequestRepository, RequestRow
from inventory.procurement.requests import DUPLICATES_WITHIN
from inventory.repositories import RoomRepository

_COMMENT = Entry("comment", N_("Comment"), "textarea", required=False)
_OPEN = (RequestState.draft, RequestState.returned)


def request_document(look: Look, key: str) -> Document:
    """One request.

    Raises:
        NotFound: none within this person's scope.
    """
    requests = RequestRepository(look.session, procurement_scope(look.caller))
    row = requests.row(key)
    if row is None:
        raise NotFound
    request = row.request
    approvals = requests.approvals(key, request.round)
    similar = requests.like(request, (request.submitted_at or look.now) - DUPLICATES_WITHIN)
    tables = [
        _lines_table(look, requests.lines(key)),
        _signatures_table(look, approvals),
        _similar_table(look, similar),
    ]
    return Document(
        tab="requests",
        title=request.title,
        number=request.number,
        state=word(request.state),
        tone=tone(request.state),
        facts=_facts(look, row),
        tables=[table for table in tables if table.rows],
        missing=_missing(look, request, approvals, bool(similar)),
        actions=_actions(look, row, approvals, bool(similar)),
        log=time_line(look, Subject.request, key),
    )


def _facts(look: Look, row: RequestRow) -> list[tuple[str, str | Link]]:
    request = row.request
    facts: list[tuple[str, str | Link]] = [
        (N_("School"), school_name(look, row.school)),
        (N_("Reason"), request.reason),
    ]
    if sees_prices(look.caller):
        facts.append((N_("Amount, CNY"), f"{request.total_cny:,.2f}"))
    quote = quote_of(look.session, request)
    if quote is not None:
        facts.append((N_("Price quote"), Link(quote.name, f"/procurement/quotes/{request.id}")))
    if request.project_id:
        scope = procurement_scope(look.caller)
        found = ProjectRepository(look.session, scope).row(request.project_id)
        if found is not None and sees_prices(look.caller):
            href = f"/procurement/projects/{found.project.id}"
            facts.append((N_("Project"), Link(found.project.number, href)))
    return facts


def _lines_table(look: Look, lines: Sequence[RequestLine]) -> Table:
    translate, prices = look.lang.gettext, sees_prices(look.caller)
    wanted = sorted({line.room_id for line in lines if line.room_id})
    rooms = {one.id: one for one in RoomRepository(look.session, look.scope).named(wanted)}
    rows = []
    for line in lines:
        model = look.session.get(CatalogueModel, line.catalogue_id) if line.catalogue_id else None
        name = f"{model.vendor} {model.model}" if model else ""
        cells = [
            translate(word(line.kind)),
            " · ".join(part for part in (name, line.specification) if part) or "—",
            room_name(rooms.get(line.room_id or "")) or "—",
            str(line.quantity),
        ]
        if prices:
            cells += [
                f"{line.unit_price_cny:,.2f}",
                f"{line.quantity * line.unit_price_cny:,.2f}",
            ]
        rows.append(cells)
    head = [N_("Kind"), N_("Specification"), N_("Room"), N_("Quantity")]
    money = [N_("Estimated price of one, CNY"), N_("Amount, CNY")]
    return Table(N_("Equipment"), head + (money if prices else []), rows)


def _signatures_table(look: Look, approvals: Sequence[RequestApproval]) -> Table:
    translate = look.lang.gettext
    people = people_names(look, [one.decided_by for one in approvals])
    return Table(
        N_("Signatures"),
        (N_("Role"), N_("Bureau"), N_("Decision"), N_("Person"), N_("Comment")),
        [
            (
                translate(word(one.role)),
                bureau_title(look, one.organisation_code),
                translate(DECISIONS[one.decision]) if one.decision else "—",
                people.get(one.decided_by or "", "—"),
                one.comment or "—",
            )
            for one in approvals
        ],
    )


def _similar_table(look: Look, similar: Sequence[EquipmentRequest]) -> Table:
    return Table(
        N_("The school has asked for the same before"),
        (N_("Number"), N_("Title"), N_("Status")),
        [
            (
                Link(one.number, f"/procurement/requests/{one.id}"),
                one.title,
                look.lang.gettext(word(one.state)),
            )
            for one in similar
        ],
    )


def _missing(
    look: Look, request: EquipmentRequest, approvals: Sequence[RequestApproval], similar: bool
) -> Sequence[str]:
    translate = look.lang.gettext
    if request.state in _OPEN:
        found = [translate(N_("The school puts it forward."))]
        if not request.quote_attachment_id:
            found.insert(0, translate(N_("No quote is attached yet.")))
        if similar:
            found.insert(0, translate(N_("Somebody looks at the similar requests.")))
        return found
    if request.state is RequestState.submitted:
        words = translate(N_("Signature of: {role}, {bureau}"))
        return [
            words.format(
                role=translate(word(one.role)), bureau=bureau_title(look, one.organisation_code)
            )
            for one in approvals
            if one.decision is None
        ]
    if request.state is RequestState.approved:
        return [translate(N_("Procurement takes it into a project."))]
    return ()


def _actions(
    look: Look, row: RequestRow, approvals: Sequence[RequestApproval], similar: bool
) -> Sequence[Action]:
    request, path = row.request, row.school.path
    here = f"/procurement/requests/{request.id}"
    found = []
    if may(look, Right.request, path):
        if request.state in _OPEN:
            seen = Entry("duplicates_seen", N_("I have looked at the similar requests"), "checkbox")
            fields = (_COMMENT, seen) if similar else (_COMMENT,)
            found.append(Action(f"{here}/submit", N_("Put forward"), fields, main=True))
            found.append(Action(f"{here}/edit", N_("Change the request"), link=True))
            file = Entry("file", N_("PDF or photo, at most 8 MB"), "file")
            found.append(Action(f"/procurement/quotes/{request.id}", N_("Attach a quote"), (file,)))
        if request.state in (*_OPEN, RequestState.submitted):
            found.append(Action(f"{here}/withdraw", N_("Withdraw"), (_COMMENT,)))
    if request.state is RequestState.submitted and _is_asked(look, request, approvals):
        choices = [Option(one.value, look.lang.gettext(DECISIONS[one])) for one in ApprovalDecision]
        decision = Entry("decision", N_("Decision"), "select", options=choices)
        found.insert(0, Action(f"{here}/decide", N_("Sign"), (decision, _COMMENT), main=True))
    if request.state is RequestState.approved and may(look, Right.manage, path):
        begin = f"/procurement/projects/new?requests={request.id}"
        found.append(Action(begin, N_("Begin a project with it"), main=True, link=True))
    return found


def _is_asked(look: Look, request: EquipmentRequest, approvals: Sequence[RequestApproval]) -> bool:
    """Whether the next signature is this person's."""
    waiting = next((one for one in approvals if one.decision is None), None)
    if waiting is None or look.caller.id in (request.created_by, request.submitted_by):
        return False
    if any(one.decided_by == look.caller.id for one in approvals):
        return False
    bureau = look.session.get_one(Organisation, waiting.organisation_code)
    return may(look, Right.approve, bureau.path) and waiting.role in actor_of(
        look.caller, Right.approve
    ).roles_at(bureau.path)
