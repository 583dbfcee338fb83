"""Schools close, merge and move on a date; their code, rooms, devices and history stay theirs.

A step of a day to come is noted and carried out on that day (the job ``carry_out_school_changes``);
one of today or before is carried out at once. A merger closes a school and names the one that goes
on: what stands in its rooms stays under its own code until it is transferred (调拨), so that no
ledger changes behind anybody's back.
"""

from datetime import UTC, date, datetime

from sqlmodel import Session

from inventory.errors import N_, Conflict, Invalid, NotFound, SchoolClosed
from inventory.ids import new_id
from inventory.models import School, SchoolChange, SchoolChangeKind
from inventory.organisations import move_school
from inventory.repositories import (
    OrganisationRepository,
    SchoolChangeRepository,
    SchoolRepository,
)
from inventory.schools.checks import check_text, known
from inventory.scope import Scope

LONGEST_REASON = 500


class ChangeDone(Conflict):
    """What has been carried out is history."""

    code = "school_change_done"
    message = N_("This has been carried out and is kept; note another step instead.")


class ChangePlanned(Conflict):
    """A school has one step ahead of it at a time."""

    code = "school_change_planned"
    message = N_("Another step of “{key}” is planned for {day}; take it back first.")


def decide_change(
    session: Session, scope: Scope, change: SchoolChange, now: datetime, today: date
) -> SchoolChange:
    """Note a step, and carry it out if its day has come.

    ``now`` is when it was decided; ``today`` is the day where the bureau is.

    Raises:
        NotFound: the school, its successor or the bureau is not within the scope.
        Invalid: a merger without another, open school; a move without another bureau.
        SchoolClosed: the school has closed, or the successor has.
        ChangePlanned: another step is ahead.
    """
    schools = SchoolRepository(session, scope)
    school = known("school", change.school_code, schools.get(change.school_code))
    if school.closed_on is not None:
        raise SchoolClosed(key=school.code)
    for other in SchoolChangeRepository(session, scope).at_school(school.code):
        if other.done_at is None:
            raise ChangePlanned(key=school.code, day=other.takes_effect_on)
    change.reason = check_text("reason", change.reason, LONGEST_REASON)
    _check_successor(session, scope, change)
    _check_bureau(session, scope, change, school)
    change.id = change.id or new_id("sc")
    change.from_organisation_code = school.organisation_code
    change.decided_at, change.done_at = now, None
    SchoolChangeRepository(session, scope).keep(change)
    if change.takes_effect_on <= today:
        _carry_out(session, scope, change, now)
    return change


def take_back(session: Session, scope: Scope, change: SchoolChange) -> None:
    """Forget a step that has not been carried out.

    Raises:
        ChangeDone: it has.
        OutOfScope: the school is outside the scope.
    """
    if change.done_at is not None:
        raise ChangeDone
    SchoolChangeRepository(session, scope).remove(change)


def carry_out_due(session: Session, now: datetime, today: date) -> int:
    """Carry out every step whose day has come; how many there were."""
    everything = Scope.everything()
    due = SchoolChangeRepository(session, everything).due(today)
    for change in due:
        _carry_out(session, everything, change, now)
    return len(due)


def _carry_out(session: Session, scope: Scope, change: SchoolChange, now: datetime) -> None:
    school = session.get_one(School, change.school_code)
    if change.kind is SchoolChangeKind.move:
        if change.to_organisation_code is None:
            raise NotFound(what="organisation", key="-")
        move_school(session, scope, school.code, change.to_organisation_code)
    else:
        school.closed_on, school.successor_code = change.takes_effect_on, change.successor_code
    change.done_at = now.astimezone(UTC)
    session.flush()


def _check_successor(session: Session, scope: Scope, change: SchoolChange) -> None:
    is_merger = change.kind is SchoolChangeKind.merge
    if (
        not is_merger
        or change.successor_code is None
        or change.successor_code == change.school_code
    ):
        if is_merger or change.successor_code is not None:
            raise Invalid(field="successor_code", reason=str(change.successor_code or "-")[:40])
        return
    successor = SchoolRepository(session, scope).get(change.successor_code)
    if known("school", change.successor_code, successor).closed_on is not None:
        raise SchoolClosed(key=change.successor_code)


def _check_bureau(session: Session, scope: Scope, change: SchoolChange, school: School) -> None:
    is_move = change.kind is SchoolChangeKind.move
    bureau = change.to_organisation_code
    if not is_move or bureau is None or bureau == school.organisation_code:
        if is_move or bureau is not None:
            raise Invalid(field="to_organisation_code", reason=str(bureau or "-")[:40])
        return
    known("organisation", bureau, OrganisationRepository(session, scope).get(bureau))
