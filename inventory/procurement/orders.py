"""Orders under a contract: never more pieces and never more money than it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from inventory.days import day_of
from inventory.errors import NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models.organisation import Organisation
from inventory.models.procurement_order import OrderLine, OrderState, PurchaseOrder
from inventory.models.procurement_project import (
    ProcurementProject,
    ProjectLine,
    ProjectStage,
    StageState,
)
from inventory.procurement.actor import Actor
from inventory.procurement.booking import book
from inventory.procurement.errors import (
    CeilingExceeded,
    ContractEnded,
    OwnRequest,
    StageNotReached,
    StepRefused,
    StillOpen,
)
from inventory.procurement.ledger import ACCEPT, Ledger, take_number
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import ProjectRepository
from inventory.procurement.wishes import check_lines, check_quantity, check_room, check_text
from inventory.schools.checks import check_open

_MAX_NAMES = 200
_MAX_CONCLUSION = 2_000
_S = OrderState


@dataclass(frozen=True, slots=True)
class OrderLineWish:
    """Pieces of one line of the contract, for a room if that is known."""

    project_line_id: str
    quantity: int
    room_id: str | None = None


class OrderDesk:
    """Steps of one person about orders; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._orders = OrderRepository(session, actor.scope)
        self._projects = ProjectRepository(session, actor.scope)

    def place(
        self,
        project_id: str,
        school_code: str,
        wishes: Sequence[OrderLineWish],
        *,
        expected_on: date | None = None,
        comment: str = "",
    ) -> PurchaseOrder:
        """Order for one school at the prices of the contract.

        Raises:
            NotFound: no such project, school, line of the contract, room of the school.
            OutOfScope: the school is not the person's, or not the contract's.
            SchoolClosed: it has.
            StageNotReached: no contract yet, or acceptance has begun.
            ContractEnded: its last day is over.
            CeilingExceeded: more pieces or more money than the contract still holds.
            Invalid: no line, or a quantity out of its limits.
        """
        # The row of the contract is held until the end: two orders never take the same rest.
        project = self._projects.to_change(project_id)
        if project is None:
            raise NotFound(what="project", key=project_id)
        self._check_school(project, school_code)
        stages = self._projects.stages(project.id)
        if stages[ProjectStage.contract].state is not StageState.approved:
            raise StageNotReached(stage=_S.placed, before=ProjectStage.contract)
        if stages[ProjectStage.completion_acceptance].state is not StageState.waiting:
            raise StepRefused(
                key=project.number, state=stages[ProjectStage.completion_acceptance].state
            )
        if project.valid_until is not None and project.valid_until < day_of(self._now):
            raise ContractEnded(key=project.contract_number, day=project.valid_until.isoformat())
        order = PurchaseOrder(
            id=new_id("o"),
            number=take_number(self._session, "DD", self._now),
            project_id=project.id,
            school_code=school_code,
            total_cny=Decimal(0),
            placed_by=self._actor.id,
            placed_at=self._now,
            expected_on=expected_on,
        )
        lines = self._lines(project, order, wishes)
        with self._ledger.step(order, "place", comment=comment) as step:
            step.create(order)
            step.create(*lines)
            step.rest_on(project, stages[ProjectStage.contract])
        return order

    def cancel(self, order_id: str, comment: str) -> PurchaseOrder:
        """Give an order up of which nothing has come; the contract gets its pieces back.

        Raises:
            NotFound: no such order.
            StepRefused: it is closed, accepted or cancelled.
            StillOpen: something was delivered: then it is closed instead.
            Invalid: without a word.
        """
        order = self._in_state(order_id, _S.placed)
        check_text("comment", comment, _MAX_CONCLUSION)
        delivered = sum(count.delivered for count in self._orders.counts(order.id))
        if delivered or self._orders.deliveries(order.id):
            raise StillOpen(key=order.number, count=delivered)
        with self._ledger.step(order, "cancel", comment=comment) as step:
            step.change(order)
            order.state = _S.cancelled
        return order

    def close(self, order_id: str, comment: str) -> PurchaseOrder:
        """Expect nothing more; what has not come goes back to the contract.

        Raises:
            NotFound: no such order.
            StepRefused: it is closed, accepted or cancelled.
            StillOpen: nothing has come: then it is cancelled instead.
            Invalid: without a word.
        """
        order = self._in_state(order_id, _S.placed)
        check_text("comment", comment, _MAX_CONCLUSION)
        counts = self._orders.counts(order.id)
        if not any(count.delivered for count in counts):
            raise StillOpen(key=order.number, count=sum(one.line.quantity for one in counts))
        deliveries = self._orders.deliveries(order.id)
        with self._ledger.step(order, "close", comment=comment) as step:
            step.change(order, *(count.line for count in counts))
            for count in counts:
                count.line.quantity = count.delivered
            order.total_cny = sum(
                (one.line.quantity * one.line.unit_price_cny for one in counts), Decimal(0)
            )
            order.state = _S.closed
            step.rest_on(*(came for one in deliveries for came in one[1]))
        return order

    def accept(
        self, order_id: str, *, inspectors: str, conclusion: str, accepted_on: date
    ) -> PurchaseOrder:
        """Say that the contract was kept (履约验收): all has come and is unpacked.

        Raises:
            NotFound: no such order.
            StepRefused: it is accepted or cancelled.
            StillOpen: pieces have not come, or are not unpacked.
            OwnRequest: the person has placed the order.
            Invalid: no names, or no conclusion.
            OutsideProgramme: a programme pays it that does not cover the year.
        """
        order = self._in_state(order_id, _S.placed, _S.closed)
        if order.placed_by == self._actor.id:
            raise OwnRequest(key=order.number)
        missing = sum(one.line.quantity - one.received for one in self._orders.counts(order.id))
        if missing:
            raise StillOpen(key=order.number, count=missing)
        with self._ledger.step(order, ACCEPT, comment=conclusion) as step:
            step.change(order)
            order.inspectors = check_text("inspectors", inspectors, _MAX_NAMES)
            order.conclusion = check_text("conclusion", conclusion, _MAX_CONCLUSION)
            order.accepted_on, order.state = accepted_on, _S.accepted
            step.rest_on(*(item for item, _ in self._orders.items(order.id)))
        project = self._session.get_one(ProcurementProject, order.project_id)
        book(self._session, project, order, self._actor.id)
        return order

    def _in_state(self, order_id: str, *allowed: OrderState) -> PurchaseOrder:
        order = self._orders.to_change(order_id)
        if order is None:
            raise NotFound(what="order", key=order_id)
        # Who gives pieces back waits for who takes the rest, and the other way round.
        self._session.get(ProcurementProject, order.project_id, with_for_update=True)
        if order.state not in allowed:
            raise StepRefused(key=order.number, state=order.state)
        return order

    def _check_school(self, project: ProcurementProject, school_code: str) -> None:
        school = self._actor.school(self._session, school_code)
        bureau = self._session.get_one(Organisation, project.organisation_code)
        if not school.path.startswith(bureau.path):
            raise OutOfScope(key=school_code)
        check_open(school, day_of(self._now))

    def _lines(
        self, project: ProcurementProject, order: PurchaseOrder, wishes: Sequence[OrderLineWish]
    ) -> list[OrderLine]:
        check_lines(len(wishes))
        known = {line.id: line for line in self._projects.lines(project.id)}
        drawn, spent = self._projects.drawn(project.id)
        left = {one.id: one.quantity - drawn.get(one.id, 0) for one in known.values()}
        lines: list[OrderLine] = []
        for position, wish in enumerate(wishes, 1):
            of: ProjectLine | None = known.get(wish.project_line_id)
            if of is None:
                raise NotFound(what="project_line", key=wish.project_line_id)
            quantity = check_quantity(wish.quantity)
            if quantity > left[of.id]:
                raise CeilingExceeded(key=of.name, wanted=quantity, left=left[of.id])
            left[of.id] -= quantity
            lines.append(
                OrderLine(
                    id=new_id("x"),
                    order_id=order.id,
                    position=position,
                    project_line_id=of.id,
                    room_id=check_room(self._session, wish.room_id, order.school_code),
                    quantity=quantity,
                    unit_price_cny=of.unit_price_cny,
                )
            )
        order.total_cny = sum((one.quantity * one.unit_price_cny for one in lines), Decimal(0))
        rest = (project.ceiling_cny or Decimal(0)) - spent
        if order.total_cny > rest:
            raise CeilingExceeded(key=project.number, wanted=order.total_cny, left=rest)
        return lines
