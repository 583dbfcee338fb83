"""A bureau with an authority of its own, a box that believes it, and whoever pretends to be it."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from agent.centre import enrolment
from agent.centre.enrolment import Enrolment, Joining
from agent.centre.membership import Membership
from agent.centre.plan_cache import PlanCache
from agent.centre.sealing import Sealer, sealer_of
from agent.settings import AgentSettings
from controller.certificates.authority import host, zone
from controller.certificates.folder import CaFolder
from controller.certificates.trusted import read_authorities
from drivers.plan import Plan
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.enrolment import create_token, revoke
from inventory.scope import Scope
from tests.controller.county import make_county
from tests.forked import Forked
from tests.ports import free_port

HOST = "127.0.0.1"


def authority_in(folder: Path, *, issued: datetime | None = None, days: int = 30) -> CaFolder:
    """A new authority for this machine, with a server certificate."""
    CaFolder(folder, now=datetime.now(UTC) - timedelta(days=400)).create(
        "Test", [zone("127.0.0.0/8")], years=10
    )
    at = CaFolder(folder, now=issued or datetime.now(UTC))
    at.issue([host(HOST)], days=days)
    return at


def authority_of(bureau: "Bureau", name: str, now: datetime) -> CaFolder:
    """The bureau's authority once more, with a server certificate made at that time."""
    copy = CaFolder(bureau.folder / name, now=now)
    copy.path.mkdir()
    for file in ("ca.key", "ca.pem", "authorities.pem"):
        (copy.path / file).write_bytes((bureau.folder / "ca" / file).read_bytes())
    copy.issue([host(HOST)], days=30)
    return copy


class Bureau:
    """``fleet serve`` with a certificate of its own authority, and its database at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = authority_in(folder / "ca")
        self.port = free_port()
        self.url = f"https://{HOST}:{self.port}"
        self.database = f"sqlite:///{folder}/fleet.db"
        self._admin = make_county(self.database).tokens["admin"]
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FLEET_") and "proxy" not in name.lower()
        } | {
            "FLEET_DATABASE_URL": self.database,
            "FLEET_METRICS_URL": f"duckdb:///{folder}/metrics",
            "FLEET_SECRET_KEY_FILE": f"{folder}/secret.key",
            "FLEET_AUTHORITIES_FILE": f"{folder}/ca/authorities.pem",
            "FLEET_LONG_POLL_SECONDS": "0",
            "FLEET_LOG_LEVEL": "warning",
            "FLEET_LANG": "en",
        }
        self._process: Forked | None = None

    def start(self) -> None:
        arguments = [
            "serve",
            "--port", str(self.port),
            "--tls-certificate", str(self.folder / "ca/server.pem"),
            "--tls-key", str(self.folder / "ca/server.key"),
        ]  # fmt: skip
        self._process = Forked(arguments, self.environment, self.folder / "serve.log")
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self._process.poll() is None:
            with closing(socket.socket()) as trying:
                if trying.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "serve.log").read_text()[-3000:])

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def invite(self) -> str:
        """A token as the API gives it."""
        answer = httpx.post(
            f"{self.url}/api/v1/agents/tokens",
            json={"schools": ["SCH-A"]},
            headers={"Authorization": f"Bearer {self._admin}"},
            verify=ssl.create_default_context(cafile=self.folder / "ca/authorities.pem"),
            trust_env=False,
            timeout=60,
        )
        return str(answer.raise_for_status().json()["token"])

    def token(self, agent: str | None = None) -> str:
        """The same, made quicker; with ``agent`` for a box that joins anew."""
        engine = make_engine(self.database)
        with unit_of_work(session_factory(engine)) as session:
            schools = [] if agent else ["SCH-A"]
            now = datetime.now(UTC)
            secret = create_token(session, Scope.everything(), schools, now=now, agent_id=agent)
        engine.dispose()
        return f"{secret}.{read_authorities(self.folder / 'ca/authorities.pem')[0].pin}"

    def shut_out(self, agent: str) -> None:
        engine = make_engine(self.database)
        with unit_of_work(session_factory(engine)) as session:
            revoke(session, Scope.everything(), agent, now=datetime.now(UTC))
        engine.dispose()


class Box:
    """The agent's side of the contract, without devices."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self.settings = AgentSettings(state_dir=folder, metrics_port=0)

    @property
    def sealer(self) -> Sealer:
        return sealer_of(self.folder, create=True)

    def join(self, url: str, token: str) -> Enrolment:
        joining = Joining(self.folder, self.sealer, seconds=5.0)
        return asyncio.run(joining.join(url, token, "box", now=time.time()))

    def membership(self) -> Membership:
        joined = enrolment.load(self.folder)
        assert joined is not None
        return Membership(self.settings, joined, self.sealer)

    def ask(self, url: str | None = None, *, keep_up: bool = True) -> Plan | None:
        """One look at the plan with what is on the disk now, and what follows from it."""
        member = self.membership()
        cache = PlanCache(self.folder, agent=member.enrolment.agent_id, sealer=member.sealer)

        async def asking() -> Plan | None:
            async with httpx.AsyncClient(
                base_url=url or member.enrolment.controller_url,
                auth=member.auth, verify=member.tls, timeout=60.0, trust_env=False,
            ) as client:  # fmt: skip
                await cache.refresh(client)
                if keep_up:
                    await member.keep_up(client, now=time.time())
            return cache.plan

        return asyncio.run(asking())


@contextmanager
def impostor(folder: CaFolder, *, shows: Path | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server with a certificate of this authority; what it was told, and its address.

    With ``shows`` it hands out those authorities when it is asked for them.
    """
    heard: list[bytes] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = shows.read_bytes() if shows and self.path.endswith("/authorities") else b""
            self._answer(200 if found else 404, found)

        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(201, b'{"agent_id": "evil", "schools": []}')

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.path / "server.pem", folder.path / "server.key")

    class Server(ThreadingHTTPServer):
        def get_request(self) -> tuple[socket.socket, object]:
            plain, address = super().get_request()
            plain.settimeout(60)
            covered = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            return covered, address

        def handle_error(self, *_: object) -> None:
            pass

    server = Server((HOST, 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://{HOST}:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
