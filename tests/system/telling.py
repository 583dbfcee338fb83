"""Two controllers on one register, boxes at work, and those who are told what fails."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil
import psycopg

from alerts.notify.keeping import ChannelDesk, Owner, Wanted
from alerts.notify.models import ChannelKind, Follow, NotifyPreference
from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.load import Load
from benchmarks.citywide.processes import Server, controller
from benchmarks.citywide.register import CITY, Place, register_city
from drivers.readings import OUTCOME_METRIC, OUTCOMES, Block, Outcome, Poll
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Grant, Organisation, Role, User
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.alerts.notify.receiver import Receiver, receiver
from tests.controller.deliveries.mail_server import Mailbox, mail_server
from tests.forked import ForkedServer
from tests.system.front import Front
from tests.victoria import VictoriaMetrics

_BEAT = 0.5


class Failing(Estate):
    """Equipment that answers and measures nothing, or does not answer; ``dead`` has those ids."""

    def __init__(self, devices: int) -> None:
        super().__init__(devices, _BEAT)
        self.dead: set[str] = set()

    def polls(self, school: str, ids: list[str], after: int, until: int) -> Iterator[Poll]:
        for poll in super().polls(school, ids, after, until):
            ended = Outcome.timeout if poll.subject in self.dead else Outcome.ok
            said = Block(("",), {OUTCOME_METRIC: [float(OUTCOMES.index(ended))]})
            yield msgspec.structs.replace(poll, outcome=ended, blocks=(said,), facts=None)


@dataclass
class Watched:
    """A city of few schools with two controllers.

    Args:
        city, county: webhooks of the bureaus.
        mailbox: of a person who follows everything.
        database: for questions of the test's own.
    """

    controllers: Sequence[Server]
    estate: Failing
    places: Sequence[Place]
    city: Receiver
    county: Receiver
    mailbox: Mailbox
    database: psycopg.Connection[Any]

    def run(self, work: Callable[[], object]) -> None:
        """Let boxes report to both controllers in turn while something is done in a thread."""
        asyncio.run(self._run(work))

    async def _run(self, work: Callable[[], object]) -> None:
        front = Front([one.port for one in self.controllers])
        await front.start()
        where = ("127.0.0.1", front.port)
        load = Load(self.places, self.estate, where, every=_BEAT, long_polls=False)
        try:
            await load.run(asyncio.to_thread(work))
        finally:
            await front.close()
        assert min(front.carried.values()) > 0, "only one of them was reported to"

    def fail(self, place: int, device: int) -> str:
        """A device does not answer from now on; the key of its fault."""
        found = self.places[place].devices[device]
        self.estate.dead.add(found)
        return f"{found}|device_down|"

    def tickets(self) -> Counter[str]:
        """How many tickets there are of each device."""
        rows = self.database.execute("SELECT device_id FROM ticket").fetchall()
        return Counter(f"{device}|device_down|" for (device,) in rows)

    def notices(self) -> list[tuple[str, str, str, int]]:
        """Fault, receiver, state and attempts of everything that was to be told."""
        query = "SELECT fault, target, state, attempts FROM notice ORDER BY id"
        return self.database.execute(query).fetchall()

    def sender(self, of: Receiver, number: int) -> Server:
        """Who waits for the answer to a request of a receiver."""
        for one in self.controllers:
            for pid in one.pids():
                for at in psutil.Process(pid).net_connections("tcp"):
                    if at.laddr.port == of.peers[number]:
                        return one
        raise AssertionError("nobody waits for an answer")


def told(found: Receiver) -> list[tuple[str, str]]:
    """Delivery and fault of every request, in the order in which they came."""
    return [
        (headers["X-Fleet-Delivery"], json.loads(body)["fault"]) for headers, body in found.requests
    ]


@contextmanager
def watched(folder: Path, database_url: str, *, schools: int, window: float) -> Iterator[Watched]:
    """Everything started; the register is an empty, migrated PostgreSQL."""
    estate = Failing(devices=4)
    places = register_city(database_url, folder / "secret.key", schools=schools, estate=estate)
    metrics = VictoriaMetrics(folder)
    try:
        with receiver() as city, receiver() as county, mail_server() as mailbox:
            _announce(database_url, folder, city.url, county.url)
            controllers = [
                controller(
                    folder,
                    database_url=database_url,
                    metrics_url=metrics.metrics_url,
                    name=name,
                    make=ForkedServer,
                    FLEET_EVALUATE_SECONDS="1",
                    FLEET_NOTICE_WINDOW_SECONDS=str(window),
                    FLEET_NOTICE_NETWORKS="127.0.0.0/8",
                    FLEET_SMTP_HOST="127.0.0.1",
                    FLEET_SMTP_PORT=str(mailbox.port),
                    FLEET_SMTP_TLS="none",
                    FLEET_MAIL_FROM="fleet@edu.example",
                )
                for name in ("one", "two")
            ]
            url = database_url.replace("+psycopg", "")
            try:
                for one in controllers:
                    one.start()
                with psycopg.connect(url, autocommit=True) as database:
                    yield Watched(controllers, estate, places, city, county, mailbox, database)
            finally:
                for one in controllers:
                    one.kill()
    finally:
        metrics.stop()


def _announce(url: str, folder: Path, city: str, county: str) -> None:
    """Channels of two bureaus, and a person who wants to know everything."""
    engine = make_engine(url)
    box = SecretBox.from_file(folder / "secret.key")
    now = datetime.now(UTC)
    try:
        with unit_of_work(session_factory(engine)) as session:
            path = session.get_one(Organisation, CITY).path
            session.add(
                User(id="u-1", login="li", name="李", password_hash="", email="li@edu.example")
            )
            session.flush()
            session.add(Grant(user_id="u-1", role=Role.city_it, scope_path=path))
            session.add(NotifyPreference(user_id="u-1", follow=Follow.everything))
            desk = ChannelDesk(session, Scope.everything(), "u-1")
            for code, address in ((CITY, city), (f"{CITY}C00", county)):
                wanted = Wanted(name=code, kind=ChannelKind.webhook, url=address)
                desk.add(Owner(organisation_code=code), wanted, box, now)
    finally:
        engine.dispose()
