"""``fleet``: what an operator types at the education bureau.

Every command group is a module with ``register(app)``. What a command needs is imported inside
the command, so that ``--help`` stays quick.
"""

import typer

from controller.cli.access import register as register_access
from controller.cli.agents import register as register_agents
from controller.cli.brokers import register as register_brokers
from controller.cli.ca import register as register_ca
from controller.cli.calendars import register as register_calendars
from controller.cli.db import register as register_db
from controller.cli.deliveries import register as register_deliveries
from controller.cli.demo import register as register_demo
from controller.cli.discovery import register as register_discovery
from controller.cli.doctor import register as register_doctor
from controller.cli.exchange import register as register_exchange
from controller.cli.language import gettext as _
from controller.cli.lists import register as register_lists
from controller.cli.people import register as register_people
from controller.cli.planned_tests import register as register_planned_tests
from controller.cli.quarantine import register as register_quarantine
from controller.cli.reports import register as register_reports
from controller.cli.seed import register as register_seed
from controller.cli.serve import register as register_serve
from controller.cli.standards import register as register_standards

app = typer.Typer(
    name="fleet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=_("Campus Fleet: watches over the networks and equipment of schools."),
)
for _register in (
    register_demo,
    register_serve,
    register_seed,
    register_db,
    register_people,
    register_lists,
    register_agents,
    register_access,
    register_exchange,
    register_calendars,
    register_standards,
    register_planned_tests,
    register_reports,
    register_deliveries,
    register_brokers,
    register_ca,
    register_discovery,
    register_quarantine,
    register_doctor,
):
    _register(app)
