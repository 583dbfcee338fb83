"""``fleet-agent doctor``: is the box well."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO
from agent.cli.poll import Format
from agent.cli.settings_of import CONFIG, read_settings
from agent.language import gettext as _

_FORMAT = Annotated[
    Format, typer.Option("--format", help=_("table for people, json for programs."))
]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("doctor", help=_DOCTOR_HELP)(doctor)


_DOCTOR_HELP = _(
    "Say in words what is wrong with this box and what to do.\n\nExample: fleet-agent doctor"
)


def doctor(
    state_dir: Annotated[
        Path | None, typer.Option(help=_("Where the box keeps its state."))
    ] = None,
    format_: _FORMAT = Format.table,
    config: CONFIG = None,
) -> None:
    from agent.diagnosis import as_json, diagnose  # noqa: PLC0415  (keeps --help quick)

    findings = list(diagnose(read_settings(config, state_dir=state_dir)))
    if format_ is Format.json:
        typer.echo(as_json(findings))
    else:
        for finding in findings:
            typer.echo(f"{'✓' if finding.ok else '✗'} {finding.message}")
            if finding.advice:
                typer.echo(f"  → {finding.advice}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else ANSWER_IS_NO)
