"""Who is to look at its plan again: rows for each transaction that wrote what plans are made of.

The rows are written in that very transaction, so that every controller, and whoever works on the
files, tells all others. One look a second at the newest rows serves any number of waiting agents.
A row too many costs one plan made in vain; tables that agents themselves fill make none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import bindparam, delete, event, insert, inspect
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session, SQLModel, col, select

from inventory.database import SessionFactory
from inventory.models import AgentCommand, Device, DeviceMac, PlanChange
from inventory.models.base import utc_now
from inventory.repositories.plans import WatchedDevice

#: Tables plans are made of.
TABLES = frozenset(
    {"agent_school", "broker", "credential", "device", "device_mac", "line", "planned_test"}
    | {"discovery_range", "discovery_settings", "school", "standard_answer", "standard_binding"}
    | {"outlet", "speedtest_server"}
)
#: What of a device decides its part of a plan. Neither what polls write into the register nor the
#: asset ledger does: a bureau that fills in 200,000 prices wakes nobody.
_WATCHED = frozenset({*WatchedDevice._fields, "lifecycle"})
#: Rows are looked for so far back: a transaction may commit later than its rows say.
OVERLAP = timedelta(seconds=60)
KEPT = timedelta(days=1)
_NOTED = "plan_changes"
#: Execution option of a statement about many rows: codes of the schools whose plans it concerns.
#: Without it everybody's are looked at again.
CONCERNED = "plans_concerned"
_CHANGES = SQLModel.metadata.tables["plan_change"]
_NEWEST = select(PlanChange.id, PlanChange.at, PlanChange.school_code, PlanChange.agent_id).where(
    PlanChange.at >= bindparam("since")
)


class Concerned(NamedTuple):
    """Whose plans may be other ones: a school's, one agent's, or with neither everybody's."""

    school: str | None = None
    agent: str | None = None


_EVERYONE = Concerned()


@dataclass(frozen=True, slots=True)
class Change:
    """One row."""

    key: tuple[int, datetime]
    concerned: Concerned


def note_plan_changes(factory: SessionFactory, told: Callable[[], None] = lambda: None) -> None:
    """Let sessions of this factory write the rows.

    Args:
        factory: makes the sessions.
        told: called after the commit of a transaction that wrote one, or a command, in its thread.
    """

    @event.listens_for(factory, "after_flush")
    def _flushed(session: Session, _context: UOWTransaction) -> None:
        _note(session, _concerned_by_flush(session))
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
            told_schools = state.execution_options.get(CONCERNED)
            concerned = {_EVERYONE} if told_schools is None else set(map(Concerned, told_schools))
            _note(cast(Session, state.session), concerned)

    @event.listens_for(factory, "after_soft_rollback")
    def _rolled_back(session: Session, _previous: object) -> None:
        session.info.pop(_NOTED, None)

    @event.listens_for(factory, "after_commit")
    def _committed(session: Session) -> None:
        if session.info.pop(_NOTED, None) is not None:
            told()


def note_agent(session: Session, agent_id: str) -> None:
    """Have every controller look again at one agent: its keys, or what its plan is made of."""
    _note(session, {Concerned(agent=agent_id)})


def changes_since(session: Session, since: datetime) -> list[Change]:
    """Rows not older than ``since``, in no order."""
    # By the connection, once a second for ever: the mapper would cost more than the look.
    rows = session.connection().execute(_NEWEST, {"since": since})
    return [Change((id_, at), Concerned(school, agent)) for id_, at, school, agent in rows]


def forget_changes(session: Session, now: datetime) -> None:
    """Delete rows nobody needs any more."""
    session.execute(delete(PlanChange).where(col(PlanChange.at) < now - KEPT))


def _concerned_by_flush(session: Session) -> set[Concerned]:
    concerned: set[Concerned] = set()
    addressed: set[str] = set()
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, DeviceMac):
            addressed.add(row.device_id)
        elif _is_part_of_plans(row):
            concerned |= _concerned_by(row)
    if addressed:
        # A device that goes with its addresses is noted itself.
        schools = select(Device.school_code).where(col(Device.id).in_(addressed)).distinct()
        concerned |= {Concerned(code) for code in session.connection().scalars(schools)}
    return concerned


def _is_part_of_plans(row: Any) -> bool:
    table = getattr(type(row), "__tablename__", "")
    if table == "agent":
        return _changed(row, "revoked_at")
    if table not in TABLES:
        return False
    state = inspect(row)
    if table != "device" or not state.persistent or state.deleted:
        return True
    return any(_changed(row, a.key) for a in state.mapper.column_attrs if a.key in _WATCHED)


def _changed(row: Any, name: str) -> bool:
    return bool(inspect(row).attrs[name].history.has_changes())


def _concerned_by(row: Any) -> set[Concerned]:
    """Whose plans hold this row, or held it."""
    table = type(row).__tablename__
    if table == "agent":
        return {Concerned(agent=row.id)}
    # What an agent is given is told by no school it had.
    if table == "agent_school":
        return {Concerned(agent=agent) for agent in _values(row, "agent_id")}
    # What a version says never changes while it binds anybody. A bureau's test servers, and the
    # outlets whose share their tests take, are for all schools below it.
    if table in {"standard_answer", "outlet", "speedtest_server"}:
        return {_EVERYONE}
    if table == "school":
        return {
            Concerned(code) for code in {row.code} | (_values(row, "lead_school_code") - {None})
        }
    # A credential without a school serves them all.
    return {Concerned(code) for code in _values(row, "school_code")}


def _values(row: Any, name: str) -> set[str | None]:
    history = inspect(row).attrs[name].history
    return {*history.added, *history.unchanged, *history.deleted}


def _note(session: Session, concerned: Iterable[Concerned]) -> None:
    noted: set[Concerned] = session.info.get(_NOTED, set())
    fresh = set() if _EVERYONE in noted else set(concerned) - noted
    if not fresh:
        return
    session.info[_NOTED] = noted
    noted |= fresh
    now = utc_now()
    rows = [{"school_code": one.school, "agent_id": one.agent, "at": now} for one in fresh]
    session.connection().execute(insert(_CHANGES), rows)
