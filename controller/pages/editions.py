"""Report editions: lists, one edition with its next steps, and a school's own part with appeals."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from controller.acting import act_for
from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from controller.deps import CurrentCaller, Reader
from controller.editions.handing import document_file, package_file, scan_file
from controller.editions.sight import person_of, sight_of
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
from controller.errors import FleetError, InventoryRefused, NotFound
from controller.language import N_, Language
from controller.pages.look import Look, Looking
from controller.pages.procurement_forms import FieldUnread, Sent
from controller.pages.views.edition import edition_view
from controller.pages.views.editions import edition_form, editions_view
from controller.problems import detail_of
from inventory.database import read_only, unit_of_work
from inventory.days import ZONE
from inventory.editions.appeals import AppealDesk
from inventory.editions.desk import EditionDesk
from inventory.errors import InventoryError
from inventory.models import EditionKind, EditionState, MeasurementExclusion, RunState
from inventory.models.base import utc_now

router = APIRouter(prefix="/reports")
_Page = Annotated[int, Query(ge=1, le=100_000)]
_Word = Annotated[str, Query(max_length=32)]
_Texts = Mapping[str, str]


@router.get("")
def editions_page(
    look: Looking, place: _Word = "", kind: _Word = "", state: _Word = "", page: _Page = 1
) -> Response:
    """Editions this person prepares or reads, and what they say of their schools."""
    filters = {"place": place, "kind": kind, "state": state}
    return look.show("editions", editions_view(look, filters, page))


@router.get("/new")
def new_edition(look: Looking, place: _Word = "") -> Response:
    """The form on which an edition is opened."""
    return look.show("editions/new.html", edition_form(look, {"place": place}))


@router.post("")
def open_edition(
    request: Request, caller: CurrentCaller, lang: Reader, form: Annotated[Sent, Form()]
) -> Response:
    """Open an edition, and go where its figures are collected; or say what does not fit."""
    said = form.texts

    def act() -> str:
        kind = EditionKind.year if said.get("kind") == "year" else EditionKind.month
        day = _day(f"{said.get('month', '')[:7]}-01", N_("Month"))
        wanted = Opening(
            said.get("place", "").strip()[:32],
            kind,
            day,
            said.get("reason", ""),
            tells_amounts="tells_amounts" in said,
        )
        row = open_new(request, caller, wanted)
        begin_computing(request, caller, lang, row.id)
        return row.id

    def again(look: Look, fault: str) -> Response:
        form = edition_form(look, said)
        return look.show("editions/new.html", replace(form, fault=fault))

    return _taken(request, caller, lang, act, again)


@router.get("/{edition_id}")
def edition_page(edition_id: str, look: Looking, verify: bool = False) -> Response:
    """One edition; while it is computed or printed, how far that is.

    Raises:
        NotFound: no such edition that this person sees.
    """
    view = edition_view(look, edition_id, verify=verify)
    response = look.show("edition", view)
    runs = view.run is not None and view.run.state is RunState.running
    if "hx-request" in look.request.headers and not runs:
        # It has come to its end: the page as a whole looks otherwise now.
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/{edition_id}/{step}")
def take_step(
    *,
    edition_id: str,
    step: str,
    request: Request,
    caller: CurrentCaller,
    lang: Reader,
    form: Annotated[Sent, Form()],
) -> Response:
    """Take the next step, or say why it is refused.

    Raises:
        NotFound: no such step, or no such edition that this person sees.
    """
    steps = _steps(request, caller, lang, edition_id, form.texts)
    if step not in steps:
        raise NotFound

    def act() -> str:
        steps[step]()
        return edition_id

    def again(look: Look, fault: str) -> Response:
        view = edition_view(look, edition_id)
        return look.show("edition", replace(view, fault=fault, said=form.texts))

    return _taken(request, caller, lang, act, again)


@router.get("/{edition_id}/documents/{name:path}")
def document(edition_id: str, name: str, look: Looking) -> Response:
    """One part of an edition, to be saved."""
    row = sight_of(look.caller).edition(look.session, edition_id)
    return document_file(look.session, row, name, look.lang)


@router.get("/{edition_id}/package")
def package(edition_id: str, look: Looking) -> Response:
    """All of a frozen edition, to be saved.

    Raises:
        NotFound: it is not frozen.
    """
    row = sight_of(look.caller).edition(look.session, edition_id)
    if row.state is not EditionState.frozen:
        raise NotFound
    return package_file(look.session, row)


@router.get("/{edition_id}/scans/{scan_id}")
def scan(edition_id: str, scan_id: str, look: Looking) -> Response:
    """A scan of the stamped paper, to be saved."""
    row = sight_of(look.caller).edition(look.session, edition_id)
    return scan_file(look.session, row, scan_id)


@router.post("/{edition_id}/appeals/{appeal_id}")
def answer_appeal(
    *,
    edition_id: str,
    appeal_id: str,
    request: Request,
    caller: CurrentCaller,
    lang: Reader,
    form: Annotated[Sent, Form()],
) -> Response:
    """Answer an appeal: not upheld, put right, or time left out."""
    said = form.texts

    def act() -> str:
        person, now = person_of(caller, Permission.manage_reports), utc_now()
        decision = said.get("decision", "")
        with unit_of_work(request.app.state.sessions) as session:
            AppealDesk(act_for(session, request), person, now).answer(
                appeal_id,
                upheld=decision in ("exclusion", "recomputation"),
                answer=said.get("answer", ""),
                exclusion=_exclusion(said) if decision == "exclusion" else None,
            )
        return edition_id

    def again(look: Look, fault: str) -> Response:
        view = edition_view(look, edition_id)
        return look.show("edition", replace(view, fault=fault, said=said))

    return _taken(request, caller, lang, act, again)


def _steps(
    request: Request, caller: Caller, lang: Language, edition_id: str, said: _Texts
) -> Mapping[str, Callable[[], object]]:
    def desk(act: Callable[[EditionDesk], object]) -> None:
        person = person_of(caller, Permission.manage_reports)
        with unit_of_work(request.app.state.sessions) as session:
            act(EditionDesk(act_for(session, request), person, utc_now()))

    def compute() -> None:
        recompute(request, caller, edition_id, said.get("comment", ""))
        begin_computing(request, caller, lang, edition_id)

    def sign() -> None:
        on = _day(said.get("issued_on", ""), N_("Date"))
        names = ("document_number", "issuer", "signer", "copies_to", "printed_by")
        number, issuer, signer, copies, printer = (said.get(name, "") for name in names)
        signature = Signature(number, issuer, signer, on, copies, printer)
        issue(request, caller, edition_id, signature)
        begin_freezing(request, caller, lang, edition_id)

    def stop() -> None:
        desk(lambda one: one.in_state(edition_id, *EditionState))
        work_of(request).cancel(edition_id)

    until = said.get("appeals_until", "")
    last = N_("Last day of feedback")
    comment = said.get("comment", "")
    return {
        "computation": compute,
        "draft": lambda: desk(lambda one: one.open_draft(edition_id, _day(until, last))),
        "review": lambda: desk(lambda one: one.begin_review(edition_id)),
        "issue": sign,
        "freeze": lambda: begin_freezing(request, caller, lang, edition_id),
        "withdrawal": lambda: desk(lambda one: one.withdraw(edition_id, comment)),
        "stop": stop,
    }


def _taken(
    request: Request,
    caller: Caller,
    lang: Language,
    act: Callable[[], str],
    again: Callable[[Look, str], Response],
) -> Response:
    """Take a step in transactions of its own; go on, or show the page with why it was refused."""
    try:
        edition_id = act()
    except (FleetError, InventoryError) as error:
        why = error if isinstance(error, FleetError) else InventoryRefused(error)
        with read_only(request.app.state.sessions) as session:
            look = Look(request, session, request.app.state.store, caller, lang)
            response = again(look, detail_of(why, lang))
        response.status_code = why.status
        return response
    return RedirectResponse(f"/reports/{edition_id}", 303)


def _exclusion(said: _Texts) -> MeasurementExclusion:
    return MeasurementExclusion(
        id="",
        begins_at=_moment(said.get("begins_at", "")),
        ends_at=_moment(said.get("ends_at", "")),
        reason=said.get("reason", ""),
        approved_by="",
    )


def _day(text: str, label: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FieldUnread(field=label, text=text[:40]) from None


def _moment(text: str) -> datetime:
    """A moment as people in Beijing write it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise FieldUnread(field=N_("Time"), text=text[:40]) from None
