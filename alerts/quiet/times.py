"""What maintenance and silences mean for the schools that are judged at one moment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, or_, select

from alerts.quiet.models import MaintenanceWindow, Silence
from alerts.quiet.recurring import stretches
from inventory.models import Device

#: What was switched off for maintenance has so long to come up before it is told of.
GRACE = timedelta(minutes=5)
#: Schools that are asked for by their codes; of more, all that is quiet is read.
_NAMED = 500


@dataclass(frozen=True, slots=True)
class QuietTime:
    """A stretch in which some things of a school are not told of.

    Args:
        id: of the window or the silence.
        begin, end: of the stretch; the end is not included.
        subjects: ids of devices and lines; empty for all of the school.
        rule: name of the fault; empty for all.
        is_maintenance: else a silence.
        reason: why, in somebody's words.
    """

    id: str
    begin: datetime
    end: datetime
    subjects: frozenset[str]
    rule: str
    is_maintenance: bool
    reason: str

    def covers(self, subject: str, rule: str) -> bool:
        """Whether it is about a fault at all, whatever the time."""
        return (not self.subjects or subject in self.subjects) and self.rule in ("", rule)

    @property
    def told_from(self) -> datetime:
        """When it is over for what still stands: a while after the end of maintenance."""
        return self.end + GRACE if self.is_maintenance else self.end

    def holds(self, at: datetime) -> bool:
        """Whether nothing is told of at a moment."""
        return self.begin <= at < self.told_from


def quiet_times(
    session: Session, paths: Mapping[str, str], since: datetime, until: datetime
) -> Mapping[str, Sequence[QuietTime]]:
    """What is quiet in some schools between two moments; schools without any are left out.

    Three short queries, however many schools are asked about.

    Args:
        session: only reads.
        paths: of the schools, by code.
        since: what ended before is left out.
        until: what begins after is left out.
    """
    windows = _windows(session, paths, since - GRACE, until)
    silences = _silences(session, paths, since, until)
    if not windows and not silences:
        return {}
    rooms = _rooms(session, {one.room_id for one in windows if one.room_id is not None})
    found: dict[str, list[QuietTime]] = defaultdict(list)
    for window in windows:
        times = list(_of_window(window, rooms, since - GRACE, until))
        for code in _schools_of(window, paths) if times else ():
            found[code] += times
    for silence in silences:
        found[silence.school_code].append(of_silence(silence))
    return found


def is_anything_quiet(session: Session, at: datetime) -> bool:
    """Whether anything anywhere may be quiet at a moment: mostly nothing is."""
    windows = select(MaintenanceWindow.id).where(
        col(MaintenanceWindow.ends_at) > at - GRACE, col(MaintenanceWindow.begins_at) <= at
    )
    silences = select(Silence.id).where(col(Silence.ends_at) > at, col(Silence.begins_at) <= at)
    return any(session.exec(query.limit(1)).first() is not None for query in (windows, silences))


def of_silence(silence: Silence) -> QuietTime:
    """What a silence means, ended early or not."""
    end = silence.ends_at if silence.ended_at is None else min(silence.ends_at, silence.ended_at)
    named = (one for one in (silence.device_id, silence.line_id) if one is not None)
    return QuietTime(
        id=silence.id,
        begin=silence.begins_at,
        end=end,
        subjects=frozenset(named),
        rule=silence.rule,
        is_maintenance=False,
        reason=silence.reason,
    )


def _of_window(
    window: MaintenanceWindow,
    rooms: Mapping[str, Collection[str]],
    since: datetime,
    until: datetime,
) -> Iterable[QuietTime]:
    subjects: frozenset[str] = frozenset()
    if window.room_id is not None:
        # The room itself is named so that one without devices is not all of the school.
        subjects = frozenset((window.room_id, *rooms.get(window.room_id, ())))
    elif window.device_id is not None:
        subjects = frozenset((window.device_id,))
    for begin, end in stretches(window, since, until):
        yield QuietTime(
            id=window.id,
            begin=begin,
            end=end,
            subjects=subjects,
            rule="",
            is_maintenance=True,
            reason=window.reason,
        )


def _schools_of(window: MaintenanceWindow, paths: Mapping[str, str]) -> Iterable[str]:
    if window.school_code is not None:
        return (window.school_code,) if window.school_code in paths else ()
    above = f"/{window.organisation_code}/"
    return [code for code, path in paths.items() if above in path]


def _windows(
    session: Session, paths: Mapping[str, str], since: datetime, until: datetime
) -> Sequence[MaintenanceWindow]:
    ended = col(MaintenanceWindow.ended_at)
    query = select(MaintenanceWindow).where(
        col(MaintenanceWindow.ends_at) > since,
        col(MaintenanceWindow.begins_at) < until,
        col(MaintenanceWindow.is_undone).is_(False),
        or_(ended.is_(None), ended > since),
    )
    if len(paths) <= _NAMED:
        above = {one for path in paths.values() for one in path.strip("/").split("/")[:-1]}
        query = query.where(
            or_(
                col(MaintenanceWindow.school_code).in_(paths),
                col(MaintenanceWindow.organisation_code).in_(above),
            )
        )
    return session.exec(query.order_by(col(MaintenanceWindow.id))).all()


def _silences(
    session: Session, paths: Mapping[str, str], since: datetime, until: datetime
) -> Sequence[Silence]:
    ended = col(Silence.ended_at)
    query = select(Silence).where(
        and_(col(Silence.ends_at) > since, col(Silence.begins_at) < until),
        or_(ended.is_(None), ended > since),
    )
    if len(paths) <= _NAMED:
        query = query.where(col(Silence.school_code).in_(paths))
    found = session.exec(query.order_by(col(Silence.id)))
    return [one for one in found if one.school_code in paths]


def _rooms(session: Session, rooms: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Devices by the room they stand in."""
    found: dict[str, list[str]] = defaultdict(list)
    if rooms:
        query = select(Device.room_id, Device.id).where(col(Device.room_id).in_(rooms))
        for room, device in session.exec(query):
            found[room or ""].append(device)
    return found
