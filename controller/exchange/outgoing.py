"""Answers that are files: at once where they are small, by a run in the background where not."""

import mimetypes
from tempfile import TemporaryFile
from typing import NamedTuple

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.errors import FleetError, NotFound
from controller.exchange.blanks import write_blank
from controller.exchange.exporting import MEDIA_TYPES, Export, FileFormat
from controller.exchange.exports import MOST_AT_ONCE, Exports
from controller.exchange.tables import REPAIRS, may_bring, may_take
from controller.language import N_, Language
from inventory.database import read_only
from inventory.exchange.importing import layout_of
from inventory.exchange.kept_exports import export_of, written_file
from inventory.exchange.layouts import LAYOUTS
from inventory.exchange.register import Wanted
from inventory.models import ExportRun, RunState

#: All tables as one workbook.
REGISTER = "register"


class WorkbookTooLarge(FleetError):
    """A workbook that takes longer to write than a proxy waits for the first byte."""

    status = 422
    code = "workbook_too_large"
    title = N_("The request does not fit")
    message = N_(
        "The workbook would have {rows} rows, and at most {most} are answered at once. Ask for a"
        " run in the background (POST …/runs), for CSV, or filter the rows."
    )


class ExportRunOut(BaseModel):
    """A workbook that is written in the background."""

    id: str
    #: Of the file.
    name: str
    state: RunState
    #: Rows written, and rows in all.
    done: int
    total: int


class Outgoing(NamedTuple):
    """A file that is asked for."""

    export: Export
    name: str
    shape: FileFormat


def outgoing(
    request: Request,
    caller: Caller,
    lang: Language,
    layout: str,
    *,
    wanted: Wanted,
    shape: FileFormat,
) -> Outgoing:
    """A table of the register, or all of it (``REGISTER``), as the caller may see it.

    Raises:
        NotFound: no such table.
        PermissionDenied: the caller may see nothing of it.
    """
    caller.require(Permission.read)
    names = [name for name in LAYOUTS if name != REPAIRS or caller.may(Permission.read_tickets)]
    with read_only(request.app.state.sessions) as session:
        layouts = [layout_of(session, one) for one in (names if layout == REGISTER else [layout])]
    manages = caller.scope(Permission.manage_places)
    export = Export(
        request.app.state.sessions,
        [(one, may_take(caller, one.name)) for one in layouts],
        wanted,
        priced=caller.scope(Permission.read_costs),
        lang=lang,
        changes=all(map(manages.covers, caller.scope(Permission.read).prefixes)),
    )
    return Outgoing(export, f"{layout}-{wanted.now:%Y%m%d}.{shape}", shape)


def is_large(wished: Outgoing, caller: Caller) -> bool:
    """Whether nobody should wait for it; the operator of the machine has no proxy before it."""
    return (
        bool(caller.id) and wished.shape is FileFormat.xlsx and wished.export.count() > MOST_AT_ONCE
    )


def answered(wished: Outgoing, caller: Caller) -> Response:
    """The file itself.

    Raises:
        WorkbookTooLarge: it is to be written in the background.
    """
    if is_large(wished, caller):
        raise WorkbookTooLarge(rows=wished.export.count(), most=MOST_AT_ONCE)
    if wished.shape is FileFormat.csv:
        media = MEDIA_TYPES[wished.shape]
        headers = _headers(wished.name)
        return StreamingResponse(wished.export.csv(), media_type=media, headers=headers)
    with TemporaryFile() as file:
        wished.export.write(file)
        file.seek(0)
        return _file(wished.name, file.read())


def blank_workbook(request: Request, caller: Caller, lang: Language, layout: str) -> Response:
    """An empty workbook of a table the caller may bring.

    Raises:
        NotFound: no such table.
        PermissionDenied: the caller may bring nothing of it.
    """
    may_bring(caller, layout)
    with read_only(request.app.state.sessions) as session:
        columns = layout_of(session, layout)
    with TemporaryFile() as file:
        write_blank(file, columns, lang)
        file.seek(0)
        return _file(f"{layout}.xlsx", file.read())


def own_export(request: Request, run_id: str, caller: Caller) -> ExportRun:
    """A run the caller began.

    Raises:
        NotFound: there is none of that id.
    """
    with read_only(request.app.state.sessions) as session:
        run = export_of(session, caller.id, run_id)
    if run is None:
        raise NotFound
    return run


def run_out(request: Request, run_id: str, caller: Caller) -> ExportRunOut:
    """How far it is.

    Raises:
        NotFound: the caller began no such run.
    """
    exports: Exports = request.app.state.exports
    run = own_export(request, run_id, caller)
    _phase, done, total = exports.step(run)
    state = exports.state(run)
    if state is RunState.done:
        done = total
    return ExportRunOut(id=run.id, name=run.name, state=state, done=done, total=total)


def export_file(request: Request, run_id: str, caller: Caller) -> Response:
    """The file of a run that is done.

    Raises:
        NotFound: the caller began no such run, or it has no file.
    """
    run = own_export(request, run_id, caller)
    with read_only(request.app.state.sessions) as session:
        content = written_file(session, run_id)
    if not content:
        raise NotFound
    return _file(run.name, content)


def _file(name: str, content: bytes) -> Response:
    media = mimetypes.guess_type(name)[0] or MEDIA_TYPES[FileFormat.xlsx]
    return Response(content, media_type=media, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
