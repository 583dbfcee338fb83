"""The trail is written where rows are: at the session, in the transaction that changes them.

Whoever writes through a session that knows its actor (``inventory.audit.actor``) is written down,
whichever module does the writing; sessions of polls and jobs have none and pay one look into a
dictionary. What goes past the session, by its connection, goes past the trail: polls do.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Result, Table, event, insert, inspect
from sqlalchemy.orm import InstanceState, ORMExecuteState, UOWTransaction
from sqlmodel import Session, SQLModel

from inventory.audit.actor import Actor, actor_of
from inventory.audit.places import Places
from inventory.audit.statements import rows_before, rows_now, rows_of_insert
from inventory.audit.values import is_register, is_secret, is_told, label_of, told
from inventory.database import SessionFactory
from inventory.ids import new_id
from inventory.models import ChangeAction
from inventory.models.base import utc_now

Row = Mapping[str, Any]
_TABLE = SQLModel.metadata.tables["audit_change"]
_ACT = "audit_act"
#: Characters that tell one token from another in a list, of 64 that find it.
_SHOWN_OF_SECRETS = 8


class Written(NamedTuple):
    """One row that is written: what it is like now, and what it was like where it changed."""

    table: Table
    action: ChangeAction
    row: Row
    before: Row


def record_changes(factory: SessionFactory) -> None:
    """Let sessions of this factory write down what people change."""

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        actor = actor_of(session)
        if actor is not None:
            _record(session, actor, list(_written(session)))

    @event.listens_for(factory, "do_orm_execute")
    def _executed(state: ORMExecuteState) -> Result[Any] | None:
        session = cast(Session, state.session)
        writes = state.is_insert or state.is_update or state.is_delete
        actor = actor_of(session) if writes else None
        mapper = state.bind_mapper
        if actor is None or mapper is None or not is_register(mapper.local_table.description):
            return None
        return _followed(session, actor, state, cast(Table, mapper.local_table))

    @event.listens_for(factory, "after_transaction_end")
    def _ended(session: Session, transaction: Any) -> None:
        if transaction.parent is None:
            session.info.pop(_ACT, None)


def _written(session: Session) -> Iterable[Written]:
    for row in session.new:
        state = inspect(row)
        yield Written(_table(state), ChangeAction.insert, _row(state), {})
    for row in session.dirty:
        state = inspect(row)
        before = _before(state)
        if before:
            yield Written(_table(state), ChangeAction.update, _row(state), before)
    for row in session.deleted:
        state = inspect(row)
        yield Written(_table(state), ChangeAction.delete, {}, _row(state))


def _table(state: InstanceState[Any]) -> Table:
    return cast(Table, state.mapper.local_table)


def _row(state: InstanceState[Any]) -> Row:
    return {
        attribute.columns[0].name: state.dict.get(attribute.key)
        for attribute in state.mapper.column_attrs
    }


def _before(state: InstanceState[Any]) -> Row:
    found = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.has_changes():
            found[attribute.columns[0].name] = history.deleted[0] if history.deleted else None
    return found


def _followed(
    session: Session, actor: Actor, state: ORMExecuteState, table: Table
) -> Result[Any] | None:
    """Run a statement about many rows, and write down what became of them."""
    connection = session.connection()
    if state.is_insert:
        result = state.invoke_statement()
        rows = rows_of_insert(state)
        _record(session, actor, [Written(table, ChangeAction.insert, row, {}) for row in rows])
        return cast(Result[Any], result)
    session.flush()
    before = rows_before(connection, table, state)
    result = state.invoke_statement()
    if state.is_delete:
        written = [Written(table, ChangeAction.delete, {}, row) for row in before.values()]
    else:
        now = rows_now(connection, table, before)
        written = [
            Written(table, ChangeAction.update, row, changed)
            for key, row in now.items()
            if (changed := {k: v for k, v in before[key].items() if row[k] != v})
        ]
    _record(session, actor, written)
    return cast(Result[Any], result)


def _record(session: Session, actor: Actor, written: Sequence[Written]) -> None:
    kept = [one for one in written if is_register(one.table.name)]
    if not kept:
        return
    fresh = {(one.table.name, _key(one.table, one.row)): one.row for one in kept if one.row}
    places = Places(session.connection(), fresh)
    act = session.info.setdefault(_ACT, new_id("c"))
    at = utc_now()
    rows = []
    for one in kept:
        fields = _fields(one)
        if fields:
            whole = one.row or one.before
            place = places.of(one.table.name, whole)
            rows.append(
                {
                    "act": act,
                    "at": at,
                    "actor_id": actor.id,
                    "actor": actor.login,
                    "origin": actor.origin,
                    "address": actor.address[:64],
                    "action": one.action,
                    "table_name": one.table.name,
                    "key": _key(one.table, whole, shown=True)[:255],
                    "label": label_of(whole),
                    "school_code": place.school,
                    "organisation_code": place.organisation,
                    "device_id": whole.get("id" if one.table.name == "device" else "device_id"),
                    "fields": msgspec.json.encode(fields).decode(),
                }
            )
    if rows:
        session.connection().execute(insert(_TABLE), rows)


def _fields(one: Written) -> dict[str, tuple[Any, Any]]:
    if one.action is ChangeAction.update:
        pairs = {name: (value, one.row[name]) for name, value in one.before.items()}
    elif one.action is ChangeAction.insert:
        pairs = {name: (None, value) for name, value in one.row.items() if value is not None}
    else:
        pairs = {name: (value, None) for name, value in one.before.items() if value is not None}
    return {n: (told(n, old), told(n, new)) for n, (old, new) in pairs.items() if is_told(n)}


def _key(table: Table, row: Row, *, shown: bool = False) -> str:
    """The primary key as one text; where people see it, a secret in it is cut short."""
    names = [column.name for column in table.primary_key]
    return "/".join(
        str(row.get(name))[:_SHOWN_OF_SECRETS] + "…"
        if shown and is_secret(name)
        else str(row.get(name))
        for name in names
    )
