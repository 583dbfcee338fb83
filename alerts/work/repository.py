"""Questions about what repairs took, and the stock of parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import col, or_, select

from alerts.models import Ticket
from alerts.repositories import TicketRepository
from alerts.work.models import SparePart, TicketCheck, TicketItem, TicketLink
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models import Organisation, School
from inventory.repositories.scoped import Repository


@dataclass(frozen=True, slots=True)
class Work:
    """Everything written down about one repair."""

    items: Sequence[TicketItem]
    links: Sequence[Ticket]
    checked: frozenset[str]


class WorkRepository(Repository):
    """What repairs within the caller's scope took."""

    def of(self, ticket_id: str) -> Work:
        """What is written about a ticket; of linked tickets those within the scope.

        Raises:
            NotFound: no such ticket within the scope.
        """
        tickets = TicketRepository(self._session, self._scope)
        if tickets.get(ticket_id) is None:
            raise NotFound(what="ticket", key=ticket_id)
        items = self._session.exec(
            select(TicketItem)
            .where(TicketItem.ticket_id == ticket_id)
            .order_by(col(TicketItem.at), col(TicketItem.id))
        ).all()
        ties = self._session.exec(
            select(TicketLink).where(
                or_(col(TicketLink.ticket_id) == ticket_id, col(TicketLink.other_id) == ticket_id)
            )
        )
        others = {tie.other_id if tie.ticket_id == ticket_id else tie.ticket_id for tie in ties}
        found = [tickets.get(other) for other in others]
        links = sorted((one for one in found if one is not None), key=lambda one: one.number)
        codes = self._session.exec(
            select(TicketCheck.code).where(TicketCheck.ticket_id == ticket_id)
        )
        return Work(items, links, frozenset(codes))

    def parts_for(self, ticket_id: str) -> Sequence[SparePart]:
        """Parts in the stock of the bureaus above a ticket's school, by name.

        Raises:
            NotFound: no such ticket within the scope.
        """
        ticket = TicketRepository(self._session, self._scope).get(ticket_id)
        if ticket is None:
            raise NotFound(what="ticket", key=ticket_id)
        path = self._session.get_one(School, ticket.school_code).path
        bureaus = path.strip("/").split("/")[:-1]
        return self._session.exec(
            select(SparePart)
            .where(col(SparePart.organisation_code).in_(bureaus), SparePart.quantity > 0)
            .order_by(col(SparePart.name), col(SparePart.id))
        ).all()


class StockRepository(Repository):
    """Parts in the stock of bureaus within the caller's scope."""

    def all(self) -> Sequence[SparePart]:
        """Every sort of part, by bureau and name."""
        return self._session.exec(
            select(SparePart)
            .join(Organisation, col(Organisation.code) == col(SparePart.organisation_code))
            .where(self._scope.condition(col(Organisation.path)))
            .order_by(col(SparePart.organisation_code), col(SparePart.name), col(SparePart.id))
        ).all()

    def add(
        self, organisation_code: str, *, name: str, unit_cost: Decimal, quantity: int
    ) -> SparePart:
        """Begin to keep a sort of part.

        Raises:
            NotFound: no such bureau.
            OutOfScope: the bureau is outside the scope.
            Invalid: it has no name.
        """
        bureau = self._session.get(Organisation, organisation_code)
        if bureau is None:
            raise NotFound(what="organisation", key=organisation_code)
        if not self._scope.covers(bureau.path):
            raise OutOfScope(key=organisation_code)
        part = SparePart(
            id=new_id("sp"),
            organisation_code=organisation_code,
            name=_named(name),
            unit_cost_cny=unit_cost,
            quantity=quantity,
        )
        return self._save(part)

    def change(self, part_id: str, *, name: str, unit_cost: Decimal, quantity: int) -> SparePart:
        """Say what there is now, as somebody has counted it.

        Raises:
            NotFound: no such part within the scope.
            Invalid: it has no name.
        """
        part = self._session.get(SparePart, part_id)
        if part is None:
            raise NotFound(what="part", key=part_id)
        bureau = self._session.get_one(Organisation, part.organisation_code)
        if not self._scope.covers(bureau.path):
            raise NotFound(what="part", key=part_id)
        part.name, part.unit_cost_cny, part.quantity = _named(name), unit_cost, quantity
        return self._save(part)


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid(field="name", reason="")
    return name.strip()
