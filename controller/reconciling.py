"""The job that keeps the work list of contradictions, and what people say to it with a ticket."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.tickets import TicketDesk
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.jobs import Transactions
from controller.language import Language
from controller.procuring import actor_of
from controller.words.reconciliation import KINDS, SEEN_THERE
from inventory.errors import NotFound
from inventory.models import (
    Contradiction,
    Device,
    ItemState,
    ReconciliationItem,
    Resolution,
    Right,
)
from inventory.procurement.transfers import TransferDesk
from inventory.reconciliation.contradictions import contradictions
from inventory.reconciliation.desk import MAX_NOTE, ReconciliationDesk, Said
from inventory.reconciliation.repository import ReconciliationRepository
from inventory.reconciliation.worklist import changes, note_versions, unknown_versions, write

#: Rows written in one transaction.
_AT_ONCE = 300
#: New versions noted in one run at most; a register of 200,000 is learned in a few.
_LEARNED_AT_ONCE, _PORTIONS = 2_000, 60


def reconcile(missing_after: timedelta) -> Callable[[Transactions, datetime], None]:
    """The job; ``missing_after``: how long a device in service may be unseen."""

    def run(transactions: Transactions, now: datetime) -> None:
        for _ in range(_PORTIONS):
            with transactions.reading() as session:
                fresh = unknown_versions(session, _LEARNED_AT_ONCE)
            if not fresh:
                break
            with transactions.writing() as session:
                note_versions(session, fresh)
        with transactions.reading() as session:
            wanted = changes(session, contradictions(session, now, missing_after), now)
        for start in range(0, len(wanted), _AT_ONCE):
            with transactions.writing() as session:
                write(session, wanted[start : start + _AT_ONCE])

    return run


def resolve(
    session: Session, caller: Caller, item_id: str, said: Said, *, now: datetime, lang: Language
) -> ReconciliationItem:
    """As :meth:`ReconciliationDesk.resolve`; opens the ticket where one is wanted.

    A device that stands in another school is proposed to be transferred there, by the caller for
    the school that is the caller's; the other school agrees, or one and the same bureau's second
    person does.

    Raises:
        PermissionDenied: the caller opens no tickets, or proposes no transfers.
        DeviceBusy, NotInStock: the device cannot be transferred now.
    """
    scope = caller.require(Permission.manage_access)
    desk = ReconciliationDesk(session, scope, caller.id, now)
    item = ReconciliationRepository(session, scope).get(item_id)
    if item is None:
        raise NotFound(what="contradiction", key=item_id)
    if _moves_school(item, said):
        return desk.resolve(item_id, _transferred(session, caller, item, said, now=now, lang=lang))
    if said.resolution is not Resolution.ticket:
        return desk.resolve(item_id, said)
    if item.ticket_id is None:
        device = session.get(Device, item.device_id) if item.device_id else None
        ours = device is not None and device.school_code == item.school_code
        name = device.name if device is not None and ours else item.shown or item.place
        ticket = TicketDesk(session, caller.require(Permission.open_tickets), caller.id, now).open(
            item.school_code,
            f"{lang.gettext(KINDS[item.kind])}: {name}"[:200],
            description=" → ".join(filter(None, (item.registered, item.shown, item.place))),
            device_id=item.device_id if ours else None,
        )
        said = Said(said.resolution, said.note, ticket_id=ticket.id)
    else:
        said = Said(said.resolution, said.note, ticket_id=item.ticket_id)
    return desk.resolve(item_id, said)


def _moves_school(item: ReconciliationItem, said: Said) -> bool:
    open_yet = item.state not in (ItemState.resolved, ItemState.gone)
    accepts = said.resolution is Resolution.accept
    return open_yet and accepts and item.kind is Contradiction.wrong_school


def _transferred(
    session: Session,
    caller: Caller,
    item: ReconciliationItem,
    said: Said,
    *,
    now: datetime,
    lang: Language,
) -> Said:
    device = session.get(Device, item.device_id) if item.device_id else None
    if device is None:
        raise NotFound(what="device", key=item.device_id or "-")
    reason = said.note.strip() or lang.gettext(SEEN_THERE).format(place=item.place)
    desk = TransferDesk(session, actor_of(caller, Right.request), now)
    transfer = desk.propose(device.school_code, item.school_code, [device.id], reason)
    note = " ".join(filter(None, (transfer.number, said.note.strip())))[:MAX_NOTE]
    return replace(said, note=note, transfer_id=transfer.id)
