"""``fleet deliveries``: reports that are sent by e-mail when a day of the month has come."""

from typing import Annotated

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_Id = Annotated[str, typer.Argument(help=_("Id of the delivery."))]
_PATH = "/report-deliveries"


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="deliveries", no_args_is_help=True, help=_("Reports that are sent by e-mail.")
    )
    group.command("list", help=_LIST)(list_deliveries)
    group.command("add", help=_ADD)(add)
    group.command("pause", help=_PAUSE)(pause)
    group.command("resume", help=_RESUME)(resume)
    group.command("remove", help=_REMOVE)(remove)
    group.command("test", help=_TEST)(test)
    group.command("log", help=_LOG)(log)
    app.add_typer(group)


_LIST = _("List reports that are sent.\n\nExample: fleet deliveries list")
_ADD = _(
    "Send a place's reports from a day of the month on, as PDF, to people who may see it."
    "\n\nExample: fleet deliveries add 3304 --day 5 --to lin --to mei"
)
_PAUSE = _("Send it no more until it is resumed.\n\nExample: fleet deliveries pause ID")
_RESUME = _("Go on sending it.\n\nExample: fleet deliveries resume ID")
_REMOVE = _("Send it no more.\n\nExample: fleet deliveries remove ID")
_TEST = _("Have the newest one sent to yourself alone.\n\nExample: fleet deliveries test ID")
_LOG = _("Show what became of its messages.\n\nExample: fleet deliveries log ID")


def list_deliveries(shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    columns = {
        "id": "id",
        "at": _("Place"),
        "kind": _("Kind"),
        "day": _("Day of the month"),
        "recipients": _("Recipients"),
        "paused_at": _("Paused"),
    }
    print_rows(ask("GET", _PATH)["items"], columns, shape)


def add(
    at: Annotated[str, typer.Argument(help=_("Code of a bureau or a school."))],
    *,
    to: Annotated[list[str], typer.Option(help=_("Log-in of a recipient; several times."))],
    kind: Annotated[str, typer.Option(help="month, year")] = "month",
    day: Annotated[int, typer.Option(help=_("Day of the month, 1 to 28."), min=1, max=28)] = 5,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    body = {"at": at, "kind": kind, "day": day, "recipients": to}
    typer.echo(ask("POST", _PATH, body=body)["id"])


def pause(delivery: _Id) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    ask("PATCH", f"{_PATH}/{delivery}", body={"paused": True})


def resume(delivery: _Id) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    ask("PATCH", f"{_PATH}/{delivery}", body={"paused": False})


def remove(delivery: _Id) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    ask("DELETE", f"{_PATH}/{delivery}")


def test(delivery: _Id) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    ask("POST", f"{_PATH}/{delivery}/test", body={})
    typer.echo(_("It is sent within a minute or so."), err=True)


def log(delivery: _Id, shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    columns = {
        "period": _("Period"),
        "recipient": _("Recipient"),
        "state": _("State"),
        "attempts": _("Attempts"),
        "ended_at": _("Ended"),
        "detail": _("Detail"),
    }
    print_rows(ask("GET", f"{_PATH}/{delivery}/sendings")["items"], columns, shape)
