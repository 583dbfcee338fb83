"""Clocks of boxes and lists of schools, from what is stored to an alert with its ticket."""

import json
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlmodel import Session, col, select

from alerts.growing import tell_grown
from alerts.judgement import school_subject
from alerts.messages import alert_text, alert_title, ticket_title
from alerts.models import Alert, Silence, Ticket, TicketEvent, TicketState
from alerts.reminding import to_remind
from alerts.tickets import TicketDesk
from alerts.urgency import Urgency
from controller.metrics.memory import MemoryStore
from controller.reminding import MOST_AT_ONCE, remind
from drivers.readings import AgentStatus, Configuration, Kind
from inventory.intake.configurations import record_configurations
from inventory.intake.hearing import Heard, heard_from_all
from inventory.intake.sources import Source
from inventory.models import (
    Agent,
    AgentSchool,
    Broker,
    CatalogueModel,
    Contradiction,
    Device,
    DeviceConfiguration,
    ItemState,
    ReconciliationItem,
    School,
)
from inventory.repositories.configurations import ConfigurationRepository
from tests.alerts.reminders.conftest import ALL, DAY, MINUTE, NOW, Look


def test_a_box_whose_clock_stays_wrong_is_told_of_until_it_is_right(
    county: Session, look: Look
) -> None:
    county.add(Agent(id="a1", name="采集器 1"))
    county.flush()
    county.add(AgentSchool(agent_id="a1", school_code="S001"))

    def said(minutes: float, skew: float | None) -> datetime:
        at = NOW + minutes * MINUTE
        status = AgentStatus(version="1", started_at=0, clock_skew_seconds=skew)
        made = int(at.timestamp() * 1_000)
        heard_from_all(county, [Heard("a1", created_at=made, status=status)], at)
        county.expire_all()
        return at

    # It starts without a battery and finds the time; then it loses it.
    assert look(said(0, -3_600)) == []
    assert look(said(14, -3_600)) == []
    assert look(said(15.5, 0.2)) == []
    assert county.get_one(Agent, "a1").skewed_at is None
    assert look(said(20, -130)) == []
    assert look(said(28, -134)) == []
    assert look(said(36, -140)) == [("clock_skew", "a1", "")]
    [alert] = county.exec(select(Alert)).all()
    assert (alert.school_code, alert.device_id) == ("S001", None)
    assert alert_title(alert, "", str) == "Agent 采集器 1: its clock is wrong"
    assert alert_text(alert, str).startswith("It is 140 s behind. ")
    # Better, but not right; a box that says nothing more says nothing of its clock either.
    assert len(look(said(40, -20))) == 1
    assert len(look(NOW + 400 * MINUTE)) == 1
    assert look(said(401, -1)) == []
    # What a box that does not know its own skew shows by its batches counts as well.
    assert county.get_one(Agent, "a1").clock_skew_seconds == -1
    said(402, 300)
    assert look(said(420, 300)) == [("clock_skew", "a1", "")]
    county.get_one(Agent, "a1").revoked_at = NOW
    assert look(NOW + 420 * MINUTE) == []


def stranger(number: int, school: str = "S001", days: float = 2) -> ReconciliationItem:
    return ReconciliationItem(
        id=f"i{school[-4:]}{number}",
        key=f"unknown_device|{school}{number}",
        kind=Contradiction.unknown_device,
        school_code=school,
        shown=f"cam-{number}",
        place=f"10.0.0.{number}",
        seen_at=NOW,
        first_at=NOW - days * DAY,
    )


def test_unknown_devices_are_one_alert_of_their_school(county: Session, look: Look) -> None:
    strangers = [stranger(one) for one in range(1, 8)]
    county.add_all(strangers)
    county.add(stranger(1, "S002", days=0.2))
    assert look() == [("unknown_devices", "S001", "")]
    [alert] = county.exec(select(Alert)).all()
    [ticket] = county.exec(select(Ticket)).all()
    assert (alert.school_code, ticket.school_code) == ("S001", "S001")
    assert alert_title(alert, "", str) == "第一小学: unknown devices in the network"
    assert ticket_title(ticket, "", str) == alert_title(alert, "", str)
    assert alert_text(alert, str).startswith("7 in all: cam-1 (10.0.0.1)、cam-2 (10.0.0.2)、")
    # What somebody spoke of is off the list; the alert ends with the last one.
    for one, state in zip(strangers, [ItemState.ignored, ItemState.gone] * 4, strict=False):
        assert look(NOW + MINUTE) == [("unknown_devices", "S001", "")]
        one.state = state
    assert look(NOW + 2 * MINUTE) == []
    # A school that closes has no lists any more; one with a silence is told of afterwards.
    county.add(
        Silence(
            id="q1",
            school_code="S002",
            rule="unknown_devices",
            reason="巡检中",
            begins_at=NOW,
            ends_at=NOW + DAY,
            entered_by="li",
        )
    )
    assert look(NOW + DAY - MINUTE) == []
    assert look(NOW + DAY) == [("unknown_devices", "S002", "")]
    county.get_one(School, "S002").closed_on = NOW.date()
    assert look(NOW + 2 * DAY) == []


def test_what_joins_an_open_list_is_told_of_once_a_day(
    county: Session, look: Look, store: MemoryStore
) -> None:
    county.add_all(stranger(one) for one in range(3))
    assert look() == [("unknown_devices", "S001", "")]
    later = NOW + DAY
    county.add_all(stranger(one) for one in range(7, 14))
    county.flush()

    def told(now: datetime) -> list[tuple[str, str]]:
        # Two controllers have looked before either of them tells.
        news = [to_remind(county, store, now, ALL, listening_since=NOW) for _ in range(2)]
        for one in news:
            tell_grown(county, one.grown, now)
        assert not to_remind(county, store, now, ALL, listening_since=NOW)
        lines = county.exec(select(TicketEvent).order_by(col(TicketEvent.id)))
        return [(one.kind, one.text) for one in lines]

    grew = "、".join(f"cam-{one} (10.0.0.{one})" for one in range(7, 12)) + " +2"
    assert told(later - MINUTE) == [("opened", "")]
    assert told(later) == [("opened", ""), ("list_grew", grew)]
    [alert] = county.exec(select(Alert)).all()
    assert alert_text(alert, str).startswith("10 in all: ")
    [ticket] = county.exec(select(Ticket)).all()
    assert json.loads(ticket.arguments)["count"] == 10
    # Somebody has said that all is done: it is not.
    ticket.state = TicketState.closed
    county.add(stranger(20))
    county.flush()
    assert told(later + DAY)[2:] == [("reopened", "cam-20 (10.0.0.20)")]
    assert ticket.state is TicketState.reopened
    # One it was merged into goes on for it, and keeps saying what it is about itself.
    desk = TicketDesk(county, ALL, "u1", later)
    into = desk.open("S001", "all cameras")
    said = into.arguments
    desk.merge(ticket.id, into.number)
    county.add(stranger(21))
    county.flush()
    assert told(later + 2 * DAY)[-1] == ("list_grew", "cam-21 (10.0.0.21)")
    assert (ticket.state, into.arguments) == (TicketState.closed, said)
    lines = len(told(later + 2 * DAY))
    # An alert of before anybody kept what was told of is left as it is.
    alert.arguments = json.dumps({"count": 1, "names": "cam-1"})
    assert len(told(later + 9 * DAY)) == lines


def test_a_school_with_a_long_code_has_alerts_too(county: Session, look: Look) -> None:
    code = "S" + "9" * 31
    county.add(School(code=code, name="长码小学", organisation_code="3304", path=f"/3304/{code}/"))
    county.flush()
    county.add(stranger(1, code))
    assert look() == [("unknown_devices", school_subject(code), "")]
    [alert] = county.exec(select(Alert)).all()
    assert alert.school_code == code


def test_a_delivery_whose_warranty_ends_is_one_alert_and_prolonging_ends_it(
    county: Session, look: Look
) -> None:
    day = date(2026, 5, 20)
    delivery = [
        Device(
            id=f"w{one}",
            school_code="S001",
            name=f"白板 {one}",
            kind=Kind.whiteboard,
            vendor="Seewo",
            model="F86",
            warranty_until=day,
        )
        for one in range(500)
    ]
    county.add_all(delivery)
    county.add(
        Device(id="x1", school_code="S001", name="打印机", warranty_until=day + timedelta(days=40))
    )
    # In good time, and no sooner; a device that is not the school's own is nobody's worry.
    county.get_one(Device, "d3").warranty_until = day
    county.get_one(Device, "d3").is_personal = True
    assert look(datetime(2026, 3, 20, 12, tzinfo=UTC)) == []
    soon = datetime(2026, 3, 22, 12, tzinfo=UTC)
    assert look(soon) == [("warranty_ending", "S001", "2026-05")]
    [alert] = county.exec(select(Alert)).all()
    [ticket] = county.exec(select(Ticket)).all()
    assert (ticket.school_code, ticket.urgency) == ("S001", Urgency.low)
    assert alert_title(alert, "", str) == "第一小学: warranties end by 2026-05"
    said = "500 in all: Seewo F86. The first warranty ends on 2026-05-20. "
    assert alert_text(alert, str).startswith(said)
    # What ends in another month is another thing to do.
    later = datetime(2026, 5, 2, tzinfo=UTC)
    assert [part for *_, part in look(later)] == ["2026-05", "2026-06"]
    for one in delivery:
        one.warranty_until = date(2028, 5, 20)
    assert [part for *_, part in look(later)] == ["2026-06"]
    # On its last day it still stands, and afterwards nothing can be done any more.
    assert len(look(datetime(2026, 6, 29, 15, tzinfo=UTC))) == 1
    assert look(datetime(2026, 6, 29, 17, tzinfo=UTC)) == []


def test_the_end_of_support_and_of_a_certificate_is_told_of(county: Session, look: Look) -> None:
    county.add(
        CatalogueModel(id="m1", vendor="Ruijie", model="S29", end_of_support=date(2026, 8, 1))
    )
    county.flush()
    switch = county.get_one(Device, "d1")
    switch.catalogue_id, switch.vendor, switch.model = "m1", "Ruijie", "S29"
    pem = certificate_until(datetime(2026, 4, 1, 3, tzinfo=UTC))
    county.add(Broker(id="b9", school_code="S002", url="mqtts://broker:8883", certificate=pem))
    county.add(Broker(id="b8", school_code="S001", url="mqtts://broken:8883", ca="no certificate"))
    assert look() == [
        ("certificate_ending", "S002", "2026-04"),
        ("support_ending", "S001", "2026-08"),
    ]
    alerts = {one.rule: alert_text(one, str) for one in county.exec(select(Alert))}
    assert alerts["support_ending"].startswith("1 in all: Ruijie S29. The first ends on 2026-08-01")
    assert alerts["certificate_ending"].startswith("1 in all: mqtts://broker:8883. ")
    county.get_one(Broker, "b9").certificate = certificate_until(datetime(2027, 4, 1, tzinfo=UTC))
    assert look() == [("support_ending", "S001", "2026-08")]


def test_a_configuration_that_nobody_accepted_is_told_of_until_somebody_does(
    county: Session, look: Look
) -> None:
    county.add_all([Agent(id="a1", name="a1")])
    county.flush()
    county.add_all([AgentSchool(agent_id="a1", school_code=one) for one in ("S001", "S002")])
    source = Source("a1", "e", 1, frozenset({"S001", "S002"}), NOW)
    told = 0

    def backed_up(device: str, school: str, text: str, minutes: float) -> None:
        nonlocal told
        told += 1
        at = int((NOW + minutes * MINUTE).timestamp() * 1_000)
        digest = sha256(text.encode()).hexdigest()
        report = Configuration(device, school, at, digest, text)
        assert record_configurations(county, source, [(told, report)]) == 0

    before, after = "vlan 10\nvlan 20\n", "vlan 10\nvlan 99\n"
    # How devices were found first is how they are to be.
    for device, school in (("d1", "S001"), ("d2", "S001"), ("d3", "S002")):
        backed_up(device, school, before, -3_000)
    assert look() == []
    backed_up("d1", "S001", after, -50)
    assert look() == []
    assert look(NOW + 11 * MINUTE) == [("changed_configurations", "S001", "")]
    [alert] = county.exec(select(Alert)).all()
    assert alert_text(alert, str).startswith("1 in all: core-1. They run by something else")
    # Put back is as good as accepted.
    backed_up("d1", "S001", before, 20)
    assert look(NOW + 21 * MINUTE) == []
    backed_up("d1", "S001", after, 30)
    backed_up("d3", "S002", after, 30)
    later = NOW + 91 * MINUTE
    both = [("changed_configurations", one, "") for one in ("S001", "S002")]
    assert look(later) == both
    versions = ConfigurationRepository(county, ALL)
    for device in ("d1", "d3"):
        newest = versions.of_device(device).items[0]
        versions.accept(newest, "li", later)
        both.pop(0)
        assert look(later) == both
    # A device of which nothing was accepted is not known to have drifted.
    for one in county.exec(select(DeviceConfiguration)):
        one.accepted_at = None
    assert look(later) == []


def certificate_until(end: datetime) -> str:
    """A certificate of nobody that ends then, PEM."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=800))
        .not_valid_after(end)
        .sign(key, None)
    )
    return made.public_bytes(Encoding.PEM).decode()


def test_what_is_due_everywhere_on_one_day_is_told_in_the_course_of_it(
    county: Session, store: MemoryStore
) -> None:
    ends = NOW.date() + timedelta(days=9)
    for one in range(30):
        code = f"M{one:03}"
        county.add(School(code=code, name=code, organisation_code="3304", path=f"/3304/{code}/"))
        county.flush()
        county.add(Device(id=f"m{one}", school_code=code, name="ups", warranty_until=ends))
    county.flush()

    class Short:
        """The session of this test in place of transactions."""

        def reading(self) -> AbstractContextManager[Session]:
            return nullcontext(county)

        writing = reading

    job = remind(store, DAY)
    for looks, told in ((1, MOST_AT_ONCE), (2, 30), (3, 30)):
        job(Short(), NOW + looks * 5 * MINUTE)
        assert len(county.exec(select(Alert)).all()) == told
    assert {one.rule for one in county.exec(select(Alert))} == {"warranty_ending"}
