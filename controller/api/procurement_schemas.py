"""What the procurement routes take and answer; amounts are CNY with two places."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from controller.api.schemas import Schema
from drivers.readings import Kind
from inventory.models import (
    ApprovalDecision,
    Level,
    ProjectForm,
    ProjectStage,
    RequestState,
    Right,
    Role,
    Stage,
    StageState,
    Subject,
)
from inventory.procurement.projects import MOST_REQUESTS
from inventory.procurement.wishes import MAX_QUANTITY, MOST_LINES

Id = Annotated[str, Field(max_length=20)]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Pieces = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
Text = Annotated[str, Field(max_length=2_000)]
Line = Annotated[str, Field(max_length=200)]


class Body(BaseModel):
    """Base of every body; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class EntryOut(Schema):
    """One step of the ledger; ``undoes_id`` names the step that a counter-entry takes back."""

    id: int
    subject: Subject
    subject_id: str
    step: str
    at: datetime
    actor_id: str
    role: Role
    right: Right
    comment: str
    undoes_id: int | None


class WordIn(Body):
    """A word to a step; some steps demand one."""

    comment: Text = ""


class UndoIn(Body):
    """Why a step is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class ApproverBody(Schema):
    """One signature: a role at the school's bureau of a level."""

    role: Role
    level: Level


class RouteBody(Schema):
    """Who approves requests of some schools between two amounts; no stages: all of them."""

    name: Line
    approvers: list[ApproverBody]
    stages: tuple[Stage, ...] = ()
    affiliation: Level | None = None
    amount_from: Money = Decimal(0)
    amount_below: Money | None = None


class RoutesBody(Body):
    """All routes in their order; the first one that fits counts."""

    routes: list[RouteBody] = Field(max_length=100)


class RequestLineIn(Body):
    """Some pieces of one kind, or of one model; the price of one is an estimate."""

    kind: Kind = Kind.unknown
    quantity: Pieces
    unit_price: Money
    catalogue_id: Id | None = None
    specification: Text = ""
    reason: Text = ""
    room_id: Id | None = None


class RequestIn(Body):
    """A request, whole."""

    title: Line
    reason: Text
    lines: list[RequestLineIn] = Field(min_length=1, max_length=MOST_LINES)
    quote_attachment_id: Id | None = None


class NewRequestIn(RequestIn):
    """A request of a school."""

    school_code: Annotated[str, Field(max_length=32)]


class SubmitIn(WordIn):
    """``duplicates_seen``: similar requests were looked at, and this one is wanted all the same."""

    duplicates_seen: bool = False


class DecideIn(WordIn):
    """A signature, or a refusal with its reason."""

    decision: ApprovalDecision


class RequestOut(Schema):
    """One request."""

    id: str
    number: str
    school_code: str
    title: str
    reason: str
    state: RequestState
    total_cny: Decimal
    created_by: str
    created_at: datetime
    submitted_at: datetime | None
    round: int
    duplicates_seen: str
    quote_attachment_id: str | None
    project_id: str | None


class RequestLineOut(Schema):
    """Some pieces that are asked for."""

    id: str
    kind: Kind
    catalogue_id: str | None
    specification: str
    quantity: int
    unit_price_cny: Decimal
    reason: str
    room_id: str | None


class ApprovalOut(Schema):
    """One signature of this round, given or waited for."""

    position: int
    role: Role
    organisation_code: str
    decision: ApprovalDecision | None
    decided_by: str | None
    decided_at: datetime | None
    comment: str


class RequestDetail(RequestOut):
    """One request with its lines, its signatures, similar requests and every step."""

    lines: list[RequestLineOut]
    approvals: list[ApprovalOut]
    duplicates: list[RequestOut]
    entries: list[EntryOut]


class ProjectLineIn(Body):
    """Pieces to buy."""

    name: Line
    kind: Kind
    quantity: Pieces
    unit_price: Money
    catalogue_id: Id | None = None
    warranty_months: Annotated[int, Field(ge=0, le=240)] = 0


class ProjectIn(Body):
    """A project of a bureau, for approved requests or without any."""

    title: Line
    form: ProjectForm
    organisation_code: Annotated[str, Field(max_length=32)]
    budget: Money
    lines: list[ProjectLineIn] = Field(min_length=1, max_length=MOST_LINES)
    request_ids: list[Id] = Field(default=[], max_length=MOST_REQUESTS)


class ContractIn(Body):
    """What was signed; all orders together never cost more than ``ceiling``."""

    tender_number: Line
    contract_number: Line
    supplier: Line
    ceiling: Money
    signed_on: date
    valid_until: date | None = None


class StageIn(Body):
    """A stage to put forward; ``contract`` belongs to the stage of that name alone."""

    note: Annotated[str, Field(min_length=1, max_length=4_000)]
    contract: ContractIn | None = None


class StageOut(Schema):
    """One stage."""

    stage: ProjectStage
    state: StageState
    note: str
    submitted_by: str | None
    submitted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None


class ProjectOut(Schema):
    """One project."""

    id: str
    number: str
    title: str
    form: ProjectForm
    organisation_code: str
    budget_cny: Decimal
    tender_number: str
    contract_number: str
    supplier: str
    ceiling_cny: Decimal | None
    signed_on: date | None
    valid_until: date | None
    created_at: datetime


class ProjectLineOut(Schema):
    """What the contract holds, and how much of it is ordered."""

    id: str
    name: str
    kind: Kind
    catalogue_id: str | None
    quantity: int
    drawn: int
    unit_price_cny: Decimal
    warranty_months: int


class ProjectDetail(ProjectOut):
    """One project with stages, lines, what is drawn on it, and every step."""

    stages: list[StageOut]
    lines: list[ProjectLineOut]
    drawn_cny: Decimal
    request_ids: list[str]
    entries: list[EntryOut]
