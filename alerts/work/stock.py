"""Parts in the stock of bureaus and schools: what there is, what became of it, and who keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from alerts.errors import StockLeft, StockMoved
from alerts.models import Ticket
from alerts.repositories.bureaus import no_others_bureau
from alerts.work.models import SparePart, StockEntry, StockStep, TicketItem
from alerts.work.movement import Movement
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models import Organisation, School
from inventory.repositories.scoped import Repository
from inventory.scope import Scope

#: More pieces of one part than any bureau keeps.
MOST_IN_STOCK = 1_000_000
_LONGEST_NAME, _LONGEST_SHELF, _LONGEST_NOTE = 200, 100, 200
_STORY, _USES = 100, 50


class Use(NamedTuple):
    """A repair that took a part."""

    item: TicketItem
    ticket: Ticket
    school: School


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWords:
    """What somebody says of a part beside how many there are."""

    name: str
    unit_cost: Decimal
    low_mark: int = 0
    shelf: str = ""


class StockRepository(Repository):
    """Parts in the stock of bureaus and schools within the caller's scope.

    Args:
        above: parts of the bureaus above the scope, too, from which its schools are supplied.
    """

    def __init__(self, session: Session, scope: Scope, *, above: bool = False) -> None:
        super().__init__(session, scope)
        self._above = above

    def all(self, *, withdrawn: bool = False, bureau: str = "") -> Sequence[SparePart]:
        """Every sort of part that is kept, or that is not kept any more, by bureau and name."""
        query = (
            select(SparePart)
            .join(Organisation, col(Organisation.code) == col(SparePart.organisation_code))
            .outerjoin(School, col(School.code) == col(SparePart.school_code))
            .where(
                self._seen(),
                col(SparePart.withdrawn_at).is_not(None)
                if withdrawn
                else col(SparePart.withdrawn_at).is_(None),
            )
            .order_by(col(SparePart.organisation_code), col(SparePart.name), col(SparePart.id))
        )
        if bureau:
            query = query.where(SparePart.organisation_code == bureau)
        return self._session.exec(query).all()

    def get(self, part_id: str) -> SparePart:
        """One of them, withdrawn or not.

        Raises:
            NotFound: no such part within the scope.
        """
        part = self._session.exec(
            select(SparePart)
            .join(Organisation, col(Organisation.code) == col(SparePart.organisation_code))
            .outerjoin(School, col(School.code) == col(SparePart.school_code))
            .where(self._seen(), col(SparePart.id) == part_id)
        ).first()
        if part is None:
            raise NotFound(what="part", key=part_id)
        return part

    def story(self, part: SparePart) -> Sequence[StockEntry]:
        """How its number changed, the newest first."""
        return self._session.exec(
            select(StockEntry)
            .where(StockEntry.part_id == part.id)
            .order_by(col(StockEntry.id).desc())
            .limit(_STORY)
        ).all()

    def uses(self, part: SparePart, tickets: Scope) -> Sequence[Use]:
        """Repairs of schools within a scope that took it, the newest first."""
        rows = self._session.exec(
            select(TicketItem, Ticket, School)
            .join(Ticket, col(Ticket.id) == col(TicketItem.ticket_id))
            .join(School, col(School.code) == col(Ticket.school_code))
            .where(
                TicketItem.part_id == part.id,
                tickets.condition(col(School.path)),
                no_others_bureau(tickets, Ticket.organisation_code),
            )
            .order_by(col(TicketItem.at).desc(), col(TicketItem.id))
            .limit(_USES)
        )
        return [Use(*row) for row in rows]

    def _seen(self) -> ColumnElement[bool]:
        within = self._scope.condition(col(Organisation.path))
        if self._above:
            codes = {code for path in self._scope.prefixes for code in path.strip("/").split("/")}
            within = or_(within, col(Organisation.code).in_(sorted(codes)))
        # What a school keeps is nobody's beside it, but of those who look after the school.
        own = self._scope.condition(col(School.path))
        return or_(and_(col(SparePart.school_code).is_(None), within), own)


@dataclass(frozen=True, slots=True)
class StockDesk:
    """One person who keeps the stock within their scope; flushes, never commits.

    Every step but ``add`` raises ``NotFound`` for a part outside the scope, and all raise
    ``Invalid`` for words and amounts out of bounds.
    """

    session: Session
    scope: Scope
    actor_id: str
    now: datetime

    def add(
        self, organisation_code: str, words: PartWords, quantity: int = 0, *, school_code: str = ""
    ) -> SparePart:
        """Begin to keep a sort of part at a bureau, or at a school for itself alone.

        Raises:
            NotFound: no such bureau or school.
            OutOfScope: it is outside the scope.
        """
        if school_code:
            school = self.session.get(School, school_code)
            if school is None:
                raise NotFound(what="school", key=school_code)
            path, organisation_code = school.path, school.organisation_code
        else:
            bureau = self.session.get(Organisation, organisation_code)
            if bureau is None:
                raise NotFound(what="organisation", key=organisation_code)
            path = bureau.path
        if not self.scope.covers(path):
            raise OutOfScope(key=school_code or organisation_code)
        _within("quantity", quantity, 0)
        part = SparePart(
            id=new_id("sp"),
            organisation_code=organisation_code,
            school_code=school_code or None,
            name="",
            unit_cost_cny=Decimal(0),
            quantity=quantity,
            revision=0,
        )
        self._say(part, words)
        self._moves(StockStep.opened).noted(part, quantity)
        return part

    def change(self, part_id: str, words: PartWords) -> SparePart:
        """Say something else of it; how many there are stays."""
        return self._say(self._part(part_id), words)

    def receive(
        self, part_id: str, pieces: int, *, unit_cost: Decimal | None = None, note: str = ""
    ) -> SparePart:
        """More have come in; at another price, if one is said."""
        part = self._part(part_id)
        _within("pieces", pieces, 1)
        if part.quantity + pieces > MOST_IN_STOCK:
            raise Invalid(field="pieces", reason=str(pieces))
        self._moves(StockStep.received, note).move(part, pieces)
        if unit_cost is not None and unit_cost != part.unit_cost_cny:
            part.unit_cost_cny = unit_cost
            part.revision += 1
            self.session.add(part)
            self.session.flush()
        return part

    def count(
        self, part_id: str, pieces: int, *, knew: int | None = None, note: str = ""
    ) -> SparePart:
        """Somebody has counted them.

        Args:
            part_id: which.
            pieces: how many there are.
            knew: how many there were in the register when they counted.
            note: what they say of a difference.

        Raises:
            StockMoved: some were taken or brought since.
        """
        part = self._part(part_id)
        _within("pieces", pieces, 0)
        self.session.refresh(part, with_for_update=True)
        if knew is not None and knew != part.quantity:
            raise StockMoved(name=part.name, left=part.quantity)
        self._moves(StockStep.counted, note).move(part, pieces - part.quantity)
        return part

    def withdraw(self, part_id: str) -> SparePart:
        """Keep it no longer; what repairs took of it stays as it was noted.

        Raises:
            StockLeft: there are some left, which would be lost from sight.
        """
        part = self._part(part_id)
        self.session.refresh(part, with_for_update=True)
        if part.quantity:
            raise StockLeft(name=part.name, left=part.quantity)
        part.withdrawn_at = part.withdrawn_at or self.now
        return self._saved(part)

    def restore(self, part_id: str) -> SparePart:
        """Keep it again."""
        part = self._part(part_id)
        part.withdrawn_at = None
        return self._saved(part)

    def _part(self, part_id: str) -> SparePart:
        return StockRepository(self.session, self.scope).get(part_id)

    def _moves(self, step: StockStep, note: str = "") -> Movement:
        if len(note.strip()) > _LONGEST_NOTE:
            raise Invalid(field="note", reason=f"{len(note)} > {_LONGEST_NOTE}")
        return Movement(self.session, self.actor_id, self.now, step, note=note.strip())

    def _say(self, part: SparePart, words: PartWords) -> SparePart:
        _within("low_mark", words.low_mark, 0)
        name, shelf = words.name.strip(), words.shelf.strip()
        if not name or len(name) > _LONGEST_NAME:
            raise Invalid(field="name", reason=name[:_LONGEST_NAME])
        if len(shelf) > _LONGEST_SHELF:
            raise Invalid(field="shelf", reason=shelf[:_LONGEST_SHELF])
        part.name, part.shelf, part.low_mark = name, shelf, words.low_mark
        part.unit_cost_cny = words.unit_cost
        return self._saved(part)

    def _saved(self, part: SparePart) -> SparePart:
        part.revision += 1
        self.session.add(part)
        self.session.flush()
        return part


def _within(field: str, amount: int, least: int) -> None:
    if not least <= amount <= MOST_IN_STOCK:
        raise Invalid(field=field, reason=f"{amount} ({least}-{MOST_IN_STOCK})")
