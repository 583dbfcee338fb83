"""``fleet import``, ``fleet export``, ``fleet labels``: tables in and out, labels to stick on."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.language import language_of
from controller.cli.output import Format, FormatOption, print_rows

if TYPE_CHECKING:
    from rich.progress import Progress

_LAYOUTS = (
    *("devices", "schools", "rooms", "lines", "figures", "staff", "calendar", "hours"),
    *("blackouts", "outlets", "catalogue", "repairs"),
)
#: All of them.
_REGISTER = "register"
_Layout = Annotated[
    str, typer.Argument(help=", ".join(_LAYOUTS), metavar="TABLE", show_default=False)
]
_School = Annotated[str | None, typer.Option(help=_("Only of this school, by its code."))]
_Search = Annotated[str | None, typer.Option(help=_("Text the row contains."))]
_Kind = Annotated[str | None, typer.Option(help="switch, access_point, printer, ups, …")]
_SHOWN_FAULTS = 50
#: Between two looks at what a controller writes.
_LOOK_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("import", help=_IMPORT)(import_table)
    app.command("export", help=_EXPORT)(export_table)
    app.command("labels", help=_LABELS)(labels)


_IMPORT = _(
    "Bring a table (XLSX or CSV) into the register: all of it, or nothing and a line for each"
    " thing that is wrong; exit 1 then.\n\nExample: fleet import devices ledger.xlsx --dry-run"
)
_EXPORT = _(
    "Write a table of the register, or all of it as one workbook (register); the ending of the file"
    " decides between XLSX and CSV."
    "\n\nExample: fleet export devices --school SCH-1 --out devices.xlsx"
)
_LABELS = _(
    "Write QR labels of devices as PDF, for A4 sheets or a label printer."
    "\n\nExample: fleet labels --school SCH-1 --paper 50x30 --out labels.pdf"
)


def import_table(
    layout: _Layout,
    file: Annotated[Path, typer.Argument(help=_("XLSX or CSV."))],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only tell what would happen."))
    ] = False,
    school: Annotated[
        str | None, typer.Option(help=_("School of rows that name none, by its code."))
    ] = None,
    create_rooms: Annotated[
        bool, typer.Option("--create-rooms", help=_("Make rooms nobody has registered."))
    ] = False,
    replace_macs: Annotated[
        bool,
        typer.Option(
            "--replace-macs",
            help=_("Take hardware addresses from devices whose rows name others."),
        ),
    ] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=HEADING", help=_("What a column holds; says it for all of them.")
        ),
    ] = None,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.tables import brought  # noqa: PLC0415 - keeps --help quick

    _check(layout)
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(str(error), WRONG_USE)
    wishes = {
        "dry_run": dry_run,
        "school": school,
        "create_rooms": create_rooms,
        "replace_macs": replace_macs,
    }
    report = _shown(brought(layout, file.name, content, wishes, _mapping(column)))
    if shape is Format.json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _tell(report, shape)
    if report["faults_total"]:
        raise typer.Exit(ANSWER_IS_NO)


def export_table(
    layout: Annotated[
        str,
        typer.Argument(
            help=f"{', '.join(_LAYOUTS)}, {_REGISTER}", metavar="TABLE", show_default=False
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help=_("File to write: .xlsx or .csv."))],
    school: _School = None,
    search: _Search = None,
    kind: _Kind = None,
    status: Annotated[
        str | None, typer.Option(help="healthy, degraded, down, silent, unknown")
    ] = None,
    lifecycle: Annotated[str | None, typer.Option(help="in_service, in_stock, …")] = None,
) -> None:
    from controller.cli.service import save  # noqa: PLC0415

    if layout != _REGISTER:
        _check(layout)
    shape = out.suffix.lower().lstrip(".")
    if shape not in ("xlsx", "csv"):
        fail(_("{file}: the name ends with .xlsx or .csv").format(file=out), WRONG_USE)
    if layout == _REGISTER and shape != "xlsx":
        fail(_("{file}: several tables are one .xlsx").format(file=out), WRONG_USE)
    told = {"school": school, "search": search, "kind": kind, "status": status}
    query = {k: v for k, v in (told | {"lifecycle": lifecycle}).items() if v}
    if shape == "xlsx" and os.environ.get("FLEET_URL"):
        save(_written_there(layout, query), {}, out)
    else:
        path = "/exports" if layout == _REGISTER else f"/exports/{layout}"
        save(path, query | {"format": shape}, out)
    typer.echo(_("{file} is written.").format(file=out), err=True)


def labels(
    *,
    out: Annotated[Path, typer.Option(help=_("File to write."))],
    paper: Annotated[
        str, typer.Option(help="a4-24, a4-14, a4-65, 40x30, 50x30, 60x40, 70x50")
    ] = "a4-24",
    skip: Annotated[
        int, typer.Option(help=_("Places of the first sheet that are used up."), min=0, max=200)
    ] = 0,
    school: _School = None,
    search: _Search = None,
    kind: _Kind = None,
) -> None:
    from controller.cli.service import save  # noqa: PLC0415

    query = {"paper": paper, "skip": str(skip), "school": school, "search": search, "kind": kind}
    save("/labels", {k: v for k, v in query.items() if v}, out)
    typer.echo(_("{file} is written.").format(file=out), err=True)


def _written_there(layout: str, query: Mapping[str, str]) -> str:
    """Have a controller write a workbook in the background; where to fetch it when it is done."""
    from controller.cli.service import ask  # noqa: PLC0415

    wanted = {**query, "lang": language_of(os.environ)}
    run = ask("POST", f"/exports/{layout}/runs", query=wanted)
    with _bar() as bar:
        task = bar.add_task(_("Writing rows"), total=None)
        while run["state"] == "running":
            bar.update(task, completed=run["done"], total=run["total"] or None)
            time.sleep(_LOOK_SECONDS)
            run = ask("GET", f"/export-runs/{run['id']}")
    if run["state"] != "done":
        fail(_("the workbook could not be written; ask for it again"), OTHER_SIDE_FAILED)
    return f"/export-runs/{run['id']}/file"


def _check(layout: str) -> None:
    if layout not in _LAYOUTS:
        line = _("{name} is no table; expected one of {names}")
        fail(line.format(name=layout, names=", ".join(_LAYOUTS)), WRONG_USE)


def _mapping(columns: list[str] | None) -> dict[str, str] | None:
    if not columns:
        return None
    pairs = [column.partition("=") for column in columns]
    if not all(field and heading for field, _sign, heading in pairs):
        fail(_("--column FIELD=HEADING, such as asset_number=编号"), WRONG_USE)
    return {field: heading for field, _sign, heading in pairs}


def _shown(steps: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The report, after a progress bar on stderr where that is a terminal."""
    words = {"read": _("Reading rows"), "compare": _("Comparing rows"), "write": _("Writing rows")}
    bar = _bar()
    report: dict[str, Any] = {}
    with bar:
        task = bar.add_task(words["read"], total=None)
        for step in steps:
            if "problem" in step:
                bar.stop()
                problem = step["problem"]
                code = OTHER_SIDE_FAILED if problem["status"] >= 500 else ANSWER_IS_NO  # noqa: PLR2004
                fail(f"{problem['title']}: {problem['detail']}", code)
            if "phase" in step:
                bar.update(
                    task,
                    description=words[step["phase"]],
                    completed=step["done"],
                    total=step["total"] or None,
                )
            else:
                report = step
    if not report:
        broken = _("the answer broke off; look at the register before you try again")
        fail(broken, OTHER_SIDE_FAILED)
    return report


def _bar() -> "Progress":
    """Of rows, on stderr where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _tell(report: dict[str, Any], shape: Format) -> None:
    columns = {
        "line": _("Line"),
        "column": _("Column"),
        "value": _("Value"),
        "text": _("What is wrong"),
        "cure": _("What to do"),
    }
    if report["faults"]:
        faults = report["faults"] if shape is Format.csv else report["faults"][:_SHOWN_FAULTS]
        print_rows(faults, columns, shape)
    counts = _("{rows} rows: {created} new, {changed} changed, {unchanged} unchanged")
    typer.echo(counts.format(**report), err=True)
    if report["faults_total"]:
        line = _("{faults_total} things are wrong; nothing was written.")
    elif report["written"]:
        line = _("All of it is written.")
    else:
        line = _("Nothing is wrong. Without --dry-run it would be written.")
    typer.echo(line.format(**report), err=True)
