"""What goes with a device to another school, what stays behind, and how it all comes back."""

from datetime import timedelta

import pytest
from sqlmodel import Session, SQLModel

from drivers.readings import Outcome
from inventory.errors import HardwareAddressTaken
from inventory.models import (
    Attachment,
    AttachmentPurpose,
    Component,
    ConfigurationText,
    Device,
    DeviceConfiguration,
    DeviceEvent,
    DeviceMac,
    DeviceState,
    Lifecycle,
    LifeStep,
    Port,
    Protocol,
    Subject,
)
from inventory.procurement.ledger import Ledger
from inventory.procurement.transfers import TransferDesk
from inventory.repositories import DeviceRepository, PortRepository
from inventory.repositories.configurations import ConfigurationRepository
from inventory.repositories.events import EventRepository
from inventory.repositories.parts import PartRepository
from inventory.scope import Scope
from tests.inventory.procurement.bureau import (
    JUNIOR,
    NEIGHBOUR,
    NOW,
    PRIMARY,
    TEACHER,
    TECHNICIAN,
    Steps,
)
from tests.inventory.procurement.test_ledger import last

OLD, NEW = TEACHER.scope, NEIGHBOUR.scope
MAC = "aabbccddeeff"


@pytest.fixture
def switch(steps: Steps) -> Device:
    """A switch that has been polled, told events, was backed up, and has an invoice."""
    session = steps.session
    row = Device(id="d-1", school_code=PRIMARY, name="核心交换机", protocol=Protocol.snmp)
    _keep(session, row, ConfigurationText(digest="0" * 64, content=b"", lines=1))
    _keep(
        session,
        DeviceState(
            device_id="d-1", school_code=PRIMARY, outcome=Outcome.ok, taken_at=NOW, since=NOW
        ),
        DeviceMac(device_id="d-1", mac=MAC),
        Port(device_id="d-1", name="GE1", index=1, seen_at=NOW),
        Component(device_id="d-1", place=0, class_="chassis", seen_at=NOW),
        DeviceEvent(id="e-1", device_id="d-1", school_code=PRIMARY, at=NOW, kind="cold_start"),
        DeviceConfiguration(
            id="c-1",
            device_id="d-1",
            school_code=PRIMARY,
            digest="0" * 64,
            taken_at=NOW,
            seen_at=NOW,
        ),
        Attachment(
            id="f-1",
            owner_table="device",
            owner_id="d-1",
            school_code=PRIMARY,
            purpose=AttachmentPurpose.invoice,
            name="发票.pdf",
            media_type="application/pdf",
            size=9,
            sha256="0" * 64,
            stored_as="0" * 32,
        ),
    )
    return row


def _keep(session: Session, *rows: SQLModel) -> None:
    session.add_all(rows)
    session.flush()


def hand_over(steps: Steps) -> str:
    row = TransferDesk(steps.session, TEACHER, NOW).propose(PRIMARY, JUNIOR, ["d-1"], "撤班")
    TransferDesk(steps.session, NEIGHBOUR, NOW).consent(row.id)
    TransferDesk(steps.session, TECHNICIAN, NOW).complete(row.id)
    return row.id


def seen(session: Session, scope: Scope) -> dict[str, int]:
    """How much of the switch is seen within a scope."""
    parts = PartRepository(session, scope)
    return {
        "device": len(DeviceRepository(session, scope).named(["d-1"])),
        "macs": len(DeviceRepository(session, scope).macs_of(["d-1"])),
        "ports": len(PortRepository(session, scope).of_device("d-1")),
        "parts": len(parts.components("d-1")),
        "events": EventRepository(session, scope).page(device="d-1").total,
        "configurations": ConfigurationRepository(session, scope).of_device("d-1").total,
    }


@pytest.mark.usefixtures("switch")
def test_the_new_school_sees_all_of_the_device_and_the_old_one_nothing(steps: Steps) -> None:
    everything, nothing = seen(steps.session, OLD), seen(steps.session, NEW)
    assert set(everything.values()) == {1}
    assert set(nothing.values()) == {0}
    hand_over(steps)
    assert seen(steps.session, NEW) == everything
    assert seen(steps.session, OLD) == nothing
    events = EventRepository(steps.session, Scope.everything())
    assert (events.page(school=JUNIOR).total, events.page(school=PRIMARY).total) == (1, 0)
    assert ConfigurationRepository(steps.session, NEW).get("d-1", "c-1")
    assert ConfigurationRepository(steps.session, OLD).get("d-1", "c-1") is None
    assert steps.session.get_one(Attachment, "f-1").school_code == JUNIOR
    # That it happened at the old school is not forgotten.
    assert steps.session.get_one(DeviceEvent, "e-1").school_code == PRIMARY


@pytest.mark.usefixtures("switch")
def test_a_counter_entry_gives_everything_back(steps: Steps) -> None:
    before = seen(steps.session, OLD)
    entry = last(steps.session, Subject.transfer, hand_over(steps))
    Ledger(steps.session, TECHNICIAN, NOW + timedelta(hours=1)).undo(entry, "未交付")
    assert seen(steps.session, OLD) == before
    assert set(seen(steps.session, NEW).values()) == {0}
    assert steps.session.get_one(Attachment, "f-1").school_code == PRIMARY


@pytest.mark.usefixtures("switch")
def test_steps_of_its_life_keep_the_school_they_were_taken_at(steps: Steps) -> None:
    session = steps.session
    step = LifeStep(
        id="l-1",
        device_id="d-1",
        school_code=PRIMARY,
        before=Lifecycle.in_stock,
        after=Lifecycle.in_service,
        on=NOW.date(),
    )
    _keep(session, step)
    hand_over(steps)
    assert session.get_one(LifeStep, "l-1").school_code == PRIMARY


@pytest.mark.usefixtures("switch")
def test_two_devices_of_one_hardware_address_do_not_meet(steps: Steps) -> None:
    _keep(steps.session, Device(id="d-2", school_code=JUNIOR, name="来历不明"))
    _keep(steps.session, DeviceMac(device_id="d-2", mac=MAC))
    with pytest.raises(HardwareAddressTaken, match="来历不明"):
        hand_over(steps)
