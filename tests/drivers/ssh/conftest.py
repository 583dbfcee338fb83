import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.ssh.device import SshDevice, SshTarget
from drivers.ssh.host_keys import FirstUse, KnownHosts
from drivers.ssh.platform import platform_named
from drivers.ssh.workers import Workers
from tests.ports import free_port

HERE = Path(__file__).parent
SECRET = "Sch00l-Switch-Pw"
COMMUNITY = "Kreis-7-lesen"

HUAWEI_CONFIGURATION = f"""\
!Last configuration was updated at 2026-09-01 08:00:00+08:00 by admin
#
sysname east-1
#
aaa
 local-user fleet password irreversible-cipher $1c$Ab3xQ9wE7z$kLmN0pQr
#
interface GigabitEthernet0/0/3
 description classroom 3-2
 poe enable
#
snmp-agent community read cipher {COMMUNITY}
#
return
"""
HUAWEI_VERSION = """\
Huawei Versatile Routing Platform Software
VRP (R) software, Version 5.170 (S5731 V200R021C00SPC100)
Copyright (C) 2000-2021 HUAWEI TECH Co., Ltd.
HUAWEI S5731-H24P4XC Routing Switch uptime is 12 weeks, 3 days, 1 hour, 9 minutes
"""
HUAWEI_MANUFACTURE = """\
Slot  Card  Type                     Serial-number            Manu-date
------------------------------------------------------------------------
0     -     S5731-H24P4XC            2102359999FLT0000017     2024-03-05
"""
HUAWEI_PORTS = """\
PHY: Physical
*down: administratively down
Interface                     PHY     Protocol Description
GE0/0/1                       up      up       to core
GE0/0/2                       *down   down
GE0/0/3                       down    down     classroom 3-2
"""
HUAWEI_LLDP = """\
GigabitEthernet0/0/1 has 1 neighbor(s):

Neighbor index :1
Chassis type   :MAC Address
Chassis ID     :00e0-fc12-3456
Port ID type   :Interface Name
Port ID        :GigabitEthernet0/0/24
Port description    :down to east-1
System name         :core-1
System description  :S6730
System capabilities supported   :bridge router
System capabilities enabled     :bridge router
Management address type  :ipv4
Management address value :10.7.0.1
Expired time   :101s

Port VLAN ID(PVID)  :1
"""


@dataclass(frozen=True)
class Campus:
    """Fake devices on 127.0.0.1, and what was typed to them."""

    ports: dict[str, int]
    log: Path

    def typed(self, name: str) -> list[str]:
        """What one device was told, line by line."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}: ")]


def _devices():
    said = "{base_prompt}"
    view, system, port = f"<{said}>", f"[{said}]", f"[{said}-GigabitEthernet0/0/3]"
    huawei = {
        "prompt": view,
        "unknown": "Error: Unrecognized command found at '^' position.",
        "password": SECRET,
        "commands": {
            "screen-length 0 temporary": {},
            "display current-configuration": {"output": HUAWEI_CONFIGURATION},
            "display version": {"output": HUAWEI_VERSION},
            "display device manufacture-info": {"output": HUAWEI_MANUFACTURE},
            "display interface description": {"output": HUAWEI_PORTS},
            "display lldp neighbor": {"output": HUAWEI_LLDP},
            "system-view": {"output": "Enter system view.", "prompt": system},
            "interface GigabitEthernet0/0/3": {"prompt": port},
            "shutdown": {},
            "undo shutdown": {},
            "undo poe enable": {},
            "poe enable": {},
            "return": {"prompt": view},
            "quit": {"prompt": view},
        },
    }
    cisco = {
        "prompt": f"{said}#",
        "unknown": "% Invalid input detected at '^' marker.",
        "password": SECRET,
        "commands": {
            "terminal width 511": {},
            "terminal length 0": {},
            # Cut off: no "end".
            "show running-config": {"output": "hostname west-1\ninterface Gi1/0/1"},
            "configure terminal": {"prompt": f"{said}(config)#"},
            "end": {"prompt": f"{said}#"},
        },
    }
    unprivileged = {
        "prompt": f"{said}>",
        "unknown": "% Invalid input detected at '^' marker.",
        "password": SECRET,
        "commands": {
            "terminal width 511": {},
            "terminal length 0": {},
            "enable": {"output": "% Bad secrets"},
        },
    }
    silent = {
        "prompt": f"{said}>",
        "unknown": "Error: Unrecognized command found at '^' position.",
        "password": SECRET,
        "commands": {},
    }
    return {
        "east-1": huawei,
        "east-2": dict(huawei),
        "west-1": cisco,
        "west-2": unprivileged,
        "odd-1": silent,
    }


@pytest.fixture(scope="module")
def campus(tmp_path_factory):
    """FakeNOS devices: two Huawei switches, two Cisco ones, and one that knows no command."""
    folder = tmp_path_factory.mktemp("campus")
    devices = _devices()
    ports = {name: free_port() for name in devices}
    for name, device in devices.items():
        device["port"] = ports[name]
    (folder / "campus.json").write_text(json.dumps(devices))
    with (folder / "stderr").open("wb") as errors:
        server = subprocess.Popen(
            [
                sys.executable,
                HERE / "campus_of_command_lines.py",
                folder / "campus.json",
                folder / "typed.log",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
        )
    try:
        assert server.stdout.readline() == b"ready\n", (folder / "stderr").read_text()
        yield Campus(ports, folder / "typed.log")
    finally:
        server.stdin.close()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()


@pytest.fixture
def device(campus, tmp_path):
    """Makes an ``SshDevice`` for a fake one: ``device("east-1", "huawei_vrp", ...)``."""

    campus.log.unlink(missing_ok=True)

    def make(name, platform, *, first_use=FirstUse.trust, **overrides):
        settings = {
            "id": name,
            "address": "127.0.0.1",
            "port": campus.ports.get(name, 0),
            "user": "fleet",
            "password": SECRET,
            "read_seconds": 20.0,
            "task_seconds": 90.0,
        } | overrides
        return SshDevice(
            target=SshTarget(**settings),
            platform=platform_named(platform),
            workers=Workers(),
            known_hosts=KnownHosts(tmp_path / "known_hosts"),
            first_use=first_use,
            masking_key=b"m" * 32,
        )

    return make
