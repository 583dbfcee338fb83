"""Reading the settings for a command: file, environment, and a sentence when they are wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import WRONG_USE, fail
from agent.language import gettext as _

if TYPE_CHECKING:
    from agent.centre.sealing import Sealer
    from agent.settings import AgentSettings

CONFIG = Annotated[
    Path | None,
    typer.Option(
        "--config", help=_("A file of FLEET_AGENT_NAME=value lines; the environment comes first.")
    ),
]


def read_settings(config: Path | None, **given: object) -> "AgentSettings":
    """Settings from the environment and ``config``; ``given`` outranks both.

    Raises:
        typer.Exit: they are wrong; one line has been printed.
    """
    from agent.settings import SettingsWrong, read  # noqa: PLC0415  (keeps --help quick)

    if config is not None and not config.is_file():
        fail(_("{file}: no such file.").format(file=config), WRONG_USE)
    try:
        return read(config, **given)
    except (SettingsWrong, OSError) as error:
        fail(str(error), WRONG_USE)


def private_state_dir(settings: "AgentSettings") -> None:
    """Make the state directory, or say that it cannot be used."""
    from agent.centre.private_files import private_directory  # noqa: PLC0415

    try:
        private_directory(settings.state_dir)
    except OSError as error:
        fail(
            _("{folder}: {reason}; set FLEET_AGENT_STATE_DIR to a folder of your own.").format(
                folder=settings.state_dir, reason=error.strerror
            ),
            WRONG_USE,
        )


def box_sealer(settings: "AgentSettings") -> "Sealer":
    """What seals this box's secrets; its key is made where there is none yet."""
    from agent.centre.sealing import sealer_of  # noqa: PLC0415

    try:
        return sealer_of(settings.state_dir, settings.box_key_file, create=True)
    except OSError as error:
        fail(
            _("The key of the box cannot be used: {reason}").format(reason=error),
            WRONG_USE,
        )
