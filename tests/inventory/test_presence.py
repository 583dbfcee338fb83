"""What the register keeps of devices that are seen rather than heard."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlmodel import Session

from drivers.readings import Attachment, Block, Outcome, Poll
from inventory.errors import HardwareAddressTaken, OutOfScope
from inventory.intake.ingest import record_polls
from inventory.models import Device, DeviceState, Protocol
from inventory.repositories import DeviceRepository
from inventory.scope import Scope
from tests.inventory.city import NOW, A, B

START = int(NOW.timestamp() * 1_000)
LATER = NOW + timedelta(minutes=30)
PANEL = "d-panel"


def _poll(minutes: float, online: float | None = None, **more: Any) -> Poll:
    blocks = () if online is None else (Block(("",), {"online": [online]}),)
    fields: dict[str, Any] = {"subject": PANEL, "school": A.school, "outcome": Outcome.ok}
    return Poll(taken_at=START + int(minutes * 60_000), blocks=blocks, **(fields | more))


def _panel(session: Session) -> DeviceState | None:
    return DeviceRepository(session, Scope.everything()).state_of(PANEL)


def _register(session: Session) -> Device:
    device = Device(id=PANEL, school_code=A.school, name="Panel", protocol=Protocol.presence)
    session.add(device)
    session.flush()
    return device


def test_presence_keeps_whether_it_is_there_now_and_when_it_was_last(city: Session) -> None:
    _register(city)
    record_polls(city, [_poll(0, 1.0), _poll(5, 1.0), _poll(10, 0.0)], LATER)
    state = _panel(city)
    assert (state.present, state.present_at) == (False, NOW + timedelta(minutes=10))
    assert state.last_present_at == NOW + timedelta(minutes=5)
    assert (state.outcome, state.failures) == (Outcome.ok, 0)
    record_polls(city, [_poll(7, 1.0)], LATER)
    assert _panel(city).present is False, "an older reading changes nothing"


def test_a_device_hangs_where_it_was_seen_since_it_moved_there(city: Session) -> None:
    _register(city)
    there = Attachment(A.row("d"), "GE0/0/7", 20)
    record_polls(city, [_poll(0, attachment=there), _poll(5, attachment=there)], LATER)
    state = _panel(city)
    assert (state.attached_port, state.attached_vlan) == ("GE0/0/7", 20)
    assert state.attached_since == NOW
    moved = Attachment(A.row("d"), "GE0/0/8")
    record_polls(city, [_poll(10, attachment=moved)], LATER)
    assert _panel(city).attached_since == NOW + timedelta(minutes=10)
    devices = DeviceRepository(city, Scope.everything())
    attached = devices.attached_to(A.row("d"))
    assert [(d.id, s.attached_port) for d, s in attached if d.id == PANEL] == [(PANEL, "GE0/0/8")]


def test_readings_taken_beside_the_protocol_leave_its_outcome_alone(city: Session) -> None:
    switch = A.row("d")
    record_polls(city, [_poll(1, subject=switch, outcome=Outcome.timeout)], LATER)
    ping = Block(("",), {"ping_loss_ratio": [0.0]})
    beside = _poll(2, subject=switch, beside=True, attachment=Attachment(switch, "GE1"))
    beside = msgspec.structs.replace(beside, blocks=(ping,))
    turned = record_polls(city, [beside], LATER).turned
    state = DeviceRepository(city, Scope.everything()).state_of(switch)
    assert turned == {}
    assert (state.outcome, state.failures) == (Outcome.timeout, 1)
    assert state.taken_at == NOW + timedelta(minutes=1)
    assert state.attached_port == "GE1"


def test_a_device_without_a_state_gets_none_from_a_ping(city: Session) -> None:
    _register(city)
    record_polls(city, [_poll(0, beside=True)], LATER)
    assert _panel(city) is None


def test_an_address_belongs_to_one_device_of_a_school(two_counties: Session) -> None:
    devices = DeviceRepository(two_counties, A.scope)
    panel = _register(two_counties)
    devices.set_macs(panel, ["020000000001", "020000000002"])
    devices.set_macs(panel, ["020000000002", "020000000003"])
    assert devices.macs_of([panel.id]) == {panel.id: ("020000000002", "020000000003")}
    other = two_counties.get(Device, A.row("d"))
    with pytest.raises(HardwareAddressTaken, match="Panel"):
        devices.set_macs(other, ["020000000003"])
    with pytest.raises(OutOfScope):
        devices.set_macs(two_counties.get(Device, B.row("d")), ["020000000009"])
