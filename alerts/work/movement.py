"""How many there are of a part changes in one statement, with a line of the part's story."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from alerts.errors import OutOfStock
from alerts.work.models import SparePart, StockEntry, StockStep


@dataclass(frozen=True, slots=True)
class Movement:
    """Why a number changes, and by whom; for a ticket, if there is one."""

    session: Session
    actor_id: str
    now: datetime
    step: StockStep
    ticket_id: str | None = None
    note: str = ""

    def move(self, part: SparePart, change: int) -> StockEntry:
        """So many more, or fewer.

        Raises:
            OutOfStock: there are not so many.
        """
        # In one statement: two people who take the last piece do not both have it.
        moved = self.session.connection().execute(
            update(SparePart)
            .where(col(SparePart.id) == part.id, col(SparePart.quantity) + change >= 0)
            .values(quantity=col(SparePart.quantity) + change)
        )
        self.session.refresh(part)
        if not moved.rowcount:
            raise OutOfStock(name=part.name, left=part.quantity)
        return self.noted(part, change)

    def noted(self, part: SparePart, change: int) -> StockEntry:
        """Write down what has changed; the part's number is that of now."""
        entry = StockEntry(
            part_id=part.id,
            at=self.now,
            actor_id=self.actor_id,
            step=self.step,
            change=change,
            quantity=part.quantity,
            ticket_id=self.ticket_id,
            note=self.note,
        )
        self.session.add(entry)
        self.session.flush()
        return entry
