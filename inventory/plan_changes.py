"""Who is to look at its plan again: rows for each transaction that wrote what plans are made of.

The rows are written in that very transaction, so that every controller, and whoever works on the
files, tells all others. One look a second at the newest rows serves any number of waiting agents.
A row too many costs one plan made in vain; tables that agents themselves fill make none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, event, insert, inspect
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session, SQLModel, col, select

from inventory.database import SessionFactory
from inventory.models import AgentCommand, PlanChange
from inventory.models.base import utc_now

#: Tables plans are made of.
TABLES = frozenset(
    {"agent_school", "bandwidth_target", "broker", "credential", "device", "device_mac", "line"}
    | {"discovery_range", "discovery_settings", "school"}
)
#: What polls write into the register, and no plan holds.
_OBSERVED = frozenset({"kind", "vendor", "model", "serial", "version"})
#: Rows are looked for so far back: a transaction may commit later than its rows say.
OVERLAP = timedelta(seconds=60)
KEPT = timedelta(days=1)
_NOTED = "plan_changes"
_EVERYONE = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row: plans of this school, or of all schools (``None``), may be other ones."""

    key: tuple[int, datetime]
    school: str | None


def note_plan_changes(factory: SessionFactory, told: Callable[[], None] = lambda: None) -> None:
    """Let sessions of this factory write the rows.

    Args:
        factory: makes the sessions.
        told: called after the commit of a transaction that wrote one, or a command, in its thread.
    """

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        schools: set[str | None] = set()
        for row in (*session.new, *session.dirty, *session.deleted):
            if _is_part_of_plans(row):
                schools |= _schools_of(row)
        _note(session, schools)
        if any(isinstance(row, AgentCommand) for row in session.new):
            session.info.setdefault(_NOTED, set())

    @event.listens_for(factory, "do_orm_execute")
    def _executed(state: ORMExecuteState) -> None:
        mapper = state.bind_mapper
        if (
            (state.is_insert or state.is_update or state.is_delete)
            and mapper is not None
            and getattr(mapper.class_, "__tablename__", "") in TABLES
        ):
            _note(cast(Session, state.session), {_EVERYONE})

    @event.listens_for(factory, "after_soft_rollback")
    def _rolled_back(session: Session, _previous: object) -> None:
        session.info.pop(_NOTED, None)

    @event.listens_for(factory, "after_commit")
    def _committed(session: Session) -> None:
        if session.info.pop(_NOTED, None) is not None:
            told()


def changes_since(session: Session, since: datetime) -> list[Change]:
    """Rows not older than ``since``, in no order."""
    query = select(PlanChange.id, PlanChange.at, PlanChange.school_code).where(
        PlanChange.at >= since
    )
    return [Change((id_ or 0, at), school) for id_, at, school in session.exec(query)]


def forget_changes(session: Session, now: datetime) -> None:
    """Delete rows nobody needs any more."""
    session.execute(delete(PlanChange).where(col(PlanChange.at) < now - KEPT))


def _is_part_of_plans(row: Any) -> bool:
    table = getattr(type(row), "__tablename__", "")
    if table == "agent":
        return _changed(row, "revoked_at")
    if table not in TABLES:
        return False
    state = inspect(row)
    if table != "device" or not state.persistent or state.deleted:
        return True
    return any(_changed(row, a.key) for a in state.mapper.column_attrs if a.key not in _OBSERVED)


def _changed(row: Any, name: str) -> bool:
    return bool(inspect(row).attrs[name].history.has_changes())


def _schools_of(row: Any) -> set[str | None]:
    """Schools whose plans hold this row, or held it."""
    table = type(row).__tablename__
    if table == "school":
        return {row.code} | (_values(row, "lead_school_code") - {None})
    # Which agent a school has been given is not told by the schools it had.
    if table in ("agent", "agent_school", "bandwidth_target", "device_mac"):
        return {_EVERYONE}
    # A credential without a school serves them all.
    return _values(row, "school_code")


def _values(row: Any, name: str) -> set[str | None]:
    history = inspect(row).attrs[name].history
    return {*history.added, *history.unchanged, *history.deleted}


def _note(session: Session, schools: Iterable[str | None]) -> None:
    noted: set[str | None] = session.info.get(_NOTED, set())
    fresh = set() if _EVERYONE in noted else set(schools) - noted
    if not fresh:
        return
    session.info[_NOTED] = noted
    noted |= fresh
    now = utc_now()
    rows = [{"school_code": school, "at": now} for school in fresh]
    session.connection().execute(insert(SQLModel.metadata.tables["plan_change"]), rows)
