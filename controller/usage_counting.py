"""The job that counts how long devices are in use, for plans of a whole city."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from controller.jobs import Transactions
from controller.metrics.store import MetricStore
from controller.usage import HOURS, METRICS
from inventory.models import Device, DeviceUsage
from inventory.packed.records import PLANNED, STATES
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.summaries import worth_counting

COUNT_SECONDS = 3600.0
#: Whose readings count: school weeks and a weekend or two each, holidays out of sight soon.
_SPAN = timedelta(days=28)
_DAYS_A_WEEK = 7
#: Schools of which readings are asked, and rows written, in one transaction.
_AT_ONCE = 20
_STATES = tuple(state for state, flags in STATES.items() if flags & PLANNED)


def count_usage(store: MetricStore) -> Callable[[Transactions, datetime], None]:
    """The job; of a large register a twenty-fourth of the schools each hour."""

    def run(transactions: Transactions, now: datetime) -> None:
        with transactions.reading() as session:
            in_turn = worth_counting(session)
            schools = sorted(
                one.code for one in SchoolRepository(session, Scope.everything()).facts()
            )
        if in_turn:
            schools = schools[now.hour :: HOURS]
        for start in range(0, len(schools), _AT_ONCE):
            _count(store, transactions, schools[start : start + _AT_ONCE], now)

    return run


def _count(
    store: MetricStore, transactions: Transactions, schools: Sequence[str], now: datetime
) -> None:
    with transactions.reading() as session:
        school_of: dict[str, str] = dict(
            session.exec(
                select(Device.id, Device.school_code).where(
                    col(Device.school_code).in_(schools), col(Device.lifecycle).in_(_STATES)
                )
            ).all()
        )
    hours = hours_a_week(store, school_of.keys(), now)
    with transactions.writing() as session:
        session.execute(delete(DeviceUsage).where(col(DeviceUsage.school_code).in_(schools)))
        alive = set(session.exec(select(Device.id).where(col(Device.id).in_(hours))))
        session.add_all(
            DeviceUsage(
                device_id=device,
                school_code=school_of[device],
                hours_a_week=found,
                counted_at=now,
            )
            for device, found in sorted(hours.items())
            if device in alive
        )


def hours_a_week(
    store: MetricStore, devices: Collection[str], now: datetime
) -> Mapping[str, float]:
    """Hours a week in use, of those devices of which anything was read in the last four weeks.

    The share of readings that said yes is taken for the share of time, which is right where
    readings come at a beat; see :func:`controller.usage.hours_a_day`.
    """
    if not devices:
        return {}
    start, end = (int(at.timestamp() * 1_000) for at in (now - _SPAN, now))
    found: dict[str, float] = {}
    # What counts first is written last.
    for metric in reversed(METRICS):
        shares = store.aggregate(metric, start=start, end=end, how="mean", subjects=devices)
        found |= {
            device: share * HOURS * _DAYS_A_WEEK
            for (device, part), share in shares.items()
            if part == ""
        }
    return found
