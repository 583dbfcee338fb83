"""What people write down about a repair; each entry is a line of the ticket's log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, select

from alerts.errors import LinkRefused, NotSplit, TransitionRefused
from alerts.models import Ticket, TicketEvent
from alerts.numbers import take_numbers
from alerts.repositories import TicketRepository
from alerts.sla.keeping import count_clocks
from alerts.states import STOPPED, TicketState
from alerts.tickets import TicketDesk
from alerts.work.checklists import Check
from alerts.work.models import ItemKind, SparePart, StockStep, TicketCheck, TicketItem, TicketLink
from alerts.work.movement import Movement
from inventory.errors import Invalid, NotFound
from inventory.ids import new_id
from inventory.models import Organisation, School
from inventory.scope import Scope

#: Pieces of one entry, minutes of one entry, yuan of one piece or bill.
MOST_PIECES, MOST_MINUTES, MOST_CNY = 1_000, 10_000, Decimal(10_000_000)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class WorkDesk:
    """One person who writes down what a repair took: within their scope, flushes, never commits.

    Every step raises ``NotFound`` for a ticket outside the scope, ``TransitionRefused`` for one
    that is closed, and ``Invalid`` for amounts and words out of bounds.
    """

    session: Session
    scope: Scope
    actor_id: str
    now: datetime

    def use_part(self, ticket_id: str, part_id: str, pieces: int) -> TicketItem:
        """Take parts from the stock of the ticket's school, or of a bureau above it.

        Raises:
            NotFound: no such part there.
            OutOfStock: there are fewer.
        """
        ticket = self._open(ticket_id)
        _bounded("quantity", pieces, MOST_PIECES)
        part = self.session.get(SparePart, part_id)
        if part is None or part.withdrawn_at is not None or not self._supplies(part, ticket):
            raise NotFound(what="part", key=part_id)
        self._moves(StockStep.used, ticket).move(part, -pieces)
        item = self._item(ticket, ItemKind.part, part.name, pieces, part.unit_cost_cny)
        item.part_id = part.id
        return self._kept(ticket, item, "part_used", f"{part.name} × {pieces}")

    def buy_part(
        self, ticket_id: str, name: str, pieces: int, unit_cost: Decimal | None
    ) -> TicketItem:
        """Note a part that was bought for this repair."""
        ticket = self._open(ticket_id)
        _bounded("quantity", pieces, MOST_PIECES)
        item = self._item(ticket, ItemKind.part, _name(name), pieces, _cost(unit_cost))
        return self._kept(ticket, item, "part_used", f"{item.name} × {pieces}")

    def note_labour(self, ticket_id: str, minutes: int, what: str) -> TicketItem:
        """Note how long somebody worked."""
        ticket = self._open(ticket_id)
        _bounded("minutes", minutes, MOST_MINUTES)
        item = self._item(ticket, ItemKind.labour, _name(what, needed=False), minutes, None)
        return self._kept(ticket, item, "labour_noted", f"{minutes} min {item.name}".strip())

    def call_supplier(
        self, ticket_id: str, name: str, *, cost: Decimal | None, claim_number: str
    ) -> TicketItem:
        """Note that a supplier repairs it; with a claim's number on the warranty."""
        ticket = self._open(ticket_id)
        item = self._item(ticket, ItemKind.supplier, _name(name), 1, _cost(cost))
        item.claim_number = claim_number.strip()
        words = " · ".join(filter(None, (item.name, item.claim_number)))
        return self._kept(ticket, item, "supplier_called", words)

    def remove(self, ticket_id: str, item_id: str) -> None:
        """Take back an entry that was wrong; parts go back into their stock.

        Raises:
            NotFound: the ticket has no such entry.
        """
        ticket = self._open(ticket_id)
        item = self.session.get(TicketItem, item_id)
        if item is None or item.ticket_id != ticket.id:
            raise NotFound(what="entry", key=item_id)
        if item.part_id is not None:
            part = self.session.get_one(SparePart, item.part_id)
            self._moves(StockStep.put_back, ticket).move(part, item.quantity)
        self.session.delete(item)
        self.session.flush()
        self._line(ticket, "entry_removed", f"{item.name} × {item.quantity}")
        self._cost_of(ticket)

    def check(self, ticket_id: str, check: Check, *, done: bool) -> None:
        """Tick a line of the checklist off, or not after all."""
        ticket = self._open(ticket_id)
        row = self.session.get(TicketCheck, (ticket.id, check.value))
        if done is (row is not None):
            return
        if row is None:
            self.session.add(
                TicketCheck(
                    ticket_id=ticket.id, code=check.value, at=self.now, actor_id=self.actor_id
                )
            )
        else:
            self.session.delete(row)
        self._line(ticket, "checked" if done else "unchecked", check.value)

    def link(self, ticket_id: str, number: int) -> Ticket:
        """Say that another ticket belongs to it; saying it again changes nothing.

        Raises:
            NotFound: no ticket of that number within the scope.
            LinkRefused: it is the same ticket.
        """
        ticket = self._tickets.held(ticket_id)
        other = self._tickets.by_number(number)
        if other is None:
            raise NotFound(what="ticket", key=str(number))
        if other.id == ticket.id:
            raise LinkRefused(number=number)
        if self._tie(ticket, other):
            self._line(ticket, "linked", f"#{other.number}")
            self._line(other, "linked", f"#{ticket.number}")
        return other

    def unlink(self, ticket_id: str, number: int) -> None:
        """Say that another ticket does not belong to it after all; both logs keep both lines.

        Raises:
            NotFound: no ticket of that number within the scope belongs to it.
        """
        ticket = self._tickets.held(ticket_id)
        other = self._tickets.by_number(number)
        tie = None if other is None else self._tied(ticket, other)
        if other is None or tie is None:
            raise NotFound(what="ticket", key=str(number))
        self._untie(ticket, other, tie)

    def undo_split(self, ticket_id: str, number: int) -> Ticket:
        """Take back that a ticket was split off: it is merged into the one it came from.

        Its number has been told to people, so it is closed, not deleted; what was written about it
        stays with it. Taking back the merge brings it back.

        Raises:
            NotFound: no ticket of that number within the scope.
            NotSplit: it was not split off from this one, or is done.
            MergeRefused: this one is done.
        """
        part = self._tickets.by_number(number)
        if part is None:
            raise NotFound(what="ticket", key=str(number))
        held = {one: self._tickets.held(one) for one in sorted({ticket_id, part.id})}
        ticket, tie = held[ticket_id], self._tied(held[ticket_id], part)
        if tie is None or part.state in STOPPED or number not in self.split_off(ticket_id):
            raise NotSplit(number=number)
        TicketDesk(self.session, self.scope, self.actor_id, self.now).merge(
            part.id, ticket.number, told="split_undone"
        )
        self.session.delete(tie)
        self.session.flush()
        return part

    def split_off(self, ticket_id: str) -> frozenset[int]:
        """Numbers of tickets that the log says were split off from it, and not taken back."""
        found = set[int]()
        for line in self._tickets.events(ticket_id):
            if line.kind == "split":
                found.add(int(line.text.removeprefix("#")))
            elif line.kind == "split_undone":
                found.discard(int(line.text.removeprefix("#")))
        return frozenset(found)

    def split(self, ticket_id: str, title: str) -> Ticket:
        """Make a ticket of its own of a second fault that was found at a repair."""
        ticket = self._open(ticket_id)
        [number] = take_numbers(self.session, 1)
        part = Ticket(
            id=new_id("t"),
            number=number,
            school_code=ticket.school_code,
            organisation_code=ticket.organisation_code,
            device_id=ticket.device_id,
            line_id=ticket.line_id,
            title=_name(title),
            severity=ticket.severity,
            impact=ticket.impact,
            urgency=ticket.urgency,
            category=ticket.category,
            origin=ticket.origin,
            opened_at=self.now,
        )
        self.session.add(part)
        self.session.flush()
        self._tie(ticket, part)
        self._line(part, "opened", f"#{ticket.number}")
        self._line(ticket, "split", f"#{part.number}")
        count_clocks(self.session, [part], self.now)
        return part

    @property
    def _tickets(self) -> TicketRepository:
        return TicketRepository(self.session, self.scope)

    def _open(self, ticket_id: str) -> Ticket:
        ticket = self._tickets.held(ticket_id)
        if ticket.state is TicketState.closed:
            raise TransitionRefused(
                number=ticket.number, before=ticket.state, after=TicketState.in_progress
            )
        return ticket

    def _moves(self, step: StockStep, ticket: Ticket) -> Movement:
        return Movement(self.session, self.actor_id, self.now, step, ticket.id)

    def _supplies(self, part: SparePart, ticket: Ticket) -> bool:
        if part.school_code is not None:
            return part.school_code == ticket.school_code and ticket.organisation_code is None
        bureau = self.session.get_one(Organisation, part.organisation_code)
        return self.session.get_one(School, ticket.school_code).path.startswith(bureau.path)

    def _tied(self, ticket: Ticket, other: Ticket) -> TicketLink | None:
        first, second = sorted((ticket.id, other.id))
        return self.session.get(TicketLink, (first, second))

    def _untie(self, ticket: Ticket, other: Ticket, tie: TicketLink) -> None:
        self.session.delete(tie)
        self._line(ticket, "unlinked", f"#{other.number}")
        self._line(other, "unlinked", f"#{ticket.number}")

    def _tie(self, ticket: Ticket, other: Ticket) -> bool:
        if self._tied(ticket, other) is not None:
            return False
        first, second = sorted((ticket.id, other.id))
        self.session.add(TicketLink(ticket_id=first, other_id=second))
        self.session.flush()
        return True

    def _item(
        self, ticket: Ticket, kind: ItemKind, name: str, quantity: int, cost: Decimal | None
    ) -> TicketItem:
        return TicketItem(
            id=new_id("ti"),
            ticket_id=ticket.id,
            kind=kind,
            at=self.now,
            actor_id=self.actor_id,
            name=name,
            quantity=quantity,
            unit_cost_cny=cost,
        )

    def _kept(self, ticket: Ticket, item: TicketItem, kind: str, text: str) -> TicketItem:
        self.session.add(item)
        self.session.flush()
        self._line(ticket, kind, text)
        self._cost_of(ticket)
        return item

    def _line(self, ticket: Ticket, kind: str, text: str) -> None:
        self.session.add(
            TicketEvent(
                ticket_id=ticket.id, at=self.now, kind=kind, actor_id=self.actor_id, text=text
            )
        )
        self.session.flush()

    def _cost_of(self, ticket: Ticket) -> None:
        """Keep what the repair cost beside the ticket, where renewal planning looks for it."""
        items = self.session.exec(select(TicketItem).where(TicketItem.ticket_id == ticket.id)).all()
        ticket.cost_cny = cost_of(items)
        self.session.add(ticket)
        self.session.flush()


def cost_of(items: Sequence[TicketItem]) -> Decimal | None:
    """What entries cost together; ``None`` where none of them has a cost."""
    costs = [one.quantity * one.unit_cost_cny for one in items if one.unit_cost_cny is not None]
    return sum(costs, Decimal(0)) if costs else None


def _bounded(field: str, amount: int, most: int) -> None:
    if not 1 <= amount <= most:
        raise Invalid(field=field, reason=f"{amount} (1-{most})")


def _cost(amount: Decimal | None) -> Decimal | None:
    if amount is None:
        return None
    if not amount.is_finite() or not 0 <= amount <= MOST_CNY:
        raise Invalid(field="cost", reason=str(amount))
    return amount.quantize(Decimal("0.01"))


def _name(text: str, *, needed: bool = True) -> str:
    text = text.strip()
    if (needed and not text) or len(text) > _LONGEST:
        raise Invalid(field="name", reason=text[:_LONGEST])
    return text
