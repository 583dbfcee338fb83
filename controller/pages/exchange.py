"""Bringing tables in four steps - file, columns, what would happen, done - and taking them out."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from controller.api.exchange import acting_for, labels_of
from controller.auth.caller import Caller
from controller.deps import CurrentCaller, Reader
from controller.errors import InvalidRequest, NotFound
from controller.exchange.exporting import FileFormat
from controller.exchange.exports import Exports
from controller.exchange.labels import DEFAULT_PAPER
from controller.exchange.outgoing import (
    REGISTER,
    Outgoing,
    answered,
    blank_workbook,
    export_file,
    is_large,
    outgoing,
    own_export,
    run_out,
)
from controller.exchange.runs import Runs
from controller.exchange.tables import may_bring
from controller.language import Language
from controller.pages.devices import Asked
from controller.pages.look import Look, Looking
from controller.pages.views.choices import one_of
from controller.pages.views.devices import DeviceFilter
from controller.pages.views.exchange import (
    Choices,
    import_view,
    imports_view,
    order_for,
    waiting_upload,
)
from controller.pages.views.names import path_below
from drivers.readings import Kind
from inventory.database import read_only
from inventory.exchange.importing import layout_of
from inventory.exchange.kept import keep_upload, upload_of
from inventory.exchange.mapping import open_table
from inventory.exchange.register import Wanted
from inventory.exchange.tables import Source
from inventory.models import ImportUpload, RunState
from inventory.status import Status

router = APIRouter()
_COLUMN = "column:"


@router.get("/imports")
def imports_page(look: Looking) -> Response:
    """Choose a table and a file."""
    return look.show("imports", imports_view(look))


@router.post("/imports/upload")
def upload(
    look: Looking,
    file: Annotated[UploadFile, File()],
    layout: Annotated[str, Form(max_length=32)],
) -> Response:
    """Keep a file that can be read, and go on to its columns.

    Raises:
        FileRefused: it cannot be read.
    """
    may_bring(look.caller, layout)
    source = Source(file.filename or "", file.file.read())
    open_table(source, layout_of(look.session, layout)).close()
    kept = keep_upload(look.session, look.caller.id, layout, source, look.now)
    return RedirectResponse(f"/imports/{kept}", 303)


@router.get("/imports/blank/{layout}")
def blank(layout: str, request: Request, caller: CurrentCaller, lang: Reader) -> Response:
    """An empty workbook of a table to fill in.

    Raises:
        NotFound: no such table.
        PermissionDenied: this person may bring nothing of it.
    """
    return blank_workbook(request, caller, lang, layout)


@router.get("/imports/{upload_id}")
def columns_page(upload_id: str, request: Request, look: Looking) -> Response:
    """Which column holds what; how far a run is; what became of it.

    Raises:
        NotFound: no such file of this person.
    """
    view = import_view(look, waiting_upload(look, upload_id), _runs(request))
    response = look.show("import", view)
    if "hx-request" in request.headers and not (view.run and view.run.is_running):
        # It has come to its end: the page as a whole looks otherwise now.
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/imports/{upload_id}")
async def go_on(upload_id: str, request: Request, caller: CurrentCaller, lang: Reader) -> Response:
    """Try it, or do it; it goes on whatever becomes of this page.

    Raises:
        NotFound: no such file of this person.
        RunsAlready: it is being worked on.
    """
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_gone_on, upload_id, request, caller, lang, form)


@router.post("/imports/{upload_id}/cancel")
def cancel(upload_id: str, request: Request, caller: CurrentCaller) -> Response:
    """End it before anything is written.

    Raises:
        NotFound: no such file of this person.
    """
    _own_upload(request, caller, upload_id)
    _runs(request).cancel(upload_id)
    return RedirectResponse(f"/imports/{upload_id}", 303)


@router.get("/register/export")
def export_register(
    request: Request, look: Looking, table: Annotated[str, Query(max_length=32)] = REGISTER
) -> Response:
    """A table of the register, or all of them, as a workbook."""
    wanted = Wanted(now=look.now, cadence=look.cadence)
    shape = FileFormat.xlsx
    export = outgoing(request, look.caller, look.lang, table, wanted=wanted, shape=shape)
    return _sent(request, look.caller, export)


@router.get("/devices/export")
def export_devices(
    request: Request,
    look: Looking,
    wanted: Asked,
    shape: Annotated[str, Query(alias="format", max_length=8)] = "xlsx",
) -> Response:
    """The devices of a filtered list as a file."""
    chosen = one_of(FileFormat, shape) or FileFormat.xlsx
    export = outgoing(
        request, look.caller, look.lang, "devices", wanted=_wanted(look, wanted), shape=chosen
    )
    return _sent(request, look.caller, export)


@router.get("/exports/{run_id}")
def export_page(run_id: str, request: Request, look: Looking) -> Response:
    """How far a workbook is that is written in the background; then the way to it.

    Raises:
        NotFound: the caller began no such run.
    """
    run = run_out(request, run_id, look.caller)
    response = look.show("export", run)
    if "hx-request" in request.headers and run.state is not RunState.running:
        # It has come to its end: the page as a whole looks otherwise now.
        response.headers["HX-Refresh"] = "true"
    return response


@router.get("/exports/{run_id}/file")
def export_fetched(run_id: str, request: Request, caller: CurrentCaller) -> Response:
    """The workbook of a run that is done.

    Raises:
        NotFound: the caller began no such run, or it has no file.
    """
    return export_file(request, run_id, caller)


@router.post("/exports/{run_id}/cancel")
def cancel_export(run_id: str, request: Request, caller: CurrentCaller) -> Response:
    """Write it no further.

    Raises:
        NotFound: the caller began no such run.
    """
    own_export(request, run_id, caller)
    exports: Exports = request.app.state.exports
    exports.cancel(run_id)
    return RedirectResponse(f"/exports/{run_id}", 303)


@router.get("/devices/labels")
def print_labels(
    request: Request,
    look: Looking,
    wanted: Asked,
    paper: Annotated[str, Query(max_length=16)] = DEFAULT_PAPER,
    skip: Annotated[int, Query(ge=0, le=200)] = 0,
) -> Response:
    """Labels of the devices of a filtered list."""
    chosen = _wanted(look, wanted)
    return labels_of(request, look.session, look.scope, chosen, paper=paper, skip=skip)


def _gone_on(
    upload_id: str, request: Request, caller: Caller, lang: Language, form: Mapping[str, str]
) -> Response:
    upload = _own_upload(request, caller, upload_id)
    if not upload.content:
        raise NotFound
    columns = {key: value for key, value in form.items() if key.startswith(_COLUMN)}
    if form.get("step") not in ("check", "write") or not columns:
        raise InvalidRequest(reason="step")
    choices = Choices(
        {key.removeprefix(_COLUMN): value for key, value in columns.items() if value},
        form.get("school", "")[:32],
        form.get("create_rooms") == "1",
        form.get("replace_macs") == "1",
    )
    scope = may_bring(caller, upload.layout)
    order = order_for(scope.prefixes[0], upload, choices, dry_run=form["step"] == "check")
    kept = msgspec.json.encode(choices).decode()
    _runs(request).begin(upload, order, scope, acting_for(request), choices=kept, lang=lang)
    return RedirectResponse(f"/imports/{upload_id}", 303)


def _sent(request: Request, caller: Caller, wished: Outgoing) -> Response:
    """The file, or the page that tells how far it is."""
    if not is_large(wished, caller):
        return answered(wished, caller)
    exports: Exports = request.app.state.exports
    run_id = exports.begin(caller.id, wished.export, wished.name)
    return RedirectResponse(f"/exports/{run_id}", 303)


def _own_upload(request: Request, caller: Caller, upload_id: str) -> ImportUpload:
    """A file the caller brought; no transaction is held, for that of a run would wait for it.

    Raises:
        NotFound: there is none of that id.
    """
    with read_only(request.app.state.sessions) as session:
        upload = upload_of(session, caller.id, upload_id)
    if upload is None:
        raise NotFound
    return upload


def _runs(request: Request) -> Runs:
    runs: Runs = request.app.state.imports
    return runs


def _wanted(look: Look, asked: DeviceFilter) -> Wanted:
    return Wanted(
        now=look.now,
        cadence=look.cadence,
        search=asked.search,
        kind=one_of(Kind, asked.kind),
        status=one_of(Status, asked.status),
        lifecycle=asked.ledger.lifecycle,
        school=asked.school or None,
        wish=asked.ledger.wish(look.today),
        under=path_below(look, asked.county),
    )
