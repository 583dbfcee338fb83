"""What every request passes before it reaches a route: headers, origin, size.

Plain ASGI, so that streams stay streams.
"""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.errors import CrossOrigin, FleetError, TooLarge

Render = Callable[[Request, FleetError], Awaitable[Response]]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
#: What a browser is to obey, on every answer.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds the headers a browser is to obey to every answer.

    An unexpected error is answered further out by the framework; ``problems`` adds them there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOriginOnly:
    """Refuses unsafe requests that a browser sent from another site (CSRF).

    Browsers say where a request comes from: ``Sec-Fetch-Site``, and before that ``Origin``. A
    request with neither is not from a browser and carries no cookie against its owner's will.
    Requests with an ``Authorization`` header are exempt: a foreign page cannot set one.
    """

    def __init__(
        self, app: ASGIApp, *, render: Render, exempt: Iterable[str], public_url: str = ""
    ) -> None:
        self.app = app
        self.render = render
        self.exempt = tuple(exempt)
        self.public_host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._passes(scope):
            await self.app(scope, receive, send)
            return
        response = await self.render(Request(scope), CrossOrigin())
        await response(scope, receive, send)

    def _passes(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if scope["method"] in _SAFE_METHODS or "authorization" in headers:
            return True
        if scope["path"].startswith(self.exempt):
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        host = urlsplit(origin).netloc
        return bool(host) and host in {headers.get("host", ""), self.public_host}


class BodyLimit:
    """Refuses bodies larger than their address takes, announced or not, with 413.

    Args:
        limits: path prefix to bytes; the longest matching prefix counts.
        default: bytes for every other path.
    """

    def __init__(
        self, app: ASGIApp, *, render: Render, default: int, limits: dict[str, int]
    ) -> None:
        self.app = app
        self.render = render
        self.default = default
        self.limits = sorted(limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        taken = 0
        started = refused = False

        async def receive_counted() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                refused = True
                raise TooLarge(limit=limit)
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal started
            # FastAPI turns any error while it reads a body into a 400; ours says what it was.
            if refused and not started:
                if message["type"] == "http.response.start":
                    await self._refuse(scope, receive, send, limit)
                return
            started = True
            await send(message)

        await self.app(scope, receive_counted, send_unless_refused)

    def _limit(self, path: str) -> int:
        return next((n for prefix, n in self.limits if path.startswith(prefix)), self.default)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        response = await self.render(Request(scope), TooLarge(limit=limit))
        # The rest of the body is not read, so the connection cannot be used again.
        response.headers["Connection"] = "close"
        await response(scope, receive, send)
