"""Every school of a scope in figures, counted in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.models import Alert, Severity, Ticket
from alerts.repositories.tickets import ACTIVE
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.metrics.store import MetricStore
from controller.prometheus.lines import LineFigures, line_figures
from drivers.readings import Kind
from inventory.models import (
    Agent,
    AgentSchool,
    Device,
    DeviceState,
    Level,
    Lifecycle,
    Organisation,
    School,
)
from inventory.repositories.agents import AgentRepository
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import Repository, within
from inventory.scope import Scope
from inventory.status import Status, status_expression

#: A ticket that needs somebody for longer than this is overdue.
OVERDUE_AFTER: Mapping[Severity, timedelta] = {
    Severity.critical: timedelta(hours=24),
    Severity.warning: timedelta(hours=72),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a caller may read what; what they may read nowhere is left out."""

    schools: Scope
    alerts: Scope
    tickets: Scope
    agents: Scope

    @classmethod
    def of(cls, caller: Caller) -> "Reach":
        """What this caller may read."""
        return cls(
            caller.scope(Permission.read),
            caller.scope(Permission.read_alerts),
            caller.scope(Permission.read_tickets),
            caller.scope(Permission.read_agents),
        )


@dataclass(slots=True)
class SchoolFigures:
    """One school; ``None`` where the caller may not read it.

    Args:
        county: code of the county above it, or of the bureau it belongs to without one.
    """

    school: School
    county: str
    line: LineFigures
    devices: dict[tuple[Kind, Status], int] = field(default_factory=dict)
    alerts: dict[Severity, int] | None = None
    tickets: dict[Severity, int] | None = None
    overdue: dict[Severity, int] | None = None
    agents: list[Agent] | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """All schools in the order of their paths; counties by code, with both names."""

    at: datetime
    schools: Sequence[SchoolFigures]
    counties: Mapping[str, tuple[str, str]]


def take_census(
    session: Session,
    store: MetricStore,
    reach: Reach,
    now: datetime,
    *,
    cadence: timedelta,
    county: str = "",
) -> Census:
    """Count everything within reach, or what of it stands under one county.

    Raises:
        NotFound: no school within reach stands under that county.
    """
    division = divide(session, reach.schools)
    if county and county not in division.counties:
        raise NotFound
    rows = [s for s in division.schools if not county or division.county_of[s.code] == county]
    lines = line_figures(session, store, reach.schools, rows, now)
    found = {
        school.code: SchoolFigures(school, division.county_of[school.code], lines[school.code])
        for school in rows
    }
    devices = CensusRepository(session, reach.schools).devices(
        now, cadence, under=division.paths[county] if county else "/"
    )
    for code, kind, status, number in devices:
        if code in found:
            found[code].devices[Kind(kind), Status(status)] = number
    _count_alerts(session, reach.alerts, found)
    _count_tickets(session, reach.tickets, found, now)
    _gather_agents(session, reach.agents, found)
    counties = {county: division.counties[county]} if county else division.counties
    return Census(now, list(found.values()), counties)


@dataclass(frozen=True, slots=True)
class Division:
    """Visible schools in the order of their paths, and the county each stands under.

    Args:
        county_of: by school code; a school that stands under no county has its bureau.
        counties: both names by code.
        paths: of the counties.
    """

    schools: Sequence[School]
    county_of: Mapping[str, str]
    counties: Mapping[str, tuple[str, str]]
    paths: Mapping[str, str]


def divide(session: Session, scope: Scope) -> Division:
    """Which county each visible school stands under."""
    schools = SchoolRepository(session, scope).all()
    bureaus = {
        bureau.code: bureau for bureau in CensusRepository(session, scope).bureaus_above(schools)
    }
    county_of = {school.code: _county(school, bureaus) for school in schools}
    used = {code: bureaus[code] for code in sorted(set(county_of.values()))}
    return Division(
        schools,
        county_of,
        {code: (bureau.name, bureau.name_en) for code, bureau in used.items()},
        {code: bureau.path for code, bureau in used.items()},
    )


def _county(school: School, bureaus: Mapping[str, Organisation]) -> str:
    above = [bureaus[code] for code in school.path.split("/")[1:-2] if code in bureaus]
    counties = (bureau.code for bureau in above if bureau.level is Level.county)
    return next(counties, school.organisation_code)


def _count_alerts(session: Session, scope: Scope, found: Mapping[str, SchoolFigures]) -> None:
    for figures in found.values():
        if scope.covers(figures.school.path):
            figures.alerts = dict.fromkeys(Severity, 0)
    for code, severity, number in CensusRepository(session, scope).open_alerts():
        counts = found[code].alerts if code in found else None
        if counts is not None:
            counts[Severity(severity)] = number


def _count_tickets(
    session: Session, scope: Scope, found: Mapping[str, SchoolFigures], now: datetime
) -> None:
    for figures in found.values():
        if scope.covers(figures.school.path):
            figures.tickets = dict.fromkeys(Severity, 0)
            figures.overdue = dict.fromkeys(Severity, 0)
    for code, word, opened_at in CensusRepository(session, scope).active_tickets():
        if code not in found:
            continue
        severity = Severity(word)
        counts, overdue = found[code].tickets, found[code].overdue
        if counts is not None and overdue is not None:
            counts[severity] += 1
            overdue[severity] += now - opened_at > OVERDUE_AFTER[severity]


def _gather_agents(session: Session, scope: Scope, found: Mapping[str, SchoolFigures]) -> None:
    for figures in found.values():
        if scope.covers(figures.school.path):
            figures.agents = []
    homes = CensusRepository(session, scope).homes()
    for agent in AgentRepository(session, scope).all():
        home = found.get(homes.get(agent.id, ""))
        if home is not None and home.agents is not None and agent.revoked_at is None:
            home.agents.append(agent)


class CensusRepository(Repository):
    """Counts by school, each in one query however many schools there are."""

    def bureaus_above(self, schools: Sequence[School]) -> Sequence[Organisation]:
        """The bureaus these visible schools stand under, that of the city first.

        Whoever may read a school may read whose it is, so this asks beyond the caller's scope.
        """
        codes = {code for school in schools for code in school.path.split("/")[1:-2]}
        return self._session.exec(
            select(Organisation)
            .where(col(Organisation.code).in_(sorted(codes)))
            .order_by(col(Organisation.path))
        ).all()

    def devices(
        self, now: datetime, cadence: timedelta, under: str
    ) -> Sequence[tuple[str, str, str, int]]:
        """(school, kind, status, number) of devices in service."""
        how = status_expression(now, cadence)
        query = (
            select(Device.school_code, Device.kind, how, func.count())
            .select_from(Device)
            .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
            .where(
                self._at_visible_school(Device.school_code),
                Device.lifecycle == Lifecycle.in_service,
            )
            .group_by(col(Device.school_code), col(Device.kind), how)
        )
        if under != "/":
            below = select(School.code).where(within(col(School.path), under))
            query = query.where(col(Device.school_code).in_(below))
        return self._session.exec(query).all()

    def open_alerts(self) -> Sequence[tuple[str, str, int]]:
        """(school, severity, number) of open alerts."""
        return self._session.exec(
            select(Alert.school_code, Alert.severity, func.count())
            .where(self._at_visible_school(Alert.school_code), col(Alert.cleared_at).is_(None))
            .group_by(col(Alert.school_code), col(Alert.severity))
        ).all()

    def active_tickets(self) -> Sequence[tuple[str, str, datetime]]:
        """(school, severity, opened at) of tickets that still need somebody."""
        return self._session.exec(
            select(Ticket.school_code, Ticket.severity, Ticket.opened_at).where(
                self._at_visible_school(Ticket.school_code), col(Ticket.state).in_(ACTIVE)
            )
        ).all()

    def agents(self, heard_since: datetime | None = None) -> int:
        """How many agents are not revoked; with a time, those whose batches came since."""
        query = select(func.count()).select_from(Agent).where(col(Agent.revoked_at).is_(None))
        if not self._sees_everything:
            query = query.where(
                col(Agent.id).in_(
                    select(AgentSchool.agent_id).where(
                        self._at_visible_school(AgentSchool.school_code)
                    )
                )
            )
        if heard_since is not None:
            query = query.where(col(Agent.last_batch_at) >= heard_since)
        return self._session.exec(query).one()

    def homes(self) -> Mapping[str, str]:
        """The school each agent is counted at: the first by code of those it was named for."""
        query = (
            select(AgentSchool.agent_id, func.min(AgentSchool.school_code))
            .where(self._at_visible_school(AgentSchool.school_code))
            .group_by(col(AgentSchool.agent_id))
        )
        return dict(self._session.exec(query).all())
