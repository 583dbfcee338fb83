"""``/procurement/requests``, ``/routes``, ``/entries``: what schools ask for, and who agrees."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session

from controller.api.procurement_schemas import (
    ApprovalOut,
    ApproverBody,
    DecideIn,
    EntryOut,
    NewRequestIn,
    RequestDetail,
    RequestIn,
    RequestLineOut,
    RequestOut,
    RouteBody,
    RoutesBody,
    SubmitIn,
    UndoIn,
    WordIn,
)
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Search
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession
from controller.errors import NotFound
from controller.procuring import actor_of, check_signers, procurement_scope
from inventory.models import RequestState, Right, Subject
from inventory.models.base import utc_now
from inventory.procurement.entries import EntryRepository
from inventory.procurement.ledger import Ledger
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.requests import DUPLICATES_WITHIN, RequestDesk
from inventory.procurement.routes import Approver, Route, all_routes, set_routes
from inventory.procurement.wishes import LineWish, RequestWish
from inventory.scope import Scope

router = APIRouter(prefix="/procurement", tags=["procurement"], responses=PROBLEMS)


def scope_of(caller: CurrentCaller) -> Scope:
    """Where the caller sees procurement."""
    return procurement_scope(caller)


SeenScope = Annotated[Scope, Depends(scope_of)]


def entries_of(session: Session, scope: Scope, subject: Subject, key: str) -> list[EntryOut]:
    """Every step about a document."""
    return [EntryOut.model_validate(e) for e in EntryRepository(session, scope).of(subject, key)]


@router.get("/routes")
def list_routes(session: DbSession, _scope: SeenScope) -> RoutesBody:
    """Who approves what, in the order in which routes are tried."""
    return _routes(session)


@router.put("/routes")
def change_routes(session: DbSession, caller: CurrentCaller, body: RoutesBody) -> RoutesBody:
    """Let these routes count from now on; who sets them works for the whole city."""
    caller.require(Permission.manage_routes)
    routes = [
        Route(
            name=one.name,
            approvers=tuple(Approver(a.role, a.level) for a in one.approvers),
            stages=frozenset(one.stages),
            affiliation=one.affiliation,
            amount_from=one.amount_from,
            amount_below=one.amount_below,
        )
        for one in body.routes
    ]
    check_signers(routes)
    set_routes(session, routes)
    return _routes(session)


@router.get("/requests")
def list_requests(
    *,
    session: DbSession,
    scope: SeenScope,
    state: Annotated[list[RequestState] | None, Query()] = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    search: Search = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[RequestOut]:
    """Requests, the youngest first."""
    page = RequestRepository(session, scope).page(
        states=state or (), school=school, search=search, offset=offset, limit=limit
    )
    return Listed(
        items=[RequestOut.model_validate(row.request) for row in page.items], total=page.total
    )


@router.post("/requests", status_code=201)
def draft_request(session: DbSession, caller: CurrentCaller, body: NewRequestIn) -> RequestDetail:
    """Begin a request of a school; it is a draft until it is submitted."""
    row = _desk(session, caller, Right.request).draft(body.school_code, _wish(body))
    return _detail(session, procurement_scope(caller), row.id)


@router.get("/requests/{request_id}")
def show_request(session: DbSession, scope: SeenScope, request_id: str) -> RequestDetail:
    """One request."""
    return _detail(session, scope, request_id)


@router.put("/requests/{request_id}")
def change_request(
    session: DbSession, caller: CurrentCaller, request_id: str, body: RequestIn
) -> RequestDetail:
    """Write a draft, or a request that was sent back, anew."""
    _desk(session, caller, Right.request).change(request_id, _wish(body))
    return _detail(session, procurement_scope(caller), request_id)


@router.post("/requests/{request_id}/submit")
def submit_request(
    session: DbSession, caller: CurrentCaller, request_id: str, body: SubmitIn
) -> RequestDetail:
    """Ask for the signatures; 409 ``duplicates_unseen`` where the school has asked before."""
    _desk(session, caller, Right.request).submit(
        request_id, comment=body.comment, duplicates_seen=body.duplicates_seen
    )
    return _detail(session, procurement_scope(caller), request_id)


@router.post("/requests/{request_id}/withdraw")
def withdraw_request(
    session: DbSession, caller: CurrentCaller, request_id: str, body: WordIn
) -> RequestDetail:
    """Give a request up."""
    _desk(session, caller, Right.request).withdraw(request_id, body.comment)
    return _detail(session, procurement_scope(caller), request_id)


@router.post("/requests/{request_id}/decide")
def decide_request(
    session: DbSession, caller: CurrentCaller, request_id: str, body: DecideIn
) -> RequestDetail:
    """Approve, send back for changes, or reject, when it is the caller's turn."""
    _desk(session, caller, Right.approve).decide(request_id, body.decision, body.comment)
    return _detail(session, procurement_scope(caller), request_id)


@router.post("/entries/{entry_id}/undo")
def undo_entry(session: DbSession, caller: CurrentCaller, entry_id: int, body: UndoIn) -> EntryOut:
    """Take a step back by a counter-entry; 409 where later steps rest on it."""
    entry = EntryRepository(session, procurement_scope(caller)).get(entry_id)
    if entry is None:
        raise NotFound
    ledger = Ledger(session, actor_of(caller, entry.right), utc_now())
    return EntryOut.model_validate(ledger.undo(entry_id, body.reason))


def _desk(session: Session, caller: Caller, right: Right) -> RequestDesk:
    return RequestDesk(session, actor_of(caller, right), utc_now())


def _wish(body: RequestIn) -> RequestWish:
    return RequestWish(
        title=body.title,
        reason=body.reason,
        lines=[LineWish(**line.model_dump()) for line in body.lines],
        quote_attachment_id=body.quote_attachment_id,
    )


def _routes(session: Session) -> RoutesBody:
    return RoutesBody(
        routes=[
            RouteBody(
                name=route.name,
                approvers=[ApproverBody(role=a.role, level=a.level) for a in route.approvers],
                stages=tuple(sorted(route.stages)),
                affiliation=route.affiliation,
                amount_from=route.amount_from,
                amount_below=route.amount_below,
            )
            for route in all_routes(session)
        ]
    )


def _detail(session: Session, scope: Scope, request_id: str) -> RequestDetail:
    requests = RequestRepository(session, scope)
    row = requests.row(request_id)
    if row is None:
        raise NotFound
    request = row.request
    similar = requests.like(request, (request.submitted_at or utc_now()) - DUPLICATES_WITHIN)
    return RequestDetail(
        **RequestOut.model_validate(request).model_dump(),
        lines=[RequestLineOut.model_validate(line) for line in requests.lines(request_id)],
        approvals=[
            ApprovalOut.model_validate(one) for one in requests.approvals(request_id, request.round)
        ],
        duplicates=[RequestOut.model_validate(one) for one in similar],
        entries=entries_of(session, scope, Subject.request, request_id),
    )
