"""School hours of a period for verdicts, out of the calendars of the register."""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session

from controller.compliance.collecting import Timed
from inventory.calendars import digest, document, school_hours
from inventory.calendars.calendar import SchoolCalendar
from inventory.calendars.loading import Calendars
from inventory.models import Stage
from inventory.scope import Scope

_MICRO = 1000


def hours_of(
    session: Session, scope: Scope, first: date, last: date
) -> Callable[[str, Stage], Timed]:
    """School hours by path and stage; schools of one calendar share one object.

    Args:
        session: to read calendars with, once.
        scope: of who asks.
        first: of the period.
        last: of the period, included.
    """
    calendars = Calendars(session, scope, first, last)
    known: dict[int, tuple[SchoolCalendar, Timed]] = {}

    def of(path: str, stage: Stage) -> Timed:
        calendar = calendars.of(path, stage)
        found = known.get(id(calendar))
        if found is None:
            windows = tuple(
                (one.begin // _MICRO, one.end // _MICRO)
                for one in school_hours(calendar, first, last).windows
            )
            # The calendar is kept, so that no other can have its place in memory.
            found = known[id(calendar)] = calendar, Timed(windows, digest(document(calendar)))
        return found[1]

    return of


def calendar_documents(
    session: Session, scope: Scope, first: date, last: date, schools: list[tuple[str, Stage]]
) -> dict[str, dict[str, object]]:
    """Documents by digest of the calendars of some schools: (path, stage)."""
    calendars = Calendars(session, scope, first, last)
    made = {id(one): one for one in (calendars.of(path, stage) for path, stage in schools)}
    documents = [document(one) for one in made.values()]
    return {digest(one): one for one in documents}
