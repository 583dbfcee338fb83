"""``fleet-agent poll`` and ``replay``: one device, live or recorded, as one document."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OK, WRONG_USE, fail
from agent.language import gettext as _

if TYPE_CHECKING:
    from drivers.definitions import Definitions
    from drivers.readings import PollDocument


class Format(StrEnum):
    """How a document is printed."""

    table = "table"
    json = "json"


FORMAT = Annotated[Format, typer.Option("--format", help=_("table for people, json for programs."))]
_DEFINITIONS = Annotated[
    Path | None,
    typer.Option(
        "--definitions",
        envvar="FLEET_AGENT_DEFINITIONS",
        help=_("A folder of your own definitions; equal names replace the built-in ones."),
    ),
]
_DRIVER = Annotated[
    str, typer.Option("--driver", help=_("Definition to use; auto finds it by the object id."))
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("poll", help=_POLL_HELP)(poll)
    app.command("replay", help=_REPLAY_HELP)(replay)


_POLL_HELP = _(
    "Read one live device and print what it says."
    "\n\nExample: fleet-agent poll 192.0.2.10 --community public --format json"
)
_REPLAY_HELP = _(
    "Read a recording through the same drivers and print the same document."
    "\n\nExample: fleet-agent replay switch.snmprec --format json"
)


def poll(
    address: Annotated[str, typer.Argument(help=_("IP address or host name of the device."))],
    *,
    community: Annotated[
        str | None, typer.Option(envvar="FLEET_AGENT_COMMUNITY", help=_("SNMP v2c community."))
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
    v3_context: Annotated[str, typer.Option(help=_("SNMP v3 context name."))] = "",
    port: Annotated[int, typer.Option(min=1, max=65_535, help=_("UDP port."))] = 161,
    version: Annotated[
        str, typer.Option("--version", help=_("SNMP version: 1 or 2c; 3 with --v3-user."))
    ] = "2c",
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60.0, help=_("Seconds to wait for one answer."))
    ] = 2.0,
    retries: Annotated[
        int, typer.Option(min=0, max=10, help=_("How often to ask again for a lost answer."))
    ] = 2,
    driver: _DRIVER = "auto",
    definitions: _DEFINITIONS = None,
    format_: FORMAT = Format.table,
) -> None:
    from agent.polling import poll_live, resolve  # noqa: PLC0415  (keeps --help quick)
    from agent.signals import run  # noqa: PLC0415
    from drivers.plan import SnmpAccess  # noqa: PLC0415

    known = _definitions(definitions, driver)
    if v3_user is None and (v3_auth or v3_priv):
        fail(_("--v3-auth and --v3-priv need --v3-user."), WRONG_USE)
    if v3_user is not None and community is not None:
        fail(_("Give --community or --v3-user, not both."), WRONG_USE)
    if v3_user is None and version not in ("1", "2c"):
        fail(_("--version is 1 or 2c; version 3 is chosen by --v3-user."), WRONG_USE)
    if v3_priv and not v3_auth:
        fail(_("--v3-priv needs --v3-auth."), WRONG_USE)
    access = SnmpAccess(
        version=version if v3_user is None else "3",
        community=community or "public",
        user=v3_user,
        auth=v3_auth,
        priv=v3_priv,
        context=v3_context,
    )
    try:
        numeric = resolve(address)
    except OSError:
        fail(_("{address}: no such host; give an IP address.").format(address=address), WRONG_USE)
    try:
        document = run(
            poll_live(
                numeric,
                port,
                access,
                timeout=timeout,
                retries=retries,
                definitions=known,
                driver=driver,
            )
        )
    except ValueError as error:
        fail(str(error), WRONG_USE)
    print_document(document, format_)
    raise typer.Exit(exit_code(document))


def replay(
    file: Annotated[Path, typer.Argument(help=_("A .snmprec file."))],
    driver: _DRIVER = "auto",
    definitions: _DEFINITIONS = None,
    format_: FORMAT = Format.table,
) -> None:
    from agent.polling import replay_file  # noqa: PLC0415  (keeps --help quick)
    from agent.signals import run  # noqa: PLC0415

    known = _definitions(definitions, driver)
    try:
        document, skipped, values = run(replay_file(file, definitions=known, driver=driver))
    except OSError as error:
        fail(f"{file}: {error.strerror}", WRONG_USE)
    if not values:
        fail(
            _("{file}: no line is oid|type|value; is it a recording?").format(file=file), WRONG_USE
        )
    if skipped:
        message = _("{file}: {count} lines could not be read and were left out.")
        typer.echo(message.format(file=file, count=skipped), err=True)
    print_document(document, format_)
    raise typer.Exit(exit_code(document))


def _definitions(folder: Path | None, driver: str) -> "Definitions":
    from drivers.definitions import DefinitionError, builtin_definitions  # noqa: PLC0415

    known = builtin_definitions()
    if folder is not None:
        if not folder.is_dir():
            fail(_("{folder}: no such folder.").format(folder=folder), WRONG_USE)
        try:
            known = known.with_folder(folder)
        except DefinitionError as error:
            fail(str(error), WRONG_USE)
    if driver != "auto" and driver not in known.names():
        message = _("No definition is named {name}; see fleet-agent drivers list.")
        fail(message.format(name=driver), WRONG_USE)
    return known


def exit_code(document: "PollDocument") -> int:
    from drivers.readings import ALIVE  # noqa: PLC0415

    return OK if document.outcome in ALIVE else ANSWER_IS_NO


def print_document(document: "PollDocument", format_: Format) -> None:
    from agent.documents import as_json, print_tables  # noqa: PLC0415

    if format_ is Format.json:
        typer.echo(as_json(document))
    else:
        print_tables(document)
