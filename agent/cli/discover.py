"""``fleet-agent discover``: what answers in a network, without a controller."""

import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.exits import ANSWER_IS_NO, OK, WRONG_USE, fail
from agent.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.discovery.look import Look
    from drivers.plan import NamedAccess
    from drivers.readings import Finding


class Shape(StrEnum):
    """How the list is printed."""

    table = "table"
    json = "json"
    csv = "csv"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("discover", help=_DISCOVER_HELP)(discover)


_DISCOVER_HELP = _(
    "Find the devices of a network: address, identity, driver that fits. Ctrl-C prints what was"
    " found so far.\n\nExample: fleet-agent discover 192.0.2.0/24 --community public"
)


def discover(
    ranges: Annotated[
        list[str], typer.Argument(help=_("Networks such as 192.0.2.0/24; at most a /16 each."))
    ],
    *,
    community: Annotated[
        list[str] | None,
        typer.Option(
            envvar="FLEET_AGENT_COMMUNITY",
            help=_("SNMP v2c community; repeatable, tried in this order."),
        ),
    ] = None,
    v3_user: Annotated[str | None, typer.Option(help=_("SNMP v3 user."))] = None,
    v3_auth: Annotated[
        str | None,
        typer.Option(envvar="FLEET_AGENT_V3_AUTH", help=_("PROTOCOL:SECRET, such as SHA-256:…")),
    ] = None,
    v3_priv: Annotated[
        str | None,
        typer.Option(envvar="FLEET_AGENT_V3_PRIV", help=_("PROTOCOL:SECRET, such as AES-128:…")),
    ] = None,
    version: Annotated[
        str, typer.Option("--version", help=_("SNMP version of the communities: 1 or 2c."))
    ] = "2c",
    port: Annotated[
        list[int] | None, typer.Option(min=1, max=65_535, help=_("UDP port; repeatable."))
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help=_("A network to leave alone; repeatable."))
    ] = None,
    seed: Annotated[
        list[str] | None,
        typer.Option(help=_("A device whose neighbours are asked for; repeatable.")),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=1.0, max=10_000.0, help=_("Packets a second, of everything."))
    ] = 150.0,
    crawl: Annotated[
        bool, typer.Option(help=_("Follow neighbours (LLDP, CDP, ARP) within the networks."))
    ] = True,
    hosts: Annotated[
        bool, typer.Option("--hosts", help=_("List hosts, too, that only answer pings."))
    ] = False,
    ping: Annotated[bool, typer.Option(help=_("Ping, where this box may."))] = True,
    definitions: Annotated[
        Path | None,
        typer.Option(envvar="FLEET_AGENT_DEFINITIONS", help=_("A folder of your own definitions.")),
    ] = None,
    shape: Annotated[
        Shape, typer.Option("--format", help=_("table for people; json or csv for programs"))
    ] = Shape.table,
) -> None:
    from agent.discovery.look import Look, Manner  # noqa: PLC0415  (keeps --help quick)
    from agent.discovery.memory import Memory  # noqa: PLC0415
    from agent.discovery.ranges import BadRange  # noqa: PLC0415
    from agent.signals import run  # noqa: PLC0415
    from drivers.definitions import DefinitionError, builtin_definitions  # noqa: PLC0415
    from drivers.plan import Discovery  # noqa: PLC0415

    accesses = _accesses(community, version, (v3_user, v3_auth, v3_priv))
    wanted = Discovery(
        school="",
        ranges=tuple(ranges),
        hosts=tuple(ranges) if hosts else (),
        exclude=tuple(exclude or ()),
        seeds=tuple(seed or ()),
        credentials=accesses,
        ports=tuple(port or (161,)),
        crawl=crawl,
        packets_per_second=rate,
    )
    bar = _bar()
    try:
        known = builtin_definitions()
        known = known.with_folder(definitions) if definitions is not None else known
        manner = Manner(definitions=known, ping=ping, progress=bar.advance)
        look = Look(wanted, (), memory=Memory(), tell=lambda _finding: None, manner=manner)
    except (BadRange, DefinitionError) as error:
        fail(str(error), WRONG_USE)
    summary = None
    # What was found before an interrupt is printed all the same.
    with bar, suppress(KeyboardInterrupt):
        summary = run(look.run())
    _print(look.findings, shape)
    _say(look, summary)
    raise typer.Exit(OK if look.findings else ANSWER_IS_NO)


def _accesses(
    communities: list[str] | None, version: str, user: tuple[str | None, str | None, str | None]
) -> "tuple[NamedAccess, ...]":
    from drivers.errors import AuthRejected  # noqa: PLC0415  (keeps --help quick)
    from drivers.plan import NamedAccess, SnmpAccess  # noqa: PLC0415
    from drivers.snmp.security import Authority, security_of  # noqa: PLC0415

    v3_user, v3_auth, v3_priv = user
    if v3_user is None and (v3_auth or v3_priv):
        fail(_("--v3-auth and --v3-priv need --v3-user."), WRONG_USE)
    if v3_priv and not v3_auth:
        fail(_("--v3-priv needs --v3-auth."), WRONG_USE)
    if version not in ("1", "2c"):
        fail(_("--version is 1 or 2c; version 3 is chosen by --v3-user."), WRONG_USE)
    if not communities and v3_user is None:
        communities = ["public"]
    # Named by their place: a community is a secret that has no business in a list.
    accesses = [
        NamedAccess(f"v{version} #{n}", SnmpAccess(version=version, community=one))
        for n, one in enumerate(communities or (), start=1)
    ]
    if v3_user is not None:
        access = SnmpAccess(version="3", user=v3_user, auth=v3_auth, priv=v3_priv)
        try:
            security_of(access, Authority())
        except AuthRejected as error:
            fail(str(error), WRONG_USE)
        accesses.append(NamedAccess(f"v3 {v3_user}", access))
    return tuple(accesses)


class _Bar:
    """A progress bar on a terminal's standard error; nothing where nobody looks."""

    def __init__(self, show: "Callable[[], Any]") -> None:
        self._show = show
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> None:
        self._progress = self._show()
        if self._progress is not None:
            self._progress.start()
            self._task = self._progress.add_task(_("Looking"), total=None)

    def __exit__(self, *_rest: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=max(done, total))


def _bar() -> _Bar:
    def show() -> Any:
        if not sys.stderr.isatty():
            return None
        from rich.console import Console  # noqa: PLC0415  (40 ms that --help does not need)
        from rich.progress import Progress  # noqa: PLC0415

        return Progress(console=Console(stderr=True), transient=True)

    return _Bar(show)


def _row(finding: "Finding") -> dict[str, Any]:
    from drivers.readings import Identity  # noqa: PLC0415

    told = finding.identity or Identity()
    return {
        "address": finding.address,
        "kind": told.kind.value,
        "vendor": told.vendor,
        "model": told.model,
        "serial": told.serial,
        "version": told.version,
        "name": told.name,
        "protocol": finding.protocol,
        "port": finding.port or None,
        "driver": finding.driver,
        "credential": finding.credential,
        "mac": finding.mac,
        "how": finding.how,
        "seen_from": finding.seen_from,
        "object_id": told.object_id,
        "description": told.description,
    }


def _print(findings: "Sequence[Finding]", shape: Shape) -> None:
    rows = sorted(map(_row, findings), key=lambda row: _place(row["address"]))
    if shape is Shape.json:
        import json  # noqa: PLC0415

        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif shape is Shape.csv:
        import csv  # noqa: PLC0415

        writer = csv.DictWriter(sys.stdout, list(_COLUMNS), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    elif rows:
        _table(rows)


_COLUMNS = (
    *("address", "kind", "vendor", "model", "serial", "version", "name", "protocol", "port"),
    *("driver", "credential", "mac", "how", "seen_from"),
)


def _place(address: str) -> tuple[int, int]:
    from ipaddress import ip_address  # noqa: PLC0415

    found = ip_address(address)
    return found.version, int(found)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from agent.words import kind_word  # noqa: PLC0415
    from drivers.readings import Kind  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        *(_("Address"), _("Kind"), _("Vendor"), _("Model"), _("Serial number"), _("Name")),
        *(_("Driver"), _("Credential")),
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        words = {**row, "kind": kind_word(Kind(row["kind"]))}
        names = ("address", "kind", "vendor", "model", "serial", "name", "driver", "credential")
        table.add_row(*(str(words[name] or "") for name in names))
    # A pipe has no width to keep to.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def _say(look: "Look", summary: Any) -> None:
    if summary is None:
        message = _("Interrupted: {found} devices were found so far.")
        typer.echo(message.format(found=len(look.findings)), err=True)
        return
    message = _(
        "{found} devices among {addresses} addresses ({alive} alive); {packets} packets in"
        " {seconds:.0f} s."
    )
    typer.echo(
        message.format(
            found=summary.found,
            addresses=summary.addresses,
            alive=summary.alive,
            packets=summary.packets,
            seconds=summary.seconds,
        ),
        err=True,
    )
    for problem in summary.problems:
        typer.echo(problem, err=True)
