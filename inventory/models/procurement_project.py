"""Projects: what is bought under one contract, and the stages it passes."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import UtcDateTime, text_enum


class ProjectForm(StrEnum):
    """How the supplier is found."""

    #: Tendered once for many, drawn on by counties and schools (统招分签).
    framework = "framework"
    tender = "tender"


class ProjectStage(StrEnum):
    """Stages in their order (Zibo plan: 技术标准、规划论证、资金预算、竣工验收、运行维护)."""

    technical_standard = "technical_standard"
    planning_review = "planning_review"
    budget = "budget"
    contract = "contract"
    completion_acceptance = "completion_acceptance"
    operation = "operation"
    evaluation = "evaluation"


class StageState(StrEnum):
    """Where a stage is."""

    waiting = "waiting"
    submitted = "submitted"
    approved = "approved"


class ProcurementProject(SQLModel, table=True):
    """One project of a bureau; contract and amounts in CNY are there from their stages on."""

    __tablename__ = "procurement_project"

    id: str = Field(primary_key=True, max_length=20)
    number: str = Field(unique=True, max_length=20)
    title: str = Field(max_length=120)
    form: ProjectForm = Field(sa_type=text_enum(ProjectForm))
    organisation_code: str = Field(foreign_key="organisation.code", index=True)
    budget_cny: Decimal = Field(max_digits=14, decimal_places=2)
    created_by: str = Field(foreign_key="app_user.id", max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    tender_number: str = Field(default="", max_length=64)
    contract_number: str = Field(default="", max_length=64)
    supplier: str = Field(default="", max_length=120)
    #: All orders together never cost more.
    ceiling_cny: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    signed_on: date | None = None
    #: The last day orders may be placed.
    valid_until: date | None = None
    #: The budget that accepted orders are accounted to; both or none.
    programme_id: str | None = Field(
        default=None, foreign_key="programme.id", index=True, max_length=20
    )
    budget_category: str | None = Field(default=None, max_length=32)


class ProjectStageRow(SQLModel, table=True):
    """One stage of one project: who put it forward, who approved it, when."""

    __tablename__ = "project_stage"

    project_id: str = Field(primary_key=True, foreign_key="procurement_project.id", max_length=20)
    stage: ProjectStage = Field(primary_key=True, sa_type=text_enum(ProjectStage))
    state: StageState = Field(default=StageState.waiting, sa_type=text_enum(StageState))
    note: str = Field(default="", max_length=4000)
    submitted_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ProjectLine(SQLModel, table=True):
    """What the contract holds: all orders together never take more pieces of it."""

    __tablename__ = "project_line"

    id: str = Field(primary_key=True, max_length=20)
    project_id: str = Field(foreign_key="procurement_project.id", index=True, max_length=20)
    position: int
    name: str = Field(max_length=120)
    kind: Kind = Field(sa_type=text_enum(Kind))
    catalogue_id: str | None = Field(default=None, foreign_key="catalogue_model.id", index=True)
    quantity: int
    unit_price_cny: Decimal = Field(max_digits=14, decimal_places=2)
    warranty_months: int = 0
