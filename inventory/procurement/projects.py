"""Projects: from approved requests to a contract, and on to the evaluation, stage by stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from drivers.readings import Kind
from inventory.errors import Invalid, NotFound, OutOfScope
from inventory.ids import new_id
from inventory.models.organisation import Organisation, School
from inventory.models.procurement_order import OrderState, PurchaseOrder
from inventory.models.procurement_project import (
    ProcurementProject,
    ProjectForm,
    ProjectLine,
    ProjectStage,
    ProjectStageRow,
    StageState,
)
from inventory.models.procurement_request import EquipmentRequest, RequestState
from inventory.money.amounts import amount
from inventory.procurement.actor import Actor
from inventory.procurement.errors import (
    CeilingExceeded,
    OwnRequest,
    StageNotReached,
    StepRefused,
    StillOpen,
)
from inventory.procurement.ledger import Ledger, Step, take_number
from inventory.procurement.order_rows import OrderRepository
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.request_rows import RequestRepository
from inventory.procurement.wishes import (
    check_lines,
    check_model,
    check_price,
    check_quantity,
    check_text,
)
from inventory.scope import Scope

MOST_REQUESTS = 500
MAX_WARRANTY_MONTHS = 240
_MAX_NOTE = 4_000
_MAX_TITLE = 120
_MAX_NUMBER = 64
_Stages = Mapping[ProjectStage, ProjectStageRow]


@dataclass(frozen=True, slots=True)
class ProjectLineWish:
    """Pieces to buy; ``unit_price`` in CNY."""

    name: str
    kind: Kind
    quantity: int
    unit_price: Decimal
    catalogue_id: str | None = None
    warranty_months: int = 0


@dataclass(frozen=True, slots=True)
class ProjectWish:
    """A project to begin; ``budget`` in CNY."""

    title: str
    form: ProjectForm
    organisation_code: str
    budget: Decimal
    lines: Sequence[ProjectLineWish]
    request_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What was signed; all orders together never cost more than ``ceiling`` CNY."""

    tender_number: str
    contract_number: str
    supplier: str
    ceiling: Decimal
    signed_on: date
    valid_until: date | None = None


class ProjectDesk:
    """Steps of one person about projects; flushes, never commits."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._ledger = Ledger(session, actor, now)
        self._projects = ProjectRepository(session, actor.scope)
        self._requests = RequestRepository(session, actor.scope)

    def create(self, wish: ProjectWish) -> ProcurementProject:
        """Begin a project, out of approved requests of schools below its bureau or without any.

        Raises:
            NotFound: no such bureau, request, model.
            OutOfScope: the bureau is not the person's, or a school is not the bureau's.
            StepRefused: a request is not approved, or part of a project already.
            Invalid: a text, quantity or price out of its limits, or lines beyond the budget.
        """
        bureau = self._session.get(Organisation, wish.organisation_code)
        if bureau is None:
            raise NotFound(what="organisation", key=wish.organisation_code)
        if not self._actor.scope.covers(bureau.path):
            raise OutOfScope(key=wish.organisation_code)
        budget = amount(wish.budget, "budget_cny")
        row = ProcurementProject(
            id=new_id("j"),
            number=take_number(self._session, "XM", self._now),
            title=check_text("title", wish.title, _MAX_TITLE),
            form=wish.form,
            organisation_code=bureau.code,
            budget_cny=budget,
            created_by=self._actor.id,
            created_at=self._now,
        )
        lines = self._lines(row, wish.lines)
        total = sum((one.quantity * one.unit_price_cny for one in lines), Decimal(0))
        if not 0 < total <= budget:
            raise Invalid(field="budget_cny", reason=f"{budget} (≥ {total})")
        if len(wish.request_ids) > MOST_REQUESTS:
            raise Invalid(
                field="request_ids", reason=f"{len(wish.request_ids)} (0-{MOST_REQUESTS})"
            )
        with self._ledger.step(row, "create") as step:
            step.create(row)
            step.create(*lines)
            step.create(*(ProjectStageRow(project_id=row.id, stage=stage) for stage in STAGES))
            for request_id in sorted(set(wish.request_ids)):
                self._take_in(step, row, bureau, request_id)
        return row

    def submit_stage(
        self,
        project_id: str,
        stage: ProjectStage,
        note: str,
        contract: Contract | None = None,
    ) -> ProjectStageRow:
        """Put a stage forward for approval.

        Args:
            project_id: of the project.
            stage: the one whose turn it is.
            note: what was worked out, decided or found; never empty.
            contract: of the stage ``contract``, and of no other.

        Raises:
            NotFound: no such project.
            OutOfScope: the project is another bureau's.
            StageNotReached: the stage before is not approved.
            StepRefused: it was put forward or approved already.
            StillOpen: acceptance before every order is accepted.
            CeilingExceeded: the contract costs more than the budget.
            Invalid: no note, or what belongs to the contract is missing.
        """
        project = self._project(project_id)
        stages = self._projects.stages(project.id)
        row = self._turn(project, stages, stage, StageState.waiting)
        words = check_text("note", note, _MAX_NOTE)
        if (contract is None) == (stage is ProjectStage.contract):
            raise Invalid(field="contract", reason=stage.value)
        orders = self._ended(project) if stage is ProjectStage.completion_acceptance else ()
        with self._ledger.step(project, f"submit_{stage.value}") as step:
            step.change(row, project)
            if contract is not None:
                self._sign(project, contract)
            row.state, row.note = StageState.submitted, words
            row.submitted_by, row.submitted_at = self._actor.id, self._now
            self._rest_on_earlier(step, stages, stage)
            step.rest_on(*orders)
        return row

    def approve_stage(
        self, project_id: str, stage: ProjectStage, comment: str = ""
    ) -> ProjectStageRow:
        """Approve a stage that was put forward.

        Raises:
            NotFound: no such project.
            OutOfScope: the project is another bureau's.
            StageNotReached: the stage before is not approved.
            StepRefused: it was not put forward, or is approved already.
            OwnRequest: the person has put it forward.
        """
        project, row, stages = self._submitted(project_id, stage)
        with self._ledger.step(project, f"approve_{stage.value}", comment=comment) as step:
            step.change(row)
            row.state = StageState.approved
            row.approved_by, row.approved_at = self._actor.id, self._now
            self._rest_on_earlier(step, stages, stage)
        return row

    def return_stage(self, project_id: str, stage: ProjectStage, comment: str) -> ProjectStageRow:
        """Give a stage that was put forward back, to be worked on.

        Raises:
            NotFound: no such project.
            OutOfScope: the project is another bureau's.
            StageNotReached: the stage before is not approved.
            StepRefused: it was not put forward.
            OwnRequest: the person has put it forward.
            Invalid: without a word.
        """
        project, row, stages = self._submitted(project_id, stage)
        check_text("comment", comment, _MAX_NOTE)
        with self._ledger.step(project, f"return_{stage.value}", comment=comment) as step:
            step.change(row)
            row.state = StageState.waiting
            self._rest_on_earlier(step, stages, stage)
        return row

    def _submitted(
        self, project_id: str, stage: ProjectStage
    ) -> tuple[ProcurementProject, ProjectStageRow, _Stages]:
        project = self._project(project_id)
        stages = self._projects.stages(project.id)
        row = self._turn(project, stages, stage, StageState.submitted)
        if row.submitted_by == self._actor.id:
            raise OwnRequest(key=project.number)
        return project, row, stages

    def _project(self, project_id: str) -> ProcurementProject:
        row = self._projects.to_change(project_id)
        if row is None:
            raise NotFound(what="project", key=project_id)
        # A framework of the bureau above is seen, and drawn on, but not led from here.
        bureau = self._session.get_one(Organisation, row.organisation_code)
        self._actor.role_at(bureau.path)
        return row

    @staticmethod
    def _turn(
        project: ProcurementProject,
        stages: _Stages,
        stage: ProjectStage,
        wanted: StageState,
    ) -> ProjectStageRow:
        place = STAGES.index(stage)
        for before in STAGES[:place]:
            if stages[before].state is not StageState.approved:
                raise StageNotReached(stage=stage, before=before)
        row = stages[stage]
        if row.state is not wanted:
            raise StepRefused(key=project.number, state=row.state)
        return row

    @staticmethod
    def _rest_on_earlier(step: Step, stages: _Stages, stage: ProjectStage) -> None:
        step.rest_on(*(stages[before] for before in STAGES[: STAGES.index(stage)]))

    def _ended(self, project: ProcurementProject) -> Sequence[PurchaseOrder]:
        # All of them, whoever placed them: a framework is drawn on by many.
        orders = OrderRepository(self._session, Scope.everything()).of_project(project.id)
        alive = [order for order in orders if order.state is not OrderState.cancelled]
        waiting = [order for order in alive if order.state is not OrderState.accepted]
        if waiting or not alive:
            raise StillOpen(key=project.number, count=len(waiting))
        return orders

    @staticmethod
    def _sign(project: ProcurementProject, contract: Contract) -> None:
        ceiling = amount(contract.ceiling, "ceiling_cny")
        if ceiling <= 0:
            raise Invalid(field="ceiling_cny", reason=str(ceiling))
        if ceiling > project.budget_cny:
            raise CeilingExceeded(key=project.number, wanted=ceiling, left=project.budget_cny)
        if contract.valid_until is not None and contract.valid_until < contract.signed_on:
            raise Invalid(field="valid_until", reason=contract.valid_until.isoformat())
        project.tender_number = check_text("tender_number", contract.tender_number, _MAX_NUMBER)
        project.contract_number = check_text(
            "contract_number", contract.contract_number, _MAX_NUMBER
        )
        project.supplier = check_text("supplier", contract.supplier, _MAX_TITLE)
        project.ceiling_cny = ceiling
        project.signed_on, project.valid_until = contract.signed_on, contract.valid_until

    def _take_in(
        self, step: Step, project: ProcurementProject, bureau: Organisation, request_id: str
    ) -> None:
        request: EquipmentRequest | None = self._requests.to_change(request_id)
        if request is None:
            raise NotFound(what="request", key=request_id)
        school = self._session.get_one(School, request.school_code)
        if not school.path.startswith(bureau.path):
            raise OutOfScope(key=school.code)
        if request.state is not RequestState.approved:
            raise StepRefused(key=request.number, state=request.state)
        step.change(request)
        request.state, request.project_id = RequestState.planned, project.id

    def _lines(
        self, project: ProcurementProject, wishes: Sequence[ProjectLineWish]
    ) -> list[ProjectLine]:
        check_lines(len(wishes))
        for wish in wishes:
            if not 0 <= wish.warranty_months <= MAX_WARRANTY_MONTHS:
                raise Invalid(
                    field="warranty_months",
                    reason=f"{wish.warranty_months} (0-{MAX_WARRANTY_MONTHS})",
                )
        return [
            ProjectLine(
                id=new_id("n"),
                project_id=project.id,
                position=position,
                name=check_text("name", wish.name, _MAX_TITLE),
                kind=check_model(self._session, wish.catalogue_id, wish.kind),
                catalogue_id=wish.catalogue_id,
                quantity=check_quantity(wish.quantity),
                unit_price_cny=check_price(wish.unit_price),
                warranty_months=wish.warranty_months,
            )
            for position, wish in enumerate(wishes, 1)
        ]
