"""A real receiver of webhooks on a free port of the loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came, and what is answered.

    Args:
        answer: status of every answer.
        body: what every answer says.
        gate: answers wait until it is open.
        paths: what the requests were for.
        peers: ports from which the requests came, in their order.
        times: when they came, by this machine's clock.
    """

    port: int = 0
    answer: int = 200
    body: bytes = b"{}"
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    came: threading.Event = field(default_factory=threading.Event)
    paths: list[str] = field(default_factory=list)
    peers: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=very-secret"


@contextmanager
def receiver(*, is_open: bool = True) -> Iterator[Receiver]:
    """Listens until the end; one that is not open keeps everybody waiting."""
    found = Receiver()
    if is_open:
        found.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.paths.append(self.path)
            found.peers.append(self.client_address[1])
            found.times.append(time.monotonic())
            found.requests.append((dict(self.headers), body))
            found.came.set()
            found.gate.wait(30)
            # Who asked may have died meanwhile.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(found.answer)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                self.wfile.write(found.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        found.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
