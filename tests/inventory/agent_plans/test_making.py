from datetime import date

import msgspec
import pytest
from sqlmodel import Session

from drivers.plan import Broker as PlanBroker
from drivers.plan import (
    LineTest,
    MqttAccess,
    PjlinkAccess,
    Plan,
    PresenceAccess,
    SnmpAccess,
    SshAccess,
    Target,
)
from inventory.agent_plans.making import PlanSettings
from inventory.enrolment import revoke
from inventory.errors import NotFound
from inventory.models import (
    Broker,
    Credential,
    CredentialKind,
    Device,
    DeviceMac,
    Lifecycle,
    Line,
    Protocol,
    StandardBinding,
)
from inventory.scope import Scope
from inventory.secrets import SecretBox, SshLogin
from tests.inventory.city import NOW, A, B
from tests.plans import build_plan
from tests.targets import demand

TODAY = date(2026, 9, 1)
BOX = SecretBox(SecretBox.new_key())
ACCESS = SnmpAccess(version="3", user="watch", auth="SHA-256:secret-1", priv="AES-128:secret-2")
SERVER = "https://fleet.example/speedtest"


def _plan(session: Session, box: SecretBox = BOX, server: str | None = SERVER) -> Plan:
    settings = PlanSettings(speedtest_server=server)
    return build_plan(session, A.row("a"), box, today=TODAY, settings=settings)


@pytest.fixture
def county(two_counties: Session) -> Session:
    """County A's credential can be opened."""
    session = two_counties
    session.get(Credential, A.row("c")).secret = BOX.seal_access(ACCESS)
    session.flush()
    return session


def test_the_plan_holds_what_the_agents_schools_need_and_nothing_else(county: Session) -> None:
    county.add(
        Device(
            id="d-board", school_code=A.point, name="Whiteboard", protocol=Protocol.mqtt,
            mqtt_profile="whiteboard", mqtt_client="wb-1",
        )
    )  # fmt: skip
    county.add(Device(id="d-plain", school_code=A.point, name="AP", address="127.0.0.2"))
    county.flush()
    plan = _plan(county)
    assert plan.agent == A.row("a")
    assert plan.schools == tuple(sorted([A.school, A.point]))
    assert set(plan.targets) == {
        Target(
            id=A.row("d"),
            school=A.school,
            address="127.0.0.1",
            snmp=ACCESS,
            uplink="GE0/0/1 A",
            presence=PresenceAccess(("02000000000a",)),
        ),
        Target(id="d-board", school=A.point, mqtt=MqttAccess(profile="whiteboard", client="wb-1")),
        Target(id="d-plain", school=A.point, address="127.0.0.2", snmp=SnmpAccess()),
    }
    assert plan.brokers == (PlanBroker(url="mqtt://127.0.0.1:1883"),)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(plan), type=Plan) == plan


def test_what_is_not_in_service_or_has_no_address_is_not_polled(county: Session) -> None:
    for number, fields in enumerate(
        [
            {"lifecycle": Lifecycle.in_repair, "address": "127.0.0.9"},
            {"protocol": Protocol.none, "address": "127.0.0.9"},
            {"address": None},
            {"protocol": Protocol.mqtt, "mqtt_profile": "whiteboard"},
        ]
    ):
        county.add(Device(id=f"d-{number}", school_code=A.school, name="x", **fields))
    county.flush()
    assert [target.id for target in _plan(county).targets] == [A.row("d")]


def test_a_line_is_tested_up_to_what_it_must_show(county: Session) -> None:
    test = LineTest(
        line=A.row("l"),
        school=A.school,
        server=SERVER,
        cap_bits_per_second=110_000_000,
        target=A.row("d"),
    )
    assert _plan(county).line_tests == (test,)
    assert _plan(county, server=None).line_tests == ()
    county.delete(county.get(StandardBinding, A.row("g")))
    county.flush()
    # No plan demands anything: the contract is what remains to be shown.
    assert _plan(county).line_tests[0].cap_bits_per_second == 220_000_000


def test_a_school_may_have_a_test_server_of_its_own(county: Session) -> None:
    own = PlanSettings(speedtest_servers={A.school: "http://near.example"})
    plan = build_plan(county, A.row("a"), BOX, today=TODAY, settings=own)
    assert [test.server for test in plan.line_tests] == ["http://near.example"]


def test_a_line_without_a_test_server_is_probed_where_there_is_a_reference(county: Session) -> None:
    settings = PlanSettings(references=("10.1.1.1",))
    plan = build_plan(county, A.row("a"), BOX, today=TODAY, settings=settings)
    assert [(test.server, test.references) for test in plan.line_tests] == [("", ("10.1.1.1",))]


def test_an_iperf3_server_is_tested_by_iperf3(county: Session) -> None:
    plan = _plan(county, server="iperf3://iperf.example")
    assert [test.method for test in plan.line_tests] == ["iperf3"]


def test_the_line_of_a_teaching_point_is_not_tested_from_the_central_school(
    county: Session,
) -> None:
    county.get(Line, A.row("l")).school_code = A.point
    assert _plan(county).line_tests == ()


def test_a_line_whose_contract_has_ended_is_not_tested(county: Session) -> None:
    county.get(Line, A.row("l")).ends_on = date(2026, 8, 31)
    plan = _plan(county)
    assert plan.line_tests == ()
    assert plan.targets[0].uplink is None


def test_the_revision_changes_with_the_content_only(county: Session) -> None:
    first = _plan(county).revision
    assert _plan(county).revision == first
    county.get(Device, B.row("d")).address = "127.0.0.3"
    assert _plan(county).revision == first
    county.get(Device, A.row("d")).address = "127.0.0.3"
    assert _plan(county).revision != first


def test_a_secret_of_another_key_costs_only_its_own_devices(
    county: Session, caplog: pytest.LogCaptureFixture
) -> None:
    county.add(Device(id="d-plain", school_code=A.school, name="AP", address="127.0.0.2"))
    county.add(
        Broker(id="b-2", school_code=A.school, url="mqtt://127.0.0.2:1883", password_secret="?")
    )
    county.flush()
    plan = _plan(county, SecretBox(SecretBox.new_key()))
    assert [target.id for target in plan.targets] == ["d-plain"]
    assert [broker.url for broker in plan.brokers] == ["mqtt://127.0.0.1:1883"]
    assert A.row("c") in caplog.text
    assert "b-2" in caplog.text
    assert "secret-1" not in caplog.text


def test_a_brokers_password_travels_in_clear_inside_the_plan(county: Session) -> None:
    broker = county.get(Broker, A.row("b"))
    broker.username, broker.password_secret = "agent", BOX.seal("mosquito")
    assert _plan(county).brokers[0].password == "mosquito"


def test_a_revoked_or_unknown_agent_has_no_plan(county: Session) -> None:
    with pytest.raises(NotFound):
        build_plan(county, "a-nobody", BOX, today=TODAY, settings=PlanSettings())
    revoke(county, Scope.everything(), A.row("a"), now=NOW)
    with pytest.raises(NotFound):
        _plan(county)


def test_a_fraction_of_a_megabit_is_not_lost(county: Session) -> None:
    county.delete(county.get(StandardBinding, A.row("g")))
    demand(county, "0.001", at=A.code)
    assert _plan(county).line_tests[0].cap_bits_per_second == 1_100


def test_every_protocol_brings_what_the_agent_needs_for_it(county: Session) -> None:
    login = SshLogin(user="backup", password="secret-3", enable="secret-4")
    for key, kind, access in (
        ("c-ssh", CredentialKind.ssh, login),
        ("c-pjlink", CredentialKind.pjlink, PjlinkAccess("secret-5")),
    ):
        sealed = BOX.seal_access(access)
        county.add(Credential(id=key, school_code=A.school, name=key, kind=kind, secret=sealed))
    county.flush()
    seen = {"school_code": A.school, "address": "127.0.0.5"}
    pjlink, presence = {"protocol": Protocol.pjlink}, {"protocol": Protocol.presence}
    for fields in (
        {"id": "d-1", **seen, **pjlink, "credential_id": "c-pjlink", "service_port": 14352},
        {"id": "d-2", **seen, **pjlink, "ping": True},
        {"id": "d-3", **seen, "protocol": Protocol.ping},
        {"id": "d-4", **seen, **presence, "ping": True},
        {"id": "d-5", "school_code": A.school, **presence},
        {"id": "d-6", "school_code": A.school, **presence},  # nothing to look for
        {"id": "d-7", **seen, "ssh_credential_id": "c-ssh", "ssh_platform": "h3c_comware"},
        {"id": "d-8", **seen, "credential_id": "c-pjlink"},  # of another kind
        {"id": "d-9", **seen, "ssh_credential_id": "c-pjlink", "ssh_platform": "h3c_comware"},
        {
            "id": "d-a",
            **seen,
            "protocol": Protocol.ssh,
            "ssh_port": 2222,
            "ssh_credential_id": "c-ssh",
            "ssh_platform": "h3c_comware",
        },
        {"id": "d-b", **seen, "protocol": Protocol.ssh},  # no log-in
    ):
        county.add(Device(name="x", **fields))
    county.flush()
    county.add(DeviceMac(device_id="d-5", mac="020000000005"))
    county.flush()
    plan = _plan(county)
    found = {target.id: target for target in plan.targets if target.id != A.row("d")}
    place = {"school": A.school, "address": "127.0.0.5"}
    ssh = SshAccess("backup", "h3c_comware", password="secret-3", enable="secret-4")
    expected = (
        Target("d-1", **place, port=14352, pjlink=PjlinkAccess("secret-5")),
        Target("d-2", **place, port=4352, pjlink=PjlinkAccess(), ping=True),
        Target("d-3", **place, ping=True),
        Target("d-4", **place, presence=PresenceAccess(), ping=True),
        Target("d-5", A.school, presence=PresenceAccess(("020000000005",))),
        Target("d-7", **place, snmp=SnmpAccess(), ssh=ssh),
        Target("d-9", **place, snmp=SnmpAccess()),
        Target("d-a", **place, ssh=msgspec.structs.replace(ssh, port=2222, watched=True)),
    )
    assert found == {target.id: target for target in expected}
    assert {id_ for id_, target in found.items() if not target.speaks} == {"d-3", "d-4", "d-5"}
    assert found["d-a"].polled
    # The secrets are in the plan's bytes only, never in what a log would show of its logins.
    assert "secret-3" not in repr(found["d-7"].ssh) + repr(login)


def test_a_broker_with_certificates_travels_whole(county: Session) -> None:
    county.add(
        Broker(
            id="b-tls", school_code=A.school, url="mqtts://127.0.0.1:8883", ca="CA",
            certificate="CERT", key_secret=BOX.seal("KEY"), discovery_prefix="ha", announce=True,
        )
    )  # fmt: skip
    county.flush()
    assert (
        PlanBroker(
            url="mqtts://127.0.0.1:8883", ca="CA", certificate="CERT", key="KEY",
            discovery_prefix="ha", announce=True,
        )
        in _plan(county).brokers
    )  # fmt: skip
