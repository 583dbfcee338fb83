"""``fleet-agent run`` and ``enrol``: the agent itself, and how it joins a controller."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OK, OTHER_SIDE_FAILED, WRONG_USE, fail
from agent.cli.settings_of import CONFIG, box_sealer, private_state_dir, read_settings
from agent.language import gettext as _
from agent.language import language_of

if TYPE_CHECKING:
    from agent.centre.enrolment import Enrolment
    from agent.centre.sealing import Sealer
    from agent.settings import AgentSettings


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("run", help=_RUN_HELP)(run)
    app.command("enrol", help=_ENROL_HELP)(enrol)


_RUN_HELP = _(
    "Run the agent until it is told to stop."
    "\n\nExample: fleet-agent run --config /etc/fleet-agent.env"
)
_ENROL_HELP = _(
    "Join a controller with a one-time token."
    "\n\nExample: fleet-agent enrol https://fleet.example.edu.cn --token ABCD-EFGH"
)


def run(config: CONFIG = None) -> None:
    from agent.centre.places import ENROLMENT_FILE  # noqa: PLC0415  (keeps --help quick)
    from agent.signals import hold  # noqa: PLC0415

    settings = read_settings(config)
    private_state_dir(settings)
    if settings.enrol_token or not (settings.state_dir / ENROLMENT_FILE).exists():
        _join_if_needed(settings)
    # The agent begins in a process of its own that has not loaded what commands need: 20 MB less.
    # It has the same process number: whoever started us notices nothing.
    arguments = [
        sys.executable,
        "-m",
        "agent.start",
        *(["--config", str(config)] if config else []),
    ]
    hold()
    os.execv(sys.executable, arguments)  # noqa: S606 - ourselves


def _join_if_needed(settings: "AgentSettings") -> None:
    from agent.centre import enrolment  # noqa: PLC0415  (keeps --help quick)

    if enrolment.load(settings.state_dir) is not None:
        return
    if not settings.enrol_token or not settings.controller_url:
        fail(
            _(
                "This box has not joined a controller: run fleet-agent enrol URL --token TOKEN,"
                " or set FLEET_AGENT_CONTROLLER_URL and FLEET_AGENT_ENROL_TOKEN."
            ),
            WRONG_USE,
        )
    sealer = box_sealer(settings)
    try:
        _join(settings, sealer, settings.controller_url, settings.enrol_token, patient=True)
    except KeyboardInterrupt:
        raise typer.Exit(OK) from None  # told to end before it had begun


def enrol(
    url: Annotated[str, typer.Argument(help=_("Address of the controller."))],
    token: Annotated[
        str,
        typer.Option(envvar="FLEET_AGENT_ENROL_TOKEN", help=_("The token the bureau gave you.")),
    ],
    name: Annotated[
        str | None, typer.Option(help=_("What the box is called; its host name by default."))
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help=_("Where the box keeps its state."))
    ] = None,
    config: CONFIG = None,
) -> None:
    settings = read_settings(config, controller_url=url, name=name, state_dir=state_dir)
    private_state_dir(settings)
    sealer = box_sealer(settings)
    joined = _join(settings, sealer, settings.controller_url, token, patient=False)
    typer.echo(
        _("Joined {url} as {agent}; schools: {schools}. Now: fleet-agent run").format(
            url=joined.controller_url,
            agent=joined.agent_id,
            schools=", ".join(joined.schools) or "-",
        ),
        err=True,
    )


def _join(
    settings: "AgentSettings", sealer: "Sealer", url: str, token: str, *, patient: bool
) -> "Enrolment":
    """Enrol, or end with one line that says why not."""
    import time  # noqa: PLC0415  (keeps --help quick)

    from agent.centre import enrolment  # noqa: PLC0415
    from agent.centre.authorities import trust  # noqa: PLC0415
    from agent.signals import SIGNS  # noqa: PLC0415
    from agent.signals import run as run_until_interrupted  # noqa: PLC0415

    name = settings.name or socket.gethostname()
    try:
        chosen = trust(settings.ca_file)
        joining = enrolment.Joining(
            settings.state_dir,
            sealer,
            trusted=None if isinstance(chosen, bool) else chosen,
            # What the controller refuses is shown to whoever sits here.
            language=language_of(os.environ).replace("_", "-"),
            seconds=settings.uplink_timeout_seconds,
        )
        if patient:
            return run_until_interrupted(
                joining.join_patiently(url, token, name, now=time.time), SIGNS
            )
        return run_until_interrupted(joining.join(url, token, name, now=time.time()))
    except enrolment.EnrolmentRefused as error:
        fail(
            _("{url} does not take this token ({reason}): ask for a new one.").format(
                url=url, reason=error
            ),
            ANSWER_IS_NO,
        )
    except enrolment.Impostor:
        fail(
            _(
                "{url} does not show the certificate authority of this token: somebody may be in"
                " between, or the token is of another controller. Nothing was sent."
            ).format(url=url),
            ANSWER_IS_NO,
        )
    except enrolment.ControllerAway as error:
        fail(
            _("{url} cannot be reached ({reason}): check address and network.").format(
                url=url, reason=error
            ),
            OTHER_SIDE_FAILED,
        )
    except OSError as error:
        fail(str(error), WRONG_USE)
