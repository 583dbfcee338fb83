"""What is written down about one school: people, figures, lines, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look
from controller.pages.views.lines import contracted
from controller.pages.views.names import bureau_names, school_name
from controller.words.terms import MEDIA
from inventory.calendars.keeping import LONGEST_DAYS
from inventory.calendars.loading import Calendars
from inventory.models import (
    CalendarEntry,
    Line,
    Organisation,
    Recognition,
    School,
    SchoolChange,
    SchoolFigures,
    StaffMember,
)
from inventory.repositories import (
    LineRepository,
    SchoolChangeRepository,
    SchoolFiguresRepository,
    SchoolRepository,
    StaffRepository,
)
from inventory.repositories.recognitions import RecognitionRepository
from inventory.schools.staff import REMINDER_DAYS


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line; ``fee`` is empty for who may not read costs."""

    line: Line
    medium: str
    contracted: str
    fee: str


@dataclass(frozen=True, slots=True)
class SchoolLedgerView:
    """Everything on the page.

    Args:
        figures: snapshots, the newest first; the school is counted by the first.
        places: names of bureaus and schools that changes speak of, by code.
        devices_left: those of a school that has closed, to be transferred or disposed of.
        days: of its calendar, those of the year to come; bureaus' ones are among them.
        soon: certificates that end before this day are marked.
    """

    school: School
    school_name: str
    staff: Sequence[StaffMember]
    figures: Sequence[SchoolFigures]
    recognitions: Sequence[Recognition]
    lines: Sequence[LineRow]
    changes: Sequence[SchoolChange]
    places: dict[str, str]
    days: Sequence[CalendarEntry]
    may_change_staff: bool
    may_change: bool
    reads_costs: bool
    devices_left: int
    may_transfer: bool
    soon: date


def school_ledger_view(look: Look, code: str) -> SchoolLedgerView:
    """What the page shows.

    Raises:
        NotFound: no such school within the scope.
    """
    session, scope = look.session, look.scope
    schools = SchoolRepository(session, scope)
    school = schools.get(code)
    if school is None:
        raise NotFound
    changes = SchoolChangeRepository(session, scope).at_school(code)
    successors = [change.successor_code for change in changes if change.successor_code]
    reads_costs = look.caller.may(Permission.read_costs, school.path)
    days = _days_to_come(look, school)
    # Bureaus above may lie outside the reader's scope; what they are called is no secret.
    above = {one.organisation_code for one in days if one.organisation_code}
    return SchoolLedgerView(
        school=school,
        school_name=school_name(look, school),
        staff=StaffRepository(session, scope).at_school(code),
        figures=SchoolFiguresRepository(session, scope).at_school(code),
        recognitions=RecognitionRepository(session, scope).at_school(code),
        lines=[
            _line(look, line, reads_costs)
            for line in LineRepository(session, scope).at_school(code)
        ],
        changes=changes,
        places={
            **{code: session.get_one(Organisation, code).name for code in sorted(above)},
            **bureau_names(look),
            **{one.code: school_name(look, one) for one in schools.named(successors)},
        },
        days=days,
        may_change_staff=look.caller.may(Permission.manage_places, school.path),
        may_change=look.caller.may(Permission.manage_inventory, school.path),
        reads_costs=reads_costs,
        devices_left=schools.count_devices_left(code) if school.closed_on else 0,
        may_transfer=look.caller.may(Permission.request_equipment, school.path),
        soon=date.fromordinal(look.today.toordinal() + REMINDER_DAYS),
    )


def _days_to_come(look: Look, school: School) -> Sequence[CalendarEntry]:
    """Entries that have not ended, whoever has made them, by their first day."""
    today = look.today
    calendars = Calendars(look.session, look.scope, today, today + timedelta(days=LONGEST_DAYS))
    found = [one for rows in calendars.rows(school.path, school.stage) for one in rows.days]
    return sorted((one for one in found if one.last_day >= today), key=lambda one: one.first_day)


def _line(look: Look, line: Line, reads_costs: bool) -> LineRow:
    fee = line.yearly_fee_cny
    return LineRow(
        line=line,
        medium=look.lang.gettext(MEDIA[line.medium]),
        contracted=contracted(line),
        fee=f"¥ {fee:,.2f}" if reads_costs and fee is not None else "",
    )
