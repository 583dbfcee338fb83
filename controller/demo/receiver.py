"""Takes the demonstration's messages in place of a group robot, and shows the last ones."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

#: Messages that are shown, and bytes of one that are read.
_SHOWN: Final = 50
_LONGEST: Final = 100_000


class Receiver:
    """A webhook of this machine; what it is told, anybody on this machine may read there."""

    def __init__(self) -> None:
        self.messages: deque[str] = deque(maxlen=_SHOWN)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.messages))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="receiver", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(messages: deque[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            said = json.loads(self.rfile.read(min(length, _LONGEST)))
            messages.appendleft(f"{said['title']}\n{said['text']}")
            self._answer(b"")

        def do_GET(self) -> None:
            self._answer("\n\n".join(messages).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Nothing: the console has a log of messages."""

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
