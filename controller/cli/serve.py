"""``fleet serve``: the controller."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.cli.language import gettext as _

if TYPE_CHECKING:
    from controller.settings import Settings


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
    workers: Annotated[
        int, typer.Option(help=_("Processes; several need PostgreSQL and VictoriaMetrics."), min=1)
    ] = 1,
) -> None:
    from controller.cli.files import read_settings, require_database  # noqa: PLC0415

    settings = read_settings(host=host, port=port, tls_certificate=tls_certificate, tls_key=tls_key)
    if workers > 1:
        _serve_together(settings, workers)
    else:
        _serve_alone(require_database(settings))


def _serve_alone(settings: "Settings") -> None:
    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415
    from controller.memory import all_of_it_stays  # noqa: PLC0415
    from controller.metrics.files import StoreInUse  # noqa: PLC0415
    from controller.workers import make_app, start_logging  # noqa: PLC0415 - keeps --help quick

    with all_of_it_stays():
        from controller.server import config_of, serve  # noqa: PLC0415

    try:
        app = make_app(settings)
    except (OSError, StoreInUse, ValueError) as error:
        fail(str(error), OTHER_SIDE_FAILED)
    start_logging(settings)
    try:
        config_of(settings, app)
    except OSError as error:  # an SSLError is one
        fail(f"FLEET_TLS_CERTIFICATE, FLEET_TLS_KEY: {error}", WRONG_USE)
    if not serve(settings, app):
        raise typer.Exit(OTHER_SIDE_FAILED)


def _serve_together(settings: "Settings", workers: int) -> None:
    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415
    from controller.cli.files import require_database  # noqa: PLC0415
    from controller.workers import Supervisor, obstacle, start_logging  # noqa: PLC0415

    name = obstacle(settings)
    if name is not None:
        line = _("--workers {n}: several processes need PostgreSQL and VictoriaMetrics; see {name}")
        fail(line.format(n=workers, name=name), WRONG_USE)
    settings = require_database(settings)
    start_logging(settings)

    def told(port: int) -> None:
        line = _("{n} workers serve http://{host}:{port}")
        typer.echo(line.format(n=workers, host=settings.host, port=port), err=True)

    try:
        began = Supervisor(settings, workers).run(told)
    except OSError as error:
        fail(f"{settings.host}:{settings.port}: {error.strerror or error}", OTHER_SIDE_FAILED)
    if not began:
        fail(_("A worker could not be started; its own words are above."), OTHER_SIDE_FAILED)
