"""A second person approves what a verdict leaves out, or declines it."""

from datetime import datetime

from sqlmodel import Session

from inventory.errors import NotFound
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.scope import Scope
from inventory.standards.errors import OwnRequest, RequestSettled
from inventory.standards.exclusions import ExclusionRepository


def approve_exclusion(
    session: Session, scope: Scope, exclusion_id: str, *, by: str, at: datetime
) -> MeasurementExclusion:
    """Let verdicts leave out the time that somebody else has asked for.

    Raises:
        NotFound, OutOfScope: of the exclusion.
        OwnRequest: whoever approves has asked for it.
        RequestSettled: it was approved, declined or taken back.
    """
    repository = ExclusionRepository(session, scope)
    row = repository.exclusion(exclusion_id)
    if row is None:
        raise NotFound(what="exclusion", key=exclusion_id)
    # Two people may answer at the same time: the later one is told so.
    session.refresh(row, with_for_update=True)
    _check(row, by, settled=row.revoked_at is not None)
    row.approved_by, row.approved_at = by, at
    return repository.keep(row)


def approve_exemption(
    session: Session, scope: Scope, exemption_id: str, *, by: str, at: datetime
) -> SchoolExemption:
    """Hold a school against nothing, as somebody else has asked.

    Raises:
        NotFound, OutOfScope: of the exemption.
        OwnRequest, RequestSettled: as :func:`approve_exclusion`.
    """
    repository = ExclusionRepository(session, scope)
    row = _exemption(session, repository, exemption_id)
    _check(row, by, settled=row.declined_at is not None)
    row.approved_by, row.approved_at = by, at
    return repository.exempt(row)


def decline_exemption(
    session: Session, scope: Scope, exemption_id: str, *, by: str, at: datetime
) -> SchoolExemption:
    """Leave a school held against its targets; whoever has asked may take it back, too.

    Raises:
        NotFound, OutOfScope: of the exemption.
        RequestSettled: it was approved or declined.
    """
    repository = ExclusionRepository(session, scope)
    row = _exemption(session, repository, exemption_id)
    if row.approved_by or row.declined_at is not None:
        raise RequestSettled
    row.declined_by, row.declined_at = by, at
    return repository.exempt(row)


def _exemption(
    session: Session, repository: ExclusionRepository, exemption_id: str
) -> SchoolExemption:
    row = repository.exemption(exemption_id)
    if row is None:
        raise NotFound(what="exemption", key=exemption_id)
    session.refresh(row, with_for_update=True)
    return row


def _check(row: MeasurementExclusion | SchoolExemption, by: str, *, settled: bool) -> None:
    if settled or row.approved_by:
        raise RequestSettled
    if row.requested_by == by:
        raise OwnRequest(key=by)
