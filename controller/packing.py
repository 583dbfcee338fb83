"""The job that keeps the devices of a city packed for plans and shortage lists."""

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import Session

from alerts.repositories.failures import FailureRepository
from controller.jobs import Transactions
from inventory.days import day_of
from inventory.models import PackedTime
from inventory.packed.keeping import forget_packed, keep_packed, note_packed, stale_schools
from inventory.packed.reading import Failures, RecordRepository
from inventory.packed.records import Records
from inventory.pauses import Piece
from inventory.renewal.loading import year_before
from inventory.scope import Scope
from inventory.summaries import worth_counting

#: Between two looks for what has changed.
PACK_SECONDS = 60.0
#: Schools that are written in one transaction, which keeps other writers of SQLite waiting 0.1 s.
_AT_ONCE = 100
#: Schools whose devices are read, and made records of, without a rest.
_READ_AT_ONCE = 20


def pack_schools(transactions: Transactions, now: datetime) -> None:
    """Pack the schools of which something was noted; every hour all of them."""
    with transactions.reading() as session:
        wanted = worth_counting(session)
        kept = session.get(PackedTime, 1) is not None
        stale, everything = stale_schools(session, now) if wanted else ((), False)
    if not wanted:
        if kept:
            with transactions.writing() as session:
                forget_packed(session)
        return
    others = 0
    for start in range(0, len(stale), _AT_ONCE):
        others += _pack(transactions, stale[start : start + _AT_ONCE], now)
    with transactions.writing() as session:
        note_packed(session, now, everything=everything, others=others)


def _pack(transactions: Transactions, schools: Sequence[str], now: datetime) -> int:
    """Pack some schools; returns of how many the devices are others than before."""
    scope = Scope.everything()
    records: dict[str, Records] = {}
    for start in range(0, len(schools), _READ_AT_ONCE):
        some = schools[start : start + _READ_AT_ONCE]
        with Piece(), transactions.reading() as session:
            failures = failures_of(session, scope, now, some)
            records |= RecordRepository(session, scope).records(schools=some, failures=failures)
    with Piece(), transactions.writing() as session:
        return keep_packed(session, schools, records)


def failures_of(
    session: Session, scope: Scope, now: datetime, schools: Sequence[str] | None = None
) -> Failures:
    """What tickets tell of the devices within a scope; ``schools``: of these codes alone."""
    repository = FailureRepository(session, scope)
    today = day_of(now)
    since = datetime.combine(year_before(today), time(), now.tzinfo)
    return Failures(repository.since(since, schools), repository.costs(schools))
