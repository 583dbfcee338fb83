"""What a poll changes in the register, and what it never changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from drivers.readings import Block, Facts, Identity, Kind, Outcome, Poll, Port
from inventory.database import session_factory, unit_of_work
from inventory.intake.ingest import MAX_AHEAD, OtherSerial, owners_of, record_polls
from inventory.intake.observed import instant
from inventory.intake.reviews import due_reviews, end_review
from inventory.models import Device
from inventory.repositories import DeviceRepository, PortRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B, add_city, add_county

START = int(NOW.timestamp() * 1_000)
SWITCH = A.row("d")


LATER = NOW + timedelta(hours=1, minutes=10)


def _poll(after: float = 0, outcome: Outcome = Outcome.ok, **more: Any) -> Poll:
    """A poll of county A's switch, ``after`` seconds behind the start."""
    fields = {"subject": SWITCH, "school": A.school} | more
    return Poll(taken_at=START + int(after * 1_000), outcome=outcome, **fields)


def _state(session: Session):
    return DeviceRepository(session, Scope.everything()).state_of(SWITCH)


def _port(session: Session, name: str = "GE1"):
    return PortRepository(session, Scope.everything()).get(SWITCH, name)


def _rows(session: Session) -> dict[str, list[str]]:
    """Everything a batch may touch, as text."""
    return {
        name: sorted(map(repr, session.execute(SQLModel.metadata.tables[name].select())))
        for name in ("device", "device_state", "port")
    }


def _up(**ports: float | None) -> tuple[Block, ...]:
    return (Block(tuple(ports), {"port_up": list(ports.values())}),)


def test_failures_count_polls_in_a_row_and_since_says_when_it_began(city: Session) -> None:
    polls = [_poll(60), _poll(120, Outcome.timeout), _poll(180, Outcome.auth_rejected)]
    record_polls(city, polls, NOW + timedelta(minutes=5))
    state = _state(city)
    assert (state.outcome, state.failures) == (Outcome.auth_rejected, 2)
    assert state.since == NOW + timedelta(seconds=120)
    assert state.last_ok_at == NOW + timedelta(seconds=60)
    record_polls(city, [_poll(240, Outcome.partial, detail="ifTable: timeout")], NOW)
    state = _state(city)
    assert (state.failures, state.detail) == (0, "ifTable: timeout")
    assert state.since == state.last_ok_at == NOW + timedelta(seconds=240)


def test_an_older_poll_changes_nothing(city: Session) -> None:
    facts = Facts(Identity(vendor="H3C"), (Port(index=1, name="GE1", oper="up"),))
    record_polls(city, [_poll(100, facts=facts, blocks=_up(GE1=1.0))], NOW)
    before = _rows(city)
    old = Facts(Identity(model="old"), (Port(index=2, name="GE2", oper="down"),))
    late = _poll(99, Outcome.timeout, facts=old, blocks=_up(GE1=0.0))
    assert record_polls(city, [late], NOW).turned == {}
    assert _rows(city) == before


def test_turning_alive_or_dead_is_told_once(city: Session) -> None:
    dead = _poll(60, Outcome.unreachable)
    assert record_polls(city, [dead], NOW).turned == {SWITCH: False}
    assert record_polls(city, [dead], NOW).turned == {}
    assert record_polls(city, [_poll(90, Outcome.timeout)], NOW).turned == {}
    assert record_polls(city, [_poll(120)], NOW).turned == {SWITCH: True}


def test_vitals_stay_until_newer_ones_come_and_the_highest_part_counts(city: Session) -> None:
    hot = Block(("slot 0", "slot 1"), {"cpu_ratio": [0.2, 0.7], "temperature_celsius": [41, None]})
    record_polls(city, [_poll(60, blocks=(hot,))], NOW)
    uptime = Block(("",), {"uptime_seconds": [5.0], "cpu_ratio": [float("nan")]})
    record_polls(city, [_poll(120, blocks=(uptime,))], NOW)
    record_polls(city, [_poll(180, Outcome.timeout)], NOW)
    state = _state(city)
    assert (state.cpu_ratio, state.temperature_celsius, state.uptime_seconds) == (0.7, 41, 5.0)


def test_facts_fill_what_is_empty_and_leave_what_a_person_wrote(city: Session) -> None:
    device = city.get(Device, SWITCH)
    device.vendor, device.model, device.kind = "华三", "", Kind.unknown
    told = Identity(vendor="H3C", model="S5130", serial="210235A", version="7.1", kind=Kind.switch)
    record_polls(city, [_poll(60, facts=Facts(told))], NOW)
    assert (device.vendor, device.model, device.serial) == ("华三", "S5130", "210235A")
    assert (device.version, device.kind) == ("7.1", Kind.switch)
    newer = Identity(version="7.2", kind=Kind.router)
    record_polls(city, [_poll(120, facts=Facts(newer))], NOW)
    assert (device.vendor, device.model, device.serial) == ("华三", "S5130", "210235A")
    assert (device.version, device.kind) == ("7.2", Kind.switch)


def test_another_serial_number_is_told_and_never_written_over_the_registered_one(
    city: Session, caplog: pytest.LogCaptureFixture
) -> None:
    device = city.get(Device, SWITCH)
    device.serial = "OLD-1"
    told = Facts(Identity(serial="NEW-2"))
    recorded = record_polls(city, [_poll(60, facts=told)], NOW)
    assert recorded.other_serials == (OtherSerial(SWITCH, "OLD-1", "NEW-2"),)
    assert "NEW-2" in caplog.text
    assert record_polls(city, [_poll(120, facts=told)], NOW).other_serials == ()
    assert (device.serial, _state(city).other_serial) == ("OLD-1", "NEW-2")
    record_polls(city, [_poll(180, facts=Facts(Identity(serial="old-1 ")))], NOW)
    assert _state(city).other_serial is None


@pytest.mark.parametrize("junk", ["0", "000000", "To Be Filled By O.E.M.", "N/A", "  ", "\0"])
def test_junk_is_no_serial_number(city: Session, junk: str) -> None:
    record_polls(city, [_poll(60, facts=Facts(Identity(serial=junk)))], NOW)
    assert city.get(Device, SWITCH).serial is None


def test_ports_are_named_as_their_readings_are(city: Session) -> None:
    ports = (
        Port(index=1, name="GE1", oper="up", speed_bits_per_second=10_000_000_000),
        Port(index=2, description="Vlan1", oper="down"),
        Port(index=3, name="same"),
        Port(index=4, name="same"),
        Port(index=5),
    )
    record_polls(city, [_poll(60, facts=Facts(Identity(), ports))], NOW)
    found = PortRepository(city, Scope.everything()).of_device(SWITCH)
    assert [p.name for p in found if p.seen_at > NOW] == ["GE1", "Vlan1", "same#3", "same#4", "5"]
    assert _port(city).speed_bits_per_second == 10_000_000_000


def test_port_states_follow_the_readings_between_two_facts(city: Session) -> None:
    facts = Facts(Identity(), (Port(index=1, name="GE1", oper="up"), Port(index=2, name="GE2")))
    record_polls(city, [_poll(60, facts=facts)], NOW)
    record_polls(city, [_poll(120, blocks=_up(GE1=0.0, GE2=1.0, GE3=0.0))], NOW)
    assert (_port(city).oper, _port(city, "GE2").oper) == ("down", "up")
    assert _port(city).seen_at == NOW + timedelta(seconds=120)
    assert _port(city, "GE3") is None
    record_polls(city, [_poll(180, blocks=_up(GE1=1.0))], NOW)
    assert (_port(city).oper, _port(city, "GE2").oper) == ("up", "up")
    record_polls(city, [_poll(240, blocks=_up(GE1=0.0)), _poll(300, facts=facts)], NOW)
    assert _port(city).oper == "up"


def test_subjects_of_nobody_and_of_another_school_are_left_out_and_told(
    two_counties: Session,
) -> None:
    session = two_counties
    before = _rows(session)
    recorded = record_polls(
        session,
        [
            _poll(60, subject="d-nobody"),
            _poll(60, Outcome.timeout, school=B.school),
            _poll(60, subject=A.row("l")),
            _poll(60, subject=B.row("l"), school=A.school),
        ],
        NOW,
    )
    assert recorded.unknown == {"d-nobody", SWITCH, B.row("l")}
    assert _rows(session) == before


def test_a_clock_far_ahead_cannot_hide_what_follows(city: Session) -> None:
    ahead = MAX_AHEAD.total_seconds() + 1
    assert record_polls(city, [_poll(ahead, Outcome.timeout)], NOW).ahead == {SWITCH}
    record_polls(city, [_poll(1, Outcome.partial)], NOW)
    assert _state(city).outcome is Outcome.partial


def test_a_device_is_not_silent_because_its_agents_clock_is_ahead(city: Session) -> None:
    now = NOW + timedelta(minutes=2)
    record_polls(city, [_poll(3_000), _poll(3_060, Outcome.timeout)], now)
    state = _state(city)
    assert (state.outcome, state.taken_at) == (Outcome.timeout, now)
    assert state.last_ok_at == now - timedelta(seconds=60)


def test_failures_on_either_side_of_a_silence_do_not_add_up(city: Session) -> None:
    record_polls(city, [_poll(10), _poll(60, Outcome.timeout)], LATER)
    record_polls(city, [_poll(3_600, Outcome.timeout)], LATER)
    assert _state(city).failures == 1
    record_polls(city, [_poll(3_720, Outcome.timeout)], LATER)
    assert _state(city).failures == 2


@pytest.mark.parametrize(
    ("polls", "earliest"),
    [
        ([(10, Outcome.ok), (60, Outcome.ok)], None),
        ([(10, Outcome.ok), (60, Outcome.timeout), (120, Outcome.timeout)], 60),
        ([(10, Outcome.timeout), (60, Outcome.ok)], 10),
        ([(600, Outcome.ok)], None),
    ],
)
def test_a_device_is_noted_for_review_when_it_turns(
    city: Session, polls: list[tuple[float, Outcome]], earliest: float | None
) -> None:
    record_polls(city, [_poll(after, outcome) for after, outcome in polls], LATER)
    found = due_reviews(city, quiet_since=LATER, most=9)
    expected = [] if earliest is None else [NOW + timedelta(seconds=earliest)]
    assert [one.from_at for one in found] == expected


def test_polls_of_the_past_note_their_device_from_the_earliest_on(city: Session) -> None:
    record_polls(city, [_poll(600)], LATER)
    record_polls(city, [_poll(200)], LATER)
    record_polls(city, [_poll(300)], LATER + timedelta(seconds=5))
    assert due_reviews(city, quiet_since=LATER, most=9) == []
    (noted,) = due_reviews(city, quiet_since=LATER + timedelta(seconds=5), most=9)
    assert noted.from_at == NOW + timedelta(seconds=200)
    record_polls(city, [_poll(100)], LATER + timedelta(seconds=7))
    city.expunge(noted)
    end_review(city, noted)
    assert due_reviews(city, quiet_since=LATER + timedelta(seconds=7), most=9) != []


def test_owners_are_found_for_devices_and_lines(two_counties: Session) -> None:
    owners = owners_of(two_counties, [A.row("d"), B.row("l"), "d-nobody"])
    assert owners == {A.row("d"): A.school, B.row("l"): B.school}


def test_no_subject_is_no_work(city: Session) -> None:
    assert record_polls(city, [], NOW).unknown == frozenset()
    assert owners_of(city, []) == {}


_texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_numbers = st.none() | st.sampled_from([0, -1, 1 << 31, 1 << 63, (1 << 64) - 1])
_ports = st.builds(
    Port,
    index=st.sampled_from([1, 2, 1 << 40, 1 << 63]),
    name=_texts,
    description=_texts,
    alias=_texts,
    type=_numbers,
    speed_bits_per_second=_numbers,
    oper=st.sampled_from([None, "up", "down", "testing"]),
)
_identities = st.builds(
    Identity, vendor=_texts, model=_texts, serial=_texts, version=_texts, kind=st.sampled_from(Kind)
)
_facts = st.builds(Facts, _identities, st.lists(_ports, max_size=3).map(tuple))
_floats = st.none() | st.sampled_from([0.0, 1.0, float("inf"), float("nan"), -3.5])
_blocks = st.builds(
    lambda up, cpu: (Block(("GE1", "GE2"), {"port_up": up}), Block(("",), {"cpu_ratio": [cpu]})),
    st.lists(_floats, min_size=2, max_size=2),
    _floats,
)
_polls = st.builds(
    lambda subject, at, outcome, detail, facts, blocks: Poll(
        subject=subject, school=A.school, taken_at=START + at, outcome=outcome,
        detail=detail or "", facts=facts, blocks=blocks,
    ),
    st.sampled_from([SWITCH, "d-2", "d-3"]),
    st.integers(-100, 100),
    st.sampled_from(Outcome),
    _texts,
    st.none() | _facts,
    st.just(()) | _blocks,
)  # fmt: skip


@given(polls=st.lists(_polls, max_size=10), cut=st.integers(0, 10))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_replay_changes_nothing_and_batches_may_be_cut_anywhere(
    city: Session, polls: list[Poll], cut: int
) -> None:
    undo = city.begin_nested()
    for key in ("d-2", "d-3"):
        city.add(Device(id=key, school_code=A.school, name=key, created_at=NOW))
    polls.sort(key=lambda poll: poll.taken_at)
    record_polls(city, polls, NOW)
    once = _rows(city)
    again = record_polls(city, polls, NOW)
    assert _rows(city) == once
    assert (again.turned, again.other_serials) == ({}, ())
    record_polls(city, polls[cut:], NOW)
    record_polls(city, polls[:cut], NOW)
    assert _rows(city) == once
    undo.rollback()
    undo = city.begin_nested()
    for key in ("d-2", "d-3"):
        city.add(Device(id=key, school_code=A.school, name=key, created_at=NOW))
    record_polls(city, polls[:cut], NOW)
    record_polls(city, polls[cut:], NOW)
    cut_up = _rows(city)
    undo.rollback()
    assert cut_up == once


def test_controllers_that_record_the_same_devices_at_once_neither_fail_nor_forget(
    engine: Engine,
) -> None:
    factory = session_factory(engine)
    keys = ["d-1", "d-2", "d-3", "d-4"]
    with unit_of_work(factory) as session:
        add_city(session)
        add_county(session, A)
        session.add_all(Device(id=key, school_code=A.school, name=key) for key in keys)

    def record(number: int) -> None:
        order = keys if number % 2 else keys[::-1]
        facts = None if number % 3 else Facts(Identity(version=f"V{number:02}"))
        polls = [_poll(number, Outcome.timeout, subject=key, facts=facts) for key in order]
        with unit_of_work(factory) as session:
            record_polls(session, polls, NOW, agent_id=A.row("a"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(1, 41)))
    with unit_of_work(factory) as session:
        devices = DeviceRepository(session, Scope.everything())
        for key in keys:
            state = devices.state_of(key)
            assert state.taken_at == NOW + timedelta(seconds=40)
            assert 1 <= state.failures <= 40
            assert state.agent_id == A.row("a")
            assert session.get(Device, key).version == "V39"


def test_milliseconds_are_utc() -> None:
    assert instant(START) == NOW
