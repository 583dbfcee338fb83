"""People who procure, and short ways through their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from drivers.readings import Kind
from inventory.models import (
    Device,
    Level,
    Organisation,
    ProcurementProject,
    ProjectForm,
    ProjectStage,
    PurchaseOrder,
    Right,
    Role,
    Room,
    School,
    Stage,
    User,
)
from inventory.procurement.actor import Actor
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.orders import OrderDesk, OrderLineWish
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import Contract, ProjectDesk, ProjectLineWish, ProjectWish
from inventory.procurement.receiving import ReceivingDesk, Scan
from inventory.procurement.requests import RequestDesk
from inventory.procurement.wishes import LineWish, RequestWish
from inventory.scope import Scope

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 9, 1)
CITY, COUNTY = "/33/", "/33/3304/"
PRIMARY, JUNIOR, SENIOR = "PRIMARY", "JUNIOR", "SENIOR"
ALL = Scope.everything()


def at(path: str, login: str, role: Role, right: Right) -> Actor:
    return Actor(f"u-{login}", right, ((role, path),))


TEACHER = at("/33/3304/PRIMARY/", "teacher", Role.school_admin, Right.request)
NEIGHBOUR = at("/33/3304/JUNIOR/", "neighbour", Role.school_admin, Right.request)
HEAD_OF_SENIOR = at("/33/SENIOR/", "senior", Role.school_admin, Right.request)
COUNTY_IT = at(COUNTY, "county", Role.county_it, Right.approve)
CITY_IT = at(CITY, "city", Role.city_it, Right.approve)
SHOPPER = at(COUNTY, "shopper", Role.procurement, Right.manage)
CITY_SHOPPER = at(CITY, "buyer", Role.procurement, Right.manage)
TECHNICIAN = at(COUNTY, "technician", Role.technician, Right.receive)
EVERYBODY = (
    TEACHER,
    NEIGHBOUR,
    HEAD_OF_SENIOR,
    COUNTY_IT,
    CITY_IT,
    SHOPPER,
    CITY_SHOPPER,
    TECHNICIAN,
)


def found(session: Session) -> None:
    """A city with a county, three schools with a room each, and people."""
    session.add(Organisation(code="33", name="宁波市", level=Level.city, path=CITY))
    session.flush()
    session.add(
        Organisation(code="3304", name="某县", level=Level.county, parent_code="33", path=COUNTY)
    )
    session.flush()
    for code, above, path, stage in (
        (PRIMARY, "3304", f"{COUNTY}PRIMARY/", Stage.primary),
        (JUNIOR, "3304", f"{COUNTY}JUNIOR/", Stage.junior_secondary),
        (SENIOR, "33", f"{CITY}SENIOR/", Stage.senior_secondary),
    ):
        session.add(School(code=code, name=code, organisation_code=above, path=path, stage=stage))
        session.flush()
        session.add(Room(id=f"r-{code}", school_code=code, name="101"))
    for actor in EVERYBODY:
        session.add(User(id=actor.id, login=actor.id[2:], name=actor.id[2:], password_hash="-"))
    session.flush()


@dataclass(frozen=True)
class Steps:
    """Desks of one session, at one time."""

    session: Session
    now: datetime = NOW

    def later(self, **span: float) -> "Steps":
        return Steps(self.session, self.now + timedelta(**span))

    def requests(self, actor: Actor) -> RequestDesk:
        return RequestDesk(self.session, actor, self.now)

    def projects(self, actor: Actor) -> ProjectDesk:
        return ProjectDesk(self.session, actor, self.now)

    def orders(self, actor: Actor) -> OrderDesk:
        return OrderDesk(self.session, actor, self.now)

    def receiving(self, actor: Actor) -> ReceivingDesk:
        return ReceivingDesk(self.session, actor, self.now)

    def project(
        self,
        quantity: int = 10,
        price: str = "1000.00",
        *,
        form: ProjectForm = ProjectForm.tender,
        budget: str = "1000000.00",
        by: Actor = SHOPPER,
        organisation: str = "3304",
        request_ids: Sequence[str] = (),
    ) -> ProcurementProject:
        line = ProjectLineWish("一体机", Kind.whiteboard, quantity, Decimal(price))
        return self.projects(by).create(
            ProjectWish("多媒体更新", form, organisation, Decimal(budget), [line], request_ids)
        )

    def pass_stage(
        self,
        project: ProcurementProject,
        stage: ProjectStage,
        *,
        ceiling: str = "1000000.00",
        by: Actor = SHOPPER,
        signed_by: Actor = COUNTY_IT,
    ) -> None:
        contract = None
        if stage is ProjectStage.contract:
            contract = Contract("ZB-1", "HT-1", "某公司", Decimal(ceiling), TODAY)
        self.projects(by).submit_stage(project.id, stage, "已论证", contract)
        self.projects(signed_by).approve_stage(project.id, stage)

    def contracted(
        self, quantity: int = 10, price: str = "1000.00", *, ceiling: str = "1000000.00"
    ) -> ProcurementProject:
        """A project under contract."""
        project = self.project(quantity, price)
        for stage in STAGES[: STAGES.index(ProjectStage.contract) + 1]:
            self.pass_stage(project, stage, ceiling=ceiling)
        return project

    def order(
        self, project: ProcurementProject, quantity: int, *, school: str = PRIMARY
    ) -> PurchaseOrder:
        [line] = ProjectRepository(self.session, ALL).lines(project.id)
        return self.orders(SHOPPER).place(project.id, school, [OrderLineWish(line.id, quantity)])

    def line_of(self, order: PurchaseOrder) -> str:
        [count] = OrderRepository(self.session, ALL).counts(order.id)
        return count.line.id

    def deliver(self, order: PurchaseOrder, quantity: int) -> str:
        delivery = self.receiving(TECHNICIAN).deliver(
            order.id, {self.line_of(order): quantity}, arrived_on=TODAY
        )
        return delivery.id

    def unpack(self, order: PurchaseOrder, delivery: str, *serials: str) -> Sequence[Device]:
        scans = [Scan(serial) for serial in serials]
        return self.receiving(TECHNICIAN).receive(delivery, self.line_of(order), scans)


def wish(
    quantity: int = 2, price: str = "8000.00", kind: Kind = Kind.projector, title: str = "投影仪"
) -> RequestWish:
    return RequestWish(title, "原设备损坏", [LineWish(kind, quantity, Decimal(price))])
