"""``fleet tests``: what has become of the speed tests that were planned."""

from datetime import datetime
from typing import Annotated, Any

import typer

from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_PAGE = 500


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="tests", no_args_is_help=True, help=_("Planned speed tests."))
    group.command("list", help=_LIST)(list_tests)
    group.callback()(_group)
    app.add_typer(group)


_LIST = _(
    "List planned speed tests of a day, and what has become of them."
    "\n\nExample: fleet tests list --at 3304 --day 2026-09-07 --state missed"
)


def _group() -> None:
    """Keep ``list`` a subcommand where it is the only one."""


def list_tests(
    *,
    at: Annotated[str, typer.Option(help=_("Code of a bureau or a school."))],
    day: Annotated[
        datetime | None, typer.Option(help=_("Day; today if left out."), formats=["%Y-%m-%d"])
    ] = None,
    state: Annotated[str | None, typer.Option(help="planned, made, missed")] = None,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    query: dict[str, Any] = {"at": at, "limit": _PAGE}
    if day is not None:
        query["day"] = day.date().isoformat()
    if state is not None:
        query["state"] = state
    rows: list[dict[str, Any]] = []
    while True:
        found = ask("GET", "/planned-tests", query=query | {"offset": len(rows)})
        rows += found["items"]
        if len(rows) >= found["total"] or not found["items"]:
            break
    columns = {
        "school_code": _("School"),
        "line_id": _("Line"),
        "at": _("Time"),
        "path": _("Path"),
        "attempt": _("Follow-up"),
        "state": _("State"),
        "outcome": _("Outcome"),
    }
    print_rows(rows, columns, shape)
    counted = _("{scheduled} scheduled: {made} made, {missed} missed; {to_come} to come.")
    typer.echo(counted.format(**found), err=True)
