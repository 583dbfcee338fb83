"""``fleet devices configurations`` and ``events``: what devices ran by, and what befell them."""

from typing import Annotated, Any

import typer

from controller.cli.exits import ANSWER_IS_NO, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_Device = Annotated[str, typer.Argument(help=_("Id of the device."))]
_Limit = Annotated[int, typer.Option(help=_("Rows at most."), min=1, max=500)]


def register_devices(group: typer.Typer) -> None:
    """Add the commands to ``fleet devices``."""
    group.command("configurations", help=_CONFIGURATIONS)(configurations)
    group.command("events", help=_EVENTS)(events)


_CONFIGURATIONS = _(
    "List the versions of a device's configuration, or print one, or what changed."
    "\n\nExample: fleet devices configurations d01jd3k6m2w8x4zq7 --diff"
)
_EVENTS = _(
    "List what happened to a device: traps, changes of its configuration, orders."
    "\n\nExample: fleet devices events d01jd3k6m2w8x4zq7"
)


def configurations(
    device: _Device,
    *,
    diff: Annotated[
        bool, typer.Option("--diff", help=_("Print what changed last, or since --since."))
    ] = False,
    text: Annotated[bool, typer.Option("--text", help=_("Print the newest text."))] = False,
    version: Annotated[
        str | None, typer.Option(help=_("Id of a version instead of the newest."))
    ] = None,
    since: Annotated[
        str | None, typer.Option(help=_("Id of the older version to compare with."))
    ] = None,
    limit: _Limit = 50,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask, fetch  # noqa: PLC0415 - keeps --help quick

    base = f"/devices/{device}/configurations"
    rows: list[dict[str, Any]] = ask("GET", base, query={"limit": limit})["items"]
    if not (diff or text):
        columns = {
            "id": "id",
            "taken_at": _("Since"),
            "seen_at": _("Last seen"),
            "added": _("Lines added"),
            "removed": _("Lines removed"),
            "digest": "SHA-256",
        }
        print_rows(rows, columns, shape)
        return
    if not rows:
        fail(_("{device} has never been backed up.").format(device=device), ANSWER_IS_NO)
    newer = version or rows[0]["id"]
    if text:
        typer.echo(fetch(f"{base}/{newer}").decode(), nl=False)
        return
    place = next((n for n, row in enumerate(rows) if row["id"] == newer), len(rows))
    older = since or (rows[place + 1]["id"] if place + 1 < len(rows) else newer)
    found = ask("GET", f"{base}/difference", query={"older": older, "newer": newer})
    typer.echo(found["diff"], nl=False)


def events(device: _Device, limit: _Limit = 50, shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    rows = ask("GET", f"/devices/{device}/events", query={"limit": limit})["items"]
    columns = {"at": _("Time"), "kind": _("Kind"), "fields": _("Fields"), "detail": _("Detail")}
    print_rows(rows, columns, shape)
