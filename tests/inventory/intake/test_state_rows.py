"""States of devices written column by column are what writing them whole would have made."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, SQLModel, select

from drivers.readings import ALIVE, Attachment, Block, Facts, Identity, Outcome, Poll, Port
from inventory.intake.ingest import record_polls
from inventory.intake.observed import VITALS, instant
from inventory.intake.state_rows import load, store
from inventory.models import Device, DeviceReview, DeviceState
from inventory.repositories import DeviceRepository
from inventory.scope import Scope
from inventory.status import CADENCE, SILENT_AFTER
from tests.inventory.city import NOW, A, B

START = int(NOW.timestamp() * 1_000)
LATER = NOW + timedelta(hours=2)
SILENCE = SILENT_AFTER * CADENCE
DEVICES = ("d-2", "d-3")
Row = dict[str, Any]


class Whole:
    """The rule in a few lines: each part of a whole row is of the newest poll that tells it."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.news: dict[str, datetime] = {}

    def take(self, poll: Poll, agent: str) -> None:
        row = self.rows.get(poll.subject)
        at = instant(poll.taken_at)
        if row is None:
            if poll.beside:
                return
            row = dict.fromkeys(DeviceState.model_fields) | {"down": set()}
            row |= {"device_id": poll.subject, "school_code": poll.school}
        if not poll.beside and not self._outcome(row, poll, at, agent):
            self.news[poll.subject] = min(at, self.news.get(poll.subject, at))
        self.rows[poll.subject] = row
        columns = {name: v for block in poll.blocks for name, v in block.columns.items()}
        present = columns.get("online", [None])[0]
        if present is not None and self._newer(row, "present_at", at):
            row["present"] = present > 0
            if present > 0:
                row["last_present_at"] = at
        if poll.attachment is not None and self._newer(row, "attached_at", at):
            self._attach(row, poll.attachment, at)
        vitals = {name: columns[name][0] for name in VITALS if columns.get(name, [None])[0]}
        if vitals and self._newer(row, "vitals_at", at):
            row |= vitals
        ports: dict[str, bool] = {}
        if poll.facts is not None and self._newer(row, "facts_at", at):
            ports |= {port.name or "": port.oper == "up" for port in poll.facts.ports}
        self._down(row, ports)
        up = columns.get("port_up")
        if up is not None and self._newer(row, "ports_at", at):
            self._down(row, dict(zip(("GE1", "GE2"), (value > 0 for value in up), strict=True)))

    def _outcome(self, row: Row, poll: Poll, at: datetime, agent: str) -> bool:
        """Whether it was no news of the past, and begins nothing new."""
        before = row["taken_at"]
        if not self._newer(row, "taken_at", at):
            return bool(at == before)
        was = None if row["outcome"] is None else row["outcome"] in ALIVE
        alive = poll.outcome in ALIVE
        follows = before is not None and at - before <= SILENCE
        row["failures"] = 0 if alive else ((row["failures"] or 0) if follows else 0) + 1
        row |= {"agent_id": agent, "outcome": poll.outcome, "detail": poll.detail}
        if alive is not was:
            row["since"] = at
        if alive:
            row["last_ok_at"] = at
        return was is not False if alive else row["failures"] > 3

    @staticmethod
    def _attach(row: Row, seen: Attachment, at: datetime) -> None:
        place = {"attached_device_id": seen.device, "attached_port": seen.port}
        if not place.items() <= row.items():
            row |= place | {"attached_since": at}
        row["attached_vlan"] = seen.vlan

    @staticmethod
    def _newer(row: Row, clock: str, at: datetime) -> bool:
        if row[clock] is not None and at <= row[clock]:
            return False
        row[clock] = at
        return True

    @staticmethod
    def _down(row: Row, ports: dict[str, bool]) -> None:
        for name, up in ports.items():
            (row["down"].discard if up else row["down"].add)(name)


def _ports(*states: str) -> Facts:
    ports = (Port(index=n, name=f"GE{n}", oper=state) for n, state in enumerate(states, start=1))
    return Facts(Identity(), tuple(ports))


_numbers = st.sampled_from([1.0, 2.5, 0.25])
_columns = st.fixed_dictionaries(
    {},
    optional={name: st.lists(_numbers, min_size=1, max_size=1) for name in VITALS}
    | {"online": st.sampled_from([[0.0], [1.0]])},
)
_up = st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=2)
_blocks = st.builds(
    lambda columns, up: (
        Block(("",), columns),
        *([Block(("GE1", "GE2"), {"port_up": up})] if up else []),
    ),
    _columns,
    st.none() | _up,
)
_polls = st.builds(
    Poll,
    subject=st.sampled_from(DEVICES),
    school=st.just(A.school),
    taken_at=st.integers(0, 30).map(lambda minute: START + minute * 60_000),
    outcome=st.sampled_from([Outcome.ok, Outcome.ok, Outcome.partial, Outcome.timeout]),
    detail=st.sampled_from(["", 'quote " and \\ back, {brace}', "NULL", "超时"]),
    blocks=_blocks,
    facts=st.none() | st.sampled_from([_ports("up", "down"), _ports("down"), _ports("up", "up")]),
    attachment=st.none()
    | st.builds(
        Attachment,
        device=st.sampled_from(["d-7", "d-8"]),
        port=st.sampled_from(["GE1", "GE2"]),
        vlan=st.none() | st.just(7),
    ),
    beside=st.booleans(),
)


def _add_devices(session: Session) -> None:
    session.add_all(
        Device(id=key, school_code=A.school, name=key, created_at=NOW) for key in DEVICES
    )


def _written(session: Session) -> dict[str, Row]:
    table = SQLModel.metadata.tables["device_state"]
    rows = session.execute(table.select().where(table.c.device_id.in_(DEVICES))).mappings()
    return {row["device_id"]: dict(row) for row in rows}


def _reviews(session: Session) -> dict[str, datetime]:
    return {review.device_id: review.from_at for review in session.exec(select(DeviceReview))}


@given(batches=st.lists(st.lists(_polls, max_size=4), max_size=6), again=st.integers(0, 5))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_state_is_what_the_newest_poll_of_each_part_says_in_whatever_order_they_come(
    city: Session, batches: Sequence[Sequence[Poll]], again: int
) -> None:
    undo = city.begin_nested()
    _add_devices(city)
    whole = Whole()
    for batch in (*batches, *batches[again : again + 1]):
        record_polls(city, batch, LATER, agent_id=A.row("a"))
        for poll in sorted(batch, key=lambda poll: poll.taken_at):
            whole.take(poll, A.row("a"))
    written, reviews = _written(city), _reviews(city)
    undo.rollback()
    for row in written.values():
        row["down"] = set(json.loads(row.pop("ports_down")))
    for row in whole.rows.values():
        del row["ports_down"]
    assert written == whole.rows
    assert reviews == whole.news


@pytest.fixture
def statements(city: Session) -> Iterator[list[str]]:
    """Statements that write rows, as they are executed."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    connection = city.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def _beat(after: float, subject: str = "d-2", **more: Any) -> Poll:
    return Poll(subject, A.school, START + int(after * 1_000), Outcome.ok, **more)


def test_polls_that_move_clocks_only_write_these_columns_of_all_devices_at_once(
    city: Session, statements: list[str]
) -> None:
    _add_devices(city)
    blocks = (Block(("",), {"uptime_seconds": [60.0]}),)
    record_polls(city, [_beat(0, key, blocks=blocks) for key in DEVICES], LATER)
    statements.clear()
    record_polls(city, [_beat(60, key, blocks=blocks) for key in DEVICES], LATER)
    (update,) = statements
    told = update.partition(" SET ")[2].partition("WHERE")[0].partition("FROM")[0]
    columns = {assignment.split("=")[0].strip() for assignment in told.split(",")}
    assert columns == {"taken_at", "last_ok_at", "vitals_at", "uptime_seconds"}
    statements.clear()
    record_polls(city, [_beat(60, key, blocks=blocks) for key in DEVICES], LATER)
    assert statements == []


def test_a_state_that_is_newer_than_what_was_read_stays(city: Session) -> None:
    _add_devices(city)
    record_polls(city, [_beat(0)], LATER)
    devices = load(city, {"d-2"})
    record_polls(city, [_beat(120)], LATER)
    late = devices["d-2"]
    late.apply(_beat(60, detail="late"), None, at=instant(START + 60_000), silence=SILENCE)
    store(city, [late])
    state = DeviceRepository(city, Scope.everything()).state_of("d-2")
    assert state is not None
    assert (state.taken_at, state.detail) == (NOW + timedelta(minutes=2), "")


def test_a_device_that_belongs_to_another_school_now_takes_its_state_along(
    two_counties: Session,
) -> None:
    session = two_counties
    _add_devices(session)
    record_polls(session, [_beat(0)], LATER)
    device = session.get(Device, "d-2")
    assert device is not None
    device.school_code = B.school
    session.flush()
    moved = Poll("d-2", B.school, START + 60_000, Outcome.ok)
    assert record_polls(session, [_beat(60), moved], LATER).unknown == {"d-2"}
    assert _written(session)["d-2"]["school_code"] == B.school
