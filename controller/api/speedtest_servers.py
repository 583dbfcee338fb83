"""``/test-servers``: servers that lines are tested against, inside and outside the network."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from controller.api.conditional import IfMatch, etag_of, require_match
from controller.api.records import InventoryScope, Said, Tagged, applied, corrected, there
from controller.api.schemas import PROBLEMS, Listed
from controller.deps import DbSession, ReadScope
from inventory.lines import MAX_MBPS
from inventory.models import NetworkPath, SpeedtestServer
from inventory.speedtest_servers import (
    LONGEST_ADDRESS,
    LONGEST_NOTE,
    LONGEST_TEXT,
    SpeedtestServerRepository,
    method_of,
    save_server,
)

router = APIRouter(prefix="/test-servers", tags=["test servers"], responses=PROBLEMS)
_Name = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Address = Annotated[
    str,
    Field(max_length=LONGEST_ADDRESS, description="https://…, http://… or iperf3://host:port."),
]
_Mbps = Annotated[Decimal, Field(gt=0, lt=MAX_MBPS, decimal_places=3)]


class TestServerPatch(Said):
    """What of a test server is to change."""

    name: _Name | None = None
    address: _Address | None = None
    path: NetworkPath | None = None
    capacity_mbps: _Mbps | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None


class TestServerIn(TestServerPatch):
    """A test server for the schools of a bureau and those below it; a nearer bureau's comes first.

    A target above ``capacity_mbps`` is not testable against it.
    """

    organisation_code: Annotated[str, Field(max_length=32)]
    name: _Name
    address: _Address
    path: NetworkPath


class TestServerOut(Tagged):
    """A test server; ``method`` is what is spoken with it."""

    id: str
    organisation_code: str
    name: str
    address: str
    method: str
    path: NetworkPath
    capacity_mbps: float | None
    starts_on: date | None
    ends_on: date | None
    note: str


@router.get("")
def list_test_servers(
    session: DbSession,
    scope: ReadScope,
    on: Annotated[date | None, Query(description="Only those that run on this day.")] = None,
) -> Listed[TestServerOut]:
    """Test servers of the caller's bureaus and of those above, which are for its schools, too."""
    rows = SpeedtestServerRepository(session, scope).all(on)
    return Listed(items=[_shown(row) for row in rows], total=len(rows))


@router.post("", status_code=201)
def add_test_server(session: DbSession, scope: InventoryScope, body: TestServerIn) -> TestServerOut:
    """Register a test server."""
    row = SpeedtestServer(
        id="",
        organisation_code=body.organisation_code,
        name=body.name,
        address=body.address,
        path=body.path,
    )
    return _shown(save_server(session, scope, applied(row, body)))


@router.patch("/{server_id}")
def change_test_server(
    *,
    session: DbSession,
    scope: InventoryScope,
    server_id: str,
    body: TestServerPatch,
    if_match: IfMatch = None,
) -> TestServerOut:
    """Correct a test server, or note its last day."""
    row = there(SpeedtestServerRepository(session, scope).get(server_id))
    changed = corrected(session, row, body, if_match)
    return _shown(save_server(session, scope, changed))


@router.delete("/{server_id}", status_code=204)
def remove_test_server(
    session: DbSession, scope: InventoryScope, server_id: str, if_match: IfMatch = None
) -> None:
    """Forget a test server that was a mistake; one that is given up gets a last day instead."""
    repository = SpeedtestServerRepository(session, scope)
    row = there(repository.get(server_id))
    require_match(session, row, if_match)
    repository.remove(row)


def _shown(row: SpeedtestServer) -> TestServerOut:
    made = {"method": method_of(row.address), **row.model_dump()}
    return TestServerOut.model_validate(made | {"etag": etag_of(row)})
