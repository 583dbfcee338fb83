"""``/reports/preview``: reports as files, computed now and signed by nobody."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.api.schemas import PROBLEMS
from controller.deps import CurrentCaller
from controller.errors import FleetError
from controller.exchange.outgoing import ExportRunOut, run_out
from controller.language import N_
from controller.reports import wished
from controller.reports.files import MEDIA_TYPES

router = APIRouter(tags=["reports"], responses=PROBLEMS)


class ReportTooLarge(FleetError):
    """A report that takes longer than a proxy waits for the first byte."""

    status = 422
    code = "report_too_large"
    title = N_("The request does not fit")
    message = N_(
        "The report is of {schools} schools, and at most {most} are answered at once. Ask for a"
        " run in the background (POST /reports/preview/runs)."
    )


@router.get(
    "/reports/preview",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA_TYPES.values()}}},
)
def preview_report(caller: CurrentCaller, report: wished.WishedReport) -> Response:
    """A draft of a report as a file: PDF, DOCX, XLSX, CSV, JSON or open data.

    One of more than 300 schools is made by ``POST /reports/preview/runs``.
    """
    if wished.is_large(report, caller):
        raise ReportTooLarge(schools=report.file.count(), most=wished.MOST_AT_ONCE)
    return wished.answered(report)


@router.post("/reports/preview/runs", status_code=202)
def begin_preview(
    request: Request, caller: CurrentCaller, report: wished.WishedReport
) -> ExportRunOut:
    """Make a draft of a report in the background; ``/export-runs`` has the file when it is done."""
    return run_out(request, wished.begun(request, report, caller), caller)
