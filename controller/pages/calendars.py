"""Calendars as pages: a school year of a school or a bureau, and the forms behind it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from controller.api.calendar_entries import TABLES, CalendarTable, put
from controller.api.conditional import require_match
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused, NotFound
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.calendar_forms import FORMS, Owner
from controller.pages.views.calendars import calendar_view, owner_of
from controller.pages.views.record_form import (
    AnyForm,
    Passed,
    RecordForm,
    filled,
    opened,
    passed,
    texts_of,
)
from controller.problems import detail_of
from inventory.calendars import keeping
from inventory.errors import InventoryError
from inventory.models import CalendarRow, Stage
from inventory.repositories import OrganisationRepository, SchoolRepository
from inventory.repositories.calendars import CalendarRepository
from inventory.scope import Scope

router = APIRouter()
_Said = Annotated[AnyForm, Form()]
_Year = Annotated[int | None, Query(ge=2000, le=2100)]
_Code = Annotated[str, Query(max_length=32)]
_Done = Annotated[str, Query(max_length=40)]


@router.get("/calendar")
def nearest_calendar(look: Looking) -> Response:
    """The calendar of the highest bureau one sees, or of the only school.

    Raises:
        NotFound: one sees neither.
    """
    bureaus = OrganisationRepository(look.session, look.scope).all()
    if bureaus:
        return RedirectResponse(f"/calendar/{bureaus[0].code}", 303)
    schools = SchoolRepository(look.session, look.scope).all()
    if not schools:
        raise NotFound
    return RedirectResponse(f"/schools/{schools[0].code}/calendar", 303)


@router.get("/schools/{code}/calendar")
def calendar_of_school(code: str, look: Looking, year: _Year = None, done: _Done = "") -> Response:
    """A school year of a school.

    Raises:
        NotFound: no such school within the caller's scope.
    """
    owner = owner_of(look, school=code)
    return look.show("calendar", calendar_view(look, owner, year, Stage.primary, done))


@router.get("/calendar/{code}")
def calendar_of_bureau(
    code: str,
    look: Looking,
    year: _Year = None,
    stage: Stage = Stage.primary,
    done: _Done = "",
) -> Response:
    """A school year of the schools of a stage below a bureau.

    Raises:
        NotFound: no such bureau within the caller's scope.
    """
    owner = owner_of(look, bureau=code)
    return look.show("calendar", calendar_view(look, owner, year, stage, done))


@router.get("/calendar/{table}/new")
def empty_form(
    table: CalendarTable, look: Looking, school: _Code = "", bureau: _Code = ""
) -> Response:
    """The form of a row to be entered; the query fills it in.

    Raises:
        NotFound: no such school or bureau within the caller's scope.
        PermissionDenied: the caller may not keep calendars.
    """
    owner = owner_of(look, school=school, bureau=bureau)
    return _shown(look, table, owner, None, look.request.query_params)


@router.post("/calendar/{table}/new")
def add(
    table: CalendarTable, look: Looking, form: _Said, school: _Code = "", bureau: _Code = ""
) -> Response:
    """Keep a new row, or say on the form what is wrong with it."""
    return _saved(look, table, owner_of(look, school=school, bureau=bureau), None, form.said)


@router.get("/calendar/{table}/{row_id}")
def filled_form(table: CalendarTable, row_id: str, look: Looking) -> Response:
    """The form of a row.

    Raises:
        NotFound: no such row within the caller's scope.
    """
    row = _row(look, table, row_id)
    owner = _owner(look, row)
    return _shown(look, table, owner, row, texts_of(FORMS[table].fields(look, owner), row))


@router.post("/calendar/{table}/{row_id}")
def change(table: CalendarTable, row_id: str, look: Looking, form: _Said) -> Response:
    """Keep a change, or say on the form what is wrong with it."""
    row = _row(look, table, row_id)
    return _saved(look, table, _owner(look, row), row, form.said)


@router.post("/calendar/{table}/{row_id}/remove")
def remove(table: CalendarTable, row_id: str, look: Looking) -> Response:
    """Take a row away; the page that follows offers to bring it back."""
    row = _row(look, table, row_id)
    keeping.remove_row(look.session, _scope(look), row)
    return _back(_owner(look, row), table, row)


@router.post("/calendar/{table}/{row_id}/undo")
def undo(
    table: CalendarTable,
    row_id: str,
    look: Looking,
    etag: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take back the last thing that was done to a row, or say on its form why that cannot be.

    Raises:
        RevisionPassed: somebody has changed the row since the page was shown.
    """
    row = _row(look, table, row_id)
    owner = _owner(look, row)
    require_match(look.session, row, etag or None, {})
    try:
        with look.session.begin_nested():
            keeping.undo(look.session, _scope(look), row)
    except InventoryError as error:
        look.session.refresh(row)
        texts = texts_of(FORMS[table].fields(look, owner), row)
        return _refused(look, table, owner, row, texts, error=error)
    return _back(owner, table, row)


def _saved(
    look: Look,
    table: CalendarTable,
    owner: Owner,
    row: CalendarRow | None,
    said: Mapping[str, str],
) -> Response:
    how, scope = FORMS[table], _scope(look)
    fields = how.fields(look, owner)
    if overtaken := passed(look, fields, row, said):
        return _shown(look, table, owner, row, overtaken.values, overtaken=overtaken)
    try:
        columns = how.columns(fields, said)
        with look.session.begin_nested():
            kept = put(how.new() if row is None else row, columns)
            if row is None:
                kept.school_code, kept.organisation_code = owner.codes
            keeping.save(look.session, scope, kept)
    except InventoryError as error:
        return _refused(look, table, owner, row, said, error=error)
    return _back(owner, table, kept)


def _refused(
    look: Look,
    table: CalendarTable,
    owner: Owner,
    row: CalendarRow | None,
    said: Mapping[str, Any],
    *,
    error: InventoryError,
) -> Response:
    refused = InventoryRefused(error)
    response = _shown(look, table, owner, row, said, fault=detail_of(refused, look.lang))
    response.status_code = refused.status
    return response


def _shown(
    look: Look,
    table: CalendarTable,
    owner: Owner,
    row: CalendarRow | None,
    values: Mapping[str, Any],
    *,
    fault: str = "",
    overtaken: Passed | None = None,
) -> Response:
    _scope(look)
    how = FORMS[table]
    fields = how.fields(look, owner)
    whose = f"{'school' if owner.is_school else 'bureau'}={owner.code}"
    here = f"/calendar/{table.value}"
    form = RecordForm(
        title=look.lang.gettext(how.adds if row is None else how.changes),
        crumbs=((owner.name, owner.page),),
        action=f"{here}/new?{whose}" if row is None else f"{here}/{row.id}",
        fields=filled(fields, values, overtaken.theirs if overtaken else None),
        back=owner.page,
        remove="" if row is None or row.removed_at else f"{here}/{row.id}/remove",
        remove_note=N_("It can be brought back."),
        fault=overtaken.fault if overtaken else fault,
        **opened(fields, row),
    )
    response = look.show("record", form)
    if overtaken:
        response.status_code = overtaken.status
    return response


def _scope(look: Look) -> Scope:
    return look.caller.require(Permission.manage_calendars)


def _row(look: Look, table: CalendarTable, row_id: str) -> CalendarRow:
    row = CalendarRepository(look.session, _scope(look)).get(TABLES[table], row_id)
    if row is None:
        raise NotFound
    return row


def _owner(look: Look, row: CalendarRow) -> Owner:
    return owner_of(look, school=row.school_code or "", bureau=row.organisation_code or "")


def _back(owner: Owner, table: CalendarTable, row: CalendarRow) -> Response:
    return RedirectResponse(f"{owner.page}?done={table.value}/{row.id}", 303)
