"""A real net-snmp agent on a free port of 127.0.0.1, with users of every kind we speak."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.plan import SnmpAccess
from tests.ports import free_port

AUTH_SECRET = "authentication secret"
PRIV_SECRET = "privacy secret"
SYS_NAME = "snmpd of the tests"
#: User name, authentication protocol, privacy protocol; both in snmpd's words and in ours.
USERS = (
    ("md5des", "MD5", "DES"),
    ("shaaes", "SHA", "AES"),
    ("sha224des", "SHA-224", "DES"),
    ("sha256aes", "SHA-256", "AES"),
    ("sha384aes192", "SHA-384", "AES-192"),
    ("sha512aes256", "SHA-512", "AES-256"),
    ("md5aes256", "MD5", "AES-256"),
    ("shaaes192c", "SHA", "AES-192-C"),
    ("shaaes256c", "SHA", "AES-256-C"),
)

#: And a user ``AUTH_PRIV`` for every pair of protocols net-snmp has, in our words.
AUTHS = ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
PRIVS = ("DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C")


def usm(user: str, auth: str = AUTH_SECRET, priv: str = PRIV_SECRET) -> SnmpAccess:
    """How to speak to the fixture's agent as one of ``USERS``."""
    _, auth_protocol, priv_protocol = next(row for row in USERS if row[0] == user)
    priv_protocol = "AES-128" if priv_protocol == "AES" else priv_protocol
    return SnmpAccess(
        version="3", user=user, auth=f"{auth_protocol}:{auth}", priv=f"{priv_protocol}:{priv}"
    )


class Snmpd:
    """One snmpd process; ``restart`` keeps the port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = "127.0.0.1"
        self._folder = folder
        self._configuration = folder / "snmpd.conf"
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            "rocommunity public default .1",
            f"sysName {SYS_NAME}",
            "sysLocation server room",
            "sysContact nobody",
            'createUser plain MD5 "nothing to hide"',
            "rouser plain noauth .1",
            f'createUser authonly SHA-256 "{AUTH_SECRET}"',
            "rouser authonly auth .1",
        ]
        for user, auth, priv in USERS:
            lines.append(f'createUser {user} {auth} "{AUTH_SECRET}" {priv} "{PRIV_SECRET}"')
            lines.append(f"rouser {user} priv .1")
        for auth in AUTHS:
            for priv in PRIVS:
                keys = f'{auth} "{AUTH_SECRET}" {priv.replace("AES-128", "AES")} "{PRIV_SECRET}"'
                lines += [f"createUser {auth}_{priv} {keys}", f"rouser {auth}_{priv} priv .1"]
        (folder / "state").mkdir()
        self._configuration.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        executable = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if executable is None:
            pytest.skip("snmpd is not installed")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "MIBS": "",
            "SNMP_PERSISTENT_DIR": str(self._folder / "state"),
            "SNMPCONFPATH": str(self._folder / "state"),
        }
        arguments = ["-f", "-C", "-c", str(self._configuration), "-r"]
        self._process = subprocess.Popen(
            [
                executable,
                *arguments,
                "-Lf",
                str(self._folder / "log"),
                f"udp:127.0.0.1:{self.port}",
            ],
            env=environment,
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        # A v2c GET of sysUpTime.0, written out so that the fixture needs no code under test.
        request = bytes.fromhex(
            "302602010104067075626c6963a019020101020100020100300e300c06082b060102010103000500"
        )
        deadline = time.monotonic() + 60
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            probe.connect((self.address, self.port))
            while time.monotonic() < deadline:
                try:
                    probe.send(request)
                    if probe.recv(2048):
                        return
                except ConnectionRefusedError:
                    time.sleep(0.02)
                except TimeoutError:
                    continue
        raise RuntimeError((self._folder / "log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def configure(self, line: str) -> None:
        """Add a line to the configuration; counts from the next start."""
        with self._configuration.open("a") as file:
            file.write(line + "\n")

    def restart(self, *, forgetful: bool = False) -> None:
        """Stop and start; a forgetful one loses engine id and boot counter, as cheap devices do."""
        self.stop()
        if forgetful:
            shutil.rmtree(self._folder / "state")
            (self._folder / "state").mkdir()
        self.start()


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """A running agent: v1/v2c community ``public``, users of ``USERS``, all of .1 readable."""
    agent = Snmpd(tmp_path_factory.mktemp("snmpd"))
    agent.start()
    yield agent
    agent.stop()


@pytest.fixture
def own_snmpd(tmp_path: Path) -> Iterator[Snmpd]:
    """An agent of the test's own, to be stopped and restarted; not started yet."""
    agent = Snmpd(tmp_path)
    yield agent
    agent.stop()
