"""Technicians: what each repairs, how much at once, and when not."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from alerts.assignment.profiles import ProfileRepository
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.record_form import AnyForm, texts_of, ticked
from controller.pages.views.technicians import (
    FROM,
    MOST_OPEN,
    UNTIL,
    kept_row,
    profile_fields,
    technicians_view,
)
from controller.pages.views.typed import TooEarly, Typed

router = APIRouter(prefix="/technicians")
_HOME = "/technicians"
_MOST = 10_000
_Said = Annotated[AnyForm, Form()]
#: The tag of a profile that was not there when its form was opened.
_NOTHING = '""'


@router.get("")
def technicians(look: Looking) -> Response:
    """Who works on tickets.

    Raises:
        PermissionDenied: this person neither gives tickets out nor repairs.
    """
    return look.show("technicians", technicians_view(look))


@router.get("/{user_id}")
def profile_form(user_id: str, look: Looking) -> Response:
    """The form of one person's profile.

    Raises:
        NotFound: nobody of that id works on tickets within the scope.
    """
    form = _form(look, user_id)
    row = _repository(look).get(user_id).row
    return shown(look, form, texts_of(form.fields, row))


@router.post("/{user_id}")
def set_profile(user_id: str, look: Looking, form: _Said) -> Response:
    """Keep it, or say on the form what is wrong.

    Raises:
        NotFound: nobody of that id works on tickets within the scope.
    """
    filled = _form(look, user_id)
    said = {"etag": _NOTHING, **ticked(filled.fields, form.said)}

    def act() -> None:
        typed = Typed(look, said)
        first, last = typed.day("away_from", FROM), typed.day("away_until", UNTIL)
        if last is not None and (first is None or last < first):
            raise TooEarly(label=look.lang.gettext(UNTIL), first=look.lang.gettext(FROM))
        _repository(look).save(
            user_id,
            kinds=said["kinds"].split(),
            categories=said["categories"].split(),
            most_open=typed.maybe_whole("most_open", MOST_OPEN, 0, _MOST),
            away_from=first,
            away_until=last,
        )

    return kept(look, filled, said, act)


@router.post("/{user_id}/forget")
def forget_profile(user_id: str, look: Looking) -> Response:
    """Take back what was said of somebody.

    Raises:
        NotFound: nobody of that id works on tickets within the scope.
    """
    _repository(look).forget(user_id)
    return RedirectResponse(_HOME, 303)


def _form(look: Look, user_id: str) -> PlainForm:
    user, row = _repository(look).get(user_id).user, kept_row(look, user_id)
    return PlainForm(
        title=user.name or user.login,
        crumbs=(
            (look.lang.gettext(N_("Tickets")), "/tickets"),
            (look.lang.gettext(N_("Technicians")), _HOME),
        ),
        action=f"{_HOME}/{user_id}",
        fields=profile_fields(look),
        back=_HOME,
        row=row,
        remove="" if row is None else f"{_HOME}/{user_id}/forget",
    )


def _repository(look: Look) -> ProfileRepository:
    return ProfileRepository(look.session, look.caller.require(Permission.assign_tickets))
