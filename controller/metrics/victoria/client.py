"""One metric server over HTTP: remote write, PromQL, export, and how it is itself.

Remote write, ``/api/v1/query`` and ``/api/v1/query_range`` are Prometheus'; VictoriaMetrics alone
has ``/api/v1/export`` (raw samples with their own times), ``nocache`` (answers neither aligned to
the step nor taken from a cache that late samples do not reach) and ``/internal/force_flush``.
"""

import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cramjam
import httpx
import msgspec

from controller.metrics.victoria.encode import Request
from controller.metrics.victoria.errors import RequestRefused, ServerUnavailable
from controller.version import VERSION

#: Seconds for a connection, and for an answer: whoever asked us does not wait longer than 30.
_TIMEOUT = httpx.Timeout(25.0, connect=5.0)
#: Seconds for an answer to how it is; one that takes longer stands still.
_STATE_SECONDS = 5.0
#: Seconds for figures of many series over a long time, which reports and jobs ask for.
PATIENT_SECONDS = 60.0
_CONNECTIONS = httpx.Limits(max_connections=32, max_keepalive_connections=8)
#: Statuses that say the request is at fault, now and for ever.
_REFUSED = frozenset({400, 413, 422})
_WRITE_HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_FIGURE = re.compile(
    r"^(vm_app_start_timestamp|process_start_time_seconds|vm_app_uptime_seconds) (\S+)$", re.M
)
_DEDUPLICATION = re.compile(r'^flag\{name="dedup\.minScrapeInterval", value="([^"]*)"', re.M)


@dataclass(frozen=True, slots=True)
class Access:
    """How to log in: a user and password, or a bearer token, or neither. Never printed."""

    user: str = ""
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a metric server says of itself.

    Args:
        started: when its process began, milliseconds; another value means it was restarted.
        age: seconds since.
        deduplicates: whether samples that came twice are one in its own sums.
    """

    started: int
    age: float
    deduplicates: bool


class RawSeries(msgspec.Struct, frozen=True):
    """A line of ``/api/v1/export``: labels and raw samples, rising in time."""

    metric: dict[str, str]
    values: list[float]
    timestamps: list[int]


class Figure(msgspec.Struct, frozen=True):
    """A series of an instant query: (seconds, figure)."""

    metric: dict[str, str]
    value: tuple[float, str]


class Curve(msgspec.Struct, frozen=True):
    """A series of a range query: (seconds, figure) a step."""

    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Figures(msgspec.Struct, frozen=True):
    result: list[Figure]


class _FiguresAnswer(msgspec.Struct, frozen=True):
    data: _Figures


class _Curves(msgspec.Struct, frozen=True):
    result: list[Curve]


class _CurvesAnswer(msgspec.Struct, frozen=True):
    data: _Curves


_raw = msgspec.json.Decoder(RawSeries)
_figures = msgspec.json.Decoder(_FiguresAnswer)
_curves = msgspec.json.Decoder(_CurvesAnswer)


class MetricServer:
    """Blocking calls to one server; thread-safe.

    Deliveries ask every few seconds how the server is. While it does not say, questions are
    answered at once: each would hold a thread for its whole time, and soon there were no more.

    Args:
        url: ``http://host:8428`` or ``https://…``, with a path where a proxy wants one.
        access: how to log in.
    """

    def __init__(self, url: str, access: Access) -> None:
        # The server would spend more on packing an answer than the way costs.
        headers = {"User-Agent": f"campus-fleet/{VERSION}", "Accept-Encoding": "identity"}
        if access.bearer:
            headers["Authorization"] = f"Bearer {access.bearer}"
        #: Why it did not say how it is when it was last asked.
        self._silent: ServerUnavailable | None = None
        self._http = httpx.Client(
            base_url=url,
            auth=(access.user, access.password) if access.user else None,
            headers=headers,
            timeout=_TIMEOUT,
            limits=_CONNECTIONS,
            # The bureau's own authority counts where the machine trusts it. Without TLS nothing is
            # there to be checked, and reading the machine's authorities takes its time.
            verify=url.startswith("https:") and ssl.create_default_context(),
            # Readings take no detour over a proxy that the environment may name.
            trust_env=False,
        )

    def write(self, request: Request) -> None:
        """Send samples.

        Raises:
            RequestRefused: it will never be taken.
            ServerUnavailable: it was not taken, or perhaps it was.
        """
        body = bytes(cramjam.snappy.compress_raw(request.body))
        self._send("/api/v1/write", content=body, headers=_WRITE_HEADERS)

    def state(self) -> ServerState:
        """How the server is.

        Raises:
            ServerUnavailable: no answer, or one that does not tell when the process began.
        """
        try:
            page = self._send("/metrics", method="GET", seconds=_STATE_SECONDS).text
        except ServerUnavailable as error:
            self._silent = error
            raise
        self._silent = None
        figures = dict(_FIGURE.findall(page))
        began = figures.get("vm_app_start_timestamp") or figures.get("process_start_time_seconds")
        if began is None:
            raise ServerUnavailable("/metrics does not tell when its process began")
        found = _DEDUPLICATION.search(page)
        return ServerState(
            started=round(float(began) * 1_000),
            age=float(figures.get("vm_app_uptime_seconds", "inf")),
            deduplicates=found is not None and found.group(1) == "1ms",
        )

    def query(self, query: str, *, at: int, seconds: float | None = None) -> Sequence[Figure]:
        """Figures of an instant query at a time in milliseconds; ``seconds`` it may take."""
        self._require_sign_of_life()
        answer = self._send(
            "/api/v1/query", seconds=seconds, query=query, time=_seconds(at), nocache="1"
        )
        return _figures.decode(answer.content).data.result

    def query_range(self, query: str, *, start: int, end: int, step: int) -> Sequence[Curve]:
        """Figures at ``start``, ``start + step`` … to ``end``, included, in milliseconds."""
        self._require_sign_of_life()
        answer = self._send(
            "/api/v1/query_range",
            query=query,
            start=_seconds(start),
            end=_seconds(end),
            step=f"{step}ms",
            nocache="1",
        )
        return _curves.decode(answer.content).data.result

    def export(self, selector: str, *, start: int, end: int) -> Iterator[RawSeries]:
        """Raw samples from ``start`` to ``end``, both included, a series at a time."""
        self._require_sign_of_life()
        form = {"match[]": selector, "start": _seconds(start), "end": _seconds(end)}
        try:
            with self._http.stream("POST", "/api/v1/export", data=form) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    _judge(answer)
                rest = b""
                for piece in answer.iter_bytes(1 << 20):
                    *lines, rest = (rest + piece).split(b"\n")
                    yield from (_raw.decode(line) for line in lines if line)
                if rest:
                    yield _raw.decode(rest)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        except msgspec.MsgspecError as error:
            raise ServerUnavailable(f"an answer that is none: {error}") from error

    def export_native(self, selector: str, *, start: int, end: int) -> Iterator[bytes]:
        """Blocks that hold samples from ``start`` to ``end``, and others beside them, as bytes."""
        self._require_sign_of_life()
        form = {"match[]": selector, "start": _seconds(start), "end": _seconds(end)}
        try:
            with self._http.stream("POST", "/api/v1/export/native", data=form) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    _judge(answer)
                yield from answer.iter_bytes(1 << 20)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error

    def flush(self) -> None:
        """Make everything written so far visible to queries; else that takes about a second."""
        self._send("/internal/force_flush", method="GET")

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def _require_sign_of_life(self) -> None:
        if self._silent is not None:
            reason = f"it did not say how it is when it was last asked: {self._silent.reason}"
            raise ServerUnavailable(reason)

    def _send(
        self,
        path: str,
        *,
        method: str = "POST",
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        seconds: float | None = None,
        **form: str,
    ) -> httpx.Response:
        more: dict[str, Any] = {"data": form} if form else {"content": content}
        try:
            timeout = _TIMEOUT if seconds is None else seconds
            answer = self._http.request(method, path, headers=headers, timeout=timeout, **more)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        _judge(answer)
        return answer


def _judge(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    reason = f"{answer.status_code} for {answer.url.path}: {answer.text[:300].strip()}"
    raise RequestRefused(reason) if answer.status_code in _REFUSED else ServerUnavailable(reason)


def _unreachable(error: httpx.HTTPError) -> ServerUnavailable:
    return ServerUnavailable(f"{type(error).__name__}: {error}")


def _seconds(at: int) -> str:
    # Servers cut what lies below a millisecond off; a little more keeps the right one.
    return f"{at // 1000}.{at % 1000:03d}3"
