"""Verdicts of months, computed ahead and kept: the job, and the same at somebody's wish."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from controller.compliance.asking import Asked, collected
from controller.compliance.district.kept import Row, Taken, row_of, target_rows
from controller.compliance.district.months import after, last_day, month_of
from controller.compliance.inputs import Method
from controller.compliance.verdict import judge_all
from controller.jobs import Transactions
from controller.metrics.store import MetricStore
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.days import day_of
from inventory.models import Level
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope
from inventory.summaries import worth_counting
from inventory.verdicts.keeping import MonthVerdictRepository
from inventory.verdicts.rows import Computed

COMPUTE_SECONDS = 600.0
#: Days after a month for which boxes that were cut off may still bring what they measured.
LATE_DAYS = 3
#: Schools whose verdicts are written in one transaction: some four hundred rows.
_AT_ONCE = 100


class Sessions(Protocol):
    """Transactions of whoever computes: a job's, or a request's."""

    def reading(self) -> AbstractContextManager[Session]: ...

    def writing(self) -> AbstractContextManager[Session]: ...


class OwnSessions:
    """Transactions of a request that must not hold SQLite's writer while it computes."""

    def __init__(self, factory: SessionFactory) -> None:
        self._factory = factory

    def reading(self) -> AbstractContextManager[Session]:
        return read_only(self._factory)

    def writing(self) -> AbstractContextManager[Session]:
        return unit_of_work(self._factory)


def keep_month_verdicts(store: MetricStore) -> Callable[[Transactions, datetime], None]:
    """The job: the month that runs, and the one before until it is final."""
    everything = Scope.everything()

    def run(transactions: Transactions, now: datetime) -> None:
        with transactions.reading() as session:
            large = worth_counting(session)
            repository = MonthVerdictRepository(session, everything)
            this = month_of(day_of(now))
            months = (month_of(this - timedelta(days=1)), this)
            wanted = [
                month
                for month in months
                if is_due(month, repository.computed(month), now, large=large)
            ]
        for month in wanted:
            for place in _places(transactions, everything):
                keep_month(transactions, store, everything, place, month, now=now)

    return run


def is_due(month: date, computed: Computed, now: datetime, *, large: bool) -> bool:
    """Whether a month is to be computed again.

    Args:
        month: its first day.
        computed: how far it is.
        now: the moment.
        large: a register that takes seconds; once a day is enough for it.
    """
    today = day_of(now)
    if today > last_day(month):
        begun = computed.schools > 0
        if not begun or computed.final >= computed.schools:
            # Nobody watched that month, or nothing of it can change any more.
            return False
    return computed.last is None or not large or day_of(computed.last) < today


def is_final(month: date, today: date) -> bool:
    """Whether no late batch of a month is waited for any more."""
    return today >= after(month) + timedelta(days=LATE_DAYS)


def keep_month(
    sessions: Sessions,
    store: MetricStore,
    scope: Scope,
    at: str,
    month: date,
    *,
    now: datetime,
    method: Method | None = None,
) -> int:
    """Compute and keep the verdicts of a month on the schools below a place; returns how many.

    Of the month that runs the days up to yesterday count: what is still to be measured today is
    not missing. Nothing is locked while it is computed.

    Args:
        sessions: to read and write with, in transactions of their own.
        store: where readings are.
        scope: of who asks.
        at: code of a bureau or school.
        month: its first day.
        now: the moment.
        method: when data suffice.

    Raises:
        NotFound: no such place within the scope.
    """
    today = day_of(now)
    last = max(month, min(last_day(month), today - timedelta(days=1)))
    taken = Taken(month, now, is_final(month, today))
    with sessions.reading() as session:
        found = collected(session, store, scope, Asked(at=at, first=month, last=last), method)
        students = {one.code: one.students for one in SchoolRepository(session, scope).all()}
    rows: list[Row] = []
    targets: list[Row] = []
    for one, verdict in zip(found, judge_all(found, method), strict=True):
        rows.append(row_of(verdict, one.inputs, students.get(verdict.school, 0), taken))
        targets += target_rows(verdict, taken)
    return write_month(sessions, scope, month, rows, targets)


def write_month(
    sessions: Sessions, scope: Scope, month: date, rows: Sequence[Row], targets: Sequence[Row]
) -> int:
    """Keep verdicts of a month, some schools at a time; returns how many were not signed before.

    Args:
        sessions: to write with, in transactions of their own.
        scope: of who writes.
        month: its first day.
        rows: of schools.
        targets: of the same schools.
    """
    written = 0
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        codes = {row["school_code"] for row in some}
        theirs = [row for row in targets if row["school_code"] in codes]
        with sessions.writing() as session:
            written += MonthVerdictRepository(session, scope).keep(some, theirs, month)
    return written


def _places(sessions: Sessions, scope: Scope) -> Iterator[str]:
    """Bureaus that stand above everything else: usually the one city."""
    with sessions.reading() as session:
        bureaus = OrganisationRepository(session, scope).all()
    yield from (one.code for one in bureaus if one.level is Level.city or one.parent_code is None)
