"""Questions about what repairs took."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import and_, col, or_, select

from alerts.models import Ticket
from alerts.repositories import TicketRepository
from alerts.work.models import SparePart, TicketCheck, TicketItem, TicketLink
from inventory.errors import NotFound
from inventory.models import School
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
        """Parts in the stock of a ticket's school and of the bureaus above it, by name.

        Raises:
            NotFound: no such ticket within the scope.
        """
        ticket = TicketRepository(self._session, self._scope).get(ticket_id)
        if ticket is None:
            raise NotFound(what="ticket", key=ticket_id)
        path = self._session.get_one(School, ticket.school_code).path
        bureaus = path.strip("/").split("/")[:-1]
        theirs = and_(
            col(SparePart.school_code).is_(None), col(SparePart.organisation_code).in_(bureaus)
        )
        # A bureau's own ticket stands at a school only because its hours are those of one.
        if ticket.organisation_code is None:
            theirs = or_(theirs, col(SparePart.school_code) == ticket.school_code)
        return self._session.exec(
            select(SparePart)
            .where(
                theirs,
                SparePart.quantity > 0,
                col(SparePart.withdrawn_at).is_(None),
            )
            .order_by(col(SparePart.name), col(SparePart.id))
        ).all()
