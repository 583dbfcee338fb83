"""``fleet quarantine``: batches set aside because they could not be stored."""

import os
from pathlib import Path
from typing import Annotated

import typer

from controller.cli.exits import ANSWER_IS_NO, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_Ids = Annotated[list[str], typer.Argument(help=_("Ids of batches."))]


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="quarantine",
        no_args_is_help=True,
        help=_("Batches of agents that could not be stored."),
    )
    group.command("list", help=_LIST)(list_batches)
    group.command("download", help=_DOWNLOAD)(download)
    group.command("retry", help=_RETRY)(retry)
    group.command("discard", help=_DISCARD)(discard)
    group.command("undo", help=_UNDO)(undo)
    app.add_typer(group)


_LIST = _("List batches that were set aside, and why.\n\nExample: fleet quarantine list")
_DOWNLOAD = _(
    "Write the bytes of a batch to a file, as they travelled (MessagePack, zstd)."
    "\n\nExample: fleet quarantine download q01jd3k6m2w8x4zq7 --out batch.zst"
)
_RETRY = _(
    "Take batches in once more, after what was wrong was put right; exit 1 when one is refused"
    " again.\n\nExample: fleet quarantine retry q01jd3k6m2w8x4zq7"
)
_DISCARD = _(
    "Throw batches away; they can be taken back for a week."
    "\n\nExample: fleet quarantine discard q01jd3k6m2w8x4zq7"
)
_UNDO = _(
    "Take back batches that were thrown away.\n\nExample: fleet quarantine undo q01jd3k6m2w8x4zq7"
)


def list_batches(
    *,
    discarded: Annotated[
        bool, typer.Option("--discarded", help=_("Those that were thrown away."))
    ] = False,
    agent: Annotated[str | None, typer.Option(help=_("Id of the box."))] = None,
    limit: Annotated[int, typer.Option(help=_("Rows at most."), min=1, max=500)] = 500,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    query: dict[str, str | int | list[str]] = {"limit": limit}
    query |= {"discarded": "true"} if discarded else {}
    query |= {"agent": agent} if agent else {}
    columns = {
        "id": "id",
        "agent_id": _("Agent"),
        "agent_name": _("Name"),
        "kept_at": _("Set aside"),
        "reason": _("Reason"),
        "detail": _("Detail"),
        "size": _("Bytes"),
        "is_part": _("Rest stored"),
        "tries": _("Tries"),
    }
    print_rows(ask("GET", "/quarantine", query=query)["items"], columns, shape)


def download(
    batch: Annotated[str, typer.Argument(help=_("Id of the batch."))],
    out: Annotated[Path, typer.Option(help=_("File to write."))],
) -> None:
    from controller.cli.service import fetch  # noqa: PLC0415

    content = fetch(f"/quarantine/{batch}/content")
    try:
        out.write_bytes(content)
    except OSError as error:
        fail(str(error), WRONG_USE)
    typer.echo(_("{file} is written.").format(file=out), err=True)


def retry(batches: _Ids) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    if not os.environ.get("FLEET_URL"):
        fail(_("A running controller takes batches in: set FLEET_URL and FLEET_TOKEN."), WRONG_USE)
    refused = False
    for batch in batches:
        result = ask("POST", f"/quarantine/{batch}/retry")["result"]
        refused |= result == "refused"
        typer.echo(f"{batch}: {result}")
    if refused:
        raise typer.Exit(ANSWER_IS_NO)


def discard(batches: _Ids) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    for batch in batches:
        ask("DELETE", f"/quarantine/{batch}")
        typer.echo(_("{batch} is thrown away.").format(batch=batch), err=True)


def undo(batches: _Ids) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    for batch in batches:
        ask("POST", f"/quarantine/{batch}/undo")
        typer.echo(_("{batch} waits again.").format(batch=batch), err=True)
