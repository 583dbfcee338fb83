"""Questions a plan is made of, answered with plain rows.

A plan is made for every box of a city again and again, so its statements are built once, name no
column they do not need, and go by the connection: what the mapper would add costs more than the
looks themselves.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlmodel import col

from inventory.models import (
    Agent,
    AgentSchool,
    Broker,
    Credential,
    CredentialKind,
    Device,
    DeviceMac,
    DiscoveryRange,
    DiscoverySettings,
    Lifecycle,
    Line,
    PlanChange,
    Protocol,
    School,
    SchoolForm,
    Setting,
    Stage,
)
from inventory.repositories.scoped import Repository


class ServedSchool(NamedTuple):
    """A school an agent works for.

    Args:
        closed_on: its last day; nothing is watched there afterwards.
        own: it was authorised for it by name, not through the school that leads it.
    """

    code: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    is_public: bool
    classes: int
    students: int
    teachers: int
    closed_on: date | None
    own: bool


class Asking(NamedTuple):
    """An agent that asks for its plan, and what is known of the one it works by.

    Args:
        plan_until, plan_basis: see ``inventory.agent_plans.basis``.
        schools: by code.
    """

    id: str
    revoked_at: datetime | None
    last_seen_at: datetime | None
    plan_revision: str | None
    plan_made_at: datetime | None
    plan_until: date | None
    plan_basis: str | None
    schools: tuple[ServedSchool, ...]


class WatchedDevice(NamedTuple):
    """A device in service that is watched somehow, with its hardware addresses in order."""

    id: str
    school_code: str
    protocol: Protocol
    address: str | None
    service_port: int | None
    driver: str
    credential_id: str | None
    mqtt_profile: str | None
    mqtt_client: str | None
    ping: bool
    ssh_credential_id: str | None
    ssh_platform: str | None
    ssh_port: int
    macs: tuple[str, ...]


class ContractedLine(NamedTuple):
    """A line whose contract has not ended."""

    id: str
    school_code: str
    down_mbps: Decimal
    up_mbps: Decimal
    device_id: str | None
    port_name: str | None
    starts_on: date | None
    ends_on: date | None


class Noted(NamedTuple):
    """One note of a change (``inventory.agent_plans.changes``)."""

    id: int
    at: datetime


class SealedAccess(NamedTuple):
    """A credential, sealed."""

    id: str
    school_code: str | None
    kind: CredentialKind
    secret: str


def _columns(model: Any, row: Any = None) -> list[Any]:
    """Columns of a table: those a row of that kind has."""
    columns = model.__table__.c
    return [columns[name] for name in (row._fields if row else columns.keys()) if name in columns]


_CODES: BindParameter[Any] = bindparam("codes", expanding=True)
_SINCE: BindParameter[Any] = bindparam("since")
_AGENT, _SCHOOL = _columns(Agent, Asking), _columns(School, ServedSchool)
# Two joins, each by an index; one with "or" compares every agent with every school.
_OWN = (
    select(*_AGENT, *_SCHOOL, literal(value=True))
    .outerjoin(AgentSchool, col(AgentSchool.agent_id) == Agent.id)
    .outerjoin(School, col(School.code) == AgentSchool.school_code)
    .where(col(Agent.id) == bindparam("key"))
)
_LED = (
    select(*_AGENT, *_SCHOOL, literal(value=False))
    .join(AgentSchool, col(AgentSchool.agent_id) == Agent.id)
    .join(School, col(School.lead_school_code) == AgentSchool.school_code)
    .where(col(Agent.id) == bindparam("key"))
)
_ASKING = union_all(_OWN, _LED)
_DEVICES = (
    select(*_columns(Device, WatchedDevice), col(DeviceMac.mac))
    .outerjoin(DeviceMac, col(DeviceMac.device_id) == Device.id)
    .where(
        col(Device.school_code).in_(_CODES),
        col(Device.lifecycle) == Lifecycle.in_service,
        col(Device.protocol) != Protocol.none,
    )
    .order_by(col(Device.id), col(DeviceMac.mac))
)
_LINES = (
    select(*_columns(Line, ContractedLine))
    .where(col(Line.school_code).in_(_CODES))
    .where(col(Line.ends_on).is_(None) | (col(Line.ends_on) >= _SINCE))
    .order_by(col(Line.school_code), col(Line.id))
)
_BROKERS = (
    select(*_columns(Broker)).where(col(Broker.school_code).in_(_CODES)).order_by(col(Broker.id))
)
_CREDENTIALS = select(*_columns(Credential, SealedAccess)).where(
    col(Credential.id).in_(bindparam("ids", expanding=True))
)
_TO_TRY = (
    select(*_columns(Credential, SealedAccess))
    .where(col(Credential.kind) == CredentialKind.snmp)
    .where(col(Credential.school_code).in_(_CODES) | col(Credential.school_code).is_(None))
    .order_by(col(Credential.name), col(Credential.id))
)
_LOOKING = (
    select(*_columns(DiscoverySettings))
    .where(col(DiscoverySettings.school_code).in_(_CODES), col(DiscoverySettings.enabled))
    .order_by(col(DiscoverySettings.school_code))
)
_RANGES = (
    select(*_columns(DiscoveryRange))
    .where(col(DiscoveryRange.school_code).in_(_CODES))
    .order_by(col(DiscoveryRange.school_code), col(DiscoveryRange.network))
)
#: Of these schools, of all schools, or of this very agent.
_CHANGES = (
    select(*_columns(PlanChange, Noted))
    .where(col(PlanChange.at) >= _SINCE)
    .where(
        or_(
            col(PlanChange.school_code).in_(_CODES),
            and_(
                col(PlanChange.school_code).is_(None),
                func.coalesce(PlanChange.agent_id, bindparam("key")) == bindparam("key"),
            ),
        )
    )
    .order_by(col(PlanChange.id), col(PlanChange.at))
)


class PlanRepository(Repository):
    """What plans are made of, of the schools within the caller's scope."""

    def asking(self, agent_id: str) -> Asking | None:
        """An agent with the schools it works for, teaching points its schools lead among them."""
        query: Select[Any] | CompoundSelect[Any] = _ASKING
        if not self._sees_everything:
            visible = self._scope.condition(col(School.path))
            query = union_all(_OWN.where(visible), _LED.where(visible))
        rows = self._found(query, key=agent_id)
        if not rows:
            return None
        schools: dict[str, ServedSchool] = {}
        for row in rows:
            school = ServedSchool._make(row[len(_AGENT) :])
            if school.code is not None and (school.own or school.code not in schools):
                schools[school.code] = school
        served = tuple(schools[code] for code in sorted(schools))
        return Asking._make((*rows[0][: len(_AGENT)], served))

    def devices(self, codes: Collection[str]) -> Sequence[WatchedDevice]:
        """Devices in service at these schools that are watched somehow, by id."""
        found: dict[str, WatchedDevice] = {}
        for row in self._at(_DEVICES, Device, codes):
            known, mac = found.get(row[0]), row[-1]
            macs = (*(known.macs if known else ()), *((mac,) if mac else ()))
            found[row[0]] = WatchedDevice._make((*row[:-1], macs))
        return list(found.values())

    def lines(self, codes: Collection[str], since: date) -> Sequence[ContractedLine]:
        """Lines of these schools whose contract ends on that day at the earliest, by school."""
        return [ContractedLine._make(row) for row in self._at(_LINES, Line, codes, since=since)]

    def brokers(self, codes: Collection[str]) -> Sequence[Row[Any]]:
        """Brokers of these schools, by id: rows with the columns of the table."""
        return self._at(_BROKERS, Broker, codes)

    def credentials(self, ids: Collection[str]) -> Sequence[SealedAccess]:
        """The visible ones of these credentials."""
        if not ids:
            return ()
        query = _CREDENTIALS.where(self._at_visible_school(Credential.school_code))
        found = self._found(_CREDENTIALS if self._sees_everything else query, ids=sorted(ids))
        return [SealedAccess._make(row) for row in found]

    def to_try(self, codes: Collection[str]) -> Sequence[SealedAccess]:
        """SNMP credentials of these schools and shared ones, in the order of their names."""
        return [SealedAccess._make(row) for row in self._at(_TO_TRY, Credential, codes)]

    def looking(self, codes: Collection[str]) -> Sequence[Row[Any]]:
        """How those of these schools look for devices that do: rows of the settings' table."""
        return self._at(_LOOKING, DiscoverySettings, codes)

    def ranges(self, codes: Collection[str]) -> Sequence[Row[Any]]:
        """Networks of these schools, by their text: rows of the ranges' table."""
        return self._at(_RANGES, DiscoveryRange, codes)

    def changes(self, agent_id: str, codes: Collection[str], since: datetime) -> Sequence[Noted]:
        """Notes since then that tell an agent of these schools to look at its plan again."""
        found = self._at(_CHANGES, PlanChange, codes, key=agent_id, since=since)
        return [Noted._make(row) for row in found]

    def _at(
        self, query: Select[Any], model: Any, codes: Collection[str], **values: object
    ) -> Sequence[Row[Any]]:
        if not self._sees_everything:
            query = query.where(self._at_visible_school(model.school_code))
        return self._found(query, codes=sorted(codes), **values)

    def _found(self, query: Any, **values: object) -> Sequence[Row[Any]]:
        self._session.flush()  # as a query of the mapper would
        return self._session.connection().execute(query, values).all()
