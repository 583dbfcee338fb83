"""What a batch's polls say about the register: states, vitals, identity, ports.

Two SELECTs find all subjects of a batch; states go back in one upsert. Rows of ports and devices
are written only when something about them is new. ``inventory.observed`` decides what that is.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from drivers.readings import ALIVE, Poll
from inventory.models import Device, DeviceState, Line, Port
from inventory.observed import Observed, instant
from inventory.reviews import mark_reviews
from inventory.status import CADENCE, SILENT_AFTER

#: A clock may be this far ahead of ours; a state from further ahead would look silent later on.
MAX_AHEAD = timedelta(minutes=5)

_log = logging.getLogger(__name__)
_IDENTITY = ("kind", "vendor", "model", "serial", "version")
_STATE = SQLModel.metadata.tables["device_state"]
_STATE_COLUMNS = tuple(c.name for c in _STATE.columns if c.name not in ("device_id", "ports_down"))
_PORT = SQLModel.metadata.tables["port"]


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


def record_polls(
    session: Session,
    polls: Sequence[Poll],
    now: datetime,
    *,
    agent_id: str | None = None,
    cadence: timedelta = CADENCE,
) -> Recorded:
    """Bring the register up to date with polls; flushes, never commits.

    Polls of lines hold no state of a device and pass through. The same polls again, or older
    ones, change nothing, but older ones are noted for a review of the device's alerts. Polls of a
    clock that is ahead by more than ``MAX_AHEAD`` are moved back, the newest one to ``now``.

    Args:
        session: one that writes.
        polls: of one batch.
        now: aware.
        agent_id: who brought them.
        cadence: of reachability; polls further apart than some of it do not follow each other.
    """
    session.flush()
    latest = int((now + MAX_AHEAD).timestamp() * 1_000)
    usable = sorted(polls, key=lambda p: p.taken_at)
    newest = usable[-1].taken_at if usable else 0
    ahead = newest - int(now.timestamp() * 1_000) if newest > latest else 0
    devices = _load(session, {poll.subject for poll in usable})
    alive_before = {key: _alive(device) for key, device in devices.items()}
    foreign: set[str] = set()
    elsewhere: list[Poll] = []
    for poll in usable:
        device = devices.get(poll.subject)
        if device is None:
            elsewhere.append(poll)
        elif device.school_code != poll.school:
            foreign.add(poll.subject)
        else:
            at = instant(poll.taken_at - ahead)
            device.apply(poll, agent_id, at=at, silence=SILENT_AFTER * cadence)
    _store(session, [device for device in devices.values() if device.touched])
    mark_reviews(
        session,
        {key: device.news_from for key, device in devices.items() if device.news_from},
        now,
    )
    return Recorded(
        turned={
            key: alive
            for key, device in devices.items()
            if (alive := _alive(device)) is not None and alive is not alive_before[key]
        },
        unknown=frozenset(foreign | _not_lines(session, elsewhere)),
        ahead=frozenset(poll.subject for poll in polls if poll.taken_at > latest),
        other_serials=tuple(_other_serials(devices.values())),
    )


def _alive(device: Observed) -> bool | None:
    return device.state["outcome"] in ALIVE if device.state else None


def _not_lines(session: Session, polls: Collection[Poll]) -> set[str]:
    if not polls:
        return set()
    subjects = {poll.subject for poll in polls}
    query = select(Line.id, Line.school_code).where(col(Line.id).in_(subjects))
    lines = dict(session.exec(query).all())
    return {poll.subject for poll in polls if lines.get(poll.subject) != poll.school}


def _other_serials(devices: Iterable[Observed]) -> Iterable[OtherSerial]:
    for device in devices:
        if device.other_serial is not None:
            registered = device.identity["serial"]
            _log.warning(
                "device %s tells serial number %s; registered is %s",
                device.device_id,
                device.other_serial,
                registered,
            )
            yield OtherSerial(device.device_id, registered, device.other_serial)


def _load(session: Session, subjects: Collection[str]) -> dict[str, Observed]:
    # Locked one after the other in the order of the ids, and the states are read only then: two
    # controllers with batches of one device neither deadlock nor count a failure twice. SQLite
    # has no row locks and needs none: its writing transactions come one at a time.
    query = (
        select(Device.id, Device.school_code, *(getattr(Device, name) for name in _IDENTITY))
        .where(col(Device.id).in_(subjects))
        .order_by(col(Device.id))
        .with_for_update(key_share=True)
    )
    devices = {
        row[0]: Observed(row[0], row[1], dict(zip(_IDENTITY, row[2:], strict=True)))
        for row in session.execute(query)
    }
    states = session.execute(
        _STATE.select().where(_STATE.c.device_id.in_(devices.keys()))
    ).mappings()
    for row in states:
        device = devices[row["device_id"]]
        device.state = {name: row[name] for name in _STATE_COLUMNS}
        device.down = set(msgspec.json.decode(row["ports_down"], type=list[str]))
    return devices


def _store(session: Session, devices: Sequence[Observed]) -> None:
    if not devices:
        return
    connection = session.connection()
    rows = [
        dict.fromkeys(_STATE_COLUMNS)
        | device.state
        | {"device_id": device.device_id, "school_code": device.school_code, "ports_down": "[]"}
        for device in devices
    ]
    _upsert(connection, _STATE, rows, newer="taken_at", keep=("ports_down",))
    _execute_each(
        connection,
        update(_STATE).where(_STATE.c.device_id == bindparam("key")),
        [
            {"key": d.device_id, "ports_down": msgspec.json.encode(sorted(d.down)).decode()}
            for d in devices
            if d.down_changed
        ],
    )
    _upsert(connection, _PORT, [row for d in devices for row in d.ports.values()], newer="seen_at")
    _execute_each(
        connection,
        update(_PORT).where(
            _PORT.c.device_id == bindparam("key"), _PORT.c.name == bindparam("port")
        ),
        [
            {"key": d.device_id, "port": name, "oper": oper, "seen_at": at}
            for d in devices
            for name, (oper, at) in d.opers.items()
        ],
    )
    for device in devices:
        if device.corrected:
            session.execute(
                update(Device)
                .where(col(Device.id) == device.device_id)
                .values(**device.corrected)
                .execution_options(synchronize_session=False)
            )
    for known in session.identity_map.values():
        if isinstance(known, Device | DeviceState | Port):
            session.expire(known)


def _upsert(
    connection: Connection,
    table: Any,
    rows: list[dict[str, Any]],
    *,
    newer: str,
    keep: Collection[str] = (),
) -> None:
    if not rows:
        return
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    statement = insert.on_conflict_do_update(
        index_elements=keys,
        set_={name: insert.excluded[name] for name in rows[0] if name not in (*keys, *keep)},
        where=insert.excluded[newer] >= table.c[newer],
    )
    connection.execute(statement, rows)


def _execute_each(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
