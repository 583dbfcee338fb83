"""``fleet-agent run`` and ``enrol``: the agent itself, and how it joins a controller."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import ANSWER_IS_NO, OTHER_SIDE_FAILED, SHUT_OUT, WRONG_USE, fail
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
    import asyncio  # noqa: PLC0415  (keeps --help quick)
    import logging  # noqa: PLC0415  (keeps --help quick)

    from agent.centre import enrolment  # noqa: PLC0415
    from agent.centre.log_ring import keep_log  # noqa: PLC0415
    from agent.centre.membership import Membership  # noqa: PLC0415
    from agent.centre.plan_cache import Revoked  # noqa: PLC0415
    from agent.centre.sealing import Unsealable  # noqa: PLC0415
    from agent.process import AlreadyRunning, run_agent  # noqa: PLC0415
    from drivers.definitions import DefinitionError  # noqa: PLC0415

    settings = read_settings(config)
    private_state_dir(settings)
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    sealer = box_sealer(settings)
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
        joined = _join(settings, sealer, settings.controller_url, token, patient=True)
    keep_log(settings.state_dir)
    try:
        again = asyncio.run(run_agent(settings, Membership(settings, joined, sealer)))
    except Revoked:
        fail(
            _(
                "{url} has shut this box out: its plan and keys are removed. To use it again:"
                " fleet-agent enrol URL --token TOKEN, with a new token."
            ).format(url=joined.controller_url),
            SHUT_OUT,
        )
    except Unsealable as error:
        fail(
            _(
                "The key of this box cannot be opened ({reason}): bring back its box key, or enrol"
                " again with a new token."
            ).format(reason=error),
            WRONG_USE,
        )
    except AlreadyRunning as error:
        fail(_("Another agent is running in {folder}.").format(folder=error), WRONG_USE)
    except (OSError, ValueError, DefinitionError) as error:
        fail(str(error), WRONG_USE)
    if again:
        # The same process number: systemd, and whoever else started us, notices nothing.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


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
    import asyncio  # noqa: PLC0415  (keeps --help quick)
    import time  # noqa: PLC0415

    from agent.centre import enrolment  # noqa: PLC0415
    from agent.centre.authorities import trust  # noqa: PLC0415

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
            return asyncio.run(joining.join_patiently(url, token, name, now=time.time))
        return asyncio.run(joining.join(url, token, name, now=time.time()))
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
