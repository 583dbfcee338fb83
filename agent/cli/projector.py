"""``fleet-agent projector``: one projector or display, read by PJLink."""

from typing import Annotated

import typer

from agent.cli.poll import FORMAT, Format, exit_code, print_document
from agent.language import gettext as _

_HELP = _(
    "Read one projector or display by PJLink and print what it says."
    "\n\nExample: fleet-agent projector 192.0.2.20 --format json"
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("projector", help=_HELP)(projector)


def projector(
    address: Annotated[str, typer.Argument(help=_("IP address or host name of the device."))],
    *,
    password: Annotated[
        str | None,
        typer.Option(envvar="FLEET_AGENT_PJLINK_PASSWORD", help=_("PJLink password.")),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, help=_("TCP port."))] = 4352,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60.0, help=_("Seconds to wait for one answer."))
    ] = 5.0,
    format_: FORMAT = Format.table,
) -> None:
    from agent.polling import poll_projector  # noqa: PLC0415  (keeps --help quick)
    from agent.signals import run  # noqa: PLC0415

    document = run(poll_projector(address, port, password, timeout=timeout))
    print_document(document, format_)
    raise typer.Exit(exit_code(document))
