"""``fleet-agent drivers``: what device families are known, and whether your own file is sound."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import OK, WRONG_USE
from agent.cli.poll import Format
from agent.language import gettext as _


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="drivers", no_args_is_help=True, help=_("Device families this agent knows.")
    )
    group.command("list", help=_LIST_HELP)(list_)
    group.command("check", help=_CHECK_HELP)(check)
    app.add_typer(group)


_LIST_HELP = _("List the definitions.\n\nExample: fleet-agent drivers list --format json")
_CHECK_HELP = _(
    "Validate a definition or MQTT profile of your own."
    "\n\nExample: fleet-agent drivers check our_switch.yaml"
)


def list_(
    definitions: Annotated[
        Path | None,
        typer.Option(envvar="FLEET_AGENT_DEFINITIONS", help=_("A folder of your own definitions.")),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help=_("table for people, json for programs."))
    ] = Format.table,
) -> None:
    import json  # noqa: PLC0415  (keeps --help quick)

    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from drivers.definitions import DefinitionError  # noqa: PLC0415
    from drivers.mqtt.profiles import ProfileError  # noqa: PLC0415
    from drivers.registry import known_drivers  # noqa: PLC0415

    try:
        entries = known_drivers(definitions)
    except (DefinitionError, ProfileError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(WRONG_USE) from None
    if format_ is Format.json:
        typer.echo(json.dumps([entry.as_dict() for entry in entries], ensure_ascii=False, indent=1))
        return
    table = Table(_("Name"), _("Protocol"), _("Covers"), _("Tried on"))
    proofs = {"recording": _("recorded output"), "documentation": _("documentation only")}
    for entry in entries:
        table.add_row(entry.name, entry.protocol, entry.title, proofs[entry.proven])
    Console().print(table, markup=False)


def check(
    file: Annotated[Path, typer.Argument(help=_("A definition in YAML."))],
) -> None:
    from drivers.definitions import (  # noqa: PLC0415  (keeps --help quick)
        DefinitionError,
        builtin_definitions,
        read_definition,
    )
    from drivers.definitions.check import problems_of  # noqa: PLC0415
    from drivers.mqtt.profiles import ProfileError, is_profile, read_profile  # noqa: PLC0415

    try:
        if is_profile(file):
            profile = read_profile(file)
            typer.echo(_("{file}: {name} is sound.").format(file=file, name=profile.name))
            raise typer.Exit(OK)
        definition = read_definition(file)
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(WRONG_USE) from None
    except (DefinitionError, ProfileError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    problems = problems_of(definition, builtin_definitions())
    for problem in problems:
        typer.echo(f"{file}: {problem}", err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(_("{file}: {name} is sound.").format(file=file, name=definition.name))
    raise typer.Exit(OK)
