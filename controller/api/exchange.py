"""``/imports``, ``/exports`` and ``/labels``: tables into the register and out of it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Listed
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, DbSession, Reader, ReadScope
from controller.errors import InvalidRequest, InventoryRefused
from controller.exchange.exporting import FileFormat
from controller.exchange.exports import Exports
from controller.exchange.labels import (
    DEFAULT_PAPER,
    MOST_LABELS,
    Label,
    TooManyLabels,
)
from controller.exchange.outgoing import (
    REGISTER,
    ExportRunOut,
    answered,
    blank_workbook,
    export_file,
    outgoing,
    own_export,
    run_out,
)
from controller.exchange.reports import ImportReport, LayoutOut, layout_out, report_out
from controller.exchange.running import Acting, carry_out, running
from controller.exchange.tables import may_bring
from controller.exchange.watches import Step
from controller.language import Language
from controller.printing.report_labels import HINT, addresses, labels_file
from controller.problems import detail_of, reader_of
from drivers.readings import Kind
from inventory.audit import Actor, act_as
from inventory.errors import InventoryError
from inventory.exchange.importing import layout_of
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.order import Order
from inventory.exchange.register import RegisterRepository, Wanted
from inventory.exchange.tables import Source
from inventory.models import Lifecycle
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.status import Status

router = APIRouter(tags=["exchange"], responses=PROBLEMS)
_LINES = "application/x-ndjson"
_REFUSED = 422
_Code = Annotated[str | None, Query(max_length=32)]


@router.get("/imports")
def list_layouts(_caller: CurrentCaller, session: DbSession, lang: Reader) -> Listed[LayoutOut]:
    """Kinds of tables that can be imported and exported, with the headings that are known."""
    items = [layout_out(lang, layout_of(session, name)) for name in LAYOUTS]
    return Listed(items=items, total=len(items))


@router.get("/imports/{layout}/blank", response_class=Response)
def blank_table(layout: str, request: Request, caller: CurrentCaller, lang: Reader) -> Response:
    """An empty workbook of a table to fill in: its columns, and lists where only some words fit."""
    return blank_workbook(request, caller, lang, layout)


@router.post("/imports/{layout}", responses={_REFUSED: {"model": ImportReport}})
def import_table(
    *,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    lang: Reader,
    layout: str,
    file: Annotated[UploadFile, File(description="XLSX or CSV")],
    mapping: Annotated[str, Form(max_length=20_000, description="JSON: field to heading")] = "",
    dry_run: bool = False,
    create_rooms: bool = False,
    replace_macs: bool = False,
    school: _Code = None,
) -> ImportReport:
    """Bring a table: all of it, or with 422 nothing, and what is wrong line by line.

    With ``dry_run`` the same report, and nothing is written.
    """
    scope = may_bring(caller, layout)
    order = order_of(
        caller,
        layout,
        Source(file.filename or "", file.file.read()),
        mapping=parsed_mapping(mapping),
        school=school,
        create_rooms=create_rooms,
        replace_macs=replace_macs,
        dry_run=dry_run,
    )
    report = carry_out(request.app.state.sessions, order, scope, acting_for(request))
    if not report.written and not dry_run:
        response.status_code = _REFUSED
    return report_out(lang, report)


@router.post("/imports/{layout}/progress", response_class=StreamingResponse)
def import_with_progress(
    *,
    request: Request,
    caller: CurrentCaller,
    lang: Reader,
    layout: str,
    file: Annotated[UploadFile, File(description="XLSX or CSV")],
    mapping: Annotated[str, Form(max_length=20_000, description="JSON: field to heading")] = "",
    dry_run: bool = False,
    create_rooms: bool = False,
    replace_macs: bool = False,
    school: _Code = None,
) -> StreamingResponse:
    """The same, told as it goes: a JSON object a line, the last one is the report or a problem."""
    scope = may_bring(caller, layout)
    order = order_of(
        caller,
        layout,
        Source(file.filename or "", file.file.read()),
        mapping=parsed_mapping(mapping),
        school=school,
        create_rooms=create_rooms,
        replace_macs=replace_macs,
        dry_run=dry_run,
    )
    return StreamingResponse(_lines(request, order, scope, lang), media_type=_LINES)


@router.get("/exports/{layout}", response_class=StreamingResponse)
def export_table(
    *,
    request: Request,
    caller: CurrentCaller,
    lang: Reader,
    layout: str,
    shape: Annotated[FileFormat, Query(alias="format")] = FileFormat.xlsx,
    search: Annotated[str, Query(max_length=100)] = "",
    kind: Kind | None = None,
    status: Status | None = None,
    lifecycle: Lifecycle | None = None,
    school: _Code = None,
) -> Response:
    """A table of the register, filtered like the list of devices; it can be imported again.

    A workbook of more than 5,000 rows is made by ``POST /exports/{layout}/runs``.
    """
    wanted = Wanted(
        now=utc_now(),
        cadence=request.app.state.cadence,
        search=search,
        kind=kind,
        status=status,
        lifecycle=lifecycle,
        school=school,
    )
    return exported(request, caller, lang, layout=layout, wanted=wanted, shape=shape)


@router.get("/exports", response_class=StreamingResponse)
def export_register(
    *, request: Request, caller: CurrentCaller, lang: Reader, school: _Code = None
) -> Response:
    """The whole register as one workbook, a sheet a table: what the caller may see of each.

    One of more than 5,000 rows is made by ``POST /exports/register/runs``.
    """
    wanted = Wanted(now=utc_now(), cadence=request.app.state.cadence, school=school)
    shape = FileFormat.xlsx
    return exported(request, caller, lang, layout=REGISTER, wanted=wanted, shape=shape)


@router.post("/exports/{layout}/runs", status_code=202)
def begin_export(
    *,
    request: Request,
    caller: CurrentCaller,
    lang: Reader,
    layout: str,
    search: Annotated[str, Query(max_length=100)] = "",
    kind: Kind | None = None,
    status: Status | None = None,
    lifecycle: Lifecycle | None = None,
    school: _Code = None,
) -> ExportRunOut:
    """Write a workbook in the background: of a table, or of the whole ``register``."""
    wanted = Wanted(
        now=utc_now(),
        cadence=request.app.state.cadence,
        search=search,
        kind=kind,
        status=status,
        lifecycle=lifecycle,
        school=school,
    )
    shape = FileFormat.xlsx
    export = outgoing(request, caller, lang, layout, wanted=wanted, shape=shape)
    exports: Exports = request.app.state.exports
    run_id = exports.begin(caller.id, export.export, export.name)
    return run_out(request, run_id, caller)


@router.get("/export-runs/{run_id}")
def show_export(run_id: str, request: Request, caller: CurrentCaller) -> ExportRunOut:
    """How far a workbook is that the caller asked for."""
    return run_out(request, run_id, caller)


@router.delete("/export-runs/{run_id}", status_code=204)
def cancel_export(run_id: str, request: Request, caller: CurrentCaller) -> None:
    """Write it no further."""
    own_export(request, run_id, caller)
    exports: Exports = request.app.state.exports
    exports.cancel(run_id)


@router.get("/export-runs/{run_id}/file", response_class=Response)
def fetch_export(run_id: str, request: Request, caller: CurrentCaller) -> Response:
    """The workbook, for a day after it was written."""
    return export_file(request, run_id, caller)


@router.get(
    "/labels", response_class=Response, responses={200: {"content": {"application/pdf": {}}}}
)
def print_labels(
    *,
    request: Request,
    session: DbSession,
    scope: ReadScope,
    paper: Annotated[str, Query(max_length=16)] = DEFAULT_PAPER,
    skip: Annotated[int, Query(ge=0, le=200)] = 0,
    device: Annotated[list[str] | None, Query(max_length=MOST_LABELS)] = None,
    search: Annotated[str, Query(max_length=100)] = "",
    kind: Kind | None = None,
    status: Status | None = None,
    lifecycle: Lifecycle | None = None,
    school: _Code = None,
) -> Response:
    """Labels with QR codes, as PDF: of some devices, or of those that fit the filter.

    ``paper``: ``a4-24``, ``a4-14``, ``a4-65``, or a label printer's ``40x30``, ``50x30``,
    ``60x40``, ``70x50`` (mm). ``skip`` places of the first sheet are left empty.
    """
    wanted = Wanted(
        now=utc_now(),
        cadence=request.app.state.cadence,
        ids=tuple(device or ()),
        search=search,
        kind=kind,
        status=status,
        lifecycle=lifecycle,
        school=school,
    )
    return labels_of(request, session, scope, wanted, paper=paper, skip=skip)


def order_of(caller: Caller, layout: str, source: Source, **wishes: Any) -> Order:
    """An order whose mappings are those of the caller's bureau."""
    scope = may_bring(caller, layout)
    return Order(layout=layout, source=source, owner=scope.prefixes[0], **wishes)


def parsed_mapping(text: str) -> Mapping[str, str] | None:
    """A mapping as JSON; empty for none.

    Raises:
        InvalidRequest: it is something else.
    """
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError as error:
        raise InvalidRequest(reason=f"mapping: {error}") from error


def exported(
    request: Request,
    caller: Caller,
    lang: Language,
    *,
    layout: str,
    wanted: Wanted,
    shape: FileFormat,
) -> Response:
    """A table of the register, or all of them, in one answer.

    Raises:
        NotFound: no such table.
        PermissionDenied: the caller may see nothing of it.
        WorkbookTooLarge: it is to be written in the background.
    """
    return answered(outgoing(request, caller, lang, layout, wanted=wanted, shape=shape), caller)


def acting_for(request: Request) -> Acting:
    """Says to a session that it does the work of whoever asks now, however long it takes."""
    actor: Actor | None = getattr(request.state, "actor", None)

    def acting(session: Session) -> Session:
        act_as(session, lambda: actor)
        return session

    return acting


def labels_of(
    request: Request, session: Session, scope: Scope, wanted: Wanted, *, paper: str, skip: int
) -> Response:
    """A PDF of labels.

    Raises:
        InvalidRequest: no such paper.
        TooManyLabels, FontMissing: see ``controller.exchange.labels``.
    """
    register, layout = RegisterRepository(session, scope), LAYOUTS["devices"]
    count = register.count(layout, wanted)
    if count > MOST_LABELS:
        raise TooManyLabels(count=count, most=MOST_LABELS)
    fields = ("asset_number", "name", "school_name", "id")
    rows = list(register.rows(layout, fields, wanted, Scope(())))
    urls = addresses(request, session, scope, [row[-1] for row in rows])
    hint = reader_of(request).gettext(HINT)
    labels = [
        Label(number=number or "", name=name, school=school, url=url, hint=hint)
        for (number, name, school, _), url in zip(rows, urls, strict=True)
    ]
    return labels_file(labels, paper, skip)


def _lines(request: Request, order: Order, scope: Scope, lang: Language) -> Iterator[bytes]:
    factory = request.app.state.sessions
    try:
        for step in running(factory, order, scope, acting_for(request)):
            if isinstance(step, Step):
                yield msgspec.json.encode(step._asdict()) + b"\n"
            else:
                yield report_out(lang, step).model_dump_json().encode() + b"\n"
    except InventoryError as error:
        refused = InventoryRefused(error)
        problem = {
            "title": lang.gettext(refused.title),
            "status": refused.status,
            "code": refused.code,
            "detail": detail_of(refused, lang),
        }
        yield msgspec.json.encode({"problem": problem}) + b"\n"
