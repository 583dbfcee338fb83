"""Bringing tables in four steps - file, columns, what would happen, done - and taking them out."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from controller.api.exchange import exported, labels_of, may_bring
from controller.errors import InvalidRequest
from controller.exchange.exporting import FileFormat
from controller.exchange.labels import DEFAULT_PAPER
from controller.pages.look import Look, Looking
from controller.pages.views.choices import one_of
from controller.pages.views.exchange import Choices, import_view, imports_view, waiting_upload
from controller.pages.views.names import path_below
from drivers.readings import Kind
from inventory.exchange.importing import layout_named
from inventory.exchange.kept import keep_upload
from inventory.exchange.mapping import open_table
from inventory.exchange.register import Wanted
from inventory.exchange.tables import Source
from inventory.models import Lifecycle
from inventory.status import Status

router = APIRouter()
_Word = Annotated[str, Query(max_length=32)]
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
    open_table(source, layout_named(layout))
    kept = keep_upload(look.session, look.caller.id, layout, source, look.now)
    return RedirectResponse(f"/imports/{kept}", 303)


@router.get("/imports/{upload_id}")
def columns_page(upload_id: str, look: Looking) -> Response:
    """Which column holds what."""
    return look.show("import", import_view(look, waiting_upload(look, upload_id), Choices()))


@router.post("/imports/{upload_id}")
async def go_on(upload_id: str, request: Request, look: Looking) -> Response:
    """Try it, or do it.

    Raises:
        NotFound: no such file of this person.
    """
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_gone_on, upload_id, look, form)


@router.get("/devices/export")
def export_devices(
    request: Request,
    look: Looking,
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: _Word = "",
    status: _Word = "",
    lifecycle: _Word = "",
    school: _Word = "",
    county: _Word = "",
    shape: Annotated[str, Query(alias="format", max_length=8)] = "xlsx",
) -> Response:
    """The devices of a filtered list as a file."""
    wanted = _wanted(look, q, kind=kind, status=status, lifecycle=lifecycle, place=(school, county))
    return exported(
        request,
        look.caller,
        look.scope,
        look.lang,
        layout="devices",
        wanted=wanted,
        shape=one_of(FileFormat, shape) or FileFormat.xlsx,
    )


@router.get("/devices/labels")
def print_labels(
    request: Request,
    look: Looking,
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: _Word = "",
    status: _Word = "",
    lifecycle: _Word = "",
    school: _Word = "",
    county: _Word = "",
    paper: Annotated[str, Query(max_length=16)] = DEFAULT_PAPER,
    skip: Annotated[int, Query(ge=0, le=200)] = 0,
) -> Response:
    """Labels of the devices of a filtered list."""
    wanted = _wanted(look, q, kind=kind, status=status, lifecycle=lifecycle, place=(school, county))
    return labels_of(request, look.session, look.scope, wanted, paper=paper, skip=skip)


def _gone_on(upload_id: str, look: Look, form: dict[str, str]) -> Response:
    found = waiting_upload(look, upload_id)
    columns = {key: value for key, value in form.items() if key.startswith(_COLUMN)}
    if form.get("step") not in ("check", "write") or not columns:
        raise InvalidRequest(reason="step")
    choices = Choices(
        {key.removeprefix(_COLUMN): value for key, value in columns.items() if value},
        form.get("school", ""),
        form.get("create_rooms") == "1",
    )
    view = import_view(look, found, choices, dry_run=form["step"] == "check")
    if view.report is not None and view.report.written:
        look.session.delete(found)
    return look.show("import", view)


def _wanted(
    look: Look, q: str, *, kind: str, status: str, lifecycle: str, place: tuple[str, str]
) -> Wanted:
    school, county = place
    return Wanted(
        now=look.now,
        cadence=look.cadence,
        search=q,
        kind=one_of(Kind, kind),
        status=one_of(Status, status),
        lifecycle=one_of(Lifecycle, lifecycle),
        school=school or None,
        under=path_below(look, county),
    )
