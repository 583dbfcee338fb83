"""Questions about orders, deliveries, and what is in stock."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from drivers.readings import Kind
from inventory.models import Device, Lifecycle
from inventory.models.organisation import School
from inventory.models.procurement_order import (
    Delivery,
    DeliveryLine,
    OrderLine,
    OrderState,
    PurchaseOrder,
    ReceivedItem,
)
from inventory.models.procurement_project import ProcurementProject, ProjectLine
from inventory.procurement.document_rows import DocumentRepository
from inventory.repositories.scoped import Page


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with its school and its contract."""

    order: PurchaseOrder
    school: School
    project: ProcurementProject


@dataclass(frozen=True, slots=True)
class LineCount:
    """Pieces of one line: ordered, delivered, unpacked."""

    line: OrderLine
    of: ProjectLine
    delivered: int
    received: int


@dataclass(frozen=True, slots=True)
class Coming:
    """Pieces of one line of an order that were ordered and are not unpacked."""

    order: PurchaseOrder
    of: ProjectLine
    school: School
    supplier: str
    pieces: int


class OrderRepository(DocumentRepository[PurchaseOrder]):
    """Orders of schools within the caller's scope."""

    _model = PurchaseOrder

    def row(self, order_id: str) -> OrderRow | None:
        found = self._session.exec(self._joined().where(PurchaseOrder.id == order_id)).one_or_none()
        return None if found is None else OrderRow(*found)

    def of_project(self, project_id: str) -> Sequence[PurchaseOrder]:
        """Orders under one contract, the oldest first."""
        return self._session.exec(
            select(PurchaseOrder)
            .where(PurchaseOrder.project_id == project_id, self._visible())
            .order_by(col(PurchaseOrder.number))
        ).all()

    def counts(self, order_id: str) -> Sequence[LineCount]:
        """Its lines in their order, with what has come of each."""
        delivered = self._summed(
            select(DeliveryLine.order_line_id, func.sum(DeliveryLine.quantity))
            .join(OrderLine, col(OrderLine.id) == DeliveryLine.order_line_id)
            .where(OrderLine.order_id == order_id)
            .group_by(DeliveryLine.order_line_id)
        )
        received = self._summed(
            select(ReceivedItem.order_line_id, func.count())
            .join(OrderLine, col(OrderLine.id) == ReceivedItem.order_line_id)
            .where(OrderLine.order_id == order_id)
            .group_by(ReceivedItem.order_line_id)
        )
        rows = self._session.exec(
            select(OrderLine, ProjectLine)
            .join(ProjectLine, col(ProjectLine.id) == OrderLine.project_line_id)
            .join(PurchaseOrder, col(PurchaseOrder.id) == OrderLine.order_id)
            .where(OrderLine.order_id == order_id, self._visible())
            .order_by(col(OrderLine.position))
        ).all()
        return [
            LineCount(line, of, delivered.get(line.id, 0), received.get(line.id, 0))
            for line, of in rows
        ]

    def deliveries(self, order_id: str) -> Sequence[tuple[Delivery, Sequence[DeliveryLine]]]:
        """What came, the oldest first."""
        found = self._session.exec(
            select(Delivery)
            .join(PurchaseOrder, col(PurchaseOrder.id) == Delivery.order_id)
            .where(Delivery.order_id == order_id, self._visible())
            .order_by(col(Delivery.recorded_at), col(Delivery.id))
        ).all()
        lines = self._session.exec(
            select(DeliveryLine).where(
                col(DeliveryLine.delivery_id).in_([delivery.id for delivery in found])
            )
        ).all()
        return [(one, [line for line in lines if line.delivery_id == one.id]) for one in found]

    def delivery(self, delivery_id: str) -> Delivery | None:
        return self._session.exec(
            select(Delivery)
            .join(PurchaseOrder, col(PurchaseOrder.id) == Delivery.order_id)
            .where(Delivery.id == delivery_id, self._visible())
        ).one_or_none()

    def item(self, item_id: str) -> tuple[ReceivedItem, PurchaseOrder] | None:
        """One unpacked piece and the order it came with."""
        return self._session.exec(
            select(ReceivedItem, PurchaseOrder)
            .join(OrderLine, col(OrderLine.id) == ReceivedItem.order_line_id)
            .join(PurchaseOrder, col(PurchaseOrder.id) == OrderLine.order_id)
            .where(ReceivedItem.id == item_id, self._visible())
        ).one_or_none()

    def item_of(self, device_id: str) -> tuple[ReceivedItem, PurchaseOrder] | None:
        """The unpacked piece that a device is, and the order it came with."""
        item = self._session.exec(
            select(ReceivedItem.id).where(ReceivedItem.device_id == device_id)
        ).one_or_none()
        return None if item is None else self.item(item)

    def items(self, order_id: str) -> Sequence[tuple[ReceivedItem, Device]]:
        """Pieces that were unpacked, with the devices they are, in the order of unpacking."""
        return self._session.exec(
            select(ReceivedItem, Device)
            .join(Device, col(Device.id) == ReceivedItem.device_id)
            .join(OrderLine, col(OrderLine.id) == ReceivedItem.order_line_id)
            .join(PurchaseOrder, col(PurchaseOrder.id) == OrderLine.order_id)
            .where(OrderLine.order_id == order_id, self._visible())
            .order_by(col(ReceivedItem.received_at), col(ReceivedItem.id))
        ).all()

    def stock(self, school: str) -> Mapping[Kind, int]:
        """Devices of a school that stand in its store, by kind."""
        rows = self._session.exec(
            select(col(Device.kind), func.count())
            .where(
                Device.school_code == school,
                Device.lifecycle == Lifecycle.in_stock,
                self._at_visible_school(Device.school_code),
            )
            .group_by(col(Device.kind))
            .order_by(col(Device.kind))
        ).all()
        return dict(rows)

    def expected(self, kinds: Collection[Kind]) -> Mapping[tuple[str, Kind], int]:
        """Pieces of these kinds that were ordered and are not unpacked, by school and kind."""
        living = self._living(kinds)
        place = (col(PurchaseOrder.school_code), col(ProjectLine.kind))
        ordered = (
            select(*place, func.sum(OrderLine.quantity))
            .join(OrderLine, col(OrderLine.order_id) == PurchaseOrder.id)
            .join(ProjectLine, col(ProjectLine.id) == OrderLine.project_line_id)
        )
        unpacked = (
            select(*place, func.count())
            .join(OrderLine, col(OrderLine.order_id) == PurchaseOrder.id)
            .join(ProjectLine, col(ProjectLine.id) == OrderLine.project_line_id)
            .join(ReceivedItem, col(ReceivedItem.order_line_id) == OrderLine.id)
        )
        found: Counter[tuple[str, Kind]] = Counter()
        for query, sign in ((ordered, 1), (unpacked, -1)):
            for school, kind, count in self._session.exec(query.where(*living).group_by(*place)):
                found[school, kind] += sign * int(count)
        return +found

    def coming(self, kinds: Collection[Kind]) -> Sequence[Coming]:
        """The same line by line, what is expected first before the rest."""
        unpacked = (
            select(func.count())
            .where(ReceivedItem.order_line_id == OrderLine.id)
            .correlate(OrderLine)
            .scalar_subquery()
        )
        pieces = col(OrderLine.quantity) - unpacked
        query: Any = (
            select(PurchaseOrder, ProjectLine, School, ProcurementProject.supplier)
            .add_columns(pieces)
            .join(OrderLine, col(OrderLine.order_id) == PurchaseOrder.id)
            .join(ProjectLine, col(ProjectLine.id) == OrderLine.project_line_id)
            .join(ProcurementProject, col(ProcurementProject.id) == PurchaseOrder.project_id)
            .join(School, col(School.code) == PurchaseOrder.school_code)
            .where(*self._living(kinds), pieces > 0)
            .order_by(
                col(PurchaseOrder.expected_on).asc().nulls_last(),
                col(PurchaseOrder.number),
                col(OrderLine.position),
            )
        )
        return [Coming(*row) for row in self._session.exec(query)]

    def registered_as_ordered(self, kinds: Collection[Kind]) -> Sequence[tuple[School, Kind, int]]:
        """Devices of these kinds that the register knows as ordered, by school and kind."""
        query: Any = (
            select(School, col(Device.kind), func.count())
            .select_from(Device)
            .join(School, col(School.code) == Device.school_code)
            .where(
                Device.lifecycle == Lifecycle.ordered,
                col(Device.is_personal).is_(False),
                col(Device.kind).in_(kinds),
                self._at_visible_school(Device.school_code),
            )
            .group_by(col(School.code), col(Device.kind))
            .order_by(col(School.path), col(Device.kind))
        )
        return [(school, kind, count) for school, kind, count in self._session.exec(query)]

    def _living(self, kinds: Collection[Kind]) -> Sequence[Any]:
        """SQL for orders that may still bring pieces of these kinds."""
        return (
            col(PurchaseOrder.state).in_((OrderState.placed, OrderState.closed)),
            col(ProjectLine.kind).in_(kinds),
            self._visible(),
        )

    def page(
        self,
        *,
        states: Collection[OrderState] = (),
        school: str | None = None,
        project: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> Page[OrderRow]:
        """One page, the youngest first; ``search`` looks into number, supplier, project."""
        wanted: list[Any] = []
        if states:
            wanted.append(col(PurchaseOrder.state).in_(states))
        if school:
            wanted.append(PurchaseOrder.school_code == school)
        if project:
            wanted.append(PurchaseOrder.project_id == project)
        if search.strip():
            text = search.strip()
            named = select(ProcurementProject.id).where(
                col(ProcurementProject.title).icontains(text, autoescape=True)
                | col(ProcurementProject.supplier).icontains(text, autoescape=True)
            )
            wanted.append(
                col(PurchaseOrder.number).icontains(text, autoescape=True)
                | col(PurchaseOrder.project_id).in_(named)
            )
        order = (col(PurchaseOrder.placed_at).desc(), col(PurchaseOrder.id).desc())
        page = self._ids(wanted, order, offset, limit)
        query = self._joined().where(col(PurchaseOrder.id).in_(page.items)).order_by(*order)
        return Page([OrderRow(*row) for row in self._session.exec(query)], page.total)

    def _summed(self, statement: Any) -> Mapping[str, int]:
        return {line: int(count) for line, count in self._session.exec(statement).all()}

    def _joined(self) -> Any:
        return (
            select(PurchaseOrder, School, ProcurementProject)
            .join(School, col(School.code) == PurchaseOrder.school_code)
            .join(ProcurementProject, col(ProcurementProject.id) == PurchaseOrder.project_id)
            .where(self._visible())
        )
