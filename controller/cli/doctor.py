"""``fleet doctor``: what is wrong, in words, and what to do."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from controller.cli.language import gettext as _

_SILENT = timedelta(minutes=5)
_SKEW_SECONDS = 30.0


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("doctor", help=_HELP)(doctor)


_HELP = _("Say what is wrong and what to do; exit 1 when something is.\n\nExample: fleet doctor")


def doctor() -> None:
    from controller.cli.exits import ANSWER_IS_NO  # noqa: PLC0415 - keeps --help quick
    from controller.cli.service import ask  # noqa: PLC0415

    faults = [] if os.environ.get("FLEET_URL") else list(_files())
    if not faults:
        faults += _agents(ask("GET", "/agents")["items"], datetime.now(UTC))
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(ANSWER_IS_NO)
    typer.echo(_("Nothing is wrong."))


def _files() -> Iterator[str]:
    """What is wrong with key and metric store of this machine; the database was looked at."""
    from controller.cli.files import require_database  # noqa: PLC0415
    from controller.errors import Unavailable  # noqa: PLC0415
    from controller.metrics.files import StoreInUse  # noqa: PLC0415
    from controller.settings import open_secret_box  # noqa: PLC0415
    from controller.stores import open_store  # noqa: PLC0415
    from drivers.readings import OUTCOME_METRIC  # noqa: PLC0415

    settings = require_database()
    try:
        open_secret_box(settings)
    except (OSError, ValueError) as error:
        yield _("The secret key: {why}").format(why=error)
    try:
        with closing(open_store(settings.metrics_url, settings)) as store:
            store.latest(["no such device"], [OUTCOME_METRIC], since=0)
    except StoreInUse:
        return  # a controller runs, as it should
    except (OSError, ValueError, Unavailable) as error:
        yield _("The metric store: {why}").format(why=error)


def _agents(agents: list[dict[str, Any]], now: datetime) -> Iterator[str]:
    for agent in agents:
        if agent["revoked_at"]:
            continue
        heard = agent["last_batch_at"]
        if heard is None:
            yield _("{agent} has enrolled but never sent a batch: is `fleet-agent run` up?").format(
                agent=agent["name"]
            )
        elif now - datetime.fromisoformat(heard) > _SILENT:
            yield _("{agent} is silent since {since}: look at its power and its line.").format(
                agent=agent["name"], since=heard
            )
        skew = agent["clock_skew_seconds"]
        if abs(skew) > _SKEW_SECONDS:
            yield _("The clock of {agent} is {seconds} s off: let it ask a time server.").format(
                agent=agent["name"], seconds=round(skew)
            )
        if agent["spool_fault"]:
            yield _(
                "The disk of {agent} takes no readings ({fault}), they wait in its memory: make"
                " room there, or replace it."
            ).format(agent=agent["name"], fault=agent["spool_fault"])
        if agent["spool_set_aside"]:
            yield _(
                "{agent} has set a damaged spool aside: its disk or SD card may be failing."
            ).format(agent=agent["name"])
        if agent["spool_dropped"]:
            yield _(
                "{agent} has dropped {count} batches with {readings} readings: its spool was full."
            ).format(
                agent=agent["name"],
                count=agent["spool_dropped"],
                readings=agent["spool_dropped_readings"],
            )
