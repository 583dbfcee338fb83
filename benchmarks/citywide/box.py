"""One simulated box: it posts what it read, asks for its plan and for commands, as real ones do."""

import asyncio
import time
from collections import deque
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex

import msgspec

from agent.centre.fetching import MARGIN_SECONDS
from agent.centre.long_poll import Asked, LongPoll
from agent.uplink.cutting import encoder, readings_in
from agent.uplink.sender import Answer, Pause, judge, retry_after
from benchmarks.citywide.equipment import Estate
from benchmarks.citywide.http import Connection, Lost, Response
from benchmarks.citywide.register import Place
from benchmarks.citywide.tally import Sent, Tally
from drivers.plan import COMMANDS_CONTENT_TYPE, PLAN_CONTENT_TYPE
from drivers.readings import BATCH_CONTENT_TYPE, AgentStatus
from drivers.signatures import AGENT_API, NONCE_HEADER, as_text, public_bytes, sign

_TIMEOUT = 30.0
_WAIT = 50.0
_REFRESH = 60.0
_JOIN_TRIES = 5
_UNAUTHORIZED, _NOT_MODIFIED, _NO_CONTENT, _OK, _CREATED = 401, 304, 204, 200, 201
VERSION = "0.1.0"


class NotEnrolled(RuntimeError):
    """The controller did not take the token."""


class Box:
    """A box of one school.

    Args:
        place: whose it is.
        estate: what stands there.
        where: host and port of the controller.
        every: seconds between two batches.
    """

    def __init__(
        self, place: Place, estate: Estate, where: tuple[str, int], tally: Tally, *, every: float
    ) -> None:
        self.agent = place.agent
        self._place = place
        self._estate = estate
        self._tally = tally
        self._every_ms = round(every * 1000)
        self._epoch = token_hex(8)
        self._sequence = 0
        self._nonce = ""
        self._revision = ""
        self._waiting: deque[Sent] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._uplink, self._plan, self._commands = (Connection(*where) for _ in range(3))
        self._pause = Pause()
        self._status = AgentStatus(VERSION, int(time.time() * 1000))

    @property
    def waiting(self) -> int:
        """Batches the controller has not taken yet."""
        return len(self._waiting)

    async def enrol(self) -> None:
        """Trade the token for an id.

        Raises:
            Lost: no answer, or that there is none just now.
            NotEnrolled: another answer.
        """
        body = {
            "token": self._place.token,
            "name": f"box {self._place.school}",
            "version": VERSION,
            "public_key": as_text(public_bytes(self._place.key)),
        }
        response = await self._signed(
            self._uplink,
            "POST",
            f"{AGENT_API}/enrol",
            {"Content-Type": "application/json"},
            msgspec.json.encode(body),
        )
        if judge(response.status) is Answer.later:
            raise Lost(f"{response.status}")
        if response.status != _CREATED:
            raise NotEnrolled(f"{response.status} {response.body[:300]!r}")
        self.agent = str(msgspec.json.decode(response.body)["agent_id"])

    async def join(self) -> None:
        """Fetch the plan and say that it is worked by.

        Raises:
            Lost: there is none to be had.
        """
        for _ in range(_JOIN_TRIES):
            if await self._ask_plan(0.0) is Asked.nothing:
                return
        raise Lost(f"no plan for {self.agent}")

    async def gather(self, begin: float) -> None:
        """Make one batch after the other, from ``begin`` on (seconds since the epoch), for ever."""
        until = round(begin * 1000)
        while True:
            after, until = until, until + self._every_ms
            await asyncio.sleep(max(0.0, until / 1000 - time.time()))
            self._tally.latest = max(self._tally.latest, time.time() - until / 1000)
            self._sequence += 1
            self._waiting.append(Sent(self.agent, self._epoch, self._sequence, after, until))
            self._tally.most_waiting = max(self._tally.most_waiting, len(self._waiting))
            self._empty.clear()
            self._news.set()

    async def emptied(self) -> None:
        """Wait until nothing waits to be sent."""
        await self._empty.wait()

    async def send(self) -> None:
        """Send what was gathered, one batch after the other, for ever."""
        while True:
            self._news.clear()
            if self._waiting:
                pause = await self._send(self._waiting[0])
                await asyncio.sleep(pause)
            else:
                self._empty.set()
                await self._news.wait()

    async def ask_for_plans(self) -> None:
        """Ask for the plan for ever, letting the controller wait with its answer."""
        await LongPoll(self._ask_plan, wait=_WAIT, every=_REFRESH).run()

    async def ask_for_commands(self) -> None:
        await LongPoll(self._ask_commands, wait=_WAIT, every=_REFRESH).run()

    def close(self) -> None:
        for one in (self._uplink, self._plan, self._commands):
            one.close()

    async def _send(self, batch: Sent) -> float:
        """One exchange; returns the seconds to wait before the next."""
        place = self._place
        polls = tuple(self._estate.polls(place.school, place.devices, batch.after, batch.until))
        encode = encoder(self.agent, polls, now_ms=batch.until, status=self._status)
        body = encode(batch.epoch, batch.sequence)
        post = partial(
            self._signed,
            self._uplink,
            "POST",
            f"{AGENT_API}/batches",
            {"Content-Type": BATCH_CONTENT_TYPE},
            body,
        )
        began = time.perf_counter()
        try:
            response = await post()
        except Lost:
            self._tally.answered(Answer.lost, 0, 0.0)
            return self._pause.next()
        answer = judge(response.status)
        self._tally.answered(answer, response.status, time.perf_counter() - began)
        if answer is Answer.later:
            wait = retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
            return self._pause.next() if wait is None else wait
        if answer not in {Answer.stored, Answer.already}:
            if answer in {Answer.refused, Answer.too_large}:
                self._waiting.popleft()
            return self._pause.next()
        self._waiting.popleft()
        self._pause.reset()
        self._tally.taken(batch, readings_in(polls), len(body))
        return 0.0

    async def _ask_plan(self, wait: float) -> Asked:
        headers = {"Accept": PLAN_CONTENT_TYPE}
        if self._revision:
            headers["If-None-Match"] = f'"{self._revision}"'
        asked, response = await self._ask(self._plan, f"plan?wait={wait:g}", headers, wait)
        if asked is Asked.news:
            self._revision = response.headers.get("etag", "").strip('"')
        return asked

    async def _ask_commands(self, wait: float) -> Asked:
        headers = {"Accept": COMMANDS_CONTENT_TYPE}
        asked, _ = await self._ask(self._commands, f"commands?wait={wait:g}", headers, wait)
        return asked

    async def _ask(
        self, connection: Connection, what: str, headers: dict[str, str], wait: float
    ) -> tuple[Asked, Response]:
        seconds = wait + MARGIN_SECONDS
        target = f"{AGENT_API}/{what}"
        try:
            response = await self._signed(connection, "GET", target, headers, seconds=seconds)
        except Lost:
            asked, response = Asked.away, Response()
        else:
            asked = {
                _OK: Asked.news,
                _NO_CONTENT: Asked.nothing,
                _NOT_MODIFIED: Asked.nothing,
                _UNAUTHORIZED: Asked.refused,
            }.get(response.status, Asked.away)
        self._tally.asked[f"{what.partition('?')[0]}: {asked}"] += 1
        return asked, response

    async def _signed(
        self,
        connection: Connection,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes = b"",
        *,
        seconds: float = _TIMEOUT,
    ) -> Response:
        """A request with its proof; a second one where the controller says the nonce was old."""

        async def ask() -> Response:
            key, nonce = self._place.key, self._nonce
            token = sign(key, method=method, target=target, nonce=nonce, body=body)
            told = headers | {"Authorization": f"Bearer {token}"}
            response = await connection.ask(method, target, told, body, seconds=seconds)
            self._nonce = response.headers.get(NONCE_HEADER.lower(), nonce)
            return response

        used = self._nonce
        response = await ask()
        offered = response.headers.get(NONCE_HEADER.lower(), "")
        if (
            response.status == _UNAUTHORIZED
            and offered not in {"", used}
            and "nonce_needed" in response.headers.get("www-authenticate", "")
        ):
            response = await ask()
        return response
