"""``fleet report``: verdicts on lines, with evidence that can be judged again."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.editions import register as register_editions
from controller.cli.exits import ANSWER_IS_NO, WRONG_USE, fail
from controller.cli.figures import register as register_figures
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows
from controller.cli.report_files import register as register_files

_REPORTS = "/reports/bandwidth"


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="report", no_args_is_help=True, help=_("Reports."))
    group.command("bandwidth", help=_BANDWIDTH)(bandwidth)
    register_figures(group)
    register_files(group)
    register_editions(group)
    app.add_typer(group)


_BANDWIDTH = _(
    "Judge the lines of a bureau's schools; exit 1 when one is not compliant. With --verify judge a"
    " bundle of evidence again; exit 1 when it differs."
    "\n\nExample: fleet report bandwidth --org 3304 --from 2026-09-01 --to 2026-09-30 --format csv"
)


def bandwidth(
    *,
    org: Annotated[str, typer.Option(help=_("Code of a bureau or a school."))] = "",
    first: Annotated[str, typer.Option("--from", help=_("First day, such as 2026-09-01."))] = "",
    last: Annotated[str, typer.Option("--to", help=_("Last day, included."))] = "",
    probe_seconds: Annotated[
        int, typer.Option(help=_("Seconds between two probes of a line."), min=1)
    ] = 60,
    internet: Annotated[
        list[str] | None,
        typer.Option(help=_("Test server outside the education network; repeatable.")),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help=_("Write the evidence to this file, too."))
    ] = None,
    out: Annotated[Path | None, typer.Option(help=_("File to write."))] = None,
    verify: Annotated[
        Path | None, typer.Option(help=_("Bundle of evidence to judge again."), metavar="BUNDLE")
    ] = None,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask, fetch  # noqa: PLC0415 - keeps --help quick

    if verify is not None:
        _verify(verify, shape)
        return
    if not (org and first and last):
        fail(_("Say --org, --from and --to, or --verify."), WRONG_USE)
    query: dict[str, Any] = {"org": org, "from": first, "to": last, "probe_seconds": probe_seconds}
    query |= {"internet": internet} if internet else {}
    if evidence is not None:
        _write(fetch(f"{_REPORTS}/evidence", query, metrics=True).decode(), evidence)
        typer.echo(_("{file} is written.").format(file=evidence), err=True)
    found = ask("GET", _REPORTS, query=query, metrics=True)
    if shape is Format.csv:
        table = fetch(f"{_REPORTS}.csv", query, metrics=True)
        _write(table.decode("utf-8-sig").replace("\r\n", "\n"), out)
    elif shape is Format.json:
        _write(json.dumps(found, ensure_ascii=False, indent=1), out)
    else:
        print_rows([_row(one) for one in found["schools"]], _COLUMNS, shape)
    typer.echo(", ".join(f"{state}: {n}" for state, n in found["states"].items()), err=True)
    if found["states"].get("non_compliant"):
        raise typer.Exit(ANSWER_IS_NO)


_COLUMNS = {
    "school": _("School"),
    "state": _("Status"),
    "target": _("Target"),
    "worst": _("Findings"),
}


def _row(school: dict[str, Any]) -> dict[str, Any]:
    targets = school["targets"]
    findings = [
        f"{one['demand']['target']} {name} {part['flow']}: {part['state']}"
        for one in targets
        for name in ("provisioned", "delivered")
        for part in one[name]
        if part["state"] != "compliant"
    ]
    findings += [
        f"{one['demand']['target']} available: {one['available']['state']}"
        for one in targets
        if one["available"]["state"] != "compliant"
    ]
    shown = [f"{one['demand']['target']}: {one['state']}" for one in targets]
    shown += [f"{one['target']}: {' '.join(one['pending'])}?" for one in school["pending"]]
    return {
        "school": school["school"],
        "state": school["state"] or "no_target",
        "target": shown,
        "worst": findings,
    }


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    try:
        out.write_text(text, encoding="utf-8-sig" if out.suffix == ".csv" else "utf-8")
    except OSError as error:
        fail(str(error), WRONG_USE)


def _verify(path: Path, shape: Format) -> None:
    from controller.compliance.evidence import MOST, verify  # noqa: PLC0415

    try:
        differences = verify(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}", WRONG_USE)
    if not differences:
        if shape is Format.json:
            typer.echo("[]")
        typer.echo(_("{file}: identical.").format(file=path), err=True)
        return
    columns = {"where": _("Place"), "said": _("The bundle says"), "found": _("Its inputs say")}
    print_rows([one._asdict() for one in differences[:MOST]], columns, shape)
    line = _("{file}: {count} differences.")
    typer.echo(line.format(file=path, count=len(differences)), err=True)
    raise typer.Exit(ANSWER_IS_NO)
