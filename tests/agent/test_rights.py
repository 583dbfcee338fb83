"""What the doctor says about the way to a server, and about the box itself."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.reachability import why_unreachable
from agent.rights import _memory, brokers_in_reach, looked_at
from agent.settings import AgentSettings
from controller.certificates.authority import host, zone
from controller.certificates.folder import CaFolder
from drivers.plan import Broker

LONG_AGO = datetime.now(UTC) - timedelta(days=90)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_LANG", "en")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one


def port_of(one: socket.socket) -> int:
    return int(one.getsockname()[1])


def authority(folder: Path, now: datetime, name: str = "127.0.0.1") -> CaFolder:
    at = CaFolder(folder, now=now)
    at.create("Test", [zone("127.0.0.0/8"), zone("example")], years=10)
    at.issue([host(name)], days=30)
    return at


def said(at: CaFolder, listening: socket.socket, trusted: CaFolder) -> tuple[str, str] | None:
    """What is said of a server with this certificate by who trusts that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(at.path / "server.pem", at.path / "server.key")

    def serve() -> None:
        plain, _ = listening.accept()
        try:
            context.wrap_socket(plain, server_side=True).close()
        except OSError:
            plain.close()

    thread = threading.Thread(target=serve)
    thread.start()
    tls = ssl.create_default_context(cafile=trusted.path / "authorities.pem")
    found = why_unreachable(f"https://127.0.0.1:{port_of(listening)}", tls)
    thread.join()
    return found


def test_each_fault_of_a_certificate_is_told_apart(
    tmp_path: Path, listening: socket.socket
) -> None:
    good = authority(tmp_path / "good", datetime.now(UTC))
    old = authority(tmp_path / "old", LONG_AGO)
    other = authority(tmp_path / "other", datetime.now(UTC), "fleet.example")
    assert said(good, listening, good) is None
    assert "not valid today" in str(said(old, listening, old))
    assert "another name" in str(said(other, listening, other))
    assert "does not trust" in str(said(good, listening, other))


def test_the_way_to_a_server_is_told_apart(listening: socket.socket) -> None:
    port = port_of(listening)
    assert why_unreachable(f"http://127.0.0.1:{port}", tls=True) is None
    assert "cannot be resolved" in str(why_unreachable("http://no.such.invalid", tls=True))
    listening.close()
    assert "refused" in str(why_unreachable(f"http://127.0.0.1:{port}", tls=True))


def test_only_brokers_out_of_reach_are_told(listening: socket.socket) -> None:
    here = Broker(f"mqtt://127.0.0.1:{port_of(listening)}")
    gone = Broker("mqtts://127.0.0.1:9")
    (found,) = brokers_in_reach([here, gone])
    assert (found.check, found.ok) == ("broker", False)
    assert gone.url in found.message


def test_definitions_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("vendor: [")
    found = {one.check: one for one in looked_at(AgentSettings(definitions=tmp_path))}
    assert not found["definitions"].ok
    (tmp_path / "mine.yaml").unlink()
    assert "definitions" not in {
        one.check for one in looked_at(AgentSettings(definitions=tmp_path))
    }


def test_a_trap_address_that_is_not_here_is_told() -> None:
    settings = AgentSettings(traps_address="192.0.2.1", traps_port=20_162)
    assert "traps" in {one.check for one in looked_at(settings)}


def test_little_memory_is_told(tmp_path: Path) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 500000 kB\nMemAvailable: 20000 kB\n")
    (found,) = _memory(file)
    assert "19 MB" in found.message
    file.write_text("MemAvailable: 200000 kB\n")
    assert list(_memory(file)) == []
