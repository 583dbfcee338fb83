"""``fleet-agent spool status``: what is waiting for the controller."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, fail
from agent.cli.poll import Format
from agent.cli.settings_of import CONFIG, read_settings
from agent.language import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="spool", no_args_is_help=True, help=_("Readings that wait for the controller.")
    )
    group.command("status", help=_HELP)(status)
    group.callback()(_group)
    app.add_typer(group)


_HELP = _(
    "Say how many batches wait, since when, and how many were dropped."
    "\n\nExample: fleet-agent spool status --format json"
)


def _group() -> None:
    """Keep ``status`` a subcommand while it is the only one."""


def status(
    state_dir: Annotated[
        Path | None, typer.Option(help=_("Where the box keeps its state."))
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help=_("table for people, json for programs."))
    ] = Format.table,
    config: CONFIG = None,
) -> None:
    import json  # noqa: PLC0415  (keeps --help quick)
    import sqlite3  # noqa: PLC0415

    from agent.uplink.spool import SPOOL_FILE, read_status  # noqa: PLC0415

    path = read_settings(config, state_dir=state_dir).state_dir / SPOOL_FILE
    try:
        found = read_status(path)
    except FileNotFoundError:
        fail(_("{file}: no spool yet; the agent has not run here.").format(file=path), ANSWER_IS_NO)
    except (sqlite3.Error, OSError) as error:
        fail(
            _("{file}: unreadable ({reason}); the agent sets it aside when it starts.").format(
                file=path, reason=error
            ),
            ANSWER_IS_NO,
        )
    now = datetime.now(UTC)
    age = None if found.oldest_at is None else now.timestamp() - found.oldest_at / 1000
    rows = {
        "batches": (found.batches, _("Batches waiting")),
        "readings": (found.readings, _("Readings waiting")),
        "bytes": (found.bytes, _("Bytes waiting")),
        "oldest_age_seconds": (None if age is None else round(age, 1), _("Age of the oldest, s")),
        "dropped": (found.dropped, _("Batches dropped")),
        "dropped_readings": (found.dropped_readings, _("Readings dropped")),
        "epoch": (found.epoch, _("Epoch")),
        "last_sequence": (found.last_sequence, _("Last number given")),
        "set_aside": (list(found.set_aside), _("Damaged files set aside")),
    }
    if format_ is Format.json:
        typer.echo(json.dumps({name: value for name, (value, _label) in rows.items()}))
        return
    for value, label in rows.values():
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{label}: {'-' if shown in (None, '') else shown}")
