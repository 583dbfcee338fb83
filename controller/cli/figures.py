"""``fleet report figures``: a bureau's figures as tables, and months computed again."""

import csv
import io
import json
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from controller.cli.exits import WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_BASE = "/compliance"


class DistrictTable(StrEnum):
    """Tables there are; names as the API has them."""

    groups = "groups"
    targets = "targets"
    trend = "trend"
    equity = "equity"
    weakest = "weakest"
    year = "year"
    outlets = "outlets"
    outlet_targets = "outlet-targets"


class _Shown(NamedTuple):
    """Where a table's JSON is, and what a terminal shows of its columns."""

    path: str
    columns: tuple[str, ...]


_COUNTS = ("compliant", "judged", "compliant_share", "non_compliant", "marginal", "unknown")
_SHOWN = {
    DistrictTable.groups: _Shown("groups", ("by", "key", "name", *_COUNTS)),
    DistrictTable.targets: _Shown("summary", ("standard", "target", *_COUNTS)),
    DistrictTable.trend: _Shown("trend", ("month", *_COUNTS)),
    DistrictTable.equity: _Shown(
        "equity",
        ("month", "between", "direction", "per_student", "better", "worse", "ratio", "gap"),
    ),
    DistrictTable.weakest: _Shown(
        "weakest", ("rank", "code", "name", "county", "standing", "share", "notes")
    ),
    DistrictTable.year: _Shown(
        "year", ("code", "name", "worst", "worst_month", "middle", "compliant", "judged")
    ),
    DistrictTable.outlets: _Shown(
        "outlets", ("organisation", "kind", "provider", "circuit", "down", "up", "ends_on")
    ),
    DistrictTable.outlet_targets: _Shown(
        "outlets", ("organisation", "standard", "target", "value", "unit", "found", "met")
    ),
}
_FIGURES = _(
    "Tell a bureau's month out of the kept verdicts: by county, stage, setting and provider; by"
    " target; month by month; equity; the weakest schools; outlets. With --recompute compute months"
    " again first; what a report has frozen stays."
    "\n\nExample: fleet report figures --org 3304 --month 2026-09 --table weakest --format csv"
)


def register(group: typer.Typer) -> None:
    """Add the command to the group of reports."""
    group.command("figures", help=_FIGURES)(figures)


def figures(
    *,
    org: Annotated[str, typer.Option(help=_("Code of a bureau or a school."))] = "",
    month: Annotated[str, typer.Option(help=_("Such as 2026-09; the newest if none."))] = "",
    months: Annotated[
        int, typer.Option(help=_("Months of trend, equity and year."), min=1, max=60)
    ] = 13,
    table: Annotated[DistrictTable, typer.Option(help=_("Which figures."))] = DistrictTable.groups,
    recompute: Annotated[
        bool, typer.Option("--recompute", help=_("Compute the month again first."))
    ] = False,
    since: Annotated[
        str, typer.Option("--from", help=_("With --recompute: from this month on."))
    ] = "",
    out: Annotated[Path | None, typer.Option(help=_("File to write."))] = None,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask, fetch  # noqa: PLC0415 - keeps --help quick

    if recompute:
        if not (org and month):
            fail(_("--recompute needs --org and --month."), WRONG_USE)
        _recompute(org, _between(since or month, month))
    query: dict[str, Any] = {"at": org, "months": months} | ({"month": month} if month else {})
    path, columns = _SHOWN[table]
    found = ask("GET", f"{_BASE}/summary", query={"at": org, **({"month": month} if month else {})})
    if shape is Format.json:
        answer = found if path == "summary" else ask("GET", f"{_BASE}/{path}", query=query)
        _write(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", out)
    else:
        text = fetch(f"{_BASE}/tables/{table}.csv", query).decode("utf-8-sig")
        if shape is Format.csv:
            _write(text.replace("\r\n", "\n"), out)
        else:
            rows = list(csv.DictReader(io.StringIO(text)))
            print_rows(rows, dict(zip(columns, columns, strict=True)), shape)
    typer.echo(_told(found), err=True)


def _told(found: dict[str, Any]) -> str:
    """The month in one line, with the unknown in words."""
    counts = found["counts"]
    line = _("{month}: {compliant} of {judged} schools comply; not known of {unknown}.").format(
        month=found["month"][:7], **counts
    )
    names = ("insufficient_data", "not_testable", "no_target")
    told = ", ".join(f"{name}: {counts[name]}" for name in names if counts[name])
    return f"{line} {told}".strip()


def _recompute(org: str, months: list[str]) -> None:
    """Month after month, with a bar on a terminal; each is an exchange of its own."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    from controller.cli.service import ask  # noqa: PLC0415

    console = Console(stderr=True)
    for month in track(
        months, _("Verdicts"), console=console, disable=not console.is_terminal, transient=True
    ):
        body = {"at": org, "month": month}
        done = ask("POST", f"{_BASE}/recompute", body=body, metrics=True)
        line = _("{month}: {written} verdicts written, {frozen} frozen by a report.")
        typer.echo(line.format(**done | {"month": month}), err=True)


def _between(first: str, last: str) -> list[str]:
    """Months from one to another, both included, at most five years of them."""
    try:
        start, end = (date.fromisoformat(f"{text}-01") for text in (first, last))
    except ValueError:
        fail(_("A month is written like 2026-09."), WRONG_USE)
    number = (end.year - start.year) * 12 + end.month - start.month + 1
    if not 1 <= number <= 60:  # noqa: PLR2004
        fail(_("Say 1 to 60 months, the first one first."), WRONG_USE)
    months = (start.year * 12 + start.month - 1 + step for step in range(number))
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in months]


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8-sig" if out.suffix == ".csv" else "utf-8")
    except OSError as error:
        fail(str(error), WRONG_USE)
