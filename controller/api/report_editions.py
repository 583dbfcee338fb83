"""``/report-editions``: reports on their way to the seal, and what was sealed."""

import json
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from controller.api.attachments import body_of
from controller.api.report_edition_schemas import (
    EditionAppealOut,
    EditionCommentIn,
    EditionDetailOut,
    EditionDifferenceOut,
    EditionDraftIn,
    EditionFileOut,
    EditionIn,
    EditionIssueIn,
    EditionOut,
    EditionRunOut,
    EditionScanOut,
    EditionStepOut,
    EditionVerificationOut,
)
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset
from controller.auth.permissions import Permission
from controller.deps import AnyReader, CurrentCaller, DbSession
from controller.editions.handing import document_file, package_file, scan_file
from controller.editions.package import kept_differences
from controller.editions.sight import Sight, person_of, sight_of
from controller.editions.steps import (
    Opening,
    Signature,
    begin_computing,
    begin_freezing,
    issue,
    open_new,
    recompute,
    work_of,
)
from controller.errors import NotFound
from inventory.database import read_only
from inventory.editions.desk import EditionDesk
from inventory.editions.documents import notes
from inventory.editions.repository import EditionFilter
from inventory.editions.signing import SigningDesk
from inventory.models import EditionKind, EditionState, ReportEdition
from inventory.models.base import utc_now
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.scope import Scope

router = APIRouter(prefix="/report-editions", tags=["report editions"], responses=PROBLEMS)
_Place = Annotated[str, Query(max_length=32, description="Code of a bureau or a school.")]


def edition_sight(caller: CurrentCaller) -> Sight:
    """Dependency: what the caller sees; 403 where nothing."""
    return sight_of(caller)


InSight = Annotated[Sight, Depends(edition_sight)]


@router.get("")
def list_editions(
    *,
    session: DbSession,
    sight: InSight,
    place: _Place = "",
    kind: EditionKind | None = None,
    state: EditionState | None = None,
    day: date | None = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Listed[EditionOut]:
    """Editions of places at and below one, the newest period first; ``day``: of the period."""
    under = path_of(session, sight.reads, place) if place else ""
    wanted = EditionFilter(under=under, kind=kind, state=state, on=day)
    found = sight.editions(session).listed(wanted, offset, limit)
    return Listed(items=[edition_out(row) for row in found.items], total=found.total)


@router.post("", status_code=202)
def open_edition(
    request: Request, caller: CurrentCaller, lang: AnyReader, body: EditionIn
) -> EditionOut:
    """Open an edition; its figures are collected in the background."""
    row = open_new(request, caller, Opening(**body.model_dump()))
    begin_computing(request, caller, lang, row.id)
    return edition_out(row)


@router.get("/{edition_id}")
def show_edition(
    request: Request, session: DbSession, sight: InSight, edition_id: str
) -> EditionDetailOut:
    """An edition with its steps, appeals, parts, and what is done with it now."""
    row = sight.edition(session, edition_id)
    editions = sight.editions(session)
    run = editions.run(row.id)
    work = work_of(request)
    after = editions.superseding(row.id)
    return EditionDetailOut(
        edition=edition_out(row, after.id if after else None),
        steps=[EditionStepOut.model_validate(one) for one in editions.steps(row.id)],
        appeals=[EditionAppealOut.model_validate(one) for one in editions.appeals(row.id)],
        documents=[EditionFileOut.model_validate(one) for one in notes(session, row)],
        scans=[EditionScanOut.model_validate(one) for one in editions.scans(row.id)],
        run=None
        if run is None
        else EditionRunOut(state=work.state(run), **work.step(run)._asdict(), fault=run.fault),
    )


@router.post("/{edition_id}/computation", status_code=202)
def compute_again(
    request: Request,
    caller: CurrentCaller,
    lang: AnyReader,
    edition_id: str,
    body: EditionCommentIn,
) -> EditionOut:
    """Collect the figures anew, before the draft or after appeals that were upheld."""
    row = recompute(request, caller, edition_id, body.comment)
    begin_computing(request, caller, lang, edition_id)
    return edition_out(row)


@router.post("/{edition_id}/draft")
def open_draft(
    session: DbSession, caller: CurrentCaller, edition_id: str, body: EditionDraftIn
) -> EditionOut:
    """Open the draft to its schools, until the end of a day in Beijing."""
    desk = EditionDesk(session, person_of(caller, Permission.manage_reports), utc_now())
    return edition_out(desk.open_draft(edition_id, body.appeals_until))


@router.post("/{edition_id}/review")
def begin_review(session: DbSession, caller: CurrentCaller, edition_id: str) -> EditionOut:
    """Begin the review, after the schools' last day."""
    desk = EditionDesk(session, person_of(caller, Permission.manage_reports), utc_now())
    return edition_out(desk.begin_review(edition_id))


@router.post("/{edition_id}/withdrawal")
def withdraw_edition(
    session: DbSession, caller: CurrentCaller, edition_id: str, body: EditionCommentIn
) -> EditionOut:
    """Give an edition up before it is signed."""
    desk = EditionDesk(session, person_of(caller, Permission.manage_reports), utc_now())
    return edition_out(desk.withdraw(edition_id, body.comment))


@router.post("/{edition_id}/issue", status_code=202)
def issue_edition(
    request: Request,
    caller: CurrentCaller,
    lang: AnyReader,
    edition_id: str,
    body: EditionIssueIn,
) -> EditionOut:
    """Sign it; it is printed and frozen in the background."""
    signature = Signature(
        body.document_number,
        body.issuer,
        body.signer,
        body.issued_on,
        body.copies_to,
        body.printed_by,
    )
    row = issue(request, caller, edition_id, signature)
    begin_freezing(request, caller, lang, edition_id)
    return edition_out(row)


@router.post("/{edition_id}/freeze", status_code=202)
def freeze_edition(
    request: Request, caller: CurrentCaller, lang: AnyReader, edition_id: str
) -> EditionOut:
    """Print and freeze an edition that is signed, where that came to nothing before."""
    begin_freezing(request, caller, lang, edition_id)
    with read_only(request.app.state.sessions) as session:
        return edition_out(sight_of(caller).edition(session, edition_id))


@router.get("/{edition_id}/verification")
def verify_edition(session: DbSession, sight: InSight, edition_id: str) -> EditionVerificationOut:
    """Hash every part of a frozen edition again; the package is judged again by `fleet`."""
    row = frozen_edition(session, sight, edition_id)
    found = kept_differences(session, row)
    return EditionVerificationOut(
        sha256=row.sha256,
        identical=not found,
        differences=[EditionDifferenceOut(**one._asdict()) for one in found],
    )


@router.get("/{edition_id}/package", response_class=Response)
def edition_package(session: DbSession, sight: InSight, edition_id: str) -> Response:
    """All of a frozen edition as ZIP; `fleet report edition --verify FILE` looks at it."""
    return package_file(session, frozen_edition(session, sight, edition_id))


@router.get("/{edition_id}/documents/{name:path}", response_class=Response)
def edition_document(
    *, session: DbSession, sight: InSight, lang: AnyReader, edition_id: str, name: str
) -> Response:
    """One part of an edition, to be saved; `draft.pdf`, `draft.docx`, `draft.xlsx` of a draft."""
    return document_file(session, sight.edition(session, edition_id), name, lang)


@router.post("/{edition_id}/scans", status_code=201)
def add_scan(
    *,
    session: DbSession,
    caller: CurrentCaller,
    edition_id: str,
    content: Annotated[bytes, Depends(body_of)],
    name: Annotated[str, Query(max_length=300)] = "",
) -> EditionScanOut:
    """Keep the body as a scan of the stamped paper: PDF, JPEG or PNG, at most 20 MB."""
    desk = SigningDesk(session, person_of(caller, Permission.manage_reports), utc_now())
    return EditionScanOut.model_validate(desk.add_scan(edition_id, name=name, content=content))


@router.get("/{edition_id}/scans/{scan_id}", response_class=Response)
def show_scan(session: DbSession, sight: InSight, edition_id: str, scan_id: str) -> Response:
    """A scan, to be saved."""
    return scan_file(session, sight.edition(session, edition_id), scan_id)


def edition_out(row: ReportEdition, superseded_by: str | None = None) -> EditionOut:
    """An edition as it is told."""
    values = {name: getattr(row, name) for name in EditionOut.model_fields if hasattr(row, name)}
    return EditionOut(
        **values
        | {
            "place": row.school_code or row.organisation_code or "",
            "states": json.loads(row.states),
            "superseded_by": superseded_by,
        }
    )


def frozen_edition(session: Session, sight: Sight, edition_id: str) -> ReportEdition:
    """A frozen edition the caller sees.

    Raises:
        NotFound: none, or it is not frozen.
    """
    row = sight.edition(session, edition_id)
    if row.state is not EditionState.frozen:
        raise NotFound
    return row


def path_of(session: Session, scope: Scope, place: str) -> str:
    """The path of a bureau or school.

    Raises:
        NotFound: none within the scope.
    """
    found = OrganisationRepository(session, scope).get(place) or SchoolRepository(
        session, scope
    ).get(place)
    if found is None:
        raise NotFound
    return found.path
