"""A draft of a report as somebody asks for it over HTTP: as a file, or as a run that makes it."""

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request
from starlette.responses import Response

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.compliance.district.register import Place
from controller.deps import CurrentCaller, Reader, ReadScope
from controller.exchange.exports import Exports
from controller.reports.building import ReportAsked
from controller.reports.content import ReportKind
from controller.reports.files import MEDIA_TYPES, ReportFile, ReportShape, name_of
from inventory.database import read_only
from inventory.days import day_of
from inventory.models.base import utc_now

#: Schools of a report that is answered at once: some seconds of work.
MOST_AT_ONCE = 300
_Org = Annotated[str, Query(min_length=1, max_length=32, description="Code of a bureau or school.")]
_First = Annotated[date, Query(alias="from", description="First day.")]
_Last = Annotated[date, Query(alias="to", description="Last day, included.")]
_Kind = Annotated[ReportKind, Query(description="A year has chapters beyond the lines.")]
_Shape = Annotated[ReportShape, Query(alias="format", description="zip: open data.")]
_Internet = Annotated[
    list[str], Query(description="Test servers outside the education network.", max_length=20)
]


class Wished(NamedTuple):
    """A report that is asked for, and what its file is called."""

    file: ReportFile
    name: str
    shape: ReportShape


def wished(
    *,
    request: Request,
    caller: CurrentCaller,
    scope: ReadScope,
    lang: Reader,
    org: _Org,
    first: _First,
    last: _Last,
    kind: _Kind = ReportKind.month,
    shape: _Shape = ReportShape.pdf,
    internet: _Internet = [],  # noqa: B006 - FastAPI copies it
) -> Wished:
    """What a request asks for, within what the caller sees.

    Raises:
        NotFound: no such place within the scope.
    """
    state = request.app.state
    # Not the request's session: computing takes seconds, and holds nothing meanwhile.
    with read_only(state.sessions) as session:
        place = Place(session, scope, org)
    asked = ReportAsked(
        at=place.code,
        kind=kind,
        first=first,
        last=last,
        made_on=day_of(utc_now()),
        internet=frozenset(internet),
        money=caller.may(Permission.read_costs, place.path),
    )
    file = ReportFile(state.sessions, lambda: state.store, scope, asked, lang=lang, shape=shape)
    return Wished(file, name_of(asked, shape), shape)


#: The report a request asks for.
WishedReport = Annotated[Wished, Depends(wished)]


def is_large(report: Wished, caller: Caller) -> bool:
    """Whether nobody should wait for it; the operator of the machine has no proxy before it."""
    return bool(caller.id) and report.file.count() > MOST_AT_ONCE


def answered(report: Wished) -> Response:
    """The file itself.

    Raises:
        Invalid: days in the wrong order, or too many.
        FontMissing: Chinese cannot be written on paper.
    """
    headers = {
        "Content-Disposition": f'attachment; filename="{report.name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(report.file.made(), media_type=MEDIA_TYPES[report.shape], headers=headers)


def begun(request: Request, report: Wished, caller: Caller) -> str:
    """The id of a run that makes the file in the background."""
    exports: Exports = request.app.state.exports
    return exports.begin(caller.id, report.file, report.name)
