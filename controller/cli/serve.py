"""``fleet serve``: the controller."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from controller.cli.language import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve", help=_HELP)(serve)


_HELP = _(
    "Run the controller until Ctrl-C. Settings come from FLEET_*; see docs/settings.md."
    "\n\nExample: fleet serve --port 8080"
)


def serve(
    host: Annotated[str | None, typer.Option(help=_("Address to listen on."))] = None,
    port: Annotated[int | None, typer.Option(help=_("Port to listen on; 0 for any."))] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help=_("Serve https with this certificate chain, PEM."))
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help=_("Its private key, PEM."))] = None,
    workers: Annotated[int, typer.Option(help=_("Processes; one for now."), min=1)] = 1,
) -> None:
    import logging  # noqa: PLC0415 - keeps --help quick

    import uvicorn  # noqa: PLC0415

    from controller.app import create_app  # noqa: PLC0415
    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415
    from controller.cli.files import read_settings, require_database  # noqa: PLC0415
    from controller.metrics.files import StoreInUse  # noqa: PLC0415
    from controller.server import Server  # noqa: PLC0415
    from controller.stores import open_store  # noqa: PLC0415
    from controller.tls import CertificateWatch  # noqa: PLC0415

    if workers > 1:
        line = _("--workers {n}: several processes need PostgreSQL and VictoriaMetrics; use 1.")
        fail(line.format(n=workers), WRONG_USE)
    settings = require_database(
        read_settings(host=host, port=port, tls_certificate=tls_certificate, tls_key=tls_key)
    )
    try:
        app = create_app(settings, store=open_store(settings.metrics_url, settings))
    except (OSError, StoreInUse, ValueError) as error:
        fail(str(error), OTHER_SIDE_FAILED)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
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
    server = Server(config, app.state.lookout)
    try:
        config.load()
    except OSError as error:  # an SSLError is one
        fail(f"FLEET_TLS_CERTIFICATE, FLEET_TLS_KEY: {error}", WRONG_USE)
    with suppress(KeyboardInterrupt), ExitStack() as running:
        if config.ssl is not None and settings.tls_certificate and settings.tls_key:
            running.enter_context(
                CertificateWatch(config.ssl, settings.tls_certificate, settings.tls_key)
            )
        server.run()
    if not server.started:
        raise typer.Exit(OTHER_SIDE_FAILED)
