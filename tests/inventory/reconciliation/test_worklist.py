"""What contradicts each other is found, comes once, goes by itself, and is decided by somebody."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from drivers.readings import Outcome
from inventory.errors import Invalid, LifecycleTransitionRefused, NotFound
from inventory.models import (
    Contradiction,
    Device,
    DeviceMac,
    ItemState,
    KnownFirmware,
    Lifecycle,
    Match,
    Port,
    Proposal,
    ProposalState,
    Protocol,
    ReconciliationItem,
    Resolution,
    Room,
)
from inventory.reconciliation.contradictions import Shown, contradictions
from inventory.reconciliation.desk import ReconciliationDesk, ResolutionUnfit, Said
from inventory.reconciliation.repository import ReconciliationRepository
from inventory.reconciliation.worklist import changes, note_versions, unknown_versions, write
from inventory.scope import Scope
from tests.inventory.reconciliation.conftest import MISSING_AFTER, NOW, attach, find, state

ALL = Scope.everything()
AT_A, AT_B = Scope.of(["/33/3301/SCH-A/"]), Scope.of(["/33/3301/SCH-B/"])


def look(session: Session, days: float = 0) -> Mapping[str, Shown]:
    return contradictions(session, NOW + timedelta(days=days), MISSING_AFTER)


def run(session: Session, days: float = 0) -> int:
    """The job; returns how many rows it writes."""
    now = NOW + timedelta(days=days)
    if fresh := unknown_versions(session, 1_000):
        note_versions(session, fresh)
    wanted = changes(session, contradictions(session, now, MISSING_AFTER), now)
    write(session, wanted)
    return len(wanted)


def item(session: Session, kind: Contradiction) -> ReconciliationItem:
    return session.exec(select(ReconciliationItem).where(ReconciliationItem.kind == kind)).one()


def desk(session: Session, scope: Scope = ALL, days: float = 0) -> ReconciliationDesk:
    return ReconciliationDesk(session, scope, "u-mei", NOW + timedelta(days=days))


def kinds(session: Session) -> set[Contradiction]:
    return {one.kind for one in look(session).values()}


def test_where_everything_fits_there_is_nothing_to_do(register: Session) -> None:
    attach(register, "sw")
    assert look(register) == {}
    assert run(register) == 0


def test_an_unknown_device_is_a_proposal_and_not_a_second_one(register: Session) -> None:
    find(register, serial="SN-NEW", name="panel")
    [one] = look(register).values()
    assert (one.kind, one.proposal_id, one.shown) == (Contradiction.unknown_device, "p1", "panel")
    run(register)
    row = item(register, Contradiction.unknown_device)
    desk(register).resolve(row.id, Said(Resolution.accept, room_id="r2"))
    proposal = register.get_one(Proposal, "p1")
    assert proposal.state is ProposalState.accepted
    assert register.get_one(Device, proposal.device_id).room_id == "r2"
    assert (row.state, row.decided_by, row.resolution) == (
        ItemState.resolved,
        "u-mei",
        Resolution.accept,
    )
    assert look(register) == {}


def test_a_device_found_in_another_school_is_told_by_its_serial_number(register: Session) -> None:
    register.get_one(Device, "sb").lifecycle = Lifecycle.in_stock
    find(register, serial="sn-sb")
    [one] = look(register).values()
    assert (one.kind, one.device_id) == (Contradiction.wrong_school, "sb")
    assert (one.school_code, one.other_school_code) == ("SCH-A", "SCH-B")


@pytest.mark.parametrize("junk", ["To be filled by O.E.M.", "0000000", "N/A", "Default string"])
def test_a_junk_serial_number_finds_nobody_in_another_school(register: Session, junk: str) -> None:
    register.get_one(Device, "sb").serial = junk
    find(register, serial=junk)
    assert kinds(register) == {Contradiction.unknown_device}


@pytest.mark.parametrize("mac", ["000000000000", "02004c4f4f50", "00e04c680001"])
def test_a_shared_address_finds_nobody_and_a_telling_one_does(register: Session, mac: str) -> None:
    register.add(DeviceMac(device_id="sb", mac=mac))
    register.add(DeviceMac(device_id="sb", mac="3c7c3f123456"))
    find(register, mac=mac)
    assert kinds(register) == {Contradiction.unknown_device}
    find(register, "p2", mac="3c7c3f123456")
    assert kinds(register) == {Contradiction.unknown_device, Contradiction.wrong_school}


def test_a_number_that_two_devices_have_finds_neither(register: Session) -> None:
    for key in ("sb", "sw"):
        register.get_one(Device, key).serial = "TWICE-1"
    find(register, serial="TWICE-1")
    assert kinds(register) == {Contradiction.unknown_device}


def test_a_device_on_another_schools_switch_is_in_the_wrong_school(register: Session) -> None:
    attach(register, "sb")
    [one] = look(register).values()
    assert (one.kind, one.device_id, one.school_code) == (
        Contradiction.wrong_school,
        "d1",
        "SCH-B",
    )


def test_a_port_whose_label_names_another_room_says_where_a_device_is(register: Session) -> None:
    attach(register, "sw")
    register.get_one(Port, ("sw", "GE1")).alias = "1号楼 r2室"
    register.flush()
    run(register)
    row = item(register, Contradiction.wrong_room)
    assert (row.registered, row.shown, row.place) == ("1号楼 r1室", "1号楼 r2室", "device sw GE1")
    desk(register).resolve(row.id, Said(Resolution.accept))
    assert register.get_one(Device, "d1").room_id == "r2"
    assert look(register) == {}


def test_a_label_that_fits_several_rooms_names_none(register: Session) -> None:
    register.add(Room(id="r4", school_code="SCH-A", building="3号楼", name="r2室"))
    attach(register, "sw")
    register.get_one(Port, ("sw", "GE1")).alias = "r2室"
    register.flush()
    assert look(register) == {}


def test_a_switch_in_another_building_asks_for_the_room(register: Session) -> None:
    attach(register, "sw")
    register.get_one(Device, "d1").room_id = "r3"
    register.flush()
    run(register)
    row = item(register, Contradiction.wrong_room)
    assert (row.shown, row.room_id) == ("1号楼", None)
    with pytest.raises(NotFound):
        desk(register).resolve(row.id, Said(Resolution.accept))
    desk(register).resolve(row.id, Said(Resolution.accept, room_id="r1"))
    assert look(register) == {}


def test_a_device_unseen_for_long_is_missing_if_its_agent_asks_for_it(register: Session) -> None:
    row = state(register)
    row.outcome = Outcome.timeout
    row.since = row.last_ok_at = NOW - timedelta(days=31)
    register.flush()
    assert kinds(register) == {Contradiction.missing}
    row.taken_at = NOW - timedelta(days=2)  # the box is away: nobody knows
    register.flush()
    assert look(register) == {}


def test_what_is_missing_is_lost_or_somewhere_else(register: Session) -> None:
    row = state(register)
    row.since = row.last_ok_at = NOW - timedelta(days=31)
    register.flush()
    run(register)
    missing = item(register, Contradiction.missing)
    with pytest.raises(Invalid):
        desk(register).resolve(missing.id, Said(Resolution.correct, lifecycle=Lifecycle.ordered))
    with pytest.raises(ResolutionUnfit):
        desk(register).resolve(missing.id, Said(Resolution.accept))
    said = Said(Resolution.correct, "in the store", lifecycle=Lifecycle.in_stock)
    desk(register).resolve(missing.id, said)
    assert register.get_one(Device, "d1").lifecycle is Lifecycle.in_stock
    with pytest.raises(ResolutionUnfit):
        desk(register).resolve(missing.id, said)


@pytest.mark.parametrize("resolution", [Resolution.accept, Resolution.correct])
def test_another_serial_number_is_a_successor_or_a_slip(
    register: Session, resolution: Resolution
) -> None:
    state(register).other_serial = "SN-OTHER"
    register.flush()
    run(register)
    desk(register).resolve(item(register, Contradiction.replaced).id, Said(resolution))
    before = register.get_one(Device, "d1")
    same = register.exec(select(Device).where(Device.serial == "SN-OTHER")).one()
    assert (same.id == "d1") is (resolution is Resolution.correct)
    assert (same.room_id, same.address) == (before.room_id, before.address)
    if same.id != "d1":
        assert (before.lifecycle, before.serial) == (Lifecycle.in_stock, "SN-D1")
    assert look(register) == {}


def test_a_junk_serial_number_replaces_nothing(register: Session) -> None:
    state(register).other_serial = "to be filled by o.e.m."
    register.flush()
    assert look(register) == {}
    state(register).other_serial = "SN-OTHER"
    register.get_one(Device, "d1").serial = "00000000"
    register.flush()
    assert look(register) == {}


def test_new_firmware_is_told_once_it_has_changed(register: Session) -> None:
    run(register)
    register.get_one(Device, "d1").version = "2.0"
    register.flush()
    run(register)
    row = item(register, Contradiction.firmware_changed)
    assert (row.registered, row.shown) == ("1.0", "2.0")
    desk(register).resolve(row.id, Said(Resolution.accept))
    assert register.get_one(KnownFirmware, "d1").version == "2.0"
    assert look(register) == {}


def test_a_retired_device_that_answers_is_a_contradiction(register: Session) -> None:
    register.get_one(Device, "d1").lifecycle = Lifecycle.retired
    find(register, match=Match.moved, device_id="d1", serial="SN-D1")
    run(register)
    row = item(register, Contradiction.lifecycle)
    assert row.registered == "retired"
    desk(register).resolve(row.id, Said(Resolution.accept))
    assert register.get_one(Device, "d1").lifecycle is Lifecycle.in_service


def test_a_disposed_device_does_not_come_back(register: Session) -> None:
    register.get_one(Device, "d1").lifecycle = Lifecycle.disposed
    find(register, serial="SN-D1")
    run(register)
    row = item(register, Contradiction.lifecycle)
    with pytest.raises((ResolutionUnfit, LifecycleTransitionRefused)):
        desk(register).resolve(row.id, Said(Resolution.accept))


def test_items_come_once_and_go_by_themselves(register: Session) -> None:
    attach(register, "sb")
    assert run(register) == 1
    assert run(register) == 0
    attach(register, "sw")
    assert run(register) == 1
    row = item(register, Contradiction.wrong_school)
    assert row.state is ItemState.gone
    attach(register, "sb")
    run(register, days=3)
    assert (row.state, row.first_at) == (ItemState.open, NOW + timedelta(days=3))


def test_what_is_ignored_comes_back_on_its_day(register: Session) -> None:
    attach(register, "sb")
    run(register)
    row = item(register, Contradiction.wrong_school)
    with pytest.raises(Invalid):
        desk(register).resolve(row.id, Said(Resolution.ignore))
    until = NOW + timedelta(days=7)
    desk(register).resolve(row.id, Said(Resolution.ignore, "holidays", until=until))
    run(register, days=6)
    assert row.state is ItemState.ignored
    run(register, days=7)
    assert (row.state, row.note) == (ItemState.open, "")


def test_what_the_register_is_right_about_stays_decided(register: Session) -> None:
    attach(register, "sb")
    run(register)
    row = item(register, Contradiction.wrong_school)
    desk(register).resolve(row.id, Said(Resolution.reject, "a shared cable"))
    assert run(register, days=30) == 0
    assert (row.state, row.note) == (ItemState.resolved, "a shared cable")


def test_nobody_decides_outside_their_scope(register: Session) -> None:
    attach(register, "sb")
    run(register)
    row = item(register, Contradiction.wrong_school)
    with pytest.raises(NotFound):
        desk(register, AT_A).resolve(row.id, Said(Resolution.reject))
    assert ReconciliationRepository(register, AT_A).page().total == 0
    [shown] = ReconciliationRepository(register, AT_B).page().items
    assert shown.device is None  # it is another school's
    counted = ReconciliationRepository(register, AT_B).count_open()
    assert {kind for kind, number in counted.items() if number} == {Contradiction.wrong_school}


def test_what_somebody_decides_while_the_job_looks_stays(register: Session) -> None:
    attach(register, "sb")
    run(register)
    attach(register, "sw")
    wanted = changes(register, look(register), NOW)
    row = item(register, Contradiction.wrong_school)
    desk(register).resolve(row.id, Said(Resolution.reject))
    write(register, wanted)
    assert row.state is ItemState.resolved


def test_a_device_watched_by_its_presence_is_missing_by_its_presence(register: Session) -> None:
    register.get_one(Device, "d1").protocol = Protocol.presence
    row = state(register)
    row.last_present_at = NOW - timedelta(days=40)
    register.flush()
    assert kinds(register) == {Contradiction.missing}
