"""How observed devices are read from the register and written back: few statements, made once.

A statement costs more to build than to run for a few rows, so each is built once a dialect.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from inventory.models import Device, DeviceState, Port
from inventory.observed import Observed

_IDENTITY = ("kind", "vendor", "model", "serial", "version")
_TABLES = SQLModel.metadata.tables
_STATE, _PORT = _TABLES["device_state"], _TABLES["port"]
_STATE_COLUMNS = tuple(c.name for c in _STATE.columns if c.name not in ("device_id", "ports_down"))
_PORTS_DOWN = update(_STATE).where(_STATE.c.device_id == bindparam("key"))
_OPER = update(_PORT).where(
    _PORT.c.device_id == bindparam("key"), _PORT.c.name == bindparam("port")
)
_NO_PORTS = "[]"


def load(
    session: Session, subjects: Collection[str], schools: Collection[str] | None = None
) -> dict[str, Observed]:
    """Devices among the subjects, by id, locked until the transaction ends.

    Args:
        session: one that writes.
        subjects: ids of devices, and of other things.
        schools: only devices of these; ``None`` for any.
    """
    # Locked one after the other in the order of the ids, and the states are read only then: two
    # controllers with batches of one device neither deadlock nor count a failure twice. SQLite
    # has no row locks and needs none: its writing transactions come one at a time.
    query = (
        select(Device.id, Device.school_code, *(getattr(Device, name) for name in _IDENTITY))
        .where(col(Device.id).in_(subjects))
        .order_by(col(Device.id))
        .with_for_update(key_share=True)
    )
    if schools is not None:
        query = query.where(col(Device.school_code).in_(schools))
    devices = {
        row[0]: Observed(row[0], row[1], dict(zip(_IDENTITY, row[2:], strict=True)))
        for row in session.execute(query)
    }
    columns = [_STATE.c.device_id, _STATE.c.ports_down, *(_STATE.c[n] for n in _STATE_COLUMNS)]
    states = select(*columns).where(_STATE.c.device_id.in_(devices.keys()))
    for device_id, down, *values in session.execute(states):
        device = devices[device_id]
        device.state = dict(zip(_STATE_COLUMNS, values, strict=True))
        device.down = set() if down == _NO_PORTS else set(msgspec.json.decode(down, type=list[str]))
    return devices


def store(session: Session, devices: Sequence[Observed]) -> None:
    """Write what polls have changed; what a newer poll wrote meanwhile stays."""
    if not devices:
        return
    connection = session.connection()
    dialect = connection.dialect.name
    empty = dict.fromkeys(_STATE_COLUMNS)
    states = [
        {
            **empty,
            **device.state,
            "device_id": device.device_id,
            "school_code": device.school_code,
            "ports_down": _NO_PORTS,
        }
        for device in devices
    ]
    connection.execute(_upsert(dialect, "device_state", "taken_at", ("ports_down",)), states)
    ports_down = [
        {"key": d.device_id, "ports_down": msgspec.json.encode(sorted(d.down)).decode()}
        for d in devices
        if d.down_changed
    ]
    if ports_down:
        connection.execute(_PORTS_DOWN, ports_down)
    ports = [row for d in devices for row in d.ports.values()]
    if ports:
        connection.execute(_upsert(dialect, "port", "seen_at"), ports)
    opers = [
        {"key": d.device_id, "port": name, "oper": oper, "seen_at": at}
        for d in devices
        for name, (oper, at) in d.opers.items()
    ]
    if opers:
        connection.execute(_OPER, opers)
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


@cache
def _upsert(dialect: str, name: str, newer: str, keep: tuple[str, ...] = ()) -> Any:
    """Insert rows of a table, or give those that are there and not newer the new values."""
    table = _TABLES[name]
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    excluded = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=keys,
        set_={c.name: excluded[c.name] for c in table.columns if c.name not in (*keys, *keep)},
        where=excluded[newer] >= table.c[newer],
    )
