"""``fleet-agent``: what a technician types on the school box.

Every command group is a module with ``register(app)``. What a command needs is imported inside
the command, so that ``--help`` stays quick on a small box.
"""

import typer

from agent.cli.collect import register as register_collect
from agent.cli.discover import register as register_discover
from agent.cli.doctor import register as register_doctor
from agent.cli.drivers import register as register_drivers
from agent.cli.listen import register as register_listen
from agent.cli.poll import register as register_poll
from agent.cli.projector import register as register_projector
from agent.cli.run import register as register_run
from agent.cli.speedtest import register as register_speedtest
from agent.cli.spool import register as register_spool
from agent.language import gettext as _

app = typer.Typer(
    name="fleet-agent",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=_("The Campus Fleet agent: reads the equipment of a school."),
)
for _register in (
    register_run,
    register_poll,
    register_projector,
    register_listen,
    register_collect,
    register_discover,
    register_doctor,
    register_speedtest,
    register_spool,
    register_drivers,
):
    _register(app)
