"""Against FakeNOS, through netmiko, in real worker processes."""

import asyncio
import socket
import stat
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.errors import AuthRejected, Malformed, NoAnswer, Unreachable
from drivers.readings import Identity, Kind, Neighbour, Outcome
from drivers.ssh.host_keys import FirstUse
from drivers.ssh.orders import Authorisation, Result
from drivers.ssh.task import Access, Backup, Request
from drivers.ssh.worker import carry_out

# As the campus of conftest.py has them.
SECRET, COMMUNITY = "Sch00l-Switch-Pw", "Kreis-7-lesen"
BY = Authorisation(by="zhang.wei", reason="panel does not start", ticket="T-2026-17")


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_backup_keeps_the_configuration_and_no_secret(device):
    kept = run(device("east-1", "huawei_vrp").backup_configuration())
    assert "interface GigabitEthernet0/0/3" in kept.text
    assert kept.text.endswith("return\n")
    assert "updated at" not in kept.text
    assert COMMUNITY not in kept.text
    assert "kLmN0pQr" not in kept.text
    assert kept.text.count("<secret:") == 2


def test_facts_and_neighbours_come_from_the_command_line(device):
    facts = run(device("east-1", "huawei_vrp").facts())
    assert facts.identity == Identity(
        vendor="Huawei",
        kind=Kind.switch,
        model="S5731-H24P4XC",
        serial="2102359999FLT0000017",
        version="V200R021C00SPC100",
        os="vrp",
        name="east-1",
    )
    assert [(port.name, port.admin, port.oper) for port in facts.ports] == [
        ("GE0/0/1", "up", "up"),
        ("GE0/0/2", "down", "down"),
        ("GE0/0/3", "up", "down"),
    ]
    assert facts.neighbours == (
        Neighbour("GigabitEthernet0/0/1", "core-1", "GigabitEthernet0/0/24"),
    )


def test_orders_are_typed_as_declared_and_recorded_with_who_gave_them(device, campus):
    first, second = device("east-1", "huawei_vrp"), device("east-2", "huawei_vrp")
    port = "GigabitEthernet0/0/3"

    async def both():
        return await asyncio.gather(
            first.set_port(port, enabled=False, authorisation=BY),
            second.cycle_poe(port, authorisation=BY, off_seconds=0.1),
        )

    switched, cycled = run(both())
    assert (switched.result, switched.detail) == (Result.done, "")
    assert (switched.by, switched.ticket, switched.device) == ("zhang.wei", "T-2026-17", "east-1")
    assert switched.begun_at <= switched.ended_at
    assert switched.commands == ("interface GigabitEthernet0/0/3", "shutdown")
    typed = campus.typed("east-1")
    assert typed[typed.index("system-view") :] == ["system-view", *switched.commands, "return"]

    assert (cycled.result, cycled.detail) == (Result.done, "")
    power = [line for line in campus.typed("east-2") if "poe" in line]
    assert power == ["undo poe enable", "poe enable"]


def test_an_order_the_device_does_not_know_is_refused_before_its_second_line(device, campus):
    record = run(
        device("west-1", "cisco_ios").set_port(
            "GigabitEthernet1/0/1", enabled=False, authorisation=BY
        )
    )
    assert record.result is Result.refused
    assert "shutdown" not in campus.typed("west-1")


@pytest.mark.parametrize(
    "name",
    [
        "GigabitEthernet0/0/3\nreboot",
        "GigabitEthernet0/0/3 ; reboot",
        "GigabitEthernet0/0/1 to GigabitEthernet0/0/24",
        "Vlanif1",
        "MEth0/0/1",
        "",
    ],
)
def test_what_is_not_one_physical_port_never_reaches_a_device(device, name):
    # Nobody listens at port 1: had anything been tried, the result would be "failed".
    record = run(
        device("east-1", "huawei_vrp", port=1).set_port(name, enabled=False, authorisation=BY)
    )
    assert record.result is Result.refused
    assert record.commands == ()


def test_an_order_to_a_device_that_is_away_fails_without_doubt(device):
    record = run(
        device("east-1", "huawei_vrp", port=1).set_port(
            "GigabitEthernet0/0/3", enabled=False, authorisation=BY
        )
    )
    assert record.result is Result.failed
    assert record.detail.startswith("unreachable")


def test_a_wrong_password_is_told_from_everything_else(device):
    with pytest.raises(AuthRejected, match="login"):
        run(device("east-1", "huawei_vrp", password="guessed-1").backup_configuration())


def test_a_wrong_enable_password_is_told_from_a_wrong_login(device):
    with pytest.raises(AuthRejected, match="enable_password"):
        run(device("west-2", "cisco_ios", enable="guessed-2").facts())


def test_a_configuration_that_broke_off_is_no_backup(device):
    with pytest.raises(Malformed, match="broke off"):
        run(device("west-1", "cisco_ios").backup_configuration())


def test_a_device_that_knows_no_command_has_no_facts(device):
    with pytest.raises(Malformed, match="facts"):
        run(device("odd-1", "huawei_vrp").facts())


def test_a_device_nobody_met_is_refused_until_its_key_is_known(device, tmp_path):
    stranger = device("east-1", "huawei_vrp", first_use=FirstUse.refuse)
    with pytest.raises(AuthRejected, match="host_key_unknown"):
        run(stranger.neighbours())
    assert not (tmp_path / "known_hosts").exists()


def test_the_key_of_the_first_meeting_is_insisted_on(device, tmp_path):
    switch = device("east-1", "huawei_vrp")
    run(switch.neighbours())
    known = tmp_path / "known_hosts"
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    (pinned,) = switch.known_hosts.keys_of("127.0.0.1", switch.target.port)
    run(device("east-1", "huawei_vrp", first_use=FirstUse.refuse).neighbours())

    known.write_text(known.read_text().replace(pinned.blob, _another_rsa_key()))
    with pytest.raises(AuthRejected, match="host_key_changed"):
        run(device("east-1", "huawei_vrp").neighbours())


def _another_rsa_key():
    public = rsa.generate_private_key(65_537, 2_048).public_key()
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return public.public_bytes(*openssh).decode().split()[1]


def test_nobody_there_is_unreachable(device):
    with pytest.raises(Unreachable):
        run(device("east-1", "huawei_vrp", port=1).backup_configuration())


@pytest.fixture
def listener():
    """A port that takes connections and, when asked to, says something that is not SSH."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    said, over, taken = [b""], threading.Event(), []

    def serve():
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            taken.append(connection)
            connection.sendall(said[0])

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], said
    over.set()
    thread.join()
    for connection in taken:
        connection.close()
    server.close()


def test_what_is_not_ssh_is_malformed(device, listener):
    port, said = listener
    said[0] = b"HTTP/1.1 400 Bad Request\r\n" * 200
    with pytest.raises(Malformed):
        run(device("east-1", "huawei_vrp", port=port).backup_configuration())


def test_a_worker_over_its_time_is_killed_and_never_showed_the_password(device, listener):
    port, _ = listener
    silent = device("east-1", "huawei_vrp", port=port, task_seconds=4.0, connect_seconds=60.0)

    async def watched():
        task = asyncio.create_task(silent.backup_configuration())
        while not (alive := _workers()) and not task.done():  # noqa: ASYNC110 - a process
            await asyncio.sleep(0.05)
        with pytest.raises(NoAnswer, match="within 4 s"):
            await task
        return alive

    alive = run(watched())
    assert len(alive) == 1
    for process in alive:
        assert not process.exists()
    assert SECRET not in repr(silent)


def _workers():
    """Our own worker children in /proc; their command line and environment hold no secret."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"drivers.ssh.worker" in line and int(parent) == _pid():
            assert SECRET.encode() not in line + environment
            found.append(process)
    return found


def _pid():
    return int(Path("/proc/self").readlink().name)


def test_an_agent_without_netmiko_says_so(device, monkeypatch):
    monkeypatch.setitem(sys.modules, "netmiko", None)
    monkeypatch.delitem(sys.modules, "drivers.ssh.session", raising=False)
    access = Access("127.0.0.1", 1, "fleet", SECRET, "", "", (), False, 1.0, 1.0)
    platform = device("east-1", "huawei_vrp").platform
    fault = carry_out(Request(access, platform, Backup(b"m" * 32)))
    assert fault.code is Outcome.malformed
    assert "netmiko is missing" in fault.detail
    assert SECRET not in repr(Request(access, platform, Backup(b"m" * 32)))


def test_an_agent_that_can_start_no_worker_records_a_failed_order(device, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    record = run(
        device("east-1", "huawei_vrp").set_port(
            "GigabitEthernet0/0/3", enabled=False, authorisation=BY
        )
    )
    assert record.result is Result.failed
    assert "worker" in record.detail
