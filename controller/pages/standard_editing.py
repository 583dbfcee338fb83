"""A standard of one's own, edited as text: a line for each mistake, nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.errors import InventoryRefused
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.views.standard_text import LONGEST, document_of, yaml_of
from controller.pages.views.target_standards import title_of
from controller.problems import detail_of
from inventory.errors import InventoryError
from inventory.standards.documents import fingerprint
from inventory.standards.errors import NotYourStandard, StandardFaulty
from inventory.standards.keeping import Known, edit_standard, known_standard
from inventory.standards.repository import StandardRepository

router = APIRouter(prefix="/standards")
_PASSED = 412


@dataclass(frozen=True, slots=True)
class TextForm:
    """Everything on the page.

    Args:
        seen: SHA-256 of the version the text was opened from.
        next_version: the number that saving makes, where this one was used already.
        faults: what is wrong, a line each, in the reader's language.
    """

    known: Known
    title: str
    text: str
    seen: str
    next_version: int | None
    faults: Sequence[str] = ()
    longest: int = LONGEST


@router.get("/{code}/edit")
def text_form(code: str, look: Looking) -> Response:
    """The text of the newest version.

    Raises:
        NotFound: no such standard within the scope.
        PermissionDenied: the caller may not keep standards.
    """
    known = own_standard(look, code)
    return _shown(look, known, yaml_of(known.standard), fingerprint(known.standard))


@router.post("/{code}/edit")
def save_text(
    code: str,
    look: Looking,
    document: Annotated[str, Form(max_length=2 * LONGEST)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Put the text in place, or show it once more with what is wrong with it."""
    known = own_standard(look, code)
    if seen != fingerprint(known.standard):
        told = look.lang.gettext(
            N_("Somebody has changed the standard meanwhile. Saving once more puts yours in place.")
        )
        return _shown(
            look, known, document, fingerprint(known.standard), faults=[told], status=_PASSED
        )
    try:
        with look.session.begin_nested():
            row = edit_standard(
                look.session,
                look.caller.require(Permission.manage_inventory),
                known,
                document_of(document),
                by=login_of(look.caller),
            )
    except StandardFaulty as error:
        return _shown(look, known, document, seen, faults=error.mistakes, status=error.status)
    except InventoryError as error:
        fault = detail_of(InventoryRefused(error), look.lang)
        return _shown(look, known, document, seen, faults=[fault], status=error.status)
    return RedirectResponse(f"/standards/{row.code}?version={row.version}", 303)


def own_standard(look: Look, code: str) -> Known:
    """The newest version of a standard somebody may edit.

    Raises:
        NotFound: no such standard within the scope.
        PermissionDenied: the caller may not keep standards.
        NotYourStandard: it came with the software.
    """
    known = known_standard(look.session, look.caller.require(Permission.manage_inventory), code)
    if known.is_shipped:
        raise InventoryRefused(NotYourStandard(key=code))
    return known


def _shown(
    look: Look,
    known: Known,
    text: str,
    seen: str,
    *,
    faults: Sequence[str] = (),
    status: int = 200,
) -> Response:
    repository = StandardRepository(look.session, look.scope)
    used = known.row is not None and repository.is_used(known.row)
    form = TextForm(
        known=known,
        title=title_of(look.lang, known),
        text=text,
        seen=seen,
        next_version=known.standard.version + 1 if used else None,
        faults=faults,
    )
    response = look.show("standard_text", form)
    response.status_code = status
    return response
