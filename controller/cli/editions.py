"""``fleet report edition(s)``: editions of reports, and whether one is as it was frozen."""

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.exits import ANSWER_IS_NO, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_EDITIONS = "/report-editions"


def register(group: typer.Typer) -> None:
    """Add the commands to the group of reports."""
    group.command("editions", help=_LIST)(editions)
    group.command("edition", help=_ONE)(edition)


_LIST = _(
    "List editions of reports, the newest period first."
    "\n\nExample: fleet report editions --org 3304 --state draft"
)
_ONE = _(
    "Show an edition, save it as one file, or verify such a file: every part is hashed, every"
    " verdict judged again. Exit 1 when something is not as it was frozen."
    "\n\nExamples: fleet report edition ID --out edition.zip; fleet report edition --verify"
    " edition.zip"
)


def editions(
    *,
    org: Annotated[str, typer.Option(help=_("Code of a bureau or a school."))] = "",
    kind: Annotated[str, typer.Option(help=_("month or year."))] = "",
    state: Annotated[
        str, typer.Option(help=_("Such as draft, review or frozen."), metavar="STATE")
    ] = "",
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    named = {"place": org, "kind": kind, "state": state}
    query: dict[str, str | int | list[str]] = {key: text for key, text in named.items() if text}
    found = ask("GET", _EDITIONS, query=query | {"limit": 500})
    print_rows([_row(one) for one in found["items"]], _COLUMNS, shape)


def edition(
    *,
    edition_id: Annotated[str, typer.Argument(help=_("Id of the edition."), metavar="[ID]")] = "",
    out: Annotated[Path | None, typer.Option(help=_("Save all of it to this file."))] = None,
    verify: Annotated[
        Path | None, typer.Option(help=_("File of an edition to verify."), metavar="FILE")
    ] = None,
    sha256: Annotated[
        str, typer.Option(help=_("SHA-256 as printed or noted; compared with the file's."))
    ] = "",
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask, save  # noqa: PLC0415

    if verify is not None:
        _verify(verify, sha256, shape)
        return
    if not edition_id:
        fail(_("Say which edition, or --verify."), WRONG_USE)
    if out is not None:
        save(f"{_EDITIONS}/{edition_id}/package", {}, out)
        typer.echo(_("{file} is written.").format(file=out), err=True)
        return
    found = ask("GET", f"{_EDITIONS}/{edition_id}")
    print_rows([_row(found["edition"])], _COLUMNS, shape)
    if shape is Format.table:
        print_rows(found["documents"], _PARTS, shape)


_COLUMNS = {
    "id": _("Id"),
    "place": _("Place"),
    "kind": _("Kind"),
    "period": _("Period"),
    "number": _("Edition"),
    "state": _("Status"),
    "document_number": _("Document number"),
    "sha256": "SHA-256",
}
_PARTS = {"name": _("File"), "size": _("Bytes"), "sha256": "SHA-256"}


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"period": f"{one['first_day']} – {one['last_day']}"}


def _verify(path: Path, sha256: str, shape: Format) -> None:
    from controller.editions.package import package_differences  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            found, differences = package_differences(file, sha256.strip())
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}", WRONG_USE)
    typer.echo(f"SHA-256 {found}", err=True)
    if not differences:
        if shape is Format.json:
            typer.echo("[]")
        typer.echo(_("{file}: identical.").format(file=path), err=True)
        return
    columns = {"where": _("Place"), "said": _("The edition says"), "found": _("Found")}
    print_rows([one._asdict() for one in differences[:100]], columns, shape)
    line = _("{file}: {count} differences.")
    typer.echo(line.format(file=path, count=len(differences)), err=True)
    raise typer.Exit(ANSWER_IS_NO)
