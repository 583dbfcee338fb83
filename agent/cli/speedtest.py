"""``fleet-agent speedtest``: how fast the line is now, by LibreSpeed or iperf3."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from agent.cli.poll import Format
from agent.language import gettext as _

if TYPE_CHECKING:
    from drivers.speedtest import Progress, SpeedResult

_HELP = _(
    "Test the line once against a LibreSpeed-compatible server, or an iperf3 server."
    "\n\nExample: fleet-agent speedtest https://fleet.example.edu.cn/speedtest --format json"
    "\n\nExample: fleet-agent speedtest iperf3://iperf.example.edu.cn --seconds 12"
)
_SCHEMES = ("http://", "https://", "iperf3://")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("speedtest", help=_HELP)(speedtest)


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
    format_: Annotated[
        Format, typer.Option("--format", help=_("table for people, json for programs."))
    ] = Format.table,
) -> None:
    import ssl  # noqa: PLC0415  (keeps --help quick)

    from agent.signals import run  # noqa: PLC0415
    from drivers.errors import DriverError, Malformed  # noqa: PLC0415
    from drivers.speedtest import measure  # noqa: PLC0415
    from drivers.speedtest.iperf3 import measure_iperf3  # noqa: PLC0415

    if not url.startswith(_SCHEMES):
        fail(_("{url}: give an http, https or iperf3 address.").format(url=url), WRONG_USE)
    cap = None if cap_mbit is None else int(cap_mbit * 1e6)
    watch = _progress if sys.stderr.isatty() else None
    try:
        if url.startswith("iperf3://"):
            test = measure_iperf3(
                url, seconds=seconds, cap_bits_per_second=cap, streams=streams, watch=watch
            )
        else:
            tls = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
            test = measure(
                url, seconds=seconds, cap_bits_per_second=cap, streams=streams, tls=tls, watch=watch
            )
        result = run(test)
    except Malformed as error:
        _end_progress(watch is not None)
        fail(_("{url}: {reason}").format(url=url, reason=error.detail), OTHER_SIDE_FAILED)
    except DriverError as error:
        _end_progress(watch is not None)
        fail(
            _(
                "{url}: no test came about ({outcome}: {reason}); the line or the server is down."
            ).format(url=url, outcome=error.code.value, reason=error.detail),
            ANSWER_IS_NO,
        )
    except OSError as error:
        fail(f"{ca_file}: {error.strerror or error}", WRONG_USE)
    _end_progress(watch is not None)
    _print(result, format_)


def _progress(progress: "Progress") -> None:
    """One line on the terminal, written over and over."""
    names = {"latency": _("Round trip"), "download": _("Download"), "upload": _("Upload")}
    line = f"{names[progress.direction]}  {progress.seconds:4.1f} s"
    if progress.bits_per_second:
        line += f"  {progress.bits_per_second / 1e6:.2f} Mbit/s"
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()


def _end_progress(shown: bool) -> None:
    if shown:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _print(result: "SpeedResult", format_: Format) -> None:
    import dataclasses  # noqa: PLC0415  (keeps --help quick)
    import json  # noqa: PLC0415

    if format_ is Format.json:
        document = dataclasses.asdict(result) | {"fault": result.fault}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    from rich.console import Console  # noqa: PLC0415  (keeps --help quick)
    from rich.table import Table  # noqa: PLC0415

    typer.echo(
        _("Server: {url} ({method}, {streams} streams)").format(
            url=result.server, method=result.method, streams=result.streams
        )
    )
    table = Table("", "Mbit/s", _("Bytes"), _("Seconds"))
    for label, flow in ((_("Download"), result.download), (_("Upload"), result.upload)):
        rate = "-" if flow.bits_per_second is None else f"{flow.bits_per_second / 1e6:.2f}"
        table.add_row(label, rate, f"{flow.counted_bytes:,}", f"{flow.seconds:.1f}")
    Console(soft_wrap=True).print(table)
    if result.latency_seconds is not None and result.jitter_seconds is not None:
        typer.echo(
            _("Round trip: {latency} ms, jitter {jitter} ms").format(
                latency=f"{result.latency_seconds * 1000:.1f}",
                jitter=f"{result.jitter_seconds * 1000:.1f}",
            )
        )
    if result.fault:
        typer.echo(result.fault, err=True)
