"""Test servers on pages: the list, and the form of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from pydantic import Field as Limits

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.names import bureau_name
from controller.pages.views.record_form import Field
from controller.words.compliance import PATHS
from inventory.lines import MAX_MBPS
from inventory.models import NetworkPath, Organisation, SpeedtestServer
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope
from inventory.speedtest_servers import (
    LONGEST_ADDRESS,
    LONGEST_NOTE,
    LONGEST_TEXT,
    SpeedtestServerRepository,
    method_of,
)

_METHODS = {"iperf3": "iperf3", "librespeed": "LibreSpeed"}


class ServerForm(BaseModel):
    """A test server as it is typed."""

    organisation_code: Annotated[str, StringConstraints(max_length=32)]
    path: NetworkPath
    name: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
    address: Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS)]
    capacity_mbps: Annotated[Decimal, Limits(gt=0, lt=MAX_MBPS, decimal_places=3)] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""


@dataclass(frozen=True, slots=True)
class ServerRow:
    """One test server; ``path`` and ``bureau`` in the reader's language."""

    row: SpeedtestServer
    bureau: str
    path: str
    method: str
    runs: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class ServersView:
    """Everything on the page.

    Args:
        settings: servers of the installation's settings, where no bureau has registered one.
        lacks_outside: no server outside the network runs: nothing is told of outlets.
    """

    rows: Sequence[ServerRow]
    may_add: bool
    settings: Sequence[str]
    lacks_outside: bool


def servers_view(look: Look) -> ServersView:
    """Test servers of bureaus within the reader's scope and above it, those given up among them."""
    manages = look.caller.scope(Permission.manage_inventory)
    bureaus = {
        one.code: one for one in OrganisationRepository(look.session, Scope.everything()).all()
    }
    rows = [
        _row(look, row, bureaus[row.organisation_code], manages)
        for row in SpeedtestServerRepository(look.session, look.scope).all()
    ]
    told = look.request.app.state.settings
    address = told.speedtest_server or told.public_url
    own = sum(bool(one) for one in told.speedtest_servers.values())
    schools = look.lang.ngettext(
        "%(num)s school has its own", "%(num)s schools have their own", own
    )
    return ServersView(
        rows,
        may_add=bool(server_bureaus(look, manages)),
        settings=[*([address] if address else []), *([schools % {"num": own}] if own else [])],
        lacks_outside=not any(one.runs and one.row.path is NetworkPath.outside for one in rows),
    )


def server_bureaus(look: Look, scope: Scope) -> Sequence[tuple[str, str]]:
    """Bureaus a test server can be registered for: code and name."""
    if not scope.prefixes:
        return []
    found = OrganisationRepository(look.session, scope).all()
    return [(one.code, bureau_name(look, one)) for one in found]


def server_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """The form of one test server."""
    paths = [(path.value, look.lang.gettext(text)) for path, text in PATHS.items()]
    return (
        Field(
            "organisation_code", N_("Bureau"), "choice", needed=True,
            choices=server_bureaus(look, scope),
            hint=N_("It is for the schools of this bureau and of those below; a nearer one's comes"
                    " first."),
        ),
        Field("path", N_("Path"), "choice", needed=True, choices=paths),
        Field("name", N_("Name"), needed=True, longest=LONGEST_TEXT),
        Field(
            "address", N_("Address"), needed=True, longest=LONGEST_ADDRESS,
            hint=N_("LibreSpeed: https://host/path; iperf3: iperf3://host:5201."),
        ),
        Field(
            "capacity_mbps", N_("Capacity (Mbit/s)"), "number", step="0.001", nullable=True,
            hint=N_("A target above it is not testable against this server."),
        ),
        Field("starts_on", N_("First day"), "date", nullable=True),
        Field(
            "ends_on", N_("Last day"), "date", nullable=True,
            hint=N_("Empty: until further notice."),
        ),
        Field("note", N_("Note"), longest=LONGEST_NOTE),
    )  # fmt: skip


def _row(look: Look, row: SpeedtestServer, bureau: Organisation, manages: Scope) -> ServerRow:
    begun = row.starts_on is None or row.starts_on <= look.today
    over = row.ends_on is not None and row.ends_on < look.today
    return ServerRow(
        row=row,
        bureau=bureau_name(look, bureau),
        path=look.lang.gettext(PATHS[row.path]),
        method=_METHODS[method_of(row.address)],
        runs=begun and not over,
        may_change=manages.covers(bureau.path),
    )
