"""Service agreements: what bureaus promise of repairs, each version with its date."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from alerts.sla.agreements import AgreementRepository, Agreements
from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.names import bureau_name
from controller.pages.views.record_form import AnyForm, ticked
from controller.pages.views.service_agreements import (
    agreement_fields,
    agreement_list,
    agreement_view,
    hours_told,
    terms_of,
    values_of,
)

router = APIRouter(prefix="/service-agreements")
_HOME = "/service-agreements"
_Said = Annotated[AnyForm, Form()]
#: The tag of terms that were not there when their form was opened.
_NOTHING = '""'


@router.get("")
def agreements(look: Looking) -> Response:
    """Whose terms hold where.

    Raises:
        PermissionDenied: the reader sees no tickets.
    """
    return look.show(
        "service_agreements", agreement_list(look), told=lambda minutes: hours_told(look, minutes)
    )


@router.get("/{code}")
def one_agreement(code: str, look: Looking) -> Response:
    """What holds below one bureau, for which schools, and what held before.

    Raises:
        NotFound: no such bureau that the reader may know of.
    """
    return look.show(
        "service_agreement",
        agreement_view(look, code),
        told=lambda minutes: hours_told(look, minutes),
    )


@router.get("/{code}/edit")
def agreement_form(code: str, look: Looking) -> Response:
    """The form of a bureau's terms, with those that hold now.

    Raises:
        NotFound: no such bureau within the scope.
    """
    bureau, _ = _repository(look).get(code)
    below = f"{bureau.path}-/"
    values = values_of(Agreements(look.session, [below]).of(below))
    return shown(look, _form(look, code), values)


@router.post("/{code}/edit")
def set_agreement(code: str, look: Looking, form: _Said) -> Response:
    """Promise it from now on, or say on the form what is wrong.

    Raises:
        NotFound: no such bureau within the scope.
    """
    filled = _form(look, code)
    said = {"etag": _NOTHING, **ticked(filled.fields, form.said)}

    def act() -> None:
        terms = terms_of(look, said)
        _repository(look).save(code, terms, login_of(look.caller), look.now)

    return kept(look, filled, said, act)


@router.post("/{code}/withdraw")
def withdraw_agreement(code: str, look: Looking) -> Response:
    """Leave it to the bureau above, or to what is shipped.

    Raises:
        NotFound: no such bureau within the scope.
    """
    _repository(look).remove(code, login_of(look.caller), look.now)
    return RedirectResponse(f"{_HOME}/{code}", 303)


def _form(look: Look, code: str) -> PlainForm:
    bureau, row = _repository(look).get(code)
    name = bureau_name(look, bureau)
    return PlainForm(
        title=look.lang.gettext(N_("Service agreement of {bureau}")).format(bureau=name),
        crumbs=(
            (look.lang.gettext(N_("Service agreements")), _HOME),
            (name, f"{_HOME}/{code}"),
        ),
        action=f"{_HOME}/{code}/edit",
        fields=agreement_fields(look),
        back=f"{_HOME}/{code}",
        row=row,
    )


def _repository(look: Look) -> AgreementRepository:
    return AgreementRepository(look.session, look.caller.require(Permission.assign_tickets))
