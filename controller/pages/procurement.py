"""Lists of procurement, and steps that are taken back."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from controller.errors import NotFound
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import taken
from controller.pages.views.movement_documents import (
    MovementDocument,
    disposal_document,
    transfer_document,
)
from controller.pages.views.procurement import Document
from controller.pages.views.procurement_lists import Wanted, procurement_list
from controller.pages.views.procurement_order import order_document
from controller.pages.views.procurement_project import project_document
from controller.pages.views.procurement_request import request_document
from controller.procuring import actor_of, procurement_scope
from inventory.models import Subject
from inventory.procurement.entries import EntryRepository
from inventory.procurement.ledger import MAX_COMMENT, Ledger

router = APIRouter(prefix="/procurement")
#: Of each subject: its page, what that shows, and the list it is on.
_DOCUMENTS: Mapping[
    Subject, tuple[str, Callable[[Look, str], Document | MovementDocument], str]
] = {
    Subject.request: ("procured", request_document, "/procurement?tab=requests"),
    Subject.project: ("procured", project_document, "/procurement?tab=projects"),
    Subject.order: ("procured", order_document, "/procurement?tab=orders"),
    Subject.transfer: ("movements/document.html", transfer_document, "/procurement/transfers"),
    Subject.disposal: ("movements/document.html", disposal_document, "/procurement/disposals"),
}


@router.get("")
def lists_page(
    *,
    look: Looking,
    tab: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=32)] = "",
    form: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Requests, projects or orders; who only unpacks comes to the orders first."""
    return look.show("procurement", procurement_list(look, Wanted(tab, q, state, form), page))


@router.post("/{subject}/{key}/undo/{entry_id}")
def undo(
    subject: str,
    key: str,
    entry_id: int,
    look: Looking,
    reason: Annotated[str, Form(max_length=MAX_COMMENT)] = "",
) -> Response:
    """Take a step back by a counter-entry.

    Raises:
        NotFound: no such step within the caller's scope.
    """
    entries = EntryRepository(look.session, procurement_scope(look.caller))
    entry = entries.get(entry_id)
    if entry is None or (f"{entry.subject.value}s", entry.subject_id) != (subject, key):
        raise NotFound
    right, about = entry.right, entry.subject
    page, show, home = _DOCUMENTS[about]
    # Without its first step there is no document any more.
    first = entries.of(about, key)[0].id == entry_id
    there = home if first else f"/procurement/{subject}/{key}"

    def act() -> str:
        Ledger(look.session, actor_of(look.caller, right), look.now).undo(entry_id, reason)
        return there

    return taken(look, act, lambda fault: look.show(page, show(look, key).refused(fault, "", {})))
