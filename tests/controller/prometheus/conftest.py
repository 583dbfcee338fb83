"""A controller that has something of everything to tell."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from alerts.models import Alert, Severity, Ticket, TicketState
from controller.app import create_app
from controller.demo.server import listening_socket
from controller.metrics.memory import MemoryStore
from controller.metrics.store import Append, BatchKey, Rows
from controller.server import Server
from controller.settings import Settings
from drivers.readings import Block, Kind, Outcome
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Agent, Device, DeviceState, Line, Protocol
from inventory.models.base import utc_now
from tests.controller.county import County, make_county, make_settings
from tests.targets import demand

SCRAPE_TOKEN = "a scraper's token"


class JournalledStore(MemoryStore):
    """In memory, with the words of a store that keeps a journal."""

    def backlog(self) -> SimpleNamespace:
        return SimpleNamespace(requests=3, size=4096, seconds=1.5, refused=0)


def fill(url: str, county: County) -> None:
    """Devices that are up and down, an alert, tickets, a line with a target, an agent heard of."""
    engine = make_engine(url)
    with unit_of_work(session_factory(engine)) as session:
        _devices(session, county)
        _faults(session)
    engine.dispose()


def _devices(session: Session, county: County) -> None:
    now = utc_now()
    for device_id, outcome in (("d-a-1", Outcome.ok), ("d-a-2", Outcome.timeout)):
        device = session.get_one(Device, device_id)
        device.kind, device.protocol = Kind.switch, Protocol.snmp
        school = device.school_code
        state = DeviceState(device_id=device_id, school_code=school, outcome=outcome,
                            agent_id=county.agent_id, taken_at=now, since=now)  # fmt: skip
        session.add(state)
    line = session.get_one(Line, "l-a")
    line.device_id, line.port_name = "d-a-1", "GE0/0/1"
    demand(session, 100, key="t-1", plan="plan", quote="quote")
    agent = session.get_one(Agent, county.agent_id)
    agent.last_seen_at = agent.last_batch_at = agent.status_at = now
    agent.spool_batches, agent.spool_bytes, agent.clock_skew_seconds = 7, 7_000, -1.5
    agent.spool_dropped_readings = 12


def _faults(session: Session) -> None:
    old = utc_now() - timedelta(hours=30)
    for number, severity in ((1, Severity.critical), (2, Severity.warning)):
        session.add(Ticket(id=f"k-{number}", number=number, school_code="SCH-A", severity=severity,
                           state=TicketState.new, opened_at=old))  # fmt: skip
    session.add(Alert(id="a-1", school_code="SCH-A", subject="d-a-2", device_id="d-a-2",
                      rule="device_down", severity=Severity.critical, opened_at=old))  # fmt: skip


def measured() -> JournalledStore:
    """Traffic and a test of the line of SCH-A."""
    store = JournalledStore()
    now = time.time_ns() // 1_000_000
    ports = Block(("GE0/0/1", "GE0/0/2"), {"port_in_bits_per_second": [2e7, 1e3],
                                           "port_out_bits_per_second": [4e6, 1e3]})  # fmt: skip
    test = Block(("s",), {"speedtest_download_bits_per_second": [9e7],
                          "speedtest_upload_bits_per_second": [8e7]})  # fmt: skip
    rows = (Rows("d-a-1", now, (ports,)), Rows("l-a", now, (test,)))
    store.append([Append(BatchKey("x", "e", 1), rows)])
    return store


@contextmanager
def serving(settings: Settings, store: MemoryStore) -> Iterator[tuple[str, FastAPI]]:
    """The controller on a free port: its address, and the application."""
    listening = listening_socket(0)
    app = create_app(settings, store=store)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    server = Server(config, app.state.lookout)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
        yield f"127.0.0.1:{listening.getsockname()[1]}", app
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()


@pytest.fixture(scope="session")
def filled_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, County]:
    """A county with something of everything, made once."""
    path = tmp_path_factory.mktemp("filled") / "fleet.db"
    shutil.copy(sqlite_template, path)
    county = make_county(f"sqlite:///{path}")
    fill(f"sqlite:///{path}", county)
    return path, county


@pytest.fixture
def filled(tmp_path: Path, filled_template: tuple[Path, County]) -> tuple[Settings, County]:
    """The same, in a database of the test's own."""
    settings = make_settings(
        tmp_path, metrics_token=SCRAPE_TOKEN, metrics_networks="", metrics_cache_seconds=0
    )
    shutil.copy(filled_template[0], settings.database_url.removeprefix("sqlite:///"))
    return settings, filled_template[1]
