"""How requests are answered, by part of the service and never by address: few and fixed labels."""

import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.telemetry import Telemetry

#: The first prefix that fits names the area.
_AREAS: Final = (
    ("/api/agent/v1/batches", "batches"),
    ("/api/agent/v1/plan", "waits"),
    ("/api/agent/v1/commands", "waits"),
    ("/api/agent/", "agents"),
    ("/api/", "api"),
    ("/speedtest/", "speedtest"),
    ("/static/", "static"),
    ("/healthz", "probes"),
    ("/readyz", "probes"),
    ("/metrics", "probes"),
)
_CONSOLE: Final = "console"
#: Their answers are late on purpose: waiting agents, and transfers that measure a line.
_UNTIMED: Final = frozenset({"waits", "speedtest"})
_EVENTS: Final = b"text/event-stream"


class CountsRequests:
    """ASGI middleware: counts every answer and times those that are meant to be quick.

    Args:
        telemetry: where they are counted.
        ticks: seconds that only grow.
    """

    def __init__(
        self, app: ASGIApp, *, telemetry: Telemetry, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._telemetry = telemetry
        self._ticks = ticks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        area = area_of(scope["path"])
        status, timed = 500, area not in _UNTIMED
        began = self._ticks()

        async def watched(message: Message) -> None:
            nonlocal status, timed
            if message["type"] == "http.response.start":
                status = message["status"]
                timed = timed and not _is_stream_of_events(message)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._telemetry.requests.labels(area, f"{status // 100}xx").inc()
            if timed:
                self._telemetry.request_seconds.labels(area).observe(self._ticks() - began)


def area_of(path: str) -> str:
    """The part of the service that answers a path."""
    return next((area for prefix, area in _AREAS if path.startswith(prefix)), _CONSOLE)


def _is_stream_of_events(start: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(_EVENTS) for name, value in start["headers"]
    )
