"""When today's school ends: for as long a fault may be left alone."""

from datetime import datetime

from sqlmodel import Session

from inventory.calendars import school_hours
from inventory.calendars.loading import Calendars
from inventory.days import day_of
from inventory.models import School
from inventory.scope import Scope


def end_of_school(session: Session, school: School, now: datetime) -> datetime | None:
    """The end of today's last school hours; ``None`` once they are over, and on days without any.

    Days nobody has entered a term for are taken for days of school.
    """
    today = day_of(now)
    calendars = Calendars(session, Scope((school.path,)), today, today).of_schools([school])
    hours = school_hours(calendars[school.code], today, today)
    ends = [one.ends_at for one in (*hours.windows, *hours.unknown)]
    return max((end for end in ends if end > now), default=None)
