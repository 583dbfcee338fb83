"""A standard of one's own, edited in a form: another card, what it would change, save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.standard_editing import own_standard
from controller.pages.views.record_form import AnyForm
from controller.pages.views.standard_form import (
    MOST_CARDS,
    Card,
    cards_of,
    read,
    said_of,
    with_another_card,
)
from controller.pages.views.standard_preview import Preview, preview
from controller.pages.views.target_standards import title_of
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.standards.documents import fingerprint, standard_of
from inventory.standards.errors import StandardFaulty
from inventory.standards.keeping import Known, edit_standard
from inventory.standards.model import Standard
from inventory.standards.repository import StandardRepository

router = APIRouter(prefix="/standards")
_PASSED = 412
_REFUSED = 422


@dataclass(frozen=True, slots=True)
class FormView:
    """Everything on the page.

    Args:
        seen: SHA-256 of the version the form was opened from.
        next_version: the number that saving makes, where this one was used already.
        is_full: no further card fits.
        faults: what is wrong, a line each, in the reader's language.
    """

    known: Known
    title: str
    said: Mapping[str, str]
    cards: Sequence[Card]
    seen: str
    next_version: int | None
    is_full: bool
    faults: Sequence[str] = ()
    preview: Preview | None = None


@router.get("/{code}/form")
def form_of_standard(code: str, look: Looking) -> Response:
    """The form of the newest version.

    Raises:
        NotFound: no such standard within the scope.
        PermissionDenied: the caller may not keep standards.
        NotYourStandard: it came with the software.
    """
    known = own_standard(look, code)
    if len(known.standard.targets) > MOST_CARDS:
        return RedirectResponse(f"/standards/{code}/edit", 303)
    return _shown(look, known, said_of(known.standard), fingerprint(known.standard))


@router.post("/{code}/form")
def send_form(code: str, look: Looking, form: Annotated[AnyForm, Form()]) -> Response:
    """Add a card, tell what would change, or save; the form comes back with whatever is wrong."""
    known = own_standard(look, code)
    said = form.said
    seen, now = said.get("seen", ""), fingerprint(known.standard)
    act = said.get("act", "")
    if act == "add":
        return _shown(look, known, with_another_card(said), seen)
    asked = read(look.lang, known.standard, said)
    faults = list(asked.faults)
    edited: Standard | None = None
    if not faults:
        try:
            edited = standard_of(asked.document)
        except StandardFaulty as error:
            faults = list(error.mistakes)
    if edited is None:
        return _shown(look, known, said, seen, faults=faults, status=_REFUSED)
    if seen != now:
        told = look.lang.gettext(
            N_("Somebody has changed the standard meanwhile. Saving once more puts yours in place.")
        )
        return _shown(look, known, said, now, faults=[told], edited=edited, status=_PASSED)
    if act != "save":
        return _shown(look, known, said, seen, edited=edited)
    return _saved(look, known, said, edited)


def _saved(look: Look, known: Known, said: Mapping[str, str], edited: Standard) -> Response:
    try:
        with look.session.begin_nested():
            row = edit_standard(
                look.session,
                look.caller.require(Permission.manage_inventory),
                known,
                edited,
                by=login_of(look.caller),
            )
    except InventoryError as error:
        fault = detail_of(InventoryRefused(error), look.lang)
        seen = said.get("seen", "")
        return _shown(look, known, said, seen, faults=[fault], status=error.status)
    return RedirectResponse(f"/standards/{row.code}?version={row.version}", 303)


def _shown(
    look: Look,
    known: Known,
    said: Mapping[str, str],
    seen: str,
    *,
    faults: Sequence[str] = (),
    edited: Standard | None = None,
    status: int = 200,
) -> Response:
    repository = StandardRepository(look.session, look.scope)
    used = known.row is not None and repository.is_used(known.row)
    cards = cards_of(look.lang, known.standard, said)
    view = FormView(
        known=known,
        title=title_of(look.lang, known),
        said=said,
        cards=cards,
        seen=seen,
        next_version=known.standard.version + 1 if used else None,
        is_full=len(cards) >= MOST_CARDS,
        faults=faults,
        preview=None if edited is None else preview(look, known, edited),
    )
    response = look.show("standard_form", view)
    response.status_code = status
    return response
