"""What drafts and frozen editions say of schools, and what the schools say against it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import FileResponse

from controller.api.attachments import AttachmentOut, body_of, folder_of, handed_out
from controller.api.report_edition_schemas import (
    AppealAnswerIn,
    AppealIn,
    EditionAppealOut,
    EditionPartOut,
    EditionSchoolOut,
)
from controller.api.report_editions import InSight
from controller.api.schemas import PROBLEMS, Limit, Listed, Offset
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, DbSession
from controller.editions.sight import Sight, person_of
from controller.errors import NotFound
from inventory.editions.appeals import AppealDesk, file_of, files_of
from inventory.editions.parts import Part, unpacked
from inventory.models import EditionAppeal, MeasurementExclusion
from inventory.models.base import utc_now

router = APIRouter(tags=["report editions"], responses=PROBLEMS)


@router.get("/report-edition-parts")
def list_parts(
    session: DbSession, sight: InSight, offset: Offset = 0, limit: Limit = 100
) -> Listed[EditionPartOut]:
    """What drafts and frozen editions say of one's schools, the newest period first."""
    found = sight.schools(session).listed(offset, limit)
    items = [EditionPartOut(**_told(part)) for part in found.items]
    return Listed(items=items, total=found.total)


@router.get("/report-editions/{edition_id}/schools")
def list_edition_schools(
    session: DbSession, sight: InSight, edition_id: str, offset: Offset = 0, limit: Limit = 100
) -> Listed[EditionPartOut]:
    """The schools of one edition that one sees, in the order of the tree."""
    found = sight.schools(session).listed(offset, limit, edition_id=edition_id)
    if not found.total:
        sight.edition(session, edition_id)
    items = [EditionPartOut(**_told(part)) for part in found.items]
    return Listed(items=items, total=found.total)


@router.get("/report-editions/{edition_id}/schools/{school_code}")
def show_part(
    session: DbSession, sight: InSight, edition_id: str, school_code: str
) -> EditionSchoolOut:
    """What an edition says of one school, and the school's appeals."""
    part = sight.part(session, edition_id, school_code)
    appeals = sight.schools(session).appeals(edition_id, [school_code])
    return EditionSchoolOut(
        **_told(part),
        verdict=unpacked(part.said),
        appeals=[EditionAppealOut.model_validate(one) for one in appeals],
    )


@router.post("/report-editions/{edition_id}/appeals", status_code=201)
def file_appeal(
    session: DbSession, caller: CurrentCaller, edition_id: str, body: AppealIn
) -> EditionAppealOut:
    """Appeal for a school against a draft, until the end of its last day of feedback."""
    desk = AppealDesk(session, person_of(caller, Permission.appeal_reports), utc_now())
    return EditionAppealOut.model_validate(desk.file(edition_id, body.school_code, body.text))


@router.post("/report-appeals/{appeal_id}/files", status_code=201)
def attach_to_appeal(
    *,
    request: Request,
    session: DbSession,
    caller: CurrentCaller,
    appeal_id: str,
    content: Annotated[bytes, Depends(body_of)],
    name: Annotated[str, Query(max_length=300)] = "",
) -> AttachmentOut:
    """Hand the body in with an appeal that waits: PDF, PNG, JPEG or WebP, at most 8 MB."""
    desk = AppealDesk(session, person_of(caller, Permission.appeal_reports), utc_now())
    row = desk.attach(appeal_id, folder_of(request), name=name, content=content)
    return AttachmentOut.model_validate(row)


@router.get("/report-appeals/{appeal_id}/files")
def list_appeal_files(session: DbSession, sight: InSight, appeal_id: str) -> Listed[AttachmentOut]:
    """Files that were handed in with an appeal."""
    seen_appeal(session, sight, appeal_id)
    rows = files_of(session, appeal_id)
    return Listed(items=[AttachmentOut.model_validate(row) for row in rows], total=len(rows))


@router.get("/report-appeals/{appeal_id}/files/{file_id}", response_class=FileResponse)
def appeal_file(
    *, request: Request, session: DbSession, sight: InSight, appeal_id: str, file_id: str
) -> Response:
    """One of them, to be saved."""
    seen_appeal(session, sight, appeal_id)
    row = file_of(session, appeal_id, file_id)
    if row is None:
        raise NotFound
    return handed_out(request, row)


@router.post("/report-appeals/{appeal_id}/answer")
def answer_appeal(
    session: DbSession, caller: CurrentCaller, appeal_id: str, body: AppealAnswerIn
) -> EditionAppealOut:
    """Answer an appeal: not upheld with a reason, or upheld, which needs new figures."""
    desk = AppealDesk(session, person_of(caller, Permission.manage_reports), utc_now())
    exclusion = None
    if body.exclusion is not None:
        exclusion = MeasurementExclusion(id="", approved_by="", **body.exclusion.model_dump())
    row = desk.answer(appeal_id, upheld=body.upheld, answer=body.answer, exclusion=exclusion)
    return EditionAppealOut.model_validate(row)


def seen_appeal(session: DbSession, sight: Sight, appeal_id: str) -> EditionAppeal:
    """An appeal of a school whose drafts the caller sees.

    Raises:
        NotFound: none.
    """
    row = sight.schools(session).appeal(appeal_id)
    if row is None:
        raise NotFound
    return row


def _told(part: Part) -> dict[str, object]:
    edition = part.edition
    return {
        "edition_id": edition.id,
        "school_code": part.school.code,
        "kind": edition.kind,
        "first_day": edition.first_day,
        "last_day": edition.last_day,
        "number": edition.number,
        "edition_state": edition.state,
        "appeals_until": edition.appeals_until,
        "document_number": edition.document_number,
        "sha256": edition.sha256,
        "state": part.said.state,
    }
