"""How observed devices are read from the register and written back.

Most polls move a device's clocks and nothing else. So only the columns that decide what a poll
changes are read, and only those that changed are written, all devices with the same ones together
(``inventory.intake.state_sql``). What is rare goes the usual ways.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from inventory.intake.observed import NO_PORTS, Observed, Told
from inventory.intake.state_sql import READ, state_sql
from inventory.models import Device, DeviceState, Port
from inventory.search.upkeep import touch

_IDENTITY = ("kind", "vendor", "model", "serial", "version")
_TABLES = SQLModel.metadata.tables
_STATE, _PORT = _TABLES["device_state"], _TABLES["port"]
_EMPTY = dict.fromkeys(column.name for column in _STATE.columns) | {"ports_down": NO_PORTS}
_BY_ID = update(_TABLES["device"]).where(_TABLES["device"].c.id == bindparam("key"))
_OPER = update(_PORT).where(
    _PORT.c.device_id == bindparam("key"), _PORT.c.name == bindparam("port")
)


def load(
    session: Session,
    subjects: Collection[str],
    schools: Collection[str] | None = None,
    *,
    facts: Iterable[str] = (),
) -> dict[str, Observed]:
    """Devices among the subjects, by id, their states locked until the transaction ends.

    Args:
        session: one that writes.
        subjects: ids of devices, and of other things.
        schools: only devices of these; ``None`` for any.
        facts: those among the subjects whose identity is looked at.
    """
    if not subjects:
        return {}
    connection = session.connection()
    sql = state_sql(connection)
    rows = sql.devices(connection, subjects, schools)
    devices = {row[0]: Observed(row[0], row[1]) for row in rows}
    told = devices.keys() & facts
    if sql.locks:
        # Rows are locked in one order, devices before states and each by their ids, and states are
        # read only then: two controllers with batches of one device neither deadlock nor count a
        # failure twice. Who makes a state holds its device; else the state's own lock is enough.
        _identify(session, devices, told | {key for key, _, state, *_ in rows if state is None})
        _fill(devices, sql.converted(sql.locked(connection, devices)))
    else:
        # SQLite has no row locks and needs none: its writing transactions come one at a time.
        _identify(session, devices, told)
        _fill(devices, sql.converted([state for _, _, *state in rows if state[0] is not None]))
    return devices


def _identify(session: Session, devices: dict[str, Observed], wanted: Collection[str]) -> None:
    """Lock rows of devices, and read what both people and facts write there."""
    if not wanted:
        return
    query = (
        select(Device.id, *(getattr(Device, name) for name in _IDENTITY))
        .where(col(Device.id).in_(wanted))
        .order_by(col(Device.id))
        .with_for_update(key_share=True)
    )
    for device_id, *values in session.execute(query):
        devices[device_id].identity = dict(zip(_IDENTITY, values, strict=True))


def _fill(devices: dict[str, Observed], states: Iterable[tuple[Any, ...]]) -> None:
    for device_id, school, down, *values in states:
        device = devices[device_id]
        device.known = True
        device.state = dict(zip(READ, values, strict=True))
        device.before = device.state["outcome"], device.state["present"]
        device.ports_down = down
        if school != device.school_code:
            device.changed["school_code"] = device.school_code


def store(session: Session, devices: Sequence[Observed]) -> None:
    """Write what polls have changed; what a newer poll wrote meanwhile stays."""
    if not devices:
        return
    connection = session.connection()
    _write_states(connection, devices)
    told = {device.device_id: device.told for device in devices if device.told is not None}
    _write_ports(connection, told)
    for device_id, one in told.items():
        if one.corrected:
            # The table and not the model: no plan holds what devices tell of themselves.
            touch(session)
            connection.execute(_BY_ID.values(**one.corrected), {"key": device_id})
    for known in session.identity_map.values():
        if isinstance(known, Device | DeviceState | Port):
            session.expire(known)


def _write_states(connection: Connection, devices: Sequence[Observed]) -> None:
    made: list[dict[str, Any]] = []
    alike: dict[tuple[str, ...], list[Observed]] = {}
    for device in devices:
        changed = device.changed
        if device.told is not None and device.told.down_changed:
            changed["ports_down"] = msgspec.json.encode(sorted(device.told.down)).decode()
        if device.known:
            alike.setdefault(tuple(changed), []).append(device)
        else:
            key = {"device_id": device.device_id, "school_code": device.school_code}
            made.append(_EMPTY | changed | key)
    if made:
        connection.execute(_upsert(connection.dialect.name, "device_state", "taken_at"), made)
    sql = state_sql(connection)
    for columns, group in alike.items():
        keys = [(device.device_id, device.state["taken_at"]) for device in group]
        values = list(zip(*(device.changed.values() for device in group), strict=True))
        sql.update(connection, columns, keys, values)


def _write_ports(connection: Connection, told: Mapping[str, Told]) -> None:
    ports = [row for one in told.values() for row in one.ports.values()]
    if ports:
        connection.execute(_upsert(connection.dialect.name, "port", "seen_at"), ports)
    opers = [
        {"key": device_id, "port": name, "oper": oper, "seen_at": at}
        for device_id, one in told.items()
        for name, (oper, at) in one.opers.items()
    ]
    if opers:
        connection.execute(_OPER, opers)


@cache
def _upsert(dialect: str, name: str, newer: str) -> Any:
    """Insert rows of a table, or give those that are there and not newer the new values."""
    table = _TABLES[name]
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    excluded = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=keys,
        set_={c.name: excluded[c.name] for c in table.columns if c.name not in keys},
        where=excluded[newer] >= table.c[newer],
    )
