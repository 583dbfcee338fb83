"""What batches' polls say about the register: states, vitals, identity, ports.

A few SELECTs find all subjects of any number of batches. Of states, ports and devices only what is
new is written: ``observed`` decides what that is, ``state_rows`` writes it.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from drivers.readings import ALIVE, Poll
from inventory.intake.observed import Observed, instant
from inventory.intake.reviews import mark_reviews
from inventory.intake.state_rows import load, store
from inventory.models import Device, Line
from inventory.page_changes import note_schools
from inventory.status import CADENCE, SILENT_AFTER

#: A clock may be this far ahead of ours; a state from further ahead would look silent later on.
MAX_AHEAD = timedelta(minutes=5)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OtherSerial:
    """A device told a serial number that is not the registered one: replaced, perhaps."""

    device_id: str
    registered: str
    told: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What :func:`record_polls` found.

    Args:
        turned: devices that came alive (``True``) or ceased to be (``False``), new ones included.
        unknown: subjects that are no device or line of the school the poll names; left out.
        ahead: subjects polled further in the future than ``MAX_AHEAD``; their states are as of now.
        other_serials: told for the first time; never written over the registered ones.
    """

    turned: dict[str, bool] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    ahead: frozenset[str] = frozenset()
    other_serials: tuple[OtherSerial, ...] = ()


def owners_of(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """School codes of devices and lines by their ids; ids nobody has are left out."""
    wanted = set(subjects)
    owners: dict[str, str] = {}
    for model in (Device, Line):
        missing = wanted - owners.keys()
        if missing:
            query = select(model.id, model.school_code).where(col(model.id).in_(missing))
            owners |= dict(session.exec(query).all())
    return owners


class StateBook:
    """The devices that some batches speak of: read and locked once, written once.

    Args:
        session: one that writes.
        polls: those that will be applied, and perhaps others.
        schools: only devices of these are read and locked; ``None`` for any.
    """

    def __init__(
        self, session: Session, polls: Collection[Poll], schools: Collection[str] | None = None
    ) -> None:
        session.flush()
        self._session = session
        subjects = {poll.subject for poll in polls}
        facts = {poll.subject for poll in polls if poll.facts is not None}
        self._devices = load(session, subjects, schools, facts=facts)
        #: School codes of the devices and lines among the subjects.
        self.owners: Mapping[str, str] = {
            **_lines(session, subjects - self._devices.keys()),
            **{key: device.school_code for key, device in self._devices.items()},
        }
        self._unknown: set[str] = set()
        self._ahead: set[str] = set()

    def apply(
        self,
        polls: Sequence[Poll],
        now: datetime,
        *,
        agent_id: str | None = None,
        cadence: timedelta = CADENCE,
    ) -> None:
        """Take in the polls of one batch; nothing is written yet.

        Polls of lines hold no state of a device and pass through. The same polls again, or older
        ones, change nothing, but older ones are noted for a review of the device's alerts. Polls
        of a clock that is ahead by more than ``MAX_AHEAD`` are moved back, the newest to ``now``.

        Args:
            polls: of one batch.
            now: aware.
            agent_id: who brought them.
            cadence: of reachability; polls further apart than some of it do not follow each other.
        """
        latest = int((now + MAX_AHEAD).timestamp() * 1_000)
        usable = sorted(polls, key=lambda p: p.taken_at)
        newest = usable[-1].taken_at if usable else 0
        ahead = newest - int(now.timestamp() * 1_000) if newest > latest else 0
        silence = SILENT_AFTER * cadence
        for poll in usable:
            if self.owners.get(poll.subject) != poll.school:
                self._unknown.add(poll.subject)
                continue
            device = self._devices.get(poll.subject)
            if device is not None:
                device.apply(poll, agent_id, at=instant(poll.taken_at - ahead), silence=silence)
        self._ahead.update(poll.subject for poll in usable if poll.taken_at > latest)

    def write(self, now: datetime) -> Recorded:
        """Bring the register up to date; flushes, never commits."""
        devices = self._devices.values()
        store(self._session, [device for device in devices if device.changed])
        shown = [device for device in devices if device.looks_different()]
        note_schools(self._session, {device.school_code for device in shown}, now)
        mark_reviews(
            self._session,
            {device.device_id: device.news_from for device in devices if device.news_from},
            now,
        )
        return Recorded(
            turned={
                device.device_id: alive
                for device in shown
                if (alive := device.state["outcome"] in ALIVE) is not device.was_alive
            },
            unknown=frozenset(self._unknown),
            ahead=frozenset(self._ahead),
            other_serials=tuple(_other_serials(devices)),
        )


def record_polls(
    session: Session,
    polls: Sequence[Poll],
    now: datetime,
    *,
    agent_id: str | None = None,
    cadence: timedelta = CADENCE,
) -> Recorded:
    """Bring the register up to date with one batch; see :meth:`StateBook.apply`."""
    book = StateBook(session, polls)
    book.apply(polls, now, agent_id=agent_id, cadence=cadence)
    return book.write(now)


def _lines(session: Session, subjects: Collection[str]) -> dict[str, str]:
    if not subjects:
        return {}
    query = select(Line.id, Line.school_code).where(col(Line.id).in_(subjects))
    return dict(session.exec(query).all())


def _other_serials(devices: Iterable[Observed]) -> Iterable[OtherSerial]:
    for device in devices:
        other = None if device.told is None else device.told.other_serial
        if other is not None:
            registered = device.identity["serial"]
            _log.warning(
                "device %s tells serial number %s; registered is %s",
                device.device_id,
                other,
                registered,
            )
            yield OtherSerial(device.device_id, registered, other)
