"""``fleet devices`` and ``tickets``: daily work at a terminal."""

from typing import Annotated, Any

import typer

from controller.cli.access import register_devices
from controller.cli.configurations import register_devices as register_configurations
from controller.cli.discovery import register_devices as register_proposals
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

LimitOption = Annotated[int, typer.Option(help=_("Rows at most."), min=1, max=100_000)]
SchoolOption = Annotated[str | None, typer.Option(help=_("Only of this school, by its code."))]
_PAGE = 500


def register(app: typer.Typer) -> None:
    """Add the command groups to the application."""
    devices = typer.Typer(name="devices", no_args_is_help=True, help=_("Devices of schools."))
    devices.command("list", help=_DEVICES)(list_devices)
    register_devices(devices)
    register_proposals(devices)
    register_configurations(devices)
    tickets = typer.Typer(name="tickets", no_args_is_help=True, help=_("Repairs."))
    tickets.command("list", help=_TICKETS)(list_tickets)
    for group in (devices, tickets):
        group.callback()(_group)
        app.add_typer(group)


_DEVICES = _(
    "List devices and how they are.\n\nExample: fleet devices list --status down --format json"
)
_TICKETS = _("List repairs.\n\nExample: fleet tickets list --state new --state assigned")


def _group() -> None:
    """Keep ``list`` a subcommand where it is the only one."""


def list_devices(
    *,
    school: SchoolOption = None,
    status: Annotated[
        str | None, typer.Option(help="healthy, degraded, down, silent, unknown")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="switch, access_point, printer, ups, …")] = None,
    search: Annotated[str | None, typer.Option(help=_("Text the row contains."))] = None,
    limit: LimitOption = 1_000,
    shape: FormatOption = Format.table,
) -> None:
    rows = _all(
        "/devices", {"school": school, "status": status, "kind": kind, "search": search}, limit
    )
    columns = {
        "id": "id",
        "school_code": _("School"),
        "name": _("Name"),
        "kind": _("Kind"),
        "address": _("Address"),
        "status": _("Status"),
        "since": _("Since"),
        "detail": _("Detail"),
    }
    print_rows(rows, columns, shape)


def list_tickets(
    *,
    school: SchoolOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="new, assigned, in_progress, waiting, resolved, closed, reopened"),
    ] = None,
    limit: LimitOption = 1_000,
    shape: FormatOption = Format.table,
) -> None:
    rows = _all("/tickets", {"school": school, "state": state}, limit)
    columns = {
        "number": _("Number"),
        "school_code": _("School"),
        "device_name": _("Device"),
        "rule": _("Rule"),
        "title": _("Title"),
        "severity": _("Severity"),
        "state": _("State"),
        "assignee_login": _("Assignee"),
        "opened_at": _("Opened"),
    }
    print_rows(rows, columns, shape)


def _all(path: str, wanted: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """Rows of a list, page by page, up to ``limit``."""
    from controller.cli.service import ask  # noqa: PLC0415

    query = {name: value for name, value in wanted.items() if value}
    rows: list[dict[str, Any]] = []
    while len(rows) < limit:
        window = {"offset": len(rows), "limit": min(_PAGE, limit - len(rows))}
        page = ask("GET", path, query=query | window)
        rows += page["items"]
        if not page["items"] or len(rows) >= page["total"]:
            break
    return rows
