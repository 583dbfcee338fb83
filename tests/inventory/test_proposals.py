"""Devices that agents found: matched with the register, asked about once, accepted, rejected."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from drivers.plan import SnmpAccess
from drivers.readings import Finding, Identity, Kind, Outcome
from inventory.agent_plans.opened import Opened
from inventory.discovery import DiscoveryWish, RangeWish, discoveries, set_discovery
from inventory.errors import CannotBeUndone, DecidedAlready, NotFound
from inventory.ids import new_id
from inventory.intake.reports import record_reports
from inventory.intake.sources import Source
from inventory.models import (
    Agent,
    Credential,
    Device,
    DeviceState,
    Lifecycle,
    Match,
    Proposal,
    ProposalState,
    Protocol,
    Room,
    User,
)
from inventory.proposals import ProposalDesk
from inventory.repositories import DeviceRepository, PlanRepository
from inventory.repositories.proposals import ProposalRepository
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.inventory.city import NOW
from tests.inventory.city import A as COUNTY_A
from tests.inventory.city import B as COUNTY_B

EVERYTHING = Scope.everything()
A, B = COUNTY_A.school, COUNTY_B.school


@pytest.fixture
def agent(two_counties: Session) -> Source:
    city = two_counties
    row = Agent(id=new_id("a"), name="box", secret_hash="0" * 64)
    city.add(row)
    city.add(User(id="u1", login="mei", name="Mei", password_hash="x"))
    city.flush()
    return Source(row.id, "e1", 1, frozenset({A}), NOW)


def finding(address: str = "10.1.0.9", *, minutes: float = 0, **more: object) -> Finding:
    at = int((NOW + timedelta(minutes=minutes)).timestamp() * 1000)
    fields: dict[str, object] = {
        "school": A,
        "at": at,
        "address": address,
        "how": "snmp",
        "protocol": "snmp",
        "driver": "h3c_comware",
        "identity": Identity(
            vendor="H3C", kind=Kind.switch, model="S5130", serial="SN-9", name="sw9"
        ),
    }
    return Finding(**(fields | more))  # type: ignore[arg-type]


def record(session: Session, source: Source, *findings: Finding) -> int:
    return record_reports(session, source, findings)


def proposals(session: Session) -> Sequence[Proposal]:
    session.expire_all()
    return session.exec(
        select(Proposal).where(Proposal.address != "10.99.0.1").order_by(Proposal.address)
    ).all()


def desk(session: Session, scope: Scope = EVERYTHING) -> ProposalDesk:
    return ProposalDesk(session, scope, "u1", NOW)


def register(session: Session, **fields: object) -> Device:
    made = {"id": new_id("d"), "school_code": A, "name": "known", "address": "10.1.0.9"}
    device = Device(**(made | fields))  # type: ignore[arg-type]
    session.add(device)
    session.flush()
    return device


def polled(session: Session, device: Device) -> None:
    session.add(
        DeviceState(
            device_id=device.id,
            school_code=A,
            outcome=Outcome.ok,
            taken_at=NOW,
            since=NOW,
        )
    )
    session.flush()


def test_a_finding_becomes_a_proposal_once_and_the_newest_wins(
    city: Session, agent: Source
) -> None:
    assert record(city, agent, finding(minutes=5)) == 0
    assert record(city, agent, finding(minutes=5)) == 0
    record(city, agent, finding(minutes=1, identity=Identity(name="older")))
    (row,) = proposals(city)
    assert (row.state, row.match, row.name) == (ProposalState.open, Match.new, "sw9")
    record(city, agent, finding(minutes=9, identity=Identity(name="newer", serial="SN-9")))
    (row,) = proposals(city)
    assert row.name == "newer"
    assert row.first_found_at == NOW + timedelta(minutes=5)
    assert row.found_at == NOW + timedelta(minutes=9)


def test_findings_of_other_schools_and_senseless_ones_are_left_out(
    city: Session, agent: Source
) -> None:
    senseless = (
        finding(school=B),
        finding(protocol="gopher"),
        finding(mac="00:11"),
        finding(address=""),
        finding(port=70_000),
    )
    assert record(city, agent, *senseless) == 5
    assert not proposals(city)


def test_a_credential_counts_only_where_the_school_has_it(city: Session, agent: Source) -> None:
    for id_, school in (("c-own", A), ("c-shared", None), ("c-other", B)):
        city.add(Credential(id=id_, school_code=school, name=id_, secret="x"))
    city.flush()
    names = ("c-own", "c-shared", "c-other", "c-none")
    record(
        city,
        agent,
        *(
            finding(f"10.1.0.{n}", credential=name, identity=Identity())
            for n, name in enumerate(names)
        ),
    )
    told = [row.credential_id for row in proposals(city)]
    assert told == ["c-own", "c-shared", None, None]


def test_a_device_of_the_register_is_not_proposed(city: Session, agent: Source) -> None:
    register(city, serial="SN-9")
    register(
        city, name="wb", address=None, protocol=Protocol.mqtt, mqtt_profile="p", mqtt_client="wb-1"
    )
    record(city, agent, finding(), finding("wb-1", how="mqtt", protocol="mqtt", identity=None))
    assert not proposals(city)


def test_a_known_device_at_another_address_has_moved(city: Session, agent: Source) -> None:
    device = register(city, serial="sn-9", address="10.1.0.1")
    record(city, agent, finding())
    (row,) = proposals(city)
    assert (row.match, row.device_id) == (Match.moved, device.id)
    assert desk(city).accept(row.id).id == device.id
    assert device.address == "10.1.0.9"
    desk(city).undo(row.id)
    assert device.address == "10.1.0.1"
    assert row.state is ProposalState.open


def test_a_device_is_known_by_its_hardware_address_too(city: Session, agent: Source) -> None:
    device = register(city, address="10.1.0.1")
    DeviceRepository(city, EVERYTHING).set_macs(device, {"00e0fc000001"})
    record(city, agent, finding(mac="00e0fc000001"))
    assert [(row.match, row.device_id) for row in proposals(city)] == [(Match.moved, device.id)]


def test_another_serial_number_at_the_same_address_is_a_replacement(
    city: Session, agent: Source
) -> None:
    room = Room(id=new_id("r"), school_code=A, name="R1")
    city.add(room)
    city.flush()
    before = register(city, serial="SN-1", room_id=room.id)
    record(city, agent, finding())
    (row,) = proposals(city)
    assert row.match is Match.replaced
    device = desk(city).accept(row.id)
    assert (device.name, device.room_id, device.serial) == ("known", room.id, "SN-9")
    assert before.lifecycle is Lifecycle.in_stock
    desk(city).undo(row.id)
    assert before.lifecycle is Lifecycle.in_service
    assert city.get(Device, device.id) is None


def test_an_accepted_device_is_in_service_and_is_not_asked_about_again(
    city: Session, agent: Source
) -> None:
    city.add(Credential(id="c-own", school_code=A, name="c", secret="x"))
    city.flush()
    record(city, agent, finding(credential="c-own", port=1161, mac="00e0fc000001"))
    (row,) = proposals(city)
    device = desk(city).accept(row.id)
    assert (device.lifecycle, device.protocol) == (Lifecycle.in_service, Protocol.snmp)
    assert (device.name, device.kind, device.serial) == ("sw9", Kind.switch, "SN-9")
    assert (device.address, device.service_port) == ("10.1.0.9", 1161)
    assert (device.credential_id, device.driver) == ("c-own", "auto")
    assert DeviceRepository(city, EVERYTHING).macs_of([device.id]) == {device.id: ("00e0fc000001",)}
    record(city, agent, finding(minutes=5))
    (row,) = proposals(city)
    assert (row.state, row.device_id) == (ProposalState.accepted, device.id)
    with pytest.raises(DecidedAlready):
        desk(city).accept(row.id)


def test_an_announced_device_is_listened_for(city: Session, agent: Source) -> None:
    record(
        city,
        agent,
        finding("wb-7", how="mqtt", protocol="mqtt", port=0, driver="whiteboard"),
    )
    device = desk(city).accept(proposals(city)[0].id, name="白板 7", kind=Kind.whiteboard)
    assert (device.protocol, device.mqtt_profile, device.mqtt_client) == (
        Protocol.mqtt,
        "whiteboard",
        "wb-7",
    )
    assert (device.address, device.name, device.kind) == (None, "白板 7", Kind.whiteboard)


def test_what_was_rejected_is_not_asked_again_unless_another_stands_there(
    city: Session, agent: Source
) -> None:
    record(city, agent, finding())
    (row,) = proposals(city)
    desk(city).reject(row.id)
    record(city, agent, finding(minutes=5))
    assert proposals(city)[0].state is ProposalState.rejected
    record(city, agent, finding(minutes=9, identity=Identity(serial="SN-10")))
    assert proposals(city)[0].state is ProposalState.open


def test_a_rejection_can_be_taken_back(city: Session, agent: Source) -> None:
    record(city, agent, finding())
    (row,) = proposals(city)
    desk(city).reject(row.id)
    assert row.decided_by == "u1"
    desk(city).undo(row.id)
    assert (row.state, row.decided_by) == (ProposalState.open, None)


def test_an_acceptance_can_be_taken_back_until_the_device_is_polled(
    city: Session, agent: Source
) -> None:
    record(city, agent, finding("10.1.0.8", mac="00e0fc000008"), finding("10.1.0.9", identity=None))
    first, second = proposals(city)
    device, other = desk(city).accept(first.id), desk(city).accept(second.id)
    desk(city).undo(first.id)
    assert city.get(Device, device.id) is None
    assert first.device_id is None
    polled(city, other)
    with pytest.raises(CannotBeUndone):
        desk(city).undo(second.id)


def test_a_rule_accepts_kinds_whose_credential_worked(city: Session, agent: Source) -> None:
    city.add(Credential(id="c-own", school_code=A, name="c", secret="x"))
    city.flush()
    wish = DiscoveryWish(ranges=[RangeWish("10.1.0.0/24")], accept_kinds=[Kind.switch])
    set_discovery(city, EVERYTHING, A, wish)
    record(
        city,
        agent,
        finding("10.1.0.1", credential="c-own", identity=Identity(kind=Kind.switch)),
        finding("10.1.0.2", credential="c-own", identity=Identity(kind=Kind.printer)),
        finding("10.1.0.3", identity=Identity(kind=Kind.switch)),
    )
    assert [row.state for row in proposals(city)] == [
        ProposalState.accepted,
        ProposalState.open,
        ProposalState.open,
    ]
    assert proposals(city)[0].decided_by is None


def test_nobody_decides_beyond_their_scope(city: Session, agent: Source) -> None:
    record(city, agent, finding())
    (row,) = proposals(city)
    nowhere = Scope(())
    for step in ("accept", "reject", "undo"):
        with pytest.raises(NotFound):
            getattr(desk(city, nowhere), step)(row.id)
    assert ProposalRepository(city, nowhere).count_open() == 0
    assert ProposalRepository(city, EVERYTHING).count_open() == 3  # the city's own two


def test_a_room_of_another_school_is_not_known(city: Session, agent: Source) -> None:
    room = Room(id=new_id("r"), school_code=B, name="R1")
    city.add(room)
    city.flush()
    record(city, agent, finding())
    with pytest.raises(NotFound):
        desk(city).accept(proposals(city)[0].id, room_id=room.id)


def test_proposals_are_found_by_filter(city: Session, agent: Source) -> None:
    record(
        city,
        agent,
        finding("10.1.0.1", identity=Identity(kind=Kind.switch, name="core")),
        finding("10.1.0.2", identity=Identity(kind=Kind.printer, serial="P-77")),
    )
    repository = ProposalRepository(city, EVERYTHING)

    def found(**filters: object) -> list[str]:
        page = repository.page(**filters)  # type: ignore[arg-type]
        addresses = [row.proposal.address for row in page.items]
        return [address for address in addresses if address != "10.99.0.1"]

    assert found() == ["10.1.0.1", "10.1.0.2"]
    assert found(kind=Kind.printer) == found(search="p-77") == ["10.1.0.2"]
    assert found(school=B) == found(state=ProposalState.rejected) == found(match=Match.moved) == []


def test_the_plan_tells_where_to_look_and_with_which_secrets(city: Session, agent: Source) -> None:
    box = SecretBox(SecretBox.new_key())
    for id_, school in (("c-shared", None), ("c-own", A), ("c-other", B)):
        sealed = box.seal_access(SnmpAccess(community=id_))
        city.add(Credential(id=id_, school_code=school, name=id_, secret=sealed))
    city.flush()
    ranges = [RangeWish("10.1.0.1/22", hosts=True), RangeWish("10.1.3.0/24", excluded=True)]
    wish = DiscoveryWish(ranges=ranges, seeds=["10.1.0.1"], ports=[161, 1161])
    set_discovery(city, EVERYTHING, A, wish)
    (entry,) = discoveries(PlanRepository(city, EVERYTHING), [A], Opened(box))
    assert (entry.school, entry.ranges, entry.hosts) == (A, ("10.1.0.0/22",), ("10.1.0.0/22",))
    assert (entry.exclude, entry.seeds, entry.ports) == (
        ("10.1.3.0/24",),
        ("10.1.0.1",),
        (161, 1161),
    )
    assert [(one.id, one.snmp.community) for one in entry.credentials] == [
        ("c-own", "c-own"),
        ("c-shared", "c-shared"),
    ]
    set_discovery(city, EVERYTHING, A, DiscoveryWish(enabled=False, ranges=ranges))
    assert discoveries(PlanRepository(city, EVERYTHING), [A], Opened(box)) == ()
