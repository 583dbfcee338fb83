"""What people write is written down, whichever way it is written; what machines write is not."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlmodel import Session, SQLModel, select

from drivers.readings import Facts, Identity, Kind, Outcome, Poll
from inventory.audit import Actor, act_as, audited, came_by
from inventory.audit.values import MASK
from inventory.database import SessionFactory, session_factory, unit_of_work
from inventory.intake.ingest import record_polls
from inventory.models import (
    Attachment,
    AttachmentPurpose,
    AuditChange,
    ChangeAction,
    ChangeOrigin,
    Credential,
    Device,
    DeviceMac,
    EnrolmentToken,
    EnrolmentTokenSchool,
    Grant,
    Lifecycle,
    Role,
    Room,
    User,
)
from inventory.repositories.audit import AuditRepository, ChangeFilter
from inventory.scope import Scope
from tests.inventory.city import A, B, add_city, add_county

MEI = Actor("u-mei", "mei", ChangeOrigin.page, "10.0.0.7")


@pytest.fixture
def factory(engine: Engine) -> SessionFactory:
    made = audited(session_factory(engine))
    with unit_of_work(made) as session:
        add_city(session)
        add_county(session, A)
        add_county(session, B)
        session.execute(delete(AuditChange))
    return made


def by_mei(factory: SessionFactory, write: Callable[[Session], object]) -> list[AuditChange]:
    """What is in the trail after Mei has written something, the oldest first."""
    with unit_of_work(factory) as session:
        act_as(session, MEI)
        write(session)
    return trail(factory)


def trail(factory: SessionFactory) -> list[AuditChange]:
    with factory() as session:
        return list(session.exec(select(AuditChange).order_by(AuditChange.id)))  # type: ignore[arg-type]


def fields(change: AuditChange) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(change.fields)
    return found


def device_of(session: Session) -> Device:
    return session.get_one(Device, A.row("d"))


def test_a_change_tells_who_what_from_what_to_what_and_from_where(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        device = device_of(session)
        device.price_cny = Decimal("12999.00")
        device.purchased_on = date(2024, 9, 1)
        device.lifecycle = Lifecycle.in_repair

    before = datetime.now(UTC)
    [change] = by_mei(factory, write)
    assert fields(change) == {
        "price_cny": [None, "12999.00"],
        "purchased_on": [None, "2024-09-01"],
        "lifecycle": ["in_service", "in_repair"],
    }
    assert (change.actor_id, change.actor) == ("u-mei", "mei")
    assert (change.origin, change.address) == (ChangeOrigin.page, "10.0.0.7")
    assert change.action is ChangeAction.update
    assert (change.table_name, change.key, change.label) == ("device", A.row("d"), "Switch A")
    assert (change.school_code, change.device_id) == (A.school, A.row("d"))
    assert before - timedelta(seconds=1) <= change.at <= datetime.now(UTC)


def test_what_is_set_to_what_it_was_is_no_change(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        device = device_of(session)
        device.name, device.kind = "Switch A", Kind.switch

    assert by_mei(factory, write) == []
    with factory() as session:
        assert device_of(session).revision == 1


def test_machines_leave_no_trail_and_no_revision(factory: SessionFactory) -> None:
    told = Identity(vendor="Huawei", kind=Kind.switch, model="S5735", serial="2102AB", version="V2")
    poll = Poll(
        subject=A.row("d"),
        school=A.school,
        taken_at=int(datetime.now(UTC).timestamp() * 1000),
        outcome=Outcome.ok,
        facts=Facts(told),
    )
    with unit_of_work(factory) as session:
        record_polls(session, [poll], datetime.now(UTC))
    with unit_of_work(factory) as session:
        device_of(session).version = "V3"
    assert trail(factory) == []
    with factory() as session:
        assert device_of(session).model == "S5735"
        assert device_of(session).revision == 1


def test_nothing_is_left_of_what_is_rolled_back(factory: SessionFactory) -> None:
    with factory() as session:
        act_as(session, MEI)
        device_of(session).name = "x"
        session.flush()
        session.rollback()
    assert trail(factory) == []


def test_new_rows_and_rows_that_go_are_written_down(factory: SessionFactory) -> None:
    made = by_mei(
        factory,
        lambda s: s.add(Room(id="r-1", school_code=A.school, name="101", building="East")),
    )
    assert made[0].action is ChangeAction.insert
    assert fields(made[0])["name"] == [None, "101"]
    gone = by_mei(factory, lambda s: s.delete(s.get_one(Room, "r-1")))[-1]
    assert gone.action is ChangeAction.delete
    assert (gone.label, gone.school_code) == ("101", A.school)
    assert fields(gone)["building"] == ["East", None]


def test_secrets_are_masked(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        session.get_one(Credential, A.row("c")).secret = "sealed anew"
        session.get_one(User, A.row("u")).password_hash = "$argon2id$other"
        session.add(Credential(id="c-1", school_code=A.school, name="x", secret="sealed"))

    changes = by_mei(factory, write)
    text = " ".join(change.fields for change in changes)
    assert "sealed" not in text
    assert "argon" not in text
    assert {tuple(fields(c).get("secret", ())) for c in changes} == {(MASK, MASK), (None, MASK), ()}


def test_a_key_that_finds_a_token_is_not_in_the_trail(factory: SessionFactory) -> None:
    token = "5f2c" * 16

    def write(session: Session) -> None:
        now = datetime.now(UTC)
        session.add(EnrolmentToken(token_hash=token, expires_at=now))
        session.flush()
        session.add(EnrolmentTokenSchool(token_hash=token, school_code=A.school))

    made, of_school = by_mei(factory, write)
    assert token not in f"{made.model_dump()}{of_school.model_dump()}"
    assert (made.key, of_school.key) == ("5f2c5f2c…", f"5f2c5f2c…/{A.school}")
    assert of_school.school_code == A.school


def test_one_transaction_is_one_act(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        device_of(session).name = "one"
        session.flush()
        device_of(session).custodian = "Ms Li"

    first, second = by_mei(factory, write)
    assert first.act == second.act
    with factory() as session:
        assert device_of(session).revision == 2
    by_mei(factory, lambda s: setattr(device_of(s), "name", "two"))
    assert len({change.act for change in trail(factory)}) == 2


def test_what_a_file_brings_is_told_apart(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        came_by(session, ChangeOrigin.import_)
        device_of(session).supplier = "A supplier"

    [change] = by_mei(factory, write)
    assert (change.origin, change.actor) == (ChangeOrigin.import_, "mei")


@pytest.mark.parametrize(
    ("row", "school", "bureau", "device"),
    [
        (DeviceMac(device_id=A.row("d"), mac="0200000000ff"), A.school, None, A.row("d")),
        (Grant(user_id=A.row("u"), role=Role.viewer, scope_path="/"), None, None, None),
        (
            Attachment(
                id="x-1",
                owner_table="catalogue_model",
                owner_id="m",
                organisation_code=A.code,
                purpose=AttachmentPurpose.photo,
                name="a.png",
                media_type="image/png",
                size=1,
                sha256="0",
                stored_as="z",
            ),
            None,
            A.code,
            None,
        ),
    ],
)
def test_a_row_is_placed_by_its_foreign_keys(
    factory: SessionFactory,
    row: SQLModel,
    school: str | None,
    bureau: str | None,
    device: str | None,
) -> None:
    change = by_mei(factory, lambda s: s.add(type(row)(**row.model_dump())))[-1]
    assert (change.school_code, change.organisation_code, change.device_id) == (
        school,
        bureau,
        device,
    )


def test_statements_about_many_rows_are_followed(factory: SessionFactory) -> None:
    where = Device.school_code == A.school
    changes = by_mei(
        factory,
        lambda s: s.execute(update(Device).where(where).values(supplier="Bulk")),  # type: ignore[arg-type]
    )
    assert [fields(change) for change in changes] == [{"supplier": [None, "Bulk"]}]
    rows = [{"id": f"r-{n}", "school_code": A.school, "name": str(n)} for n in range(3)]
    changes = by_mei(factory, lambda s: s.execute(insert(Room), rows))
    assert [change.key for change in changes[1:]] == ["r-0", "r-1", "r-2"]
    by_key = [{"id": f"r-{n}", "name": f"room {n}"} for n in range(2)]
    changes = by_mei(factory, lambda s: s.execute(update(Room), by_key))
    assert [fields(change) for change in changes[4:]] == [
        {"name": ["0", "room 0"]},
        {"name": ["1", "room 1"]},
    ]
    changes = by_mei(
        factory,
        lambda s: s.execute(delete(Room).where(Room.id == "r-2")),  # type: ignore[arg-type]
    )
    assert (changes[-1].action, changes[-1].label) == (ChangeAction.delete, "2")


def test_hardware_addresses_are_part_of_their_devices_revision(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        session.add(DeviceMac(device_id=A.row("d"), mac="0200000000fe"))

    by_mei(factory, write)
    with factory() as session:
        assert device_of(session).revision == 2


def test_two_at_once_never_make_one_revision_of_two_rows(factory: SessionFactory) -> None:
    def change(name: str) -> None:
        with unit_of_work(factory) as session:
            act_as(session, MEI)
            device_of(session).custodian = name

    threads = [Thread(target=change, args=(f"person {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with factory() as session:
        assert device_of(session).revision == 7


def test_the_trail_is_told_within_the_scope_and_by_filters(factory: SessionFactory) -> None:
    def write(session: Session) -> None:
        device_of(session).name = 'a "price_cny":name'
        session.get_one(Device, B.row("d")).price_cny = Decimal("1.00")
        session.get_one(User, A.row("u")).name = "other"

    by_mei(factory, write)
    with factory() as session:
        everything = AuditRepository(session, Scope.everything())
        county = AuditRepository(session, A.scope)

        def keys(found: AuditRepository, **wanted: Any) -> list[str]:
            return sorted(row.key for row in found.page(ChangeFilter(**wanted)).items)

        assert keys(everything) == sorted([A.row("d"), B.row("d"), A.row("u")])
        assert keys(county) == [A.row("d")]
        assert keys(everything, field="price_cny") == [B.row("d")]
        assert keys(everything, table="app_user") == [A.row("u")]
        assert keys(everything, school=B.school) == [B.row("d")]
        assert keys(everything, device=A.row("d"), actor="mei") == [A.row("d")]
        assert keys(everything, actor="somebody") == []
        assert keys(everything, origin=ChangeOrigin.api) == []
        assert keys(everything, since=datetime.now(UTC) + timedelta(days=1)) == []
        assert keys(everything, until=datetime.now(UTC) + timedelta(days=1), table="device") == [
            A.row("d"),
            B.row("d"),
        ]
        assert county.page(ChangeFilter()).total == 1
        assert county.tables() == ["device"]
