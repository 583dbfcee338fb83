"""What ``/api/v1`` answers. Names and units are those of the inventory and the readings."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from controller.problems import CONTENT_TYPE
from drivers.readings import Kind, Outcome
from inventory.agent_health import AgentHealth
from inventory.models import (
    Lifecycle,
    Medium,
    Protocol,
    Role,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.repositories.scoped import MAX_PAGE
from inventory.status import Status

Item = TypeVar("Item")
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Rows to leave out.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows at most.")]
Search = Annotated[str, Query(max_length=100, description="Text the row contains.")]


class Schema(BaseModel):
    """Base of every answer; reads its values from rows."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class ProblemDocument(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str


#: ``responses=`` of every route: what errors look like.
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "content": {CONTENT_TYPE: {"schema": {"$ref": ref}}}}
    for status, text, ref in (
        (401, "Not logged in", "#/components/schemas/ProblemDocument"),
        (403, "Not allowed", "#/components/schemas/ProblemDocument"),
        (404, "Not there, or out of scope", "#/components/schemas/ProblemDocument"),
        (422, "A parameter does not fit", "#/components/schemas/ProblemDocument"),
    )
}


class Listed(Schema, Generic[Item]):
    """One page of a list, and how many rows there are in all."""

    items: list[Item]
    total: int


class GrantOut(Schema):
    """A role and the path it holds under."""

    role: Role
    scope_path: str


class Me(Schema):
    """The caller."""

    id: str
    login: str
    name: str
    language: str
    grants: list[GrantOut]


class SchoolOut(Schema):
    """One school; ``closed_on`` was its last day, ``successor_code`` goes on after a merger."""

    code: str
    name: str
    name_en: str
    organisation_code: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    lead_school_code: str | None
    students: int
    teachers: int
    classes: int
    closed_on: date | None
    successor_code: str | None


class SchoolDetail(SchoolOut):
    """One school with its devices counted by status."""

    devices: dict[Status, int]


class DeviceOut(Schema):
    """One device with how it is, and at which port of which other one it was last seen."""

    id: str
    school_code: str
    school_name: str
    room_id: str | None
    name: str
    kind: Kind
    vendor: str | None
    model: str | None
    serial: str | None
    version: str | None
    asset_number: str | None
    lifecycle: Lifecycle
    protocol: Protocol
    address: str | None
    status: Status
    outcome: Outcome | None
    detail: str
    taken_at: datetime | None
    since: datetime | None
    present: bool | None
    last_present_at: datetime | None
    attached_device_id: str | None
    attached_port: str | None
    attached_since: datetime | None
    cpu_ratio: float | None
    memory_used_ratio: float | None
    temperature_celsius: float | None
    uptime_seconds: float | None


class PortOut(Schema):
    """One port; speeds in bit/s."""

    name: str
    index: int
    description: str | None
    alias: str | None
    type: int | None
    speed_bits_per_second: int | None
    admin: str | None
    oper: str | None
    mac: str | None
    seen_at: datetime


class LineOut(Schema):
    """One Internet line; the fee is there for those who may read costs."""

    id: str
    school_code: str
    provider: str
    circuit: str
    medium: Medium
    down_mbps: Decimal
    up_mbps: Decimal
    starts_on: date | None
    ends_on: date | None
    yearly_fee_cny: Decimal | None
    hotline: str
    device_id: str | None
    port_name: str | None
    #: For ``If-Match`` of a change.
    etag: str = ""


class SeriesOut(Schema):
    """One curve: ``values[i]`` at ``times[i]`` (seconds since the epoch); ``null`` is a gap."""

    metric: str
    part: str
    times: list[float]
    values: list[float | None]


class Chart(Schema):
    """Curves of one subject in ``[start, end)``, one value a step."""

    subject: str
    start: datetime
    end: datetime
    step_seconds: float
    series: list[SeriesOut]


class AgentOut(Schema):
    """One box in a school.

    ``clock_skew_seconds``: its clock minus ours. ``spool_fault``: why its disk takes no readings
    (``full``, ``read_only``, ``failing``), ``spool_set_aside``: damaged spools beside the present
    one. ``plan_revision``: of the plan it works by, since
    ``plan_taken_at``. ``key_fingerprint``: of the newest key it signs with; without one it has to
    join again.
    """

    id: str
    name: str
    version: str
    schools: list[str]
    enrolled_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    last_batch_at: datetime | None
    spool_batches: int
    spool_bytes: int
    spool_dropped: int
    spool_dropped_readings: int
    spool_fault: str
    spool_set_aside: int
    clock_skew_seconds: float
    health: AgentHealth
    plan_revision: str | None
    plan_taken_at: datetime | None
    commands_pending: int
    key_fingerprint: str | None
    key_made_at: datetime | None


class TokenOut(Schema):
    """An invitation; it is shown this once."""

    token: str
    schools: list[str]
    expires_at: datetime


class NeighbourOut(Schema):
    """Who is on the other end of a port, as LLDP or CDP tells it."""

    local_port: str
    remote_name: str | None
    remote_port: str | None
    protocol: str
    seen_at: datetime


class ComponentOut(Schema):
    """A physical part (ENTITY-MIB); ``class`` is its entPhysicalClass in snake_case."""

    class_: Annotated[str, Field(serialization_alias="class")]
    name: str | None
    model: str | None
    serial: str | None
    seen_at: datetime
