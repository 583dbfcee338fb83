"""``fleet-agent run`` and ``enrol``: the agent itself, and how it joins a controller."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, WRONG_USE, fail
from agent.cli.settings_of import CONFIG, private_state_dir, read_settings
from agent.language import gettext as _
from agent.language import language_of

if TYPE_CHECKING:
    from agent.centre.enrolment import Enrolment
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
    import asyncio  # noqa: PLC0415  (keeps --help quick)
    import logging  # noqa: PLC0415  (keeps --help quick)

    from agent.centre import enrolment  # noqa: PLC0415
    from agent.runner import AlreadyRunning, run_agent  # noqa: PLC0415
    from drivers.definitions import DefinitionError  # noqa: PLC0415

    settings = read_settings(config)
    private_state_dir(settings)
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    joined = enrolment.load(settings.state_dir)
    if joined is None:
        if settings.enrol_token is None or not settings.controller_url:
            fail(
                _(
                    "This box has not joined a controller: run fleet-agent enrol URL --token TOKEN,"
                    " or set FLEET_AGENT_CONTROLLER_URL and FLEET_AGENT_ENROL_TOKEN."
                ),
                WRONG_USE,
            )
        token = settings.enrol_token.get_secret_value()
        joined = _join(settings, settings.controller_url, token, patient=True)
    try:
        asyncio.run(run_agent(settings, joined))
    except AlreadyRunning as error:
        fail(_("Another agent is running in {folder}.").format(folder=error), WRONG_USE)
    except (OSError, ValueError, DefinitionError) as error:
        fail(str(error), WRONG_USE)


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
    joined = _join(settings, settings.controller_url, token, patient=False)
    typer.echo(
        _("Joined {url} as {agent}; schools: {schools}. Now: fleet-agent run").format(
            url=joined.controller_url,
            agent=joined.agent_id,
            schools=", ".join(joined.schools) or "-",
        ),
        err=True,
    )


def _join(settings: "AgentSettings", url: str, token: str, *, patient: bool) -> "Enrolment":
    """Enrol and keep the secret, or end with one line that says why not."""
    import asyncio  # noqa: PLC0415  (keeps --help quick)

    import httpx  # noqa: PLC0415  (keeps --help quick)

    from agent.centre import enrolment  # noqa: PLC0415

    ask = enrolment.enrol_patiently if patient else enrolment.enrol

    async def joining() -> "Enrolment":
        tls = enrolment.trust(settings.ca_file)
        async with httpx.AsyncClient(
            timeout=settings.uplink_timeout_seconds,
            verify=tls,
            # What the controller refuses is shown to whoever sits here.
            headers={"Accept-Language": language_of(os.environ).replace("_", "-")},
        ) as client:
            return await ask(client, url, token=token, name=settings.name or socket.gethostname())

    try:
        joined = asyncio.run(joining())
        enrolment.store(settings.state_dir, joined)
    except enrolment.EnrolmentRefused as error:
        fail(
            _("{url} does not take this token ({reason}): ask for a new one.").format(
                url=url, reason=error
            ),
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
    return joined
