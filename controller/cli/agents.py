"""``fleet agents``: the boxes in schools, how they are, and what they are told to do."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli.exits import ANSWER_IS_NO, WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_KINDS = (
    "poll_now, rediscover, back_up_configuration, run_speed_test, send_log_bundle, restart,"
    " enable_port, disable_port, cycle_poe"
)
_PENDING = ("queued", "sent")
_LOOK_SECONDS = 0.5
WaitOption = Annotated[
    float, typer.Option("--wait", help=_("Seconds to wait for the result; 0: not at all."), min=0)
]


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(name="agents", no_args_is_help=True, help=_("The boxes in schools."))
    group.command("list", help=_LIST)(list_agents)
    group.command("token", help=_TOKEN)(invite)
    group.command("revoke", help=_REVOKE)(revoke)
    group.command("command", help=_COMMAND)(command)
    group.command("commands", help=_COMMANDS)(list_commands)
    group.command("logs", help=_LOGS)(logs)
    app.add_typer(group)


_LIST = _("List the boxes in schools and how they are.\n\nExample: fleet agents list")
_TOKEN = _(
    "Make a one-time token with which one box joins; it is shown this once."
    "\n\nExample: fleet agents token --school 330483-01"
)
_REVOKE = _(
    "Shut a box out: its key is worth nothing from now on, and it forgets what it knows."
    "\n\nExample: fleet agents revoke a01jd3k6m2w8x4zq7"
)
_COMMAND = _(
    "Tell a box to do something now, and say what came of it; exit 1 when it was not done."
    "\n\nExample: fleet agents command poll_now --subject d01jd3k6m2w8x4zq7"
)
_COMMANDS = _(
    "List what boxes were told to do, the latest first."
    "\n\nExample: fleet agents commands --agent a01jd3k6m2w8x4zq7"
)
_LOGS = _(
    "Have a box send its log, settings and diagnosis (a tar.zst without secrets)."
    "\n\nExample: fleet agents logs a01jd3k6m2w8x4zq7 --out box.tar.zst"
)


def list_agents(shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    columns = {
        "id": "id",
        "name": _("Name"),
        "health": _("Status"),
        "schools": _("Schools"),
        "version": _("Version"),
        "last_batch_at": _("Last batch"),
        "spool_batches": _("Waiting batches"),
        "spool_dropped": _("Dropped"),
        "clock_skew_seconds": _("Clock"),
        "commands_pending": _("Commands under way"),
        "key": _("Key"),
    }
    rows = ask("GET", "/agents")["items"]
    for row in rows:
        row["clock_skew_seconds"] = round(row["clock_skew_seconds"], 1)
        row["key"] = _key(row["key_fingerprint"], row["key_made_at"])
    print_rows(rows, columns, shape)


def _key(fingerprint: str | None, made_at: str | None) -> str:
    """The beginning of the fingerprint, which is enough to compare by eye, and the key's age."""
    from datetime import UTC, datetime  # noqa: PLC0415

    if not fingerprint or not made_at:
        return _("none: it has to join again")
    days = (datetime.now(UTC) - datetime.fromisoformat(made_at)).days
    return _("{fingerprint}, {days} days old").format(fingerprint=fingerprint[:12], days=days)


def invite(
    school: Annotated[
        list[str] | None, typer.Option(help=_("Code of a school it serves; repeatable."))
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help=_("Id of a box that shall join anew, as who it was."))
    ] = None,
    hours: Annotated[float, typer.Option(help=_("How long the token is good."))] = 168.0,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    if not school and not agent:
        fail(_("Name the schools with --school, or a box with --agent."), WRONG_USE)
    body = {"schools": school or [], "hours": hours, "agent": agent}
    typer.echo(ask("POST", "/agents/tokens", body=body)["token"])


def revoke(agent: Annotated[str, typer.Argument(help=_("Id of the box."))]) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    made = ask("POST", f"/agents/{agent}/revoke")
    typer.echo(_("{agent} can no longer write.").format(agent=made["id"]), err=True)


def command(
    *,
    kind: Annotated[str, typer.Argument(help=_KINDS)],
    agent: Annotated[
        str | None, typer.Option(help=_("Id of the box; that of the subject's school by default."))
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help=_("Id of a device, or of a line to test."))
    ] = None,
    port: Annotated[
        str, typer.Option(help=_("Of an order: the port, as the device calls it."))
    ] = "",
    reason: Annotated[str, typer.Option(help=_("Of an order: why; it is kept for good."))] = "",
    ticket: Annotated[str, typer.Option(help=_("Of an order: the ticket it belongs to."))] = "",
    wait: WaitOption = 120.0,
    shape: FormatOption = Format.table,
) -> None:
    if agent is None and subject is None:
        fail(_("Name the box with --agent, or what it is about with --subject."), WRONG_USE)
    body = {
        "kind": kind,
        "agent": agent,
        "subject": subject,
        "port": port,
        "reason": reason,
        "ticket": ticket,
    }
    told = give(body, wait)
    print_rows([told], _columns(), shape)
    if told["state"] not in ("done", *_PENDING):
        raise typer.Exit(ANSWER_IS_NO)


def list_commands(
    agent: Annotated[str | None, typer.Option(help=_("Id of the box."))] = None,
    subject: Annotated[
        str | None, typer.Option(help=_("Id of a device, or of a line to test."))
    ] = None,
    limit: Annotated[int, typer.Option(help=_("Rows at most."), min=1, max=500)] = 50,
    shape: FormatOption = Format.table,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    query: dict[str, str | int | list[str]] = {"limit": limit}
    query |= {k: v for k, v in (("agent", agent), ("subject", subject)) if v}
    print_rows(ask("GET", "/commands", query=query)["items"], _columns(), shape)


def logs(
    agent: Annotated[str, typer.Argument(help=_("Id of the box."))],
    out: Annotated[Path, typer.Option(help=_("File to write."))],
    wait: WaitOption = 120.0,
) -> None:
    from controller.cli.service import fetch  # noqa: PLC0415

    told = give({"kind": "send_log_bundle", "agent": agent}, wait)
    if told["state"] != "done":
        fail(_("{agent}: {state} {detail}").format(agent=agent, **told), ANSWER_IS_NO)
    try:
        out.write_bytes(fetch(f"/commands/{told['id']}/attachment"))
    except OSError as error:
        fail(str(error), WRONG_USE)
    typer.echo(_("{file} is written.").format(file=out), err=True)


def give(body: dict[str, Any], wait: float) -> dict[str, Any]:
    """Give a command; the command as it is when it has ended, or when the time is over."""
    from controller.cli.service import ask  # noqa: PLC0415

    told: dict[str, Any] = ask("POST", "/commands", body=body)
    ends = time.monotonic() + wait
    while told["state"] in _PENDING and time.monotonic() < ends:
        time.sleep(_LOOK_SECONDS)
        told = ask("GET", f"/commands/{told['id']}")
    return told


def _columns() -> dict[str, str]:
    return {
        "id": "id",
        "agent_id": _("Agent"),
        "kind": _("Command"),
        "subject": _("Subject"),
        "state": _("State"),
        "created_by": _("By"),
        "created_at": _("Given"),
        "ended_at": _("Ended"),
        "detail": _("Detail"),
        "result": _("Result"),
    }
