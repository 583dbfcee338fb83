"""``/proposals``, ``/schools/{code}/discovery``: devices found, and where they are looked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Limit, Listed, Offset, Schema, Search
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, Within
from controller.errors import NotFound
from drivers.readings import Kind
from inventory.discovery import DiscoveryWish, RangeWish, get_discovery, set_discovery
from inventory.models import Match, ProposalState
from inventory.models.base import utc_now
from inventory.proposals import MAX_NAME, ProposalDesk
from inventory.repositories import SchoolRepository
from inventory.repositories.proposals import ProposalRepository, ProposalRow
from inventory.scope import Scope

router = APIRouter(tags=["discovery"], responses=PROBLEMS)
AccessScope = Annotated[Scope, Depends(Within(Permission.manage_access))]
MOST_AT_ONCE = 500
_Id = Annotated[str, Field(max_length=20)]


class ProposalOut(Schema):
    """A device that was found. ``device_id``: what it is, seems to replace, or became."""

    id: str
    school_code: str
    school_name: str
    address: str
    state: ProposalState
    match: Match
    device_id: str | None
    first_found_at: datetime
    found_at: datetime
    how: str
    protocol: str
    port: int
    credential_id: str | None
    driver: str | None
    mac: str | None
    seen_from: str | None
    kind: Kind
    vendor: str | None
    model: str | None
    serial: str | None
    version: str | None
    name: str | None
    description: str | None
    location: str | None
    decided_at: datetime | None
    decided_by: str | None


class AcceptIn(BaseModel):
    """One device to put in service; what is left out is taken from what was found."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    name: str = Field(default="", max_length=MAX_NAME)
    room_id: _Id | None = None
    kind: Kind | None = None


class ManyAcceptIn(BaseModel):
    """Devices to put in service, all or none."""

    model_config = ConfigDict(extra="forbid")

    items: list[AcceptIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ManyIn(BaseModel):
    """Proposals by id, all or none."""

    model_config = ConfigDict(extra="forbid")

    ids: list[_Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class RangeBody(Schema):
    """One network; ``hosts``: hosts that only answer pings are proposed, too."""

    network: str = Field(max_length=64)
    hosts: bool = False
    excluded: bool = False
    note: str = Field(default="", max_length=200)


class DiscoveryBody(Schema):
    """How devices are looked for in a school.

    ``accept_kinds`` are put in service without asking where a credential worked. ``public`` is
    needed, and rights over agents, where a network is not a private one; it is not kept.
    """

    enabled: bool = True
    every_seconds: float = 86_400.0
    packets_per_second: float = 150.0
    crawl: bool = True
    ranges: list[RangeBody] = Field(default=[], max_length=200)
    seeds: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=200)
    ports: list[int] = Field(default=[161], max_length=200)
    accept_kinds: list[Kind] = Field(default=[], max_length=len(Kind))
    public: bool = False


@router.get("/proposals")
def list_proposals(
    *,
    session: DbSession,
    scope: AccessScope,
    state: ProposalState | None = None,
    match: Match | None = None,
    kind: Kind | None = None,
    school: Annotated[str | None, Query(max_length=32)] = None,
    search: Search = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Listed[ProposalOut]:
    """Devices found, the newest first; ``search`` looks into address, name, model, serial, MAC."""
    page = ProposalRepository(session, scope).page(
        state=state,
        match=match,
        kind=kind,
        school=school,
        search=search,
        offset=offset,
        limit=limit,
    )
    return Listed(items=[_shown(row) for row in page.items], total=page.total)


@router.get("/proposals/{proposal_id}")
def show_proposal(session: DbSession, scope: AccessScope, proposal_id: str) -> ProposalOut:
    """One device that was found."""
    return _of(session, scope, [proposal_id]).items[0]


@router.post("/proposals/accept")
def accept(
    session: DbSession, caller: CurrentCaller, scope: AccessScope, body: ManyAcceptIn
) -> Listed[ProposalOut]:
    """Put devices in service: new ones, known ones at a new address, successors."""
    desk = ProposalDesk(session, scope, caller.id, utc_now())
    for one in body.items:
        desk.accept(one.id, name=one.name, room_id=one.room_id, kind=one.kind)
    return _of(session, scope, [one.id for one in body.items])


@router.post("/proposals/reject")
def reject(
    session: DbSession, caller: CurrentCaller, scope: AccessScope, body: ManyIn
) -> Listed[ProposalOut]:
    """Leave devices alone; they are not asked about again."""
    return _each(session, caller, scope, body, lambda desk, one: desk.reject(one))


@router.post("/proposals/undo")
def undo(
    session: DbSession, caller: CurrentCaller, scope: AccessScope, body: ManyIn
) -> Listed[ProposalOut]:
    """Take decisions back; 409 where the device is being watched already."""
    return _each(session, caller, scope, body, lambda desk, one: desk.undo(one))


@router.get("/schools/{code}/discovery")
def show_discovery(session: DbSession, scope: AccessScope, code: str) -> DiscoveryBody:
    """How devices are looked for in a school."""
    if SchoolRepository(session, scope).get(code) is None:
        raise NotFound
    return _body(get_discovery(session, scope, code) or DiscoveryWish(enabled=False))


@router.put("/schools/{code}/discovery")
def change_discovery(
    session: DbSession, caller: CurrentCaller, scope: AccessScope, code: str, body: DiscoveryBody
) -> DiscoveryBody:
    """Look for devices of a school like this from now on."""
    if body.public:
        scope = caller.require(Permission.manage_agents)
    wish = DiscoveryWish(
        **{
            **body.model_dump(),
            "ranges": [RangeWish(**one.model_dump()) for one in body.ranges],
            "accept_kinds": body.accept_kinds,
        }
    )
    set_discovery(session, scope, code, wish)
    return _body(get_discovery(session, scope, code) or wish)


def _each(
    session: Session,
    caller: Caller,
    scope: Scope,
    body: ManyIn,
    step: Callable[[ProposalDesk, str], object],
) -> Listed[ProposalOut]:
    desk = ProposalDesk(session, scope, caller.id, utc_now())
    for one in body.ids:
        step(desk, one)
    return _of(session, scope, body.ids)


def _of(session: Session, scope: Scope, ids: list[str]) -> Listed[ProposalOut]:
    repository = ProposalRepository(session, scope)
    rows = [row for one in ids if (row := repository.row(one)) is not None]
    if not rows:
        raise NotFound
    return Listed(items=[_shown(row) for row in rows], total=len(rows))


def _shown(row: ProposalRow) -> ProposalOut:
    return ProposalOut.model_validate({**row.proposal.model_dump(), "school_name": row.school.name})


def _body(wish: DiscoveryWish) -> DiscoveryBody:
    return DiscoveryBody.model_validate(wish)
