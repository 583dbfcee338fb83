"""The job that counts how long devices are in use, for plans of a whole city."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete
from sqlmodel import Session, col, select

from controller.jobs import Transactions
from controller.metrics.store import MetricStore
from controller.usage import HOURS, METRICS
from inventory.models import Device, DeviceUsage
from inventory.packed.records import PLANNED, STATES
from inventory.repositories.schools import SchoolRepository
from inventory.scope import Scope
from inventory.status import CADENCE, PRESENCE_SILENT_AFTER
from inventory.summaries import worth_counting

Ints = npt.NDArray[np.int64]
COUNT_SECONDS = 3600.0
#: Whose readings count: school weeks and a weekend or two each, holidays out of sight soon.
_SPAN = timedelta(days=28)
_DAYS_A_WEEK = 7
#: Milliseconds.
_HOUR, _DAY = 3_600_000, 86_400_000
#: Schools whose rows are written in one transaction.
_AT_ONCE = 20
_STATES = tuple(state for state, flags in STATES.items() if flags & PLANNED)


def count_usage(
    store: MetricStore, *, cadence: timedelta = CADENCE
) -> Callable[[Transactions, datetime], None]:
    """The job; of a large register a twenty-fourth of the schools each hour."""
    hold = PRESENCE_SILENT_AFTER * cadence

    def run(transactions: Transactions, now: datetime) -> None:
        with transactions.reading() as session:
            in_turn = worth_counting(session)
            schools = sorted(
                one.code for one in SchoolRepository(session, Scope.everything()).facts()
            )
        if in_turn:
            schools = schools[now.hour :: HOURS]
        for start in range(0, len(schools), _AT_ONCE):
            _count(store, transactions, schools[start : start + _AT_ONCE], now, hold)

    return run


def _count(
    store: MetricStore,
    transactions: Transactions,
    schools: Sequence[str],
    now: datetime,
    hold: timedelta,
) -> None:
    with transactions.reading() as session:
        school_of: dict[str, str] = dict(
            session.exec(
                select(Device.id, Device.school_code).where(
                    col(Device.school_code).in_(schools), col(Device.lifecycle).in_(_STATES)
                )
            ).all()
        )
    hours: dict[str, float] = {}
    for school in schools:
        # A school at a time: four weeks of readings of many more would fill the memory.
        there = [device for device, code in school_of.items() if code == school]
        hours |= hours_a_week(store, there, now, hold=hold)
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


def hours_of(
    session: Session, store: MetricStore, device_id: str, now: datetime, *, hold: timedelta
) -> float | None:
    """Hours a week of one device: what the job has kept, or the same counted now.

    ``None``: nothing was read of it, or there is no such device.
    """
    kept = session.get(DeviceUsage, device_id)
    if kept is not None:
        return kept.hours_a_week
    school = select(Device.school_code).where(Device.id == device_id).scalar_subquery()
    there = session.exec(
        select(Device.id).where(Device.school_code == school, col(Device.lifecycle).in_(_STATES))
    ).all()
    return hours_a_week(store, there, now, hold=hold).get(device_id)


def hours_a_week(
    store: MetricStore, devices: Collection[str], now: datetime, *, hold: timedelta
) -> Mapping[str, float]:
    """Hours a week in use, of those devices of one school of which anything was read in four weeks.

    A reading holds until the next one, at most for ``hold``: many a device tells that it is on and
    is silent when it is off, so that its silence is no use. Nor is it time of which nothing is
    known, if the school was read on that day: then somebody would have heard it. Days on which
    nothing of the school was read, and those before the first reading of a device, do not count.

    What this cannot tell: a device that is on and cannot be heard (its own network is down) counts
    as off; and what is switched off counts for ``hold`` more.
    """
    if not devices:
        return {}
    start, end = (int(at.timestamp() * 1_000) for at in (now - _SPAN, now))
    longest = int(hold.total_seconds() * 1_000)
    read: dict[str, Ints] = {}
    used: dict[str, float] = {}
    # What counts first is written last.
    for metric in reversed(METRICS):
        found = store.samples(metric, devices, start=start, end=end)
        for (device, part), (times, values) in found.items():
            if part == "":
                held = np.minimum(np.diff(times, append=end), longest)
                used[device] = float(held[values > 0].sum()) / _HOUR
                days = np.unique((end - times) // _DAY)
                read[device] = np.union1d(read[device], days) if device in read else days
    known = np.unique(np.concatenate([*read.values(), np.zeros(0, dtype=np.int64)]))
    return {
        device: hours / int((known <= read[device].max()).sum()) * _DAYS_A_WEEK
        for device, hours in used.items()
    }
