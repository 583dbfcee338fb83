"""Which step of an edition follows which, and the days they keep to. Pure: days are passed in."""

from collections.abc import Mapping
from datetime import date, timedelta

from inventory.editions.errors import FeedbackLasts, FeedbackOver, PeriodLasts
from inventory.errors import Invalid
from inventory.models import EditionKind, EditionState

_S = EditionState
#: From each state the ones that may follow; a step is never left out. Only a computation that an
#: appeal made necessary leads back, and through the schools' hands again.
TRANSITIONS: Mapping[EditionState, frozenset[EditionState]] = {
    _S.computing: frozenset({_S.computed, _S.withdrawn}),
    _S.computed: frozenset({_S.draft, _S.computing, _S.withdrawn}),
    _S.draft: frozenset({_S.review, _S.withdrawn}),
    _S.review: frozenset({_S.issued, _S.computing, _S.withdrawn}),
    _S.issued: frozenset({_S.frozen}),
    _S.frozen: frozenset(),
    _S.withdrawn: frozenset(),
}
#: States in which nothing is to come any more.
ENDED = frozenset(state for state, ways in TRANSITIONS.items() if not ways)
#: Days schools have at least, that of the opening not counted, and at most.
SHORTEST_FEEDBACK = 3
LONGEST_FEEDBACK = 90


def period_of(kind: EditionKind, day: date) -> tuple[date, date]:
    """First and last day of the month or the year a day is in."""
    if kind is EditionKind.year:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def admit_period(last: date, today: date) -> None:
    """Let a period be reported on that is over.

    Raises:
        PeriodLasts: it is not.
    """
    if today <= last:
        raise PeriodLasts(day=last)


def admit_feedback(until: date, today: date) -> None:
    """Let schools have so long: ``until`` is the last day, all of it.

    Raises:
        Invalid: too short a time, or too long.
    """
    if not SHORTEST_FEEDBACK <= (until - today).days <= LONGEST_FEEDBACK:
        first = today + timedelta(days=SHORTEST_FEEDBACK)
        last = today + timedelta(days=LONGEST_FEEDBACK)
        raise Invalid(field="appeals_until", reason=f"{until} ({first} – {last})")


def admit_appeal(until: date | None, today: date) -> None:
    """Let a school appeal on the last day of feedback or before it.

    Raises:
        FeedbackOver: it comes later.
    """
    if until is None or today > until:
        raise FeedbackOver(day=until)


def admit_review(until: date | None, today: date) -> None:
    """Let the review begin after the last day of feedback.

    Raises:
        FeedbackLasts: schools may still appeal.
    """
    if until is None or today <= until:
        raise FeedbackLasts(day=until)
