"""uvicorn as the controller runs it: alone, or as one of several workers behind one port."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress

import uvicorn
from fastapi import FastAPI

from controller.certificates.serving import CertificateWatch
from controller.lookout import Lookout
from controller.memory import settle
from controller.settings import Settings


class Server(uvicorn.Server):
    """Ends within a moment however many agents wait for news.

    Args:
        config: of uvicorn.
        lookout: where agents wait.
        told: called once the port is open.
    """

    def __init__(
        self, config: uvicorn.Config, lookout: Lookout, told: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(config)
        self._lookout = lookout
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            settle()
            self._told()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer everybody who waits, then end as uvicorn does."""
        self._lookout.close()
        await super().shutdown(sockets)


def config_of(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """How uvicorn is to serve the application.

    Raises:
        OSError: certificate or key cannot be read, or do not belong together.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=10,
        # A slow agent keeps its connection between batches.
        timeout_keep_alive=75,
    )
    config.load()
    return config


def serve(
    settings: Settings,
    app: FastAPI,
    *,
    sockets: list[socket.socket] | None = None,
    told: Callable[[], None] = lambda: None,
) -> bool:
    """Serve until SIGINT or SIGTERM; whether it ever began.

    Args:
        settings: where to listen, and with which certificate.
        app: what to serve.
        sockets: bound ones to listen on instead.
        told: called once the port is open.

    Raises:
        OSError: certificate or key cannot be read, or do not belong together.
    """
    config = config_of(settings, app)
    server = Server(config, app.state.lookout, told)
    with suppress(KeyboardInterrupt), ExitStack() as running:
        if config.ssl is not None and settings.tls_certificate and settings.tls_key:
            running.enter_context(
                CertificateWatch(config.ssl, settings.tls_certificate, settings.tls_key)
            )
        server.run(sockets)
    return server.started
