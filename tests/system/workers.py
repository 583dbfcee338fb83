"""The city profile as it is started: ``fleet serve --workers N`` and its two servers."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlencode

import msgspec
import psutil
import psycopg
from sqlmodel import Session

from agent.uplink.cutting import encoder
from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.processes import Server, controller
from benchmarks.citywide.register import Place, register_city
from benchmarks.citywide.tally import Sent
from controller.auth.passwords import hash_password
from drivers.readings import BATCH_CONTENT_TYPE
from drivers.signatures import AGENT_API, NONCE_HEADER, sign
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.models import Grant, Role, User
from tests.system.servers import Postgres, Victoria

PATIENCE = 120.0
_LOGIN, _PASSWORD = "admin", "correct horse battery"
_BEAT_MS = 1_000
_TAKEN = (204, 409)
_JOBS = (0x666C65, 0x6A6F62)


class Answer(msgspec.Struct):
    """What came back; names of headers are in lower case, cookies are in ``name=value``."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]


class Browser:
    """One connection, and so one worker, for as long as it lives."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._http.connect()
        self.local: int = self._http.sock.getsockname()[1]
        self.cookie = cookie

    def ask(
        self,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        method: str = "",
    ) -> Answer:
        told = {"Cookie": self.cookie} if self.cookie else {}
        way = method or ("GET" if body is None else "POST")
        self._http.request(way, target, body, told | (headers or {}))
        with self._http.getresponse() as response:
            answer = {name.lower(): value for name, value in response.getheaders()}
            set_ = [one.partition(";")[0] for one in response.headers.get_all("set-cookie", [])]
            return Answer(response.status, answer, response.read(), set_)

    def log_in(self) -> None:
        form = urlencode({"login": _LOGIN, "password": _PASSWORD}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.ask("/login", form, kind)
        assert answer.status == 303, answer
        self.cookie = "; ".join(answer.cookies)

    def news(self, page: str) -> Iterator[str]:
        """Lines of the stream that tells a page it is old, from the first on."""
        query = urlencode({"page": page, "at": int(time.time() * 1000)})
        self._http.request("GET", f"/live?{query}", headers={"Cookie": self.cookie})
        with self._http.getresponse() as response:
            assert response.status == 200
            while line := response.readline():
                yield line.decode().strip()

    def close(self) -> None:
        self._http.close()


class Hand:
    """A box whose requests a test makes itself, one by one."""

    def __init__(self, place: Place, estate: Estate) -> None:
        self.place = place
        self._estate = estate
        self._epoch, self._sequence = token_hex(8), 0
        self._until = int(time.time() * 1000) - 60_000
        self.sent: list[Sent] = []
        self._waiting: bytes | None = None

    def signed(self, browser: Browser, method: str, what: str, body: bytes = b"") -> dict[str, str]:
        """Headers that prove a request, with a nonce of whichever worker."""
        target = f"{AGENT_API}/{what}"
        nonce = browser.ask(f"{AGENT_API}/plan").headers[NONCE_HEADER.lower()]
        proof = sign(self.place.key, method=method, target=target, nonce=nonce, body=body)
        return {"Authorization": f"Bearer {proof}"}

    def ask(self, browser: Browser, what: str) -> Answer:
        return browser.ask(f"{AGENT_API}/{what}", headers=self.signed(browser, "GET", what))

    def batch(self) -> bytes:
        """The next batch."""
        after, self._until = self._until, self._until + _BEAT_MS
        self._sequence += 1
        place = self.place
        one = Sent(place.agent, self._epoch, self._sequence, after, self._until)
        self.sent.append(one)
        polls = tuple(self._estate.polls(place.school, place.devices, after, self._until))
        encode = encoder(place.agent, polls, now_ms=self._until, status=None)
        return encode(self._epoch, self._sequence)

    def post(self, browser: Browser, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Bring a batch, with its own proof or with one made before."""
        proof = headers or self.signed(browser, "POST", "batches", body)
        kind = {"Content-Type": BATCH_CONTENT_TYPE}
        return browser.ask(f"{AGENT_API}/batches", body, kind | proof)

    def bring(self, browser: Browser) -> Answer:
        """Bring the next batch, or once more the one that was not taken."""
        self._waiting = self._waiting or self.batch()
        answer = self.post(browser, self._waiting)
        if answer.status in _TAKEN:
            self._waiting = None
        return answer


class Together:
    """A register, a metric server, and a controller of several workers.

    Args:
        hand: the first school's box, moved by the test.
        places: of all other schools.
    """

    def __init__(
        self, folder: Path, postgres: Postgres, victoria: Victoria, *, schools: int, workers: int
    ) -> None:
        self.postgres, self.victoria = postgres, victoria
        self.database_url, self.metrics_url = postgres.url, victoria.url
        self.estate = Estate(devices=4, beat=_BEAT_MS / 1000)
        key = folder / "secret.key"
        hand, *self.places = register_city(
            postgres.url, key, schools=schools + 1, estate=self.estate
        )
        self.hand = Hand(hand, self.estate)
        _add_admin(postgres.url)
        self.server: Server = controller(
            folder,
            database_url=postgres.url,
            metrics_url=victoria.url,
            workers=workers,
            FLEET_EVALUATE_SECONDS="2",
        )
        self._cookie = ""
        self._browsers: list[Browser] = []

    def workers(self) -> list[int]:
        """Processes that answer."""
        return sorted(
            one.pid
            for one in map(psutil.Process, self.server.pids()[1:])
            if "spawn_main" in " ".join(one.cmdline())
        )

    def browser(self, pid: int | None = None) -> Browser:
        """A connection as the administrator, to one of the workers."""
        for _ in range(200):
            browser = Browser(self.server.port, self._cookie)
            self._browsers.append(browser)
            if pid is None or self._serves(pid, browser):
                if not self._cookie:
                    browser.log_in()
                    self._cookie = browser.cookie
                return browser
        raise AssertionError(f"the kernel gives {pid} no connection")

    def close(self) -> None:
        """Let all connections go."""
        for browser in self._browsers:
            browser.close()

    def leaders(self) -> int:
        """Processes that hold the lock of the jobs."""
        query = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = %s AND objid = %s"
        )
        with psycopg.connect(self.database_url.replace("+psycopg", "")) as connection:
            row = connection.execute(query, _JOBS).fetchone()
        assert row is not None
        return int(row[0])

    def _serves(self, pid: int, browser: Browser) -> bool:
        browser.ask("/healthz")  # by the answer it has been accepted
        found = psutil.Process(pid).net_connections("tcp")
        return any(one.raddr and one.raddr.port == browser.local for one in found)


@contextmanager
def together(folder: Path, *, schools: int, workers: int) -> Iterator[Together]:
    """All three servers on free ports, the controller started."""
    with Postgres() as postgres, Victoria(folder) as victoria:
        city = Together(folder, postgres, victoria, schools=schools, workers=workers)
        with city.server:
            wait_for(lambda: len(city.workers()) == workers)
            with closing(city):
                yield city


def wait_for(what: Callable[[], object], patience: float = PATIENCE) -> None:
    """Until it is so."""
    ends = time.monotonic() + patience
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _add_admin(url: str) -> None:
    engine = make_engine(url)
    try:
        with unit_of_work(session_factory(engine)) as session:
            _write_admin(session)
    finally:
        engine.dispose()


def _write_admin(session: Session) -> None:
    who = User(id="u-1", login=_LOGIN, name=_LOGIN, password_hash=hash_password(_PASSWORD))
    session.add(who)
    session.flush()
    session.add(Grant(user_id=who.id, role=Role.admin, scope_path="/"))
