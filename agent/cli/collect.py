"""``fleet-agent collect``: poll a list of devices without a controller."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, WRONG_USE, fail
from agent.cli.poll import Format
from agent.language import gettext as _

if TYPE_CHECKING:
    from agent.collect import RunSummary


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("collect", help=_HELP)(collect)


_HELP = _(
    "Poll the devices of a YAML list round by round and say what it cost."
    "\n\nExample: fleet-agent collect plan.yaml --rounds 3 --interval 60 --format json"
)


def collect(
    plan: Annotated[Path, typer.Argument(help=_("YAML file with a list of devices."))],
    *,
    rounds: Annotated[int, typer.Option(min=1, help=_("How often every device is polled."))] = 1,
    interval: Annotated[
        float, typer.Option(min=0.0, help=_("Seconds from round to round."))
    ] = 60.0,
    out: Annotated[
        Path | None, typer.Option(help=_("File for the polls, one line of JSON each."))
    ] = None,
    spool: Annotated[
        Path | None, typer.Option(help=_("Folder of a durable spool the batches are put into."))
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60.0, help=_("Seconds to wait for one answer."))
    ] = 2.0,
    retries: Annotated[
        int, typer.Option(min=0, max=10, help=_("How often to ask again for a lost answer."))
    ] = 2,
    concurrency: Annotated[
        int,
        typer.Option(min=1, max=5000, help=_("Devices being polled at the same moment.")),
    ] = 48,
    format_: Annotated[
        Format, typer.Option("--format", help=_("table for people, json for programs."))
    ] = Format.table,
) -> None:
    from agent.collect import collect as collected  # noqa: PLC0415  (keeps --help quick)
    from agent.collect_plan import BadPlan, read_collect_plan  # noqa: PLC0415
    from agent.signals import run  # noqa: PLC0415

    try:
        targets = read_collect_plan(plan)
    except BadPlan as error:
        fail(_("{file}: {reason}").format(file=plan, reason=error), WRONG_USE)
    try:
        summary = run(
            collected(
                targets,
                rounds=rounds,
                interval=interval,
                out=out,
                spool_dir=spool,
                timeout=timeout,
                retries=retries,
                concurrency=concurrency,
                round_done=_told,
            )
        )
    except OSError as error:
        fail(str(error), WRONG_USE)
    _print(summary, format_)
    raise typer.Exit(ANSWER_IS_NO if summary.failed == summary.polls else 0)


def _told(number: int, summary: "RunSummary") -> None:
    message = _("round {number} of {rounds}: {ok} answered, {failed} did not")
    typer.echo(
        message.format(number=number, rounds=summary.rounds, ok=summary.ok, failed=summary.failed),
        err=True,
    )


def _print(summary: "RunSummary", format_: Format) -> None:
    import msgspec  # noqa: PLC0415  (keeps --help quick)

    if format_ is Format.json:
        typer.echo(msgspec.json.encode(summary).decode())
        return
    for name, label in (
        ("devices", _("Devices")),
        ("rounds", _("Rounds")),
        ("polls", _("Polls")),
        ("ok", _("Answered")),
        ("failed", _("Failed")),
        ("varbinds", _("Values read")),
        ("readings", _("Readings")),
        ("seconds", _("Seconds")),
        ("cpu_seconds", _("CPU seconds")),
        ("max_rss_bytes", _("Largest memory, bytes")),
    ):
        typer.echo(f"{label}: {getattr(summary, name)}")
