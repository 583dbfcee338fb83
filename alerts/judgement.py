"""Findings become alerts, alerts become tickets: once a fault, however often it is found."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session, col, select

from alerts.merged import FINISHED, going_on, take_up
from alerts.models import Alert, Severity, Ticket, TicketEvent, TicketState
from alerts.numbers import lock_judgement, take_numbers
from alerts.repositories.boxes import schools_of
from alerts.rules import Clear, Finding
from alerts.rules.base import fault_key
from alerts.storm.holding import bureau_schools, flood_of, held_behind
from alerts.urgency import Urgency
from inventory.ids import new_id
from inventory.models import Device, Line

#: A fault that comes back sooner than this reopens its ticket.
QUIET_PERIOD = timedelta(hours=24)
#: States of tickets on which nobody has begun: a recovery resolves them.
NOT_BEGUN = frozenset({TicketState.new, TicketState.assigned, TicketState.reopened})
#: Values in one IN list; both databases bound the number of parameters.
_CHUNK = 1_000
_LONGEST_SUBJECT = 20

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging changed; nothing when everything was known."""

    opened: list[Alert] = field(default_factory=list)
    cleared: list[Alert] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    school_code: str
    device_id: str | None = None
    line_id: str | None = None
    organisation_code: str | None = None


def judge(
    session: Session,
    findings: Collection[Finding],
    clears: Collection[Clear],
    now: datetime,
    *,
    quiet_period: timedelta = QUIET_PERIOD,
) -> Judgement:
    """Open alerts for findings, with their tickets, and end those that are cleared.

    Idempotent: a finding whose alert is open, and a clear without one, change nothing. Safe with
    others that judge at the same time: they take turns once something is to be changed. A ticket
    that is not finished takes the new fault in; one resolved within ``quiet_period`` is reopened;
    else a new one is made. Flushes, never commits; on SQLite the session must be one that writes
    (:func:`inventory.database.unit_of_work`).

    What is new behind an alert of its bureau is held back: an alert without a ticket.

    Subjects that are no device, line, agent, school or bureau of the inventory are passed over.
    """
    found = {(one.subject, one.rule, one.part): one for one in findings}
    over = {(one.subject, one.rule, one.part): one for one in clears}
    over = {key: clear for key, clear in over.items() if key not in found}
    if not _changes(found, over, _open_alerts(session, found.keys() | over.keys())):
        return Judgement()
    lock_judgement(session)
    standing = _open_alerts(session, found.keys() | over.keys())
    judgement = Judgement()
    for key, clear in over.items():
        if key in standing:
            judgement.cleared.append(standing[key])
            _clear(session, standing[key], clear, now)
    fresh = [finding for key, finding in found.items() if key not in standing]
    judgement.opened.extend(_open(session, fresh, now, now - quiet_period))
    session.flush()
    return judgement


def record_past(
    session: Session,
    finding: Finding,
    span: tuple[datetime, datetime],
    now: datetime,
    *,
    quiet_period: timedelta = QUIET_PERIOD,
) -> None:
    """Add an alert that is over, with its ticket; nobody is told at night of what is long repaired.

    It shares the ticket of an alert of the same fault that is open by now. Flushes, never commits;
    whoever calls holds the lock of judging.

    Args:
        session: one that writes.
        finding: the fault.
        span: when it was opened and cleared.
        now: the moment.
        quiet_period: as for :func:`judge`.
    """
    key = _fault(finding)
    later = _open_alerts(session, [key]).get(key)
    places = _places(session, [finding])
    if finding.subject not in places:
        return
    ticket_id = later.ticket_id if later is not None else None
    if later is None:
        tickets = _ticketed(session, [finding], places, now, now - quiet_period)
        ticket_id = tickets[_key_of(finding)].id
    alert = _made(finding, places[finding.subject], span[0], ticket_id)
    alert.cleared_at = span[1]
    session.add(alert)
    if later is None:
        _tell_ticket(session, alert, "recovered", now)
    session.flush()


def _changes(found: Collection[Key], over: Collection[Key], standing: Collection[Key]) -> bool:
    return any(key not in standing for key in found) or any(key in standing for key in over)


def _open_alerts(session: Session, keys: Collection[Key]) -> dict[Key, Alert]:
    standing = {}
    for some in in_chunks({subject for subject, _, _ in keys}):
        alerts = session.exec(
            select(Alert)
            .where(col(Alert.subject).in_(some), col(Alert.cleared_at).is_(None))
            .execution_options(populate_existing=True)
        )
        standing.update({(one.subject, one.rule, one.part): one for one in alerts})
    return standing


def release(
    session: Session, held: Sequence[Alert], now: datetime, *, quiet_period: timedelta
) -> None:
    """Let alerts that were held back stand for themselves, with tickets; flushes."""
    findings = {
        one.id: Finding(
            rule=one.rule,
            subject=one.subject,
            part=one.part,
            severity=one.severity,
            arguments=json.loads(one.arguments),
        )
        for one in held
    }
    places = _places(session, findings.values())
    told = [one for one in findings.values() if one.subject in places]
    tickets = _ticketed(session, told, places, now, now - quiet_period)
    for alert in held:
        ticket = tickets.get(_key_of(findings[alert.id]))
        alert.storm_id, alert.released_at = None, now
        alert.ticket_id = ticket.id if ticket is not None else None
        session.add(alert)
    session.flush()


def _open(
    session: Session, findings: Sequence[Finding], now: datetime, quiet_since: datetime
) -> Iterator[Alert]:
    places = _places(session, findings)
    findings = [finding for finding in findings if finding.subject in places]
    placed = [
        (one, places[one.subject].school_code)
        for one in findings
        if places[one.subject].organisation_code is None
    ]
    held = held_behind(session, placed, now)
    alone = [pair for pair in placed if _fault(pair[0]) not in held]
    flood = flood_of(session, alone, now) if alone else None
    if flood is not None:
        yield from _open(session, [flood], now, quiet_since)
        session.flush()
        held = held_behind(session, placed, now)
    told = [finding for finding in findings if _fault(finding) not in held]
    tickets = _ticketed(session, told, places, now, quiet_since)
    for finding in findings:
        place = places[finding.subject]
        ticket = tickets.get(_key_of(finding))
        alert = _made(finding, place, now, ticket.id if ticket is not None else None)
        alert.storm_id = held.get(_fault(finding))
        session.add(alert)
        yield alert


def _made(finding: Finding, place: _Place, opened_at: datetime, ticket_id: str | None) -> Alert:
    return Alert(
        id=new_id("x"),
        school_code=place.school_code,
        organisation_code=place.organisation_code,
        subject=finding.subject,
        device_id=place.device_id,
        line_id=place.line_id,
        rule=finding.rule,
        part=finding.part,
        definition=finding.definition,
        severity=finding.severity,
        arguments=json.dumps(dict(finding.arguments)),
        opened_at=opened_at,
        ticket_id=ticket_id,
    )


def _ticketed(
    session: Session,
    findings: Sequence[Finding],
    places: Mapping[str, _Place],
    now: datetime,
    quiet_since: datetime,
) -> Mapping[str, Ticket]:
    """The tickets that faults go on with, by their keys: new ones where there are none."""
    tickets = _last_tickets(session, findings)
    to_number = [
        finding for finding in findings if not _takes_in(tickets.get(_key_of(finding)), quiet_since)
    ]
    for finding, number in zip(
        to_number, take_numbers(session, len(to_number)) if to_number else (), strict=True
    ):
        tickets[_key_of(finding)] = _new_ticket(
            session, finding, places[finding.subject], number, now
        )
    # The tables have no relationships to sort by: a ticket goes before what points to it.
    session.flush()
    made = {_key_of(finding) for finding in to_number}
    for finding in findings:
        ticket = tickets[_key_of(finding)]
        if _key_of(finding) in made:
            session.add(TicketEvent(ticket_id=ticket.id, at=now, kind="opened"))
        else:
            _take_in(session, ticket, finding, now)
    return tickets


def _fault(finding: Finding) -> Key:
    return finding.subject, finding.rule, finding.part


def _key_of(finding: Finding) -> str:
    return fault_key(finding.subject, finding.rule, finding.part)


def _takes_in(ticket: Ticket | None, quiet_since: datetime) -> bool:
    if ticket is None:
        return False
    if ticket.state not in FINISHED:
        return True
    return ticket.resolved_at is not None and ticket.resolved_at >= quiet_since


def _new_ticket(
    session: Session, finding: Finding, place: _Place, number: int, now: datetime
) -> Ticket:
    ticket = Ticket(
        id=new_id("t"),
        number=number,
        school_code=place.school_code,
        organisation_code=place.organisation_code,
        device_id=place.device_id,
        line_id=place.line_id,
        fault_key=_key_of(finding),
        rule=finding.rule,
        arguments=json.dumps(dict(finding.arguments)),
        severity=finding.severity,
        opened_at=now,
    )
    is_list = finding.subject == school_subject(place.school_code)
    if is_list and finding.severity is not Severity.critical:
        # A list somebody is to look through: nobody is kept from work by it today.
        ticket.urgency = Urgency.low
    session.add(ticket)
    return ticket


def _take_in(session: Session, ticket: Ticket, finding: Finding, now: datetime) -> None:
    kind = "reopened" if take_up(ticket) else "recurred"
    if ticket.fault_key == _key_of(finding):
        # Else it is about another fault, into whose ticket this one's was merged.
        ticket.arguments = json.dumps(dict(finding.arguments))
    if finding.severity is Severity.critical:
        ticket.severity = Severity.critical
    session.add(ticket)
    session.add(TicketEvent(ticket_id=ticket.id, at=now, kind=kind))


def _clear(session: Session, alert: Alert, clear: Clear, now: datetime) -> None:
    alert.cleared_at = now
    session.add(alert)
    _tell_ticket(session, alert, "withdrawn" if clear.withdrawn else "recovered", now)


def _tell_ticket(session: Session, alert: Alert, kind: str, now: datetime) -> None:
    """Write into the ticket that the fault is over; one that nobody has begun is resolved."""
    if alert.ticket_id is None:
        return
    ticket = session.get(Ticket, alert.ticket_id, populate_existing=True, with_for_update=True)
    if ticket is None:
        return
    ticket = going_on(session, ticket)
    session.add(TicketEvent(ticket_id=ticket.id, at=now, kind=kind))
    if ticket.state in NOT_BEGUN:
        ticket.state = TicketState.resolved
        ticket.resolved_at = now
        session.add(ticket)
        session.add(TicketEvent(ticket_id=ticket.id, at=now, kind="resolved"))


def _last_tickets(session: Session, findings: Iterable[Finding]) -> dict[str, Ticket]:
    """The youngest ticket of every fault, by its key; held against people at the desk.

    Of one that was merged into another that is the other one.
    """
    last: dict[str, Ticket] = {}
    for some in in_chunks({_key_of(finding) for finding in findings}):
        tickets = session.exec(
            select(Ticket)
            .where(col(Ticket.fault_key).in_(some))
            .order_by(col(Ticket.number))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        last.update({ticket.fault_key: ticket for ticket in tickets})
    return {key: going_on(session, ticket) for key, ticket in last.items()}


def schools_of_subjects(session: Session, subjects: Collection[str]) -> Mapping[str, str]:
    """Codes of the schools of devices, lines and agents; others are left out."""
    found = _subject_places(session, subjects)
    return {subject: place.school_code for subject, place in found.items()}


def _places(session: Session, findings: Iterable[Finding]) -> dict[str, _Place]:
    bureaus: dict[str, str] = {}
    own: dict[str, _Place] = {}
    subjects: set[str] = set()
    for finding in findings:
        if "bureau" in finding.arguments:
            bureaus[finding.subject] = str(finding.arguments["bureau"])
        elif finding.subject == school_subject(school := str(finding.arguments.get("school", ""))):
            own[finding.subject] = _Place(school)
        else:
            subjects.add(finding.subject)
    places = own | _subject_places(session, subjects)
    schools = bureau_schools(session, bureaus.values()) if bureaus else {}
    for subject, bureau in bureaus.items():
        if bureau in schools:
            places[subject] = _Place(schools[bureau], organisation_code=bureau)
    return places


def _subject_places(session: Session, subjects: Collection[str]) -> dict[str, _Place]:
    places = {
        agent: _Place(schools[0])
        for some in in_chunks(subjects)
        for agent, schools in schools_of(session, some).items()
    }
    for some in in_chunks(subjects):
        devices = select(Device.id, Device.school_code).where(col(Device.id).in_(some))
        for device_id, school in session.exec(devices):
            places[device_id] = _Place(school, device_id=device_id)
        lines = select(Line.id, Line.school_code).where(col(Line.id).in_(some))
        for line_id, school in session.exec(lines):
            places[line_id] = _Place(school, line_id=line_id)
    return places


def school_subject(code: str) -> str:
    """What faults of a school itself are kept under; its code, unless that is too long."""
    if len(code) <= _LONGEST_SUBJECT:
        return code
    return "s" + sha256(code.encode()).hexdigest()[: _LONGEST_SUBJECT - 1]


def in_chunks(values: Collection[str], size: int = _CHUNK) -> Iterator[list[str]]:
    """The values in sorted lists that fit one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
