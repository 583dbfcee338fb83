"""Every school of a scope in figures, counted in a fixed number of queries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.models import Alert, Severity, Ticket
from alerts.quiet.silenced import SilencedRepository
from alerts.repositories.tickets import ACTIVE
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.metrics.store import MetricStore
from controller.prometheus.lines import FEW, LineFigures, line_figures
from drivers.readings import Kind
from inventory.days import day_of
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
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import Repository
from inventory.repositories.summaries import SummaryRepository
from inventory.scope import Scope
from inventory.status import RANKS, Status, status_expression
from inventory.summaries import Figures

#: A ticket that needs somebody for longer than this is overdue.
OVERDUE_AFTER: Mapping[Severity, timedelta] = {
    Severity.critical: timedelta(hours=24),
    Severity.warning: timedelta(hours=72),
}
_BY_RANK = {rank: status for status, rank in RANKS.items()}
#: Ids in one question: databases bound how many values a statement may have.
_AT_ONCE = 5_000


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
        statuses: devices in service by status.
        kinds: the same by kind, too; empty where kinds are not asked for.
    """

    school: School
    county: str
    line: LineFigures
    statuses: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    kinds: dict[tuple[Kind, Status], int] = field(default_factory=dict)
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
    kinds: bool = True,
) -> Census:
    """Count everything within reach, or what of it stands under one county.

    What is counted ahead (``inventory.summaries``) is taken from there.

    Raises:
        NotFound: no school within reach stands under that county.
    """
    division = divide(session, reach.schools, day_of(now), county)
    if not division.schools and county:
        raise NotFound
    ahead = SummaryRepository(session, reach.schools).figures(now)
    lines = line_figures(session, store, reach.schools, division.schools, now, ahead=ahead)
    found = {
        school.code: SchoolFigures(school, division.county_of[school.code], lines[school.code])
        for school in division.schools
    }
    if ahead is not None and not kinds:
        for code, figures in found.items():
            figures.statuses = ahead.get(code, Figures()).by_status()
    else:
        few = sorted(found) if len(found) <= FEW else None
        rows = CensusRepository(session, reach.schools).devices(
            now, cadence, few, ahead=ahead is not None
        )
        for code, kind, status, number in rows:
            if code in found:
                found[code].kinds[Kind(kind), status] = number
                found[code].statuses[status] += number
    _count_alerts(session, reach.alerts, found, now)
    _count_tickets(session, reach.tickets, found, now)
    _gather_agents(session, reach.agents, found)
    return Census(now, list(found.values()), division.counties)


@dataclass(frozen=True, slots=True)
class Division:
    """Visible schools in the order of their paths, and the county each stands under.

    Args:
        county_of: by school code; a school that stands under no county has its bureau.
        counties: both names by code.
    """

    schools: Sequence[School]
    county_of: Mapping[str, str]
    counties: Mapping[str, tuple[str, str]]


def divide(session: Session, scope: Scope, on: date, county: str = "") -> Division:
    """Which county each visible school stands under that is open on a day.

    With a code, those of that county alone.
    """
    census = CensusRepository(session, scope)
    path = "/"
    if county:
        path = next((bureau.path for bureau in census.bureaus([county])), "")
    schools = SchoolRepository(session, scope).under(path, on) if path else ()
    above = sorted({code for school in schools for code in school.path.split("/")[1:-2]})
    bureaus = {bureau.code: bureau for bureau in census.bureaus(above)}
    county_of = {school.code: _county(school, bureaus) for school in schools}
    kept = [school for school in schools if county in ("", county_of[school.code])]
    used = {county_of[school.code] for school in kept}
    names = {code: (bureaus[code].name, bureaus[code].name_en) for code in sorted(used)}
    return Division(kept, county_of, names)


def _county(school: School, bureaus: Mapping[str, Organisation]) -> str:
    above = [bureaus[code] for code in school.path.split("/")[1:-2] if code in bureaus]
    counties = (bureau.code for bureau in above if bureau.level is Level.county)
    return next(counties, school.organisation_code)


def _count_alerts(
    session: Session, scope: Scope, found: Mapping[str, SchoolFigures], now: datetime
) -> None:
    for figures in found.values():
        if scope.covers(figures.school.path):
            figures.alerts = dict.fromkeys(Severity, 0)
    for code, severity, number in CensusRepository(session, scope).open_alerts():
        counts = found[code].alerts if code in found else None
        if counts is not None:
            counts[Severity(severity)] = number
    for one in SilencedRepository(session, scope).open_at(now):
        counts = found[one.alert.school_code].alerts if one.alert.school_code in found else None
        # What is held back behind a bureau's alert was not counted.
        if counts is not None and one.alert.storm_id is None:
            counts[one.alert.severity] -= 1


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
    census = CensusRepository(session, scope)
    homes = {agent: code for agent, code in census.homes().items() if code in found}
    for agent in census.in_use(sorted(homes)):
        at_home = found[homes[agent.id]].agents
        if at_home is not None:
            at_home.append(agent)


class CensusRepository(Repository):
    """Counts by school, each in one query however many schools there are."""

    def bureaus(self, codes: Sequence[str]) -> Sequence[Organisation]:
        """The bureaus of these codes, the one above before those below it.

        Whoever may read a school may read whose it is, so this asks beyond the caller's scope.
        """
        return self._session.exec(
            select(Organisation)
            .where(col(Organisation.code).in_(codes))
            .order_by(col(Organisation.path))
        ).all()

    def devices(
        self, now: datetime, cadence: timedelta, schools: Sequence[str] | None, *, ahead: bool
    ) -> Iterator[tuple[str, str, Status, int]]:
        """(school, kind, status, number) of devices in service.

        Args:
            now: the time.
            cadence: of reachability.
            schools: of these alone; ``None`` for all.
            ahead: how each device is has been counted ahead; else it is judged now.
        """
        how: Any = col(Device.status_rank) if ahead else status_expression(now, cadence)
        query: Any = select(Device.school_code, Device.kind, how, func.count()).select_from(Device)
        if not ahead:
            query = query.outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
        query = query.where(
            self._at_visible_school(Device.school_code), Device.lifecycle == Lifecycle.in_service
        )
        if schools is not None:
            query = query.where(col(Device.school_code).in_(schools))
        for code, kind, key, number in self._session.execute(
            query.group_by(col(Device.school_code), col(Device.kind), how)
        ):
            yield code, kind, _BY_RANK[key] if ahead else Status(key), number

    def open_alerts(self) -> Sequence[tuple[str, str, int]]:
        """(school, severity, number) of open alerts."""
        return self._session.exec(
            select(Alert.school_code, Alert.severity, func.count())
            .where(
                self._at_visible_school(Alert.school_code),
                col(Alert.cleared_at).is_(None),
                col(Alert.organisation_code).is_(None),
                col(Alert.storm_id).is_(None),
            )
            .group_by(col(Alert.school_code), col(Alert.severity))
        ).all()

    def active_tickets(self) -> Sequence[tuple[str, str, datetime]]:
        """(school, severity, opened at) of tickets that still need somebody."""
        return self._session.exec(
            select(Ticket.school_code, Ticket.severity, Ticket.opened_at).where(
                self._at_visible_school(Ticket.school_code),
                col(Ticket.organisation_code).is_(None),
                col(Ticket.state).in_(ACTIVE),
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

    def in_use(self, agent_ids: Sequence[str]) -> Sequence[Agent]:
        """The visible ones of these agents that are not revoked."""
        homes = select(AgentSchool.agent_id).where(self._at_visible_school(AgentSchool.school_code))
        query = select(Agent).where(col(Agent.revoked_at).is_(None), col(Agent.id).in_(homes))
        found: list[Agent] = []
        for start in range(0, len(agent_ids), _AT_ONCE):
            some = agent_ids[start : start + _AT_ONCE]
            found += self._session.exec(query.where(col(Agent.id).in_(some)))
        return found
