"""``fleet-agent listen``: whom an MQTT broker knows, as one document a device."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from agent.cli.poll import Format
from agent.language import gettext as _

if TYPE_CHECKING:
    from drivers.mqtt.profiles import Profiles
    from drivers.plan import Broker
    from drivers.readings import Poll


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("listen", help=_LISTEN_HELP)(listen)


_LISTEN_HELP = _(
    "Listen to an MQTT broker and print every device heard, those announced for Home Assistant too."
    "\n\nExample: fleet-agent listen --broker mqtt://192.0.2.5 --seconds 30"
)


def listen(
    broker: Annotated[str, typer.Option(help=_("mqtt://HOST[:PORT] or mqtts://HOST[:PORT]."))],
    *,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=86_400.0, help=_("How long to listen."))
    ] = 10.0,
    username: Annotated[str | None, typer.Option(help=_("User name at the broker."))] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="FLEET_AGENT_MQTT_PASSWORD", help=_("Password at the broker.")),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help=_("Certificates (PEM) to trust for mqtts://."))
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help=_("Our certificate (PEM), if the broker wants one."))
    ] = None,
    key: Annotated[Path | None, typer.Option(help=_("The key (PEM) of our certificate."))] = None,
    discovery_prefix: Annotated[
        str, typer.Option(help=_("Below which topic Home Assistant devices announce themselves."))
    ] = "homeassistant",
    announce: Annotated[
        bool,
        typer.Option(
            "--announce",
            help=_("Send Home Assistant's birth message, for devices that wait for it."),
        ),
    ] = False,
    definitions: Annotated[
        Path | None,
        typer.Option(envvar="FLEET_AGENT_DEFINITIONS", help=_("A folder of your own definitions.")),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help=_("table for people, json for programs."))
    ] = Format.json,
) -> None:
    import logging  # noqa: PLC0415  (keeps --help quick)

    from agent.documents import as_json, print_tables  # noqa: PLC0415
    from agent.heard import documents  # noqa: PLC0415
    from agent.signals import run  # noqa: PLC0415
    from drivers.mqtt.profiles import ProfileError, profiles_with  # noqa: PLC0415
    from drivers.mqtt.session import BadBrokerUrl, BadCertificate  # noqa: PLC0415
    from drivers.plan import Broker  # noqa: PLC0415

    # What there is to say is said below, in one line.
    logging.getLogger("drivers.mqtt").addHandler(logging.NullHandler())
    wanted = Broker(
        broker,
        username,
        password,
        ca=_text(ca),
        certificate=_text(cert),
        key=_text(key),
        discovery_prefix=discovery_prefix,
        announce=announce,
    )
    try:
        polls, reason = run(_listen(wanted, seconds, profiles_with(definitions)))
    except BadBrokerUrl:
        fail(_("{url}: expected mqtt://HOST or mqtts://HOST.").format(url=broker), WRONG_USE)
    except (BadCertificate, ProfileError) as error:
        fail(str(error), WRONG_USE)
    if reason is not None:
        message = _("{url}: {reason}; is the broker running, and the log-in right?")
        fail(message.format(url=broker, reason=reason), OTHER_SIDE_FAILED)
    heard = documents(polls)
    if format_ is Format.json:
        typer.echo(as_json(heard))
    else:
        for document in heard:
            print_tables(document)
    if not heard:
        typer.echo(_("No device was heard in {seconds:g} s.").format(seconds=seconds), err=True)
        raise typer.Exit(ANSWER_IS_NO)


def _text(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", WRONG_USE)


async def _listen(
    broker: "Broker", seconds: float, profiles: "Profiles"
) -> tuple[list["Poll"], str | None]:
    """Polls heard, and why the broker was never there (``None`` when it was)."""
    import asyncio  # noqa: PLC0415  (keeps --help quick)

    from drivers.mqtt.listen import listen as listen_to  # noqa: PLC0415 (keeps --help quick)

    polls: list[Poll] = []
    state: list[str | None] = [_("no answer")]

    def connection(reason: str | None) -> None:
        # Once connected, a connection lost later does not take back what was heard.
        if state[0] is not None:
            state[0] = reason

    try:
        async with asyncio.timeout(seconds):
            await listen_to(broker, None, polls.append, on_connection=connection, profiles=profiles)
    except TimeoutError:
        return polls, state[0]
    return polls, state[0]
