"""Who works for which school, read from roles, staff and profiles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import accumulate

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.assignment.models import TechnicianProfile
from alerts.assignment.ranking import Need, Tier, Worker, away_on
from alerts.models import Ticket
from alerts.notify.shifts import on_duty_at
from alerts.repositories.tickets import ACTIVE
from inventory.models import Device, Grant, Role, School, StaffMember, StaffRole, User
from inventory.repositories.school_records import in_office

#: Roles that work on tickets; ``controller.auth.permissions`` says the same, and a test holds both.
WORKERS = (Role.admin, Role.city_it, Role.county_it, Role.school_admin, Role.technician)
LEADERS = (Role.county_it, Role.city_it)
#: Whom a school names for its repairs, and for which tier.
NAMED = {
    StaffRole.part_time_technician: Tier.school,
    StaffRole.network_administrator: Tier.school,
    StaffRole.district_technician: Tier.district,
}


class Workforce:
    """The people who may be given tickets of some schools, as of one day.

    Args:
        session: one that reads.
        schools: by code.
        on: the day.
    """

    def __init__(self, session: Session, schools: Mapping[str, School], on: date) -> None:
        self._session, self._schools = session, schools
        self._grants = _grants(session, schools.values())
        self._users = _users(session, self._grants)
        self._staff = _staff(session, schools, on)
        self._open = open_tickets_of(session, self._users)
        self._profiles = _profiles(session, self._users)
        self._on = on

    def of(self, school_code: str) -> Sequence[Worker]:
        """Everybody of a school, each in the lowest of their tiers."""
        path = self._schools[school_code].path
        granted = [
            (role, scope, user)
            for scope in _above(path)
            for role, user in self._grants.get(scope, ())
        ]
        may = {user for _, _, user in granted}
        tiers: dict[str, tuple[Tier, bool]] = {}
        for duty, user in self._staff.get(school_code, ()):
            if user in may:
                tiers[user] = min(tiers.get(user, (Tier.leader, True)), (NAMED[duty], True))
        for role, scope, user in granted:
            if user in tiers:
                continue
            if role is Role.technician:
                tiers[user] = (Tier.school if scope == path else Tier.district, False)
        for role, _, user in granted:
            if role in LEADERS and user not in tiers:
                tiers[user] = (Tier.leader, False)
        return [self._worker(user, *found) for user, found in tiers.items()]

    def leader(self, school_code: str) -> Worker | None:
        """Who of the nearest bureau above a school is told when a promise is broken."""
        for scope in reversed(_above(self._schools[school_code].path)):
            leaders = [user for role, user in self._grants.get(scope, ()) if role in LEADERS]
            there = [self._worker(user, Tier.leader, False) for user in sorted(leaders)]
            if there:
                return min(there, key=lambda one: (one.away, one.user_id))
        return None

    def on_duty(self, school_code: str, now: datetime) -> Sequence[Worker]:
        """Who is on duty for a school in the nearest bureau above it where somebody is.

        Whoever is away, has no log-in any more or no role over the school is passed over: a roster
        that nobody has changed in time must not swallow a ticket.
        """
        path = self._schools[school_code].path
        bureaus = path.strip("/").split("/")[:-1]
        shifts = on_duty_at(self._session, bureaus, now)
        for code in reversed(bureaus):
            there = self._called(sorted(shifts.get(code, ())), school_code)
            if there:
                return there
        return ()

    def _called(self, ids: Sequence[str], school_code: str) -> Sequence[Worker]:
        """Those of some people who may read of the school's tickets and are there."""
        if not ids:
            return ()
        known = {one.user_id: one for one in self.of(school_code)}
        others = self._met(set(ids) - set(known), _above(self._schools[school_code].path))
        found = [
            known.get(user) or self._worker(user, Tier.leader, False)
            for user in ids
            if user in known or user in others
        ]
        return [one for one in found if not one.away]

    def _met(self, ids: Collection[str], paths: Sequence[str]) -> Collection[str]:
        """Learn of people who give tickets out, or only read of them."""
        rows = self._session.exec(
            select(User)
            .join(Grant, col(Grant.user_id) == col(User.id))
            .where(
                col(User.id).in_(sorted(ids)),
                col(User.disabled_at).is_(None),
                col(Grant.scope_path).in_(paths),
            )
        )
        users = {user.id: user for user in rows}
        self._users.update(users)
        self._profiles.update(_profiles(self._session, users))
        return users

    def gave(self, user_id: str) -> None:
        """Count a ticket that somebody was given just now."""
        self._open[user_id] = self._open.get(user_id, 0) + 1

    def _worker(self, user_id: str, tier: Tier, named: bool) -> Worker:
        user, profile = self._users[user_id], self._profiles.get(user_id)
        worker = Worker(
            user_id, user.name or user.login, tier, named, open=self._open.get(user_id, 0)
        )
        if profile is None:
            return worker
        return replace(
            worker,
            kinds=frozenset(profile.kinds.split()),
            categories=frozenset(profile.categories.split()),
            most_open=profile.most_open,
            away=away_on(self._on, profile.away_from, profile.away_until),
        )


def workforce_of(session: Session, tickets: Iterable[Ticket], on: date) -> Workforce:
    """The people of the schools of some tickets."""
    codes = sorted({ticket.school_code for ticket in tickets})
    found = session.exec(select(School).where(col(School.code).in_(codes)))
    return Workforce(session, {school.code: school for school in found}, on)


def needs_of(session: Session, tickets: Sequence[Ticket]) -> Mapping[str, Need]:
    """What tickets ask for, by their ids; what is wrong with a line is a matter of networks."""
    ids = sorted({ticket.device_id for ticket in tickets if ticket.device_id})
    rows = session.exec(select(Device.id, Device.kind).where(col(Device.id).in_(ids)))
    kinds = {device: str(kind) for device, kind in rows}
    return {
        ticket.id: Need(
            kinds.get(ticket.device_id or "", ""),
            ticket.category or ("network" if ticket.line_id else ""),
        )
        for ticket in tickets
    }


def _above(path: str) -> Sequence[str]:
    """The paths a grant over a school may have, the widest first."""
    return list(accumulate((f"{code}/" for code in path.strip("/").split("/")), initial="/"))


def _grants(
    session: Session, schools: Iterable[School]
) -> Mapping[str, Sequence[tuple[Role, str]]]:
    paths = {scope for school in schools for scope in _above(school.path)}
    rows = session.exec(
        select(Grant)
        .join(User, col(User.id) == col(Grant.user_id))
        .where(
            col(Grant.scope_path).in_(sorted(paths)),
            col(Grant.role).in_(WORKERS),
            col(User.disabled_at).is_(None),
        )
        .order_by(col(Grant.user_id), col(Grant.role))
    )
    found: dict[str, list[tuple[Role, str]]] = defaultdict(list)
    for row in rows:
        found[row.scope_path].append((row.role, row.user_id))
    return found


def _users(session: Session, grants: Mapping[str, Sequence[tuple[Role, str]]]) -> dict[str, User]:
    ids = {user for rows in grants.values() for _, user in rows}
    rows = session.exec(select(User).where(col(User.id).in_(sorted(ids))))
    return {user.id: user for user in rows}


def _profiles(session: Session, users: Collection[str]) -> dict[str, TechnicianProfile]:
    rows = session.exec(
        select(TechnicianProfile).where(col(TechnicianProfile.user_id).in_(sorted(users)))
    )
    return {row.user_id: row for row in rows}


def _staff(
    session: Session, schools: Mapping[str, School], on: date
) -> Mapping[str, Sequence[tuple[StaffRole, str]]]:
    rows = session.exec(
        select(StaffMember).where(
            col(StaffMember.school_code).in_(sorted(schools)),
            col(StaffMember.role).in_(list(NAMED)),
            col(StaffMember.user_id).is_not(None),
            in_office(on),
        )
    )
    found: dict[str, list[tuple[StaffRole, str]]] = defaultdict(list)
    for row in rows:
        found[row.school_code].append((row.role, row.user_id or ""))
    return found


def open_tickets_of(session: Session, users: Iterable[str]) -> dict[str, int]:
    """How many tickets that are not done people have, by their ids."""
    rows = session.exec(
        select(Ticket.assignee_id, func.count())
        .where(col(Ticket.assignee_id).in_(sorted(users)), col(Ticket.state).in_(ACTIVE))
        .group_by(col(Ticket.assignee_id))
    )
    return {user: count for user, count in rows if user is not None}
