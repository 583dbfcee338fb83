"""Forms of a school's plain rows: rooms, people, figures, lines."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.api.records import applied
from controller.errors import InventoryRefused, NotFound
from controller.pages.look import Look, Looking
from controller.pages.views.names import school_name
from controller.pages.views.record_form import (
    AnyForm,
    Passed,
    RecordForm,
    body_of,
    filled,
    opened,
    passed,
)
from controller.pages.views.record_kind import RecordKind
from controller.pages.views.record_kinds import RECORD_KINDS
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.repositories import SchoolRepository
from inventory.scope import Scope

router = APIRouter(prefix="/schools/{code}/records/{kind}")
_Said = Annotated[AnyForm, Form()]


@router.get("/new")
def empty_form(code: str, kind: str, look: Looking) -> Response:
    """The form of a row to be added.

    Raises:
        NotFound: no such kind of rows, or no such school within the caller's scope.
        PermissionDenied: the caller may not keep such rows.
    """
    return _shown(look, code, kind, None, look.request.query_params)


@router.post("/new")
def add(code: str, kind: str, look: Looking, form: _Said) -> Response:
    """Keep a new row, or say on the form what is wrong with it."""
    return _saved(look, code, kind, None, form.said)


@router.get("/{row_id}")
def filled_form(code: str, kind: str, row_id: str, look: Looking) -> Response:
    """The form of a row.

    Raises:
        NotFound: no such row of this school within the caller's scope.
    """
    row = _row(look, code, kind, row_id)
    return _shown(look, code, kind, row, row.model_dump())


@router.post("/{row_id}")
def change(code: str, kind: str, row_id: str, look: Looking, form: _Said) -> Response:
    """Keep a change, or say on the form what is wrong with it."""
    return _saved(look, code, kind, _row(look, code, kind, row_id), form.said)


@router.post("/{row_id}/remove")
def remove(code: str, kind: str, row_id: str, look: Looking) -> Response:
    """Forget a row, or say why it is kept."""
    row = _row(look, code, kind, row_id)
    try:
        with look.session.begin_nested():
            _kind(kind).remove(look.session, _scope(look, kind), row)
    except InventoryError as error:
        return _again(look, code, kind, row, row.model_dump(), error=error)
    return RedirectResponse(_back(code, kind), 303)


def _saved(look: Look, code: str, kind: str, row: Any, said: Mapping[str, str]) -> Response:
    how, scope = _kind(kind), _scope(look, kind)
    fields = how.fields(look, code)
    if overtaken := passed(look, fields, row, said):
        return _shown(look, code, kind, row, overtaken.values, overtaken=overtaken)
    try:
        body = body_of(how.body, fields, said)
        # What was written before something turned out not to fit is taken back.
        with look.session.begin_nested():
            how.save(look, scope, applied(how.new(code) if row is None else row, body))
    except InventoryError as error:
        return _again(look, code, kind, row, said, error=error)
    return RedirectResponse(_back(code, kind), 303)


def _again(
    look: Look,
    code: str,
    kind: str,
    row: Any,
    values: Mapping[str, Any],
    *,
    error: InventoryError,
) -> Response:
    refused = InventoryRefused(error)
    response = _shown(look, code, kind, row, values, fault=detail_of(refused, look.lang))
    response.status_code = refused.status
    return response


def _shown(
    look: Look,
    code: str,
    kind: str,
    row: Any,
    values: Mapping[str, Any],
    *,
    fault: str = "",
    overtaken: Passed | None = None,
) -> Response:
    how = _kind(kind)
    school = SchoolRepository(look.session, _scope(look, kind)).get(code)
    if school is None:
        raise NotFound
    here = f"/schools/{code}/records/{kind}"
    fields = how.fields(look, code)
    form = RecordForm(
        title=look.lang.gettext(how.adds) if row is None else how.name(look, row),
        crumbs=((school_name(look, school), f"/schools/{code}"),),
        action=f"{here}/{'new' if row is None else row.id}",
        fields=filled(fields, values, overtaken.theirs if overtaken else None),
        back=_back(code, kind),
        remove="" if row is None else f"{here}/{row.id}/remove",
        fault=overtaken.fault if overtaken else fault,
        **opened(fields, row),
    )
    response = look.show("record", form)
    if overtaken:
        response.status_code = overtaken.status
    return response


def _kind(kind: str) -> RecordKind:
    if kind not in RECORD_KINDS:
        raise NotFound
    return RECORD_KINDS[kind]


def _scope(look: Look, kind: str) -> Scope:
    return look.caller.require(_kind(kind).permission)


def _row(look: Look, code: str, kind: str, row_id: str) -> Any:
    row = _kind(kind).repository(look.session, _scope(look, kind)).get(row_id)
    if row is None or row.school_code != code:
        raise NotFound
    return row


def _back(code: str, kind: str) -> str:
    return f"/schools/{code}/{_kind(kind).page}"
