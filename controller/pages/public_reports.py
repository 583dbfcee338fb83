"""报修 by the code on a label: pages for people without an account.

Everything here is answered to whoever holds a signed link, and to nobody else; a wrong link and one
that was withdrawn are answered alike. Nothing rests on a cookie: who has the link may write.
"""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from alerts.codes import FaultKind
from alerts.reporting.desk import ReportDesk, Told, report_of, ticket_of
from alerts.reporting.links import About, path
from alerts.reporting.spots import Spot, spot_of
from alerts.tickets import MAX_TITLE
from controller.api.attachments import folder_of
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import current_caller
from controller.errors import FleetError, InvalidRequest, InventoryRefused
from controller.language import N_
from controller.pages.render import page
from controller.pages.views.choices import one_of
from controller.pages.views.public_report import (
    STAGES,
    Typed,
    kinds_of,
    report_form,
    status_view,
    title_of,
    where_of,
)
from controller.problems import detail_of, reader_of
from controller.reporting import (
    count_try,
    remember_reporter,
    report_key,
    reporter_hash,
    reporter_of,
)
from controller.ticket_photos import keep_photos, keep_signature
from inventory.assets.pictures import small_photo
from inventory.database import read_only, unit_of_work
from inventory.errors import InventoryError
from inventory.models.base import utc_now

router = APIRouter(prefix="/r")
Shown = Annotated[str, Query(alias="k", max_length=64)]
#: Photos one person sends at once.
MOST_PHOTOS = 3
_MOST_FIELDS = 12
_LONGEST_FIELD = 65_536
Refusal = FleetError | InventoryError
#: What no form can mend: it is told by the page of errors.
_FINAL = (404, 429)
_CHOOSE = N_("Choose what is broken.")


class Link(NamedTuple):
    """What stands on a label: about what, which one, and the signature that is shown."""

    about: About
    row_id: str
    shown: str


@router.get("/devices/{device_id}")
def device_form(request: Request, device_id: str, k: Shown = "") -> Response:
    """What is broken? Who repairs devices is led to the device itself.

    Raises:
        LinkInvalid: the link leads nowhere.
    """
    return _form(request, Link(About.device, device_id, k))


@router.get("/rooms/{room_id}")
def room_form(request: Request, room_id: str, k: Shown = "") -> Response:
    """Which device of the room is broken, or what else?

    Raises:
        LinkInvalid: the link leads nowhere.
    """
    return _form(request, Link(About.room, room_id, k))


@router.post("/devices/{device_id}")
async def report_device(request: Request, device_id: str, k: Shown = "") -> Response:
    """Take a report about a device.

    Raises:
        LinkInvalid: the link leads nowhere.
        TooManyRequests: it was used too often.
    """
    return await _reported(request, Link(About.device, device_id, k))


@router.post("/rooms/{room_id}")
async def report_room(request: Request, room_id: str, k: Shown = "") -> Response:
    """Take a report about something in a room; raises as ``report_device``."""
    return await _reported(request, Link(About.room, room_id, k))


@router.get("/reports/{report_id}")
def status_page(request: Request, report_id: str, k: Shown = "") -> Response:
    """What became of a report.

    Raises:
        LinkInvalid: the link leads nowhere, or is too old.
    """
    return _status(request, report_id, k)


@router.post("/reports/{report_id}")
async def answer(request: Request, report_id: str, k: Shown = "") -> Response:
    """It works again, or it does not.

    Raises:
        LinkInvalid: the link leads nowhere, or is too old.
        TooManyRequests: it was used too often.
    """
    await run_in_threadpool(_admit_answer, request, report_id, k)
    async with request.form(
        max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
    ) as form:
        said = {name: _text(form, name) for name in ("act", "words", "satisfaction", "signature")}
    return await run_in_threadpool(_answered, request, report_id, k, said)


def _form(request: Request, link: Link) -> Response:
    reporter = reporter_of(request)
    with read_only(request.app.state.sessions) as session:
        spot = spot_of(session, report_key(request), *link)
        if spot.device and _repairs(request, spot):
            return RedirectResponse(f"/devices/{link.row_id}", 303)
        view = report_form(request, session, spot, reporter_hash(reporter))
    response = _page(request, "public_report", view, 200)
    remember_reporter(request, response, reporter)
    return response


async def _reported(request: Request, link: Link) -> Response:
    await run_in_threadpool(_admit_report, request, link)
    async with request.form(
        max_files=MOST_PHOTOS, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
    ) as form:
        typed = Typed(*(_text(form, name) for name in ("kind", "words", "name", "phone")))
        photos = [
            (one.filename or "", await one.read())
            for one in form.getlist("photo")
            if isinstance(one, UploadFile) and one.size
        ]
    return await run_in_threadpool(_taken, request, link, typed, photos)


def _admit_report(request: Request, link: Link) -> None:
    """Before a byte of the body is read."""
    with read_only(request.app.state.sessions) as session:
        spot_of(session, report_key(request), *link)
    count_try(request, link.row_id, utc_now())


def _admit_answer(request: Request, report_id: str, shown: str) -> None:
    with read_only(request.app.state.sessions) as session:
        report_of(session, report_key(request), report_id, shown, utc_now())
    count_try(request, report_id, utc_now())


def _taken(request: Request, link: Link, typed: Typed, photos: list[tuple[str, bytes]]) -> Response:
    key, lang, reporter = report_key(request), reader_of(request), reporter_of(request)
    try:
        # Pictures take a second to draw: nobody else waits for that.
        pictures = [small_photo(content, name) for name, content in photos]
        with unit_of_work(request.app.state.sessions) as session:
            spot = spot_of(session, key, *link)
            kind = one_of(FaultKind, typed.kind)
            if kind is None or kind not in kinds_of(spot.device):
                raise InvalidRequest(reason=lang.gettext(_CHOOSE))
            where = where_of(lang, spot.school, spot.room, spot.device)
            told = Told(
                title=title_of(where, kind, lang)[:MAX_TITLE],
                kind=kind,
                words=typed.words,
                name=typed.name,
                phone=typed.phone,
                reporter=reporter_hash(reporter),
            )
            now = utc_now()
            report, is_new = ReportDesk(session, now).report(spot, told)
            if is_new:
                ticket = ticket_of(session, report)
                keep_photos(folder_of(request), session, ticket, pictures, now)
            there = path(key, About.report, report.id)
    except (FleetError, InventoryError) as error:
        if error.status in _FINAL:
            raise
        return _form_again(request, link, typed, error)
    response = RedirectResponse(there, 303)
    remember_reporter(request, response, reporter)
    return response


def _form_again(request: Request, link: Link, typed: Typed, error: Refusal) -> Response:
    with read_only(request.app.state.sessions) as session:
        spot = spot_of(session, report_key(request), *link)
        reporter = reporter_hash(reporter_of(request))
        fault = _fault(request, error)
        view = report_form(request, session, spot, reporter, typed=typed, fault=fault)
    return _page(request, "public_report", view, error.status)


def _answered(request: Request, report_id: str, shown: str, said: dict[str, str]) -> Response:
    key, now = report_key(request), utc_now()
    try:
        with unit_of_work(request.app.state.sessions) as session:
            report = report_of(session, key, report_id, shown, now)
            desk = ReportDesk(session, now)
            if said["act"] == "broken":
                desk.still_broken(report, said["words"])
            elif said["act"] == "works":
                wish = said["satisfaction"]
                if desk.confirm(report, int(wish) if wish in tuple("12345") else None):
                    keep_signature(folder_of(request), session, report, said["signature"], now)
            else:
                raise InvalidRequest(reason="act: works, broken")
    except (FleetError, InventoryError) as error:
        if error.status in _FINAL:
            raise
        return _status(request, report_id, shown, error)
    return RedirectResponse(path(key, About.report, report_id), 303)


def _status(request: Request, report_id: str, shown: str, error: Refusal | None = None) -> Response:
    now = utc_now()
    with read_only(request.app.state.sessions) as session:
        report = report_of(session, report_key(request), report_id, shown, now)
        fault = "" if error is None else _fault(request, error)
        view = status_view(request, session, report, now, fault)
    status = 200 if error is None else error.status
    return _page(request, "public_status", view, status, stages=STAGES)


def _page(request: Request, name: str, view: object, status: int, **values: Any) -> Response:
    response = page(
        request,
        name,
        reader_of(request),
        now=utc_now(),
        status=status,
        view=view,
        shown_key=request.query_params.get("k", ""),
        **values,
    )
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _repairs(request: Request, spot: Spot) -> bool:
    """Whether who asks is logged in and repairs what stands there."""
    try:
        caller: Caller = current_caller(request)
    except FleetError:
        return False
    return caller.may(Permission.work_tickets, spot.school.path)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _fault(request: Request, error: Refusal) -> str:
    known = InventoryRefused(error) if isinstance(error, InventoryError) else error
    return detail_of(known, reader_of(request))
