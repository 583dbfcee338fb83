"""``/organisations/{code}/service-agreement``: what a bureau promises of repairs."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlmodel import Session

from alerts.models import ServiceAgreement
from alerts.sla.agreements import AgreementRepository, Agreements
from alerts.sla.terms import LONGEST, SHORTEST, ServiceTerms, Target
from alerts.urgency import Impact, Priority, Urgency, WaitingFor
from controller.api.schemas import PROBLEMS, Listed
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession, TicketScope, Within
from inventory.errors import Invalid
from inventory.models import Organisation
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(tags=["tickets"], responses=PROBLEMS)
Minutes = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
_PATH = "/organisations/{code}/service-agreement"


class TargetTimes(BaseModel):
    """Minutes of school hours until somebody answers, and until it works again."""

    response_minutes: Minutes
    resolution_minutes: Minutes


class TermsIn(BaseModel):
    """Priorities by impact and urgency, times by priority, and what a repair may wait for."""

    matrix: dict[Impact, dict[Urgency, Priority]]
    targets: dict[Priority, TargetTimes]
    pausing: list[WaitingFor] = Field(max_length=len(WaitingFor))
    automatic: bool = Field(
        default=False, description="New tickets are given out, and late ones handed on, by a job."
    )


class TermsOut(TermsIn):
    """The same; ``own``: the bureau has said so itself, else it holds from above or is shipped."""

    own: bool
    entered_by: str | None
    entered_at: datetime | None


class VersionOut(BaseModel):
    """One version; ``terms`` are null where the bureau left it to the one above."""

    number: int
    entered_by: str
    entered_at: datetime
    terms: dict[str, Any] | None


@router.get(_PATH)
def show_agreement(session: DbSession, scope: TicketScope, code: str) -> TermsOut:
    """What holds for the schools of a bureau that have no nearer one with terms of its own."""
    return _told(session, *AgreementRepository(session, scope).get(code))


PromiseScope = Annotated[Scope, Depends(Within(Permission.assign_tickets))]


@router.put(_PATH)
def set_agreement(
    session: DbSession, caller: CurrentCaller, scope: PromiseScope, code: str, body: TermsIn
) -> TermsOut:
    """Promise it from now on, of tickets that are open, too."""
    repository = AgreementRepository(session, scope)
    bureau, _ = repository.get(code)
    return _told(session, bureau, repository.save(code, _terms(body), caller.login, utc_now()))


@router.delete(_PATH, status_code=204)
def remove_agreement(
    session: DbSession, caller: CurrentCaller, scope: PromiseScope, code: str
) -> None:
    """Leave it to the bureau above, or to what is shipped."""
    AgreementRepository(session, scope).remove(code, caller.login, utc_now())


@router.get(f"{_PATH}/versions")
def agreement_versions(session: DbSession, scope: TicketScope, code: str) -> Listed[VersionOut]:
    """What a bureau has promised, each version from its moment on; the newest first."""
    repository = AgreementRepository(session, scope)
    repository.get(code)
    items = [
        VersionOut(
            number=one.number,
            entered_by=one.entered_by,
            entered_at=one.entered_at,
            terms=json.loads(one.terms) if one.terms else None,
        )
        for one in repository.versions(code)
    ]
    return Listed(items=items, total=len(items))


def _terms(body: TermsIn) -> ServiceTerms:
    try:
        return ServiceTerms(
            matrix={
                (impact, urgency): priority
                for impact, row in body.matrix.items()
                for urgency, priority in row.items()
            },
            targets={
                priority: Target(times.response_minutes, times.resolution_minutes)
                for priority, times in body.targets.items()
            },
            pausing=frozenset(body.pausing),
            automatic=body.automatic,
        )
    except ValueError as error:
        raise Invalid(field=str(error), reason="") from error


def _told(session: Session, bureau: Organisation, row: ServiceAgreement | None) -> TermsOut:
    # As a school right below the bureau has it.
    below = f"{bureau.path}-/"
    terms = Agreements(session, [below]).of(below)
    return TermsOut(
        matrix={i: {u: terms.priority(i, u) for u in Urgency} for i in Impact},
        targets={
            priority: TargetTimes(response_minutes=one.response, resolution_minutes=one.resolution)
            for priority, one in terms.targets.items()
        },
        pausing=sorted(terms.pausing),
        automatic=terms.automatic,
        own=row is not None,
        entered_by=row.entered_by if row else None,
        entered_at=row.entered_at if row else None,
    )
