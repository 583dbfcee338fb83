"""From the journal to the metric server, by one thread of each controller."""

import logging
import time
from collections.abc import Sequence
from threading import Event, Lock, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from controller.metrics.victoria import journal
from controller.metrics.victoria.client import MetricServer, ServerState
from controller.metrics.victoria.errors import RequestRefused, ServerUnavailable
from controller.metrics.victoria.journal import Backlog, Claim

logger = logging.getLogger(__name__)

#: Bytes of own requests that are held in memory until they are delivered; others are read back.
HELD_BYTES = 64 << 20
#: Seconds for which what a server said of itself is believed.
_FRESH_SECONDS = 1.0
#: A server's beginning is told in whole seconds: one as young as this could be taken for the next.
_GROWN_SECONDS = 2.0
#: Seconds between looks for requests of others, and for what can go.
_LOOK_SECONDS = 1.0
_TIDY_SECONDS = 5.0
#: Requests claimed are let go again after so long, sent or not: others may be faster.
_CLAIM_SECONDS = 10.0
#: Longest pause after a failure.
_MOST_SECONDS = 2.0
_STOP_SECONDS = 30.0


class Delivery:
    """Takes requests out of the journal to the server; several processes may, at once.

    A request is claimed by a lock on its row, so one claimed by a process that was killed is free
    again at once. What the server took stays for ``keep`` seconds, and goes only if the same
    process of the server has been seen alive after that.

    Args:
        keep: seconds; longer than the server may hold samples in memory alone.
    """

    def __init__(self, engine: Engine, server: MetricServer, *, keep: float) -> None:
        self._engine = engine
        self._server = server
        self._keep = keep
        self._held: dict[int, bytes] = {}
        self._held_bytes = 0
        self._held_lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._one_at_a_time = Lock()
        self._state: tuple[float, ServerState] | None = None
        self._looked = self._tidied = float("-inf")
        self._lost = self._warned = False
        self.backlog = Backlog(0, 0, 0.0, 0)
        self._since_look = 0
        self._thread = Thread(target=self._run, name="metric delivery", daemon=True)

    def start(self) -> None:
        """Begin to deliver.

        Raises:
            SQLAlchemyError: the database does not answer, or lacks the tables.
        """
        self._look_at_backlog()
        self._thread.start()

    def stop(self) -> None:
        """Finish the request in hand; what waits is for others, or for the next start."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def note(self, requests: Sequence[tuple[int, bytes]]) -> None:
        """Requests this process has just journalled, as (id, packed body)."""
        with self._held_lock:
            for id_, body in requests:
                self._since_look += len(body)
                if self._held_bytes + len(body) <= HELD_BYTES:
                    self._held[id_] = body
                    self._held_bytes += len(body)
        self._wake.set()

    def waiting_bytes(self) -> int:
        """Bytes that wait for the server: those last seen, and what this process added since."""
        return self.backlog.size + self._since_look

    def settle(self) -> None:
        """Deliver everything that waits now, whoever wrote it, and make it visible.

        Raises:
            ServerUnavailable: the server does not take it.
        """
        with self._one_at_a_time:
            while self._deliver_some(age=0):
                pass
        self._server.flush()
        self._look_at_backlog()

    def deduplicates(self) -> bool:
        """Whether the server counts a sample once that came twice.

        Raises:
            ServerUnavailable: it does not answer.
        """
        state = self._state
        return (state[1] if state else self._look_at_server()).deduplicates

    def _run(self) -> None:
        pause = _LOOK_SECONDS
        while not self._stopping:
            self._wake.clear()
            try:
                with self._one_at_a_time:
                    busy = self._deliver_some()
                    self._tidy()
            except (ServerUnavailable, SQLAlchemyError) as error:
                self._say_lost(error)
                # New requests must not cut the pause short, or they would hammer a dead server.
                pause = min(_MOST_SECONDS, pause * 1.5)
                self._rest(pause)
            except Exception:
                # A fault of ours must not end deliveries for good.
                logger.exception("delivery of metrics failed")
                self._rest(_MOST_SECONDS)
            else:
                pause = _LOOK_SECONDS / 4
                if not busy:
                    self._wake.wait(_LOOK_SECONDS)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _deliver_some(self, age: float = journal.ADOPT_SECONDS) -> bool:
        """Deliver what one claim brings; whether there may be more."""
        with self._held_lock:
            own = list(self._held)
        looks = age == 0 or time.monotonic() - self._looked >= _LOOK_SECONDS
        if not own and not looks:
            return False
        server = self._ready()
        with self._engine.begin() as connection:
            journal.begin(connection)
            # What is older, and perhaps nobody's any more, goes first.
            claims = journal.claim_any(connection, age=age) if looks else ()
            if not claims:
                self._looked = time.monotonic() if looks else self._looked
                claims = journal.claim_own(connection, own) if own else ()
                # Those not to be had were delivered by others, or are theirs just now.
                missed = journal.portion(own) - {claim.id for claim in claims}
            else:
                missed = set()
            taken, refusals, failure = self._send(claims)
            journal.delivered(connection, taken, server=server.started)
            for id_, why in refusals:
                journal.refused(connection, id_, why)
        self._let_go([*taken, *(id_ for id_, _ in refusals), *missed])
        if failure is not None:
            raise failure
        self._say_back()
        return bool(claims or own)

    def _send(
        self, claims: Sequence[Claim]
    ) -> tuple[list[int], list[tuple[int, str]], ServerUnavailable | None]:
        """Send; what was taken, what was refused and why, and what ended it early."""
        taken: list[int] = []
        refusals: list[tuple[int, str]] = []
        began = time.monotonic()
        for claim in claims:
            if self._stopping or time.monotonic() - began > _CLAIM_SECONDS:
                break
            body = self._held[claim.id] if claim.body is None else claim.body
            try:
                self._server.write(journal.unpacked(body, claim.samples))
            except RequestRefused as error:
                logger.error("%d samples were refused: %s", claim.samples, error)
                refusals.append((claim.id, str(error)))
            except ServerUnavailable as error:
                return taken, refusals, error
            else:
                taken.append(claim.id)
        return taken, refusals, None

    def _ready(self) -> ServerState:
        """The server as it was seen just now, old enough to take something."""
        asked, state = self._state or (float("-inf"), None)
        if state is None or time.monotonic() - asked > _FRESH_SECONDS:
            state = self._look_at_server()
        while state.age < _GROWN_SECONDS and not self._stopping:
            self._rest(_GROWN_SECONDS - state.age)
            state = self._look_at_server()
        return state

    def _look_at_server(self) -> ServerState:
        before = self._state
        # The time before the question: an answer is never believed to be younger than it is.
        asked = time.monotonic()
        state = self._server.state()
        self._state = asked, state
        if before is None or before[1].started != state.started:
            with self._engine.begin() as connection:
                again = journal.wait_again(connection, server=state.started)
            if again:
                logger.warning("the metric server began anew; %d requests are sent again", again)
            if not state.deduplicates and not self._warned:
                self._warned = True
                logger.warning(
                    "the metric server counts samples twice that were sent again, so long ranges"
                    " are added up here, slowly: start it with -dedup.minScrapeInterval=1ms"
                )
        return state

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied < _TIDY_SECONDS:
            return
        asked = time.monotonic()
        state = self._look_at_server()
        with self._engine.begin() as connection:
            # Another controller may have noted a server that it did not yet know to be gone.
            journal.wait_again(connection, server=state.started)
            age = self._keep + time.monotonic() - asked
            journal.prune(connection, server=state.started, age=age)
        self._look_at_backlog()
        self._tidied = time.monotonic()

    def _look_at_backlog(self) -> None:
        with self._held_lock:
            self._since_look = 0
        with self._engine.connect() as connection:
            self.backlog = journal.backlog(connection)

    def _let_go(self, ids: Sequence[int]) -> None:
        with self._held_lock:
            for id_ in ids:
                body = self._held.pop(id_, None)
                self._held_bytes -= len(body) if body is not None else 0

    def _say_lost(self, error: Exception) -> None:
        self._state = None
        if not self._lost:
            logger.warning("metrics wait in the journal: %s", error)
        self._lost = True
        try:
            self._look_at_backlog()
        except SQLAlchemyError:
            return

    def _say_back(self) -> None:
        if self._lost:
            logger.warning("metrics are delivered again")
        self._lost = False
