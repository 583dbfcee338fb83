"""An application on a real server and a free port."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from controller.server import Server

_PATIENCE = 60.0


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Its address; the server ends whatever requests are waiting."""
    # With its protocol named: asyncio sends small answers without delay only on such a socket.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=10)
        server = Server(config, app.state.lookout)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            ends = time.monotonic() + _PATIENCE
            while not server.started and time.monotonic() < ends:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
            assert not thread.is_alive(), "a waiting request kept the server from ending"
