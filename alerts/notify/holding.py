"""When somebody is told: not in quiet hours, several together, and nothing twice in a while."""

from datetime import datetime, timedelta

from alerts.notify.models import NotifyPreference
from alerts.severity import Severity
from inventory.days import ZONE

_DAY = 24 * 60


def told_at(wishes: NotifyPreference, severity: Severity, now: datetime) -> datetime:
    """The moment somebody wants to be told of what happens now; ``now``: at once."""
    if severity is Severity.critical and wishes.loud_at_night:
        return now
    return undisturbed(wishes, severity, _after_digest(wishes.digest_minutes, now))


def undisturbed(wishes: NotifyPreference, severity: Severity, at: datetime) -> datetime:
    """A moment, or the end of the quiet hours it lies in."""
    if severity is Severity.critical and wishes.loud_at_night:
        return at
    return _after_quiet(wishes.quiet_from, wishes.quiet_to, at)


def _after_quiet(first: int | None, last: int | None, at: datetime) -> datetime:
    """The end of the quiet hours at a moment; itself where it is not quiet."""
    if first is None or last is None or first == last:
        return at
    local = at.astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    into = (minute - first) % _DAY
    length = (last - first) % _DAY
    if into >= length:
        return at
    begun = at.replace(second=0, microsecond=0)
    return begun + timedelta(minutes=length - into)


def _after_digest(minutes: int, at: datetime) -> datetime:
    if minutes <= 0:
        return at
    step = minutes * 60
    seconds = int(at.timestamp())
    return at.replace(microsecond=0) + timedelta(seconds=-seconds % step)
