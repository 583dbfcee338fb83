"""``/technicians`` and who is proposed for a ticket."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from alerts.assignment.giving import proposals
from alerts.assignment.profiles import Profile, ProfileRepository
from alerts.codes import FaultKind
from alerts.models import Ticket
from alerts.repositories import TicketRepository
from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from drivers.readings import Kind
from inventory.errors import NotFound
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["tickets"], responses=PROBLEMS)
GiveScope = Annotated[Scope, Depends(Within(Permission.assign_tickets))]


class ProfileIn(BaseModel):
    """What somebody repairs, how much at once, and when not; empty: anything, any number, always.

    ``kinds`` are of devices, ``categories`` of faults.
    """

    kinds: list[Kind] = Field(default=[], max_length=len(Kind))
    categories: list[FaultKind] = Field(default=[], max_length=len(FaultKind))
    most_open: int | None = Field(default=None, ge=0, le=10_000)
    away_from: date | None = None
    away_until: date | None = None


class ProfileOut(ProfileIn):
    """The same of one technician."""

    user_id: str
    login: str
    name: str


class ProposalOut(Schema):
    """Somebody who might take a ticket; ``tier`` is `school` or `district`."""

    user_id: str
    name: str
    tier: str
    named: bool = Field(description="The school names them for its repairs.")
    fits: bool = Field(description="It is their trade.")
    open: int = Field(description="Tickets they have that are not done.")


@router.get("/technicians")
def list_technicians(session: DbSession, scope: GiveScope) -> Listed[ProfileOut]:
    """People who work on tickets and whose roles are all within the caller's scope."""
    rows = [_told(one) for one in ProfileRepository(session, scope).all()]
    return Listed(items=rows, total=len(rows))


@router.put("/technicians/{user_id}")
def set_technician(
    session: DbSession, scope: GiveScope, user_id: str, body: ProfileIn
) -> ProfileOut:
    """Say what somebody repairs; whoever has roles outside the caller's scope is not found."""
    repository = ProfileRepository(session, scope)
    return _told(
        repository.save(
            user_id,
            kinds=sorted(set(body.kinds)),
            categories=sorted(set(body.categories)),
            most_open=body.most_open,
            away_from=body.away_from,
            away_until=body.away_until,
        )
    )


@router.get("/tickets/{ticket_id}/proposals")
def ticket_proposals(session: DbSession, scope: GiveScope, ticket_id: str) -> Listed[ProposalOut]:
    """Who might take a ticket, the best choice first."""
    ticket: Ticket | None = TicketRepository(session, scope).get(ticket_id)
    if ticket is None:
        raise NotFound(what="ticket", key=ticket_id)
    found = proposals(session, ticket, utc_now())
    items = [
        ProposalOut(
            user_id=one.worker.user_id,
            name=one.worker.name,
            tier=one.worker.tier.name,
            named=one.worker.named,
            fits=one.fits,
            open=one.worker.open,
        )
        for one in found
    ]
    return Listed(items=items, total=len(items))


def _told(profile: Profile) -> ProfileOut:
    row = profile.row
    return ProfileOut(
        user_id=profile.user.id,
        login=profile.user.login,
        name=profile.user.name,
        kinds=[Kind(word) for word in row.kinds.split()],
        categories=[FaultKind(word) for word in row.categories.split()],
        most_open=row.most_open,
        away_from=row.away_from,
        away_until=row.away_until,
    )
