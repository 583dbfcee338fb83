"""Whatever people try in whatever order: no stage is skipped, no ceiling passed, no stock < 0."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection
from sqlmodel import Session, select

from drivers.readings import Kind
from inventory.errors import InventoryError
from inventory.models import (
    Device,
    Lifecycle,
    OrderState,
    ProcurementEntry,
    ProcurementProject,
    ProjectStage,
    PurchaseOrder,
    StageState,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import Contract
from tests.inventory.procurement.bureau import (
    ALL,
    COUNTY_IT,
    NOW,
    PRIMARY,
    SHOPPER,
    TECHNICIAN,
    TODAY,
    Steps,
    found,
)
from tests.migrated import in_memory

PRICE = Decimal("1000.00")
_engines = [in_memory()]
stages = st.sampled_from(STAGES)
few = st.integers(min_value=1, max_value=5)
pick = st.integers(min_value=0, max_value=30)
ACTORS = (SHOPPER, COUNTY_IT, TECHNICIAN)


class Procurement(RuleBasedStateMachine):
    """One contract, its orders and its devices; each rule tries, and may be refused."""

    connection: Connection
    session: Session

    @initialize(
        contracted=st.sampled_from([True, True, True, False]),
        limits=st.sampled_from([(5, Decimal("20000.00")), (20, Decimal("5000.00"))]),
    )
    def begin(self, contracted: bool, limits: tuple[int, Decimal]) -> None:
        self.pieces, self.ceiling = limits
        self.connection = _engines[0].connect()
        self.outermost = self.connection.begin()
        self.session = Session(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        found(self.session)
        self.steps = Steps(self.session)
        self.scans = 0
        self.project: ProcurementProject = (
            self.steps.contracted(self.pieces, str(PRICE), ceiling=str(self.ceiling))
            if contracted
            else self.steps.project(self.pieces, str(PRICE))
        )
        self.session.commit()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.outermost.rollback()
            self.connection.close()

    def attempt(self, step: Callable[[], object]) -> None:
        """A step is one transaction: a refused one leaves nothing behind."""
        try:
            step()
        except InventoryError:
            self.session.rollback()
        else:
            self.session.commit()

    @rule(stage=stages)
    def submit(self, stage: ProjectStage) -> None:
        contract = None
        if stage is ProjectStage.contract:
            contract = Contract("ZB", "HT", "公司", self.ceiling, TODAY)
        desk = self.steps.projects(SHOPPER)
        self.attempt(lambda: desk.submit_stage(self.project.id, stage, "x", contract))

    @rule(stage=stages)
    def approve(self, stage: ProjectStage) -> None:
        self.attempt(lambda: self.steps.projects(COUNTY_IT).approve_stage(self.project.id, stage))

    @rule(ahead=st.integers(min_value=0, max_value=2), approved=st.booleans())
    def hurry(self, ahead: int, approved: bool) -> None:
        """Close to the stage whose turn it is, where skipping one would be easiest."""
        rows = ProjectRepository(self.session, ALL).stages(self.project.id).values()
        done = sum(row.state is StageState.approved for row in rows)
        stage = STAGES[min(done + ahead, len(STAGES) - 1)]
        (self.approve if approved else self.submit)(stage)

    @rule(stage=stages)
    def give_back(self, stage: ProjectStage) -> None:
        desk = self.steps.projects(COUNTY_IT)
        self.attempt(lambda: desk.return_stage(self.project.id, stage, "x"))

    @rule(quantity=few)
    def order(self, quantity: int) -> None:
        # Taken back as a whole, a project has no lines to order from.
        if ProjectRepository(self.session, ALL).lines(self.project.id):
            self.attempt(lambda: self.steps.order(self.project, quantity))

    @rule(which=pick, quantity=few)
    def deliver(self, which: int, quantity: int) -> None:
        if (order := self.one_of(which)) is not None:
            self.attempt(lambda: self.steps.deliver(order, quantity))

    @rule(which=pick, count=few)
    def unpack(self, which: int, count: int) -> None:
        order = self.one_of(which)
        deliveries = OrderRepository(self.session, ALL).deliveries(order.id) if order else ()
        if order is None or not deliveries:
            return
        delivery = deliveries[which % len(deliveries)][0].id
        serials = [f"SN-{self.scans + number}" for number in range(count)]
        self.scans += count
        self.attempt(lambda: self.steps.unpack(order, delivery, *serials))

    @rule(which=pick)
    def put_in_service(self, which: int) -> None:
        order = self.one_of(which)
        items = OrderRepository(self.session, ALL).items(order.id) if order else ()
        if items:
            item = items[which % len(items)][0].id
            desk = self.steps.receiving(TECHNICIAN)
            self.attempt(lambda: desk.put_in_service(item, f"r-{PRIMARY}", "张"))

    @rule(which=pick, step=st.sampled_from(["close", "cancel", "accept"]))
    def end(self, which: int, step: str) -> None:
        order = self.one_of(which)
        if order is None:
            return
        if step == "accept":
            desk = self.steps.orders(TECHNICIAN)
            self.attempt(
                lambda: desk.accept(order.id, inspectors="王", conclusion="好", accepted_on=TODAY)
            )
        else:
            act = getattr(self.steps.orders(SHOPPER), step)
            self.attempt(lambda: act(order.id, "x"))

    @rule(which=pick)
    def take_back(self, which: int) -> None:
        entries = self.session.exec(select(ProcurementEntry)).all()
        entry = entries[-1 - which % len(entries)]
        for actor in ACTORS:
            if actor.right is entry.right and entry.id is not None:
                number = entry.id
                self.attempt(lambda: Ledger(self.session, actor, NOW).undo(number, "冲销"))  # noqa: B023

    def one_of(self, which: int) -> PurchaseOrder | None:
        orders = OrderRepository(self.session, ALL).of_project(self.project.id)
        return orders[which % len(orders)] if orders else None

    @invariant()
    def no_stage_is_skipped(self) -> None:
        if not hasattr(self, "project"):
            return
        rows = ProjectRepository(self.session, ALL).stages(self.project.id)
        states = [rows[stage].state for stage in STAGES] if rows else []
        begun = [state is not StageState.waiting for state in states]
        for place, started in enumerate(begun):
            if started:
                assert all(state is StageState.approved for state in states[:place])
        approved = [row for row in rows.values() if row.state is StageState.approved]
        assert all(row.approved_by and row.approved_at for row in approved)

    @invariant()
    def the_contract_is_never_overdrawn(self) -> None:
        if not hasattr(self, "project"):
            return
        drawn, spent = ProjectRepository(self.session, ALL).drawn(self.project.id)
        assert all(0 <= count <= self.pieces for count in drawn.values())
        assert Decimal(0) <= spent <= self.ceiling

    @invariant()
    def stock_is_never_negative(self) -> None:
        if not hasattr(self, "project"):
            return
        repository = OrderRepository(self.session, ALL)
        received = used = 0
        for order in repository.of_project(self.project.id):
            for count in repository.counts(order.id):
                assert 0 <= count.received <= count.delivered <= count.line.quantity
                if order.state is OrderState.cancelled:
                    assert count.delivered == 0
                received += count.received
        devices = self.session.exec(select(Device)).all()
        used = sum(device.lifecycle is Lifecycle.in_service for device in devices)
        stock = repository.stock(PRIMARY).get(Kind.whiteboard, 0)
        assert stock == received - used >= 0


Procurement.TestCase.settings = settings(max_examples=10, stateful_step_count=30)
TestProcurement = Procurement.TestCase
