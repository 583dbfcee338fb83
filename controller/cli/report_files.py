"""``fleet report district``: a report as a file, computed now and signed by nobody."""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.language import language_of

_PREVIEW = "/reports/preview"
#: Seconds between two looks at a run of a controller, and how many there are: ten minutes.
_EVERY, _LOOKS = 1.0, 600


class Shape(StrEnum):
    """What a report is written as."""

    pdf = "pdf"
    docx = "docx"
    xlsx = "xlsx"
    csv = "csv"
    json = "json"
    zip = "zip"


class Kind(StrEnum):
    """What a report is about."""

    month = "month"
    year = "year"


def register(group: typer.Typer) -> None:
    """Add the command to the group of reports."""
    group.command("district", help=_DISTRICT)(district)
    group.command("annual", help=_ANNUAL)(annual)


_DISTRICT = _(
    "Write a draft of a bureau's or a school's report: PDF, DOCX, XLSX, CSV, JSON, or open data"
    " (zip)."
    "\n\nExample: fleet report district --org 3304 --from 2026-09-01 --to 2026-09-30 --format pdf"
    " --out report.pdf"
)


_ANNUAL = _(
    "Write a draft of the annual development report, as of ``district --kind year``."
    "\n\nExample: fleet report annual --org 3304 --from 2026-01-01 --to 2026-12-31 --format docx"
    " --out report.docx"
)
_Org = Annotated[str, typer.Option(help=_("Code of a bureau or a school."))]
_First = Annotated[str, typer.Option("--from", help=_("First day, such as 2026-09-01."))]
_Last = Annotated[str, typer.Option("--to", help=_("Last day, included."))]
_Out = Annotated[Path, typer.Option("--out", "--output", help=_("File to write."))]
_Shape = Annotated[Shape, typer.Option("--format", help=_("What to write."))]
_Internet = Annotated[
    list[str] | None,
    typer.Option(help=_("Test server outside the education network; repeatable.")),
]


def annual(
    *,
    org: _Org,
    first: _First,
    last: _Last,
    out: _Out,
    shape: _Shape = Shape.pdf,
    internet: _Internet = None,
) -> None:
    district(
        org=org, first=first, last=last, out=out, kind=Kind.year, shape=shape, internet=internet
    )


def district(
    *,
    org: _Org,
    first: _First,
    last: _Last,
    out: _Out,
    kind: Annotated[
        Kind, typer.Option(help=_("A month, or the annual development report."))
    ] = Kind.month,
    shape: _Shape = Shape.pdf,
    internet: _Internet = None,
) -> None:
    from controller.cli.service import fetch  # noqa: PLC0415 - keeps --help quick

    query: dict[str, Any] = {"org": org, "from": first, "to": last}
    query |= {"kind": kind.value, "format": shape.value, "lang": language_of(os.environ)}
    query |= {"internet": internet} if internet else {}
    if os.environ.get("FLEET_URL"):
        content = _in_background(query)
    else:
        content = fetch(_PREVIEW, query, metrics=True)
    try:
        out.write_bytes(content)
    except OSError as error:
        fail(str(error), WRONG_USE)
    typer.echo(_("{file} is written.").format(file=out), err=True)


def _in_background(query: dict[str, Any]) -> bytes:
    """The file of a run of the controller, which writes it as long as that takes."""
    from controller.cli.service import ask, fetch  # noqa: PLC0415

    run = ask("POST", f"{_PREVIEW}/runs", query=query)
    for _look in range(_LOOKS):
        if run["state"] != "running":
            break
        time.sleep(_EVERY)
        run = ask("GET", f"/export-runs/{run['id']}")
    if run["state"] == "running":
        fail(_("The controller still writes it: look again later."), OTHER_SIDE_FAILED)
    if run["state"] != "done":
        fail(_("The controller could not write the report; its log says why."), ANSWER_IS_NO)
    return fetch(f"/export-runs/{run['id']}/file")
