"""``fleet-agent doctor`` and ``speedtest``: is the box well, is the line well."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from agent.cli.poll import Format
from agent.cli.settings_of import CONFIG, read_settings
from agent.language import gettext as _

if TYPE_CHECKING:
    from drivers.speedtest import SpeedResult

_FORMAT = Annotated[
    Format, typer.Option("--format", help=_("table for people, json for programs."))
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("doctor", help=_DOCTOR_HELP)(doctor)
    app.command("speedtest", help=_SPEEDTEST_HELP)(speedtest)


_DOCTOR_HELP = _(
    "Say in words what is wrong with this box and what to do.\n\nExample: fleet-agent doctor"
)
_SPEEDTEST_HELP = _(
    "Test the line once against a LibreSpeed-compatible server."
    "\n\nExample: fleet-agent speedtest https://fleet.example.edu.cn/speedtest --format json"
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


def speedtest(
    url: Annotated[str, typer.Argument(help=_("Address of the test server."))],
    *,
    seconds: Annotated[
        float, typer.Option(min=2.0, max=15.0, help=_("Length of a direction."))
    ] = 10.0,
    cap_mbit: Annotated[
        float | None, typer.Option(min=0.1, help=_("Load the line with no more than this, Mbit/s."))
    ] = None,
    streams: Annotated[
        int, typer.Option(min=1, max=16, help=_("Connections at the same time."))
    ] = 4,
    ca_file: Annotated[
        Path | None,
        typer.Option(envvar="FLEET_AGENT_CA_FILE", help=_("Certificate authority, PEM.")),
    ] = None,
    format_: _FORMAT = Format.table,
) -> None:
    import asyncio  # noqa: PLC0415  (keeps --help quick)

    from agent.centre.authorities import trust  # noqa: PLC0415  (keeps --help quick)
    from drivers.errors import DriverError, Malformed  # noqa: PLC0415
    from drivers.speedtest import measure  # noqa: PLC0415

    if not url.startswith(("http://", "https://")):
        fail(_("{url}: give an http or https address.").format(url=url), WRONG_USE)
    try:
        result = asyncio.run(
            measure(
                url,
                seconds=seconds,
                cap_bits_per_second=None if cap_mbit is None else int(cap_mbit * 1e6),
                streams=streams,
                tls=trust(ca_file),
            )
        )
    except Malformed as error:
        fail(_("{url}: {reason}").format(url=url, reason=error.detail), OTHER_SIDE_FAILED)
    except DriverError as error:
        fail(
            _(
                "{url}: no test came about ({outcome}: {reason}); the line or the server is down."
            ).format(url=url, outcome=error.code.value, reason=error.detail),
            ANSWER_IS_NO,
        )
    except OSError as error:
        fail(str(error), WRONG_USE)
    _print(result, format_)


def _print(result: "SpeedResult", format_: Format) -> None:
    import dataclasses  # noqa: PLC0415  (keeps --help quick)
    import json  # noqa: PLC0415

    if format_ is Format.json:
        typer.echo(json.dumps(dataclasses.asdict(result), ensure_ascii=False))
        return
    typer.echo(_("Server: {url}").format(url=result.server))
    for label, rate in (
        (_("Download"), result.download_bits_per_second),
        (_("Upload"), result.upload_bits_per_second),
    ):
        typer.echo(f"{label}: {rate / 1e6:.1f} Mbit/s")
    typer.echo(
        _("Round trip: {latency} ms, jitter {jitter} ms").format(
            latency=f"{result.latency_seconds * 1000:.1f}",
            jitter=f"{result.jitter_seconds * 1000:.1f}",
        )
    )
    if result.fault:
        typer.echo(result.fault, err=True)
