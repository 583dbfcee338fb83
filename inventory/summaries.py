"""Counts made ahead, for registers too large to be counted at every look.

Two things are kept: how each device is, as a number in its row by which lists are filtered and
sorted, and a row of figures a school. A job brings them up to date every few seconds, and only what
has changed is written. Up to ``LIVE_UP_TO`` devices nothing is kept and everything is counted when
it is asked for; the same holds when the last count is older than ``FRESH_FOR``.
See ``docs/decisions/0029-counted-ahead.md``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import case, delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from inventory.models import Device, DeviceState, Lifecycle, SchoolSummary, SummaryTime
from inventory.pauses import let_others_run
from inventory.status import CADENCE, RANKS, Status, status_expression

#: Registers of so many devices are counted at every look: it takes a few milliseconds.
LIVE_UP_TO = 5_000
#: A count older than this is not used; four times what passes between two.
FRESH_FOR = timedelta(seconds=60)
#: Rows of figures that are written together.
_AT_ONCE = 100
_DEVICE = SQLModel.metadata.tables["device"]
_SUMMARY = SQLModel.metadata.tables["school_summary"]
_BY_RANK = {rank: status for status, rank in RANKS.items()}


@dataclass(frozen=True, slots=True)
class Figures:
    """One school as of a count; fields are the columns of :class:`SchoolSummary`."""

    healthy: int = 0
    off: int = 0
    degraded: int = 0
    down: int = 0
    silent: int = 0
    unknown: int = 0
    heard_at: datetime | None = None
    line_id: str | None = None
    tested_at: datetime | None = None
    download: float | None = None
    upload: float | None = None

    def by_status(self) -> dict[Status, int]:
        """How many devices in service are how; every status is there."""
        return {
            Status.healthy: self.healthy,
            Status.off: self.off,
            Status.degraded: self.degraded,
            Status.down: self.down,
            Status.silent: self.silent,
            Status.unknown: self.unknown,
        }


_NAMES = tuple(Figures.__dataclass_fields__)
_values_of = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class LineTest:
    """The newest speed test of a school's line; bit/s."""

    line_id: str
    tested_at: datetime
    download: float
    upload: float | None


def worth_counting(session: Session) -> bool:
    """Whether there are more devices than are counted at every look."""
    some = select(Device.id).limit(LIVE_UP_TO + 1).subquery()
    return session.exec(select(func.count()).select_from(some)).one() > LIVE_UP_TO


def changed_ranks(
    session: Session, now: datetime, *, cadence: timedelta = CADENCE
) -> Sequence[tuple[str, int]]:
    """Devices that are not any more as their row says, with what is to be written; by id."""
    ranks = {status.value: rank for status, rank in RANKS.items()}
    rank = case(ranks, value=status_expression(now, cadence))
    query = (
        select(Device.id, rank)
        .outerjoin(DeviceState, col(DeviceState.device_id) == Device.id)
        .where(rank != col(Device.status_rank))
        .order_by(col(Device.id))
    )
    return [(device_id, number) for device_id, number in session.exec(query)]


def write_ranks(session: Session, changed: Iterable[tuple[str, int]]) -> None:
    """Write what :func:`changed_ranks` found, a few hundred at a time; flushes, never commits."""
    by_rank: dict[int, list[str]] = {}
    for device_id, rank in changed:
        by_rank.setdefault(rank, []).append(device_id)
    ids = [device_id for some in by_rank.values() for device_id in some]
    # Locked in the order of the ids, as batches of polls do.
    lock = select(Device.id).where(col(Device.id).in_(ids)).order_by(col(Device.id))
    session.exec(lock.with_for_update(key_share=True)).all()
    for rank, some in by_rank.items():
        # The table and not the model: how a device is concerns no plan.
        statement = update(_DEVICE).where(_DEVICE.c.id.in_(some)).values(status_rank=rank)
        session.connection().execute(statement)


def count_schools(session: Session) -> dict[str, Figures]:
    """Every school that has devices in service or was heard of, counted by the rows of devices."""
    counts: dict[str, dict[str, Any]] = {}
    by_rank = (
        select(Device.school_code, Device.status_rank, func.count())
        .where(Device.lifecycle == Lifecycle.in_service)
        .group_by(col(Device.school_code), col(Device.status_rank))
    )
    for code, rank, number in session.exec(by_rank):
        counts.setdefault(code, {})[_BY_RANK[rank].value] = number
    newest = func.max(col(DeviceState.taken_at))
    heard: dict[str, datetime] = dict(
        session.exec(
            select(DeviceState.school_code, newest).group_by(col(DeviceState.school_code))
        ).all()
    )
    return {
        code: Figures(**counts.get(code, {}), heard_at=heard.get(code))
        for code in counts.keys() | heard.keys()
    }


def with_tests(counted: Mapping[str, Figures], tests: Mapping[str, LineTest]) -> dict[str, Figures]:
    """The figures with the newest speed tests, by school code."""
    nothing = Figures()
    found = dict(counted)
    for code, test in tests.items():
        one = found.get(code, nothing)
        # Field by field: copies by ``dataclasses`` took a tenth of a second for a city.
        found[code] = Figures(
            healthy=one.healthy,
            off=one.off,
            degraded=one.degraded,
            down=one.down,
            silent=one.silent,
            unknown=one.unknown,
            heard_at=one.heard_at,
            line_id=test.line_id,
            tested_at=test.tested_at,
            download=test.download,
            upload=test.upload,
        )
    return found


def keep_figures(session: Session, counted: Mapping[str, Figures], at: datetime) -> int:
    """Make these the figures as of ``at``; returns how many rows were written.

    Flushes, never commits.
    """
    before = figures_of(session)
    changed = [code for code, figures in sorted(counted.items()) if before.get(code) != figures]
    connection = session.connection()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(_SUMMARY)
    statement = insert.on_conflict_do_update(
        index_elements=["school_code"], set_={name: insert.excluded[name] for name in _NAMES}
    )
    for start in range(0, len(changed), _AT_ONCE):
        some = [(code, _values_of(counted[code])) for code in changed[start : start + _AT_ONCE]]
        rows = [{"school_code": code, **dict(zip(_NAMES, row, strict=True))} for code, row in some]
        connection.execute(statement, rows)
        let_others_run()
    gone = sorted(before.keys() - counted.keys())
    if gone:
        session.execute(delete(SchoolSummary).where(col(SchoolSummary.school_code).in_(gone)))
    session.merge(SummaryTime(id=1, at=at))
    session.flush()
    return len(changed)


def forget_figures(session: Session) -> None:
    """Have everything counted when it is asked for from now on."""
    session.execute(delete(SummaryTime))


def figures_of(session: Session, *conditions: Any) -> dict[str, Figures]:
    """The kept figures, by school code."""
    columns = [_SUMMARY.c[name] for name in _NAMES]
    query = select(_SUMMARY.c.school_code, *columns).where(*conditions)
    return {code: Figures(*values) for code, *values in session.execute(query)}


def counted_at(session: Session, now: datetime) -> datetime | None:
    """When the counts in use were made; ``None``: there are none, or they are too old."""
    at = session.exec(select(SummaryTime.at)).one_or_none()
    return at if at is not None and abs(now - at) <= FRESH_FOR else None
