"""``fleet demo``: a whole simulated campus on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from controller.cli.language import gettext as _
from controller.demo.tempo import Speed


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("demo", help=_HELP)(demo)


_HELP = _(
    "Run a simulated county of three schools with a real controller and a real agent, until Ctrl-C."
    "\n\nExample: fleet demo --speed fast"
)


def demo(
    *,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=_("Keep everything in this folder; else nothing is left.")
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help=_("Port of the console; a free one if taken."))
    ] = 8080,
    speed: Annotated[
        Speed, typer.Option(help=_("How fast the day passes and things happen."))
    ] = Speed.normal,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help=_("Open the console in a browser."))
    ] = True,
) -> None:
    from controller.cli.exits import OTHER_SIDE_FAILED, WRONG_USE, fail  # noqa: PLC0415

    try:
        import amqtt  # noqa: F401, PLC0415 - only the demonstration needs it
    except ModuleNotFoundError:
        fail(_("The demo needs more packages: pip install 'campus-fleet[demo]'"), WRONG_USE)
    from controller.demo.processes import ChildFailed  # noqa: PLC0415 - keeps --help quick
    from controller.demo.run import Options, run_demo  # noqa: PLC0415
    from controller.demo.screen import Screen  # noqa: PLC0415

    try:
        run_demo(Options(keep, port, speed, browser), Screen())
    except ChildFailed as error:
        fail(str(error), OTHER_SIDE_FAILED)
    except (OSError, RuntimeError) as error:
        fail(str(error), OTHER_SIDE_FAILED)
