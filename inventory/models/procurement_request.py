"""What schools ask for, and who has to agree."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from drivers.readings import Kind
from inventory.models.base import UtcDateTime, text_enum
from inventory.models.organisation import Level
from inventory.models.people import Role


class RequestState(StrEnum):
    """Where a request is."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    approved = "approved"
    rejected = "rejected"
    withdrawn = "withdrawn"
    planned = "planned"


class ApprovalDecision(StrEnum):
    """What an approver says."""

    approve = "approve"
    send_back = "send_back"
    reject = "reject"


class EquipmentRequest(SQLModel, table=True):
    """What one school asks for (设备申报)."""

    __tablename__ = "equipment_request"

    id: str = Field(primary_key=True, max_length=20)
    number: str = Field(unique=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    title: str = Field(max_length=120)
    reason: str = Field(max_length=2000)
    state: RequestState = Field(default=RequestState.draft, sa_type=text_enum(RequestState))
    total_cny: Decimal = Field(max_digits=14, decimal_places=2)
    created_by: str = Field(foreign_key="app_user.id", max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    submitted_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: How often it was submitted; each time asks all approvers anew.
    round: int = 0
    #: Numbers of similar requests that whoever submitted it has seen.
    duplicates_seen: str = Field(default="", max_length=2000)
    quote_attachment_id: str | None = Field(default=None, max_length=20)
    project_id: str | None = Field(
        default=None, foreign_key="procurement_project.id", index=True, max_length=20
    )


class RequestLine(SQLModel, table=True):
    """Some pieces of one kind; of one model of the catalogue, if the school knows which."""

    __tablename__ = "request_line"

    id: str = Field(primary_key=True, max_length=20)
    request_id: str = Field(foreign_key="equipment_request.id", index=True, max_length=20)
    position: int
    kind: Kind = Field(sa_type=text_enum(Kind))
    catalogue_id: str | None = Field(default=None, foreign_key="catalogue_model.id", index=True)
    specification: str = Field(default="", max_length=500)
    quantity: int
    unit_price_cny: Decimal = Field(max_digits=14, decimal_places=2)
    reason: str = Field(default="", max_length=500)
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True)


class RequestApproval(SQLModel, table=True):
    """One signature that a submitted request needs, as the route said when it was submitted."""

    __tablename__ = "request_approval"

    request_id: str = Field(primary_key=True, foreign_key="equipment_request.id", max_length=20)
    round: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    role: Role = Field(sa_type=text_enum(Role))
    organisation_code: str = Field(foreign_key="organisation.code", index=True)
    decision: ApprovalDecision | None = Field(default=None, sa_type=text_enum(ApprovalDecision))
    decided_by: str | None = Field(default=None, foreign_key="app_user.id", max_length=20)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comment: str = Field(default="", max_length=2000)


class ApprovalRoute(SQLModel, table=True):
    """Who approves requests of some schools up to some amount; the first route that fits counts."""

    __tablename__ = "approval_route"

    id: str = Field(primary_key=True, max_length=20)
    position: int = Field(unique=True)
    name: str = Field(max_length=120)
    #: JSON array of school stages; empty: all of them.
    stages: str = "[]"
    #: Level of the bureau a school belongs to; ``None``: any.
    affiliation: Level | None = Field(default=None, sa_type=text_enum(Level))
    #: CNY: from this amount (inclusive) to below that one; ``None``: without end.
    amount_from_cny: Decimal = Field(default=Decimal(0), max_digits=14, decimal_places=2)
    amount_below_cny: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    #: JSON array of ``{"role": …, "level": …}`` in the order of their signatures.
    approvers: str
