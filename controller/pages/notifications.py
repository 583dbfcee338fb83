"""Notifications on pages: wishes, channels, tests, rosters, and what became of messages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from alerts.notify.keeping import Owner, Wanted, keep_wishes, owner_of, wishes_of
from alerts.notify.models import ChannelKind
from controller.auth.permissions import Permission
from controller.duty import DutyDesk
from controller.language import LANGUAGES, N_
from controller.pages.look import Look, Looking
from controller.pages.plain_form import PlainForm, kept, shown
from controller.pages.views.duty import roster, roster_fields, rosters, shifts_of
from controller.pages.views.notifications import (
    ChannelForm,
    WishesForm,
    channel_fields,
    desk_of,
    own_view,
    places_view,
    wish,
    wishes_fields,
    wishes_values,
)
from controller.pages.views.record_form import AnyForm, Field, body_of
from inventory.errors import Invalid, NotFound
from inventory.models import Organisation
from inventory.repositories import OrganisationRepository

router = APIRouter(prefix="/notifications")
_HOME, _PLACES, _DUTY = "/notifications", "/notifications/places", "/notifications/duty"
_Said = Annotated[AnyForm, Form()]
_Act = Literal["pause", "resume", "remove", "test"]


@router.get("")
def own_notifications(look: Looking) -> Response:
    """What the reader is told, by which channels, and what became of it."""
    return look.show("notifications", own_view(look))


@router.get("/places")
def notifications_of_places(look: Looking) -> Response:
    """Channels of bureaus and schools, and what became of their messages."""
    return look.show("notifications", places_view(look))


@router.get("/wishes")
def wishes_form(look: Looking) -> Response:
    """The form of one's wishes."""
    return shown(look, _wishes(look), wishes_values(wishes_of(look.session, look.caller.id)))


@router.post("/wishes")
def set_wishes(look: Looking, form: _Said) -> Response:
    """Keep one's wishes, or say on the form what is wrong."""
    filled = _wishes(look)

    def act() -> None:
        body = cast(WishesForm, body_of(WishesForm, filled.fields, form.said))
        keep_wishes(look.session, wish(wishes_of(look.session, look.caller.id), body))

    return kept(look, filled, form.said, act)


@router.get("/new")
def new_own_channel(look: Looking) -> Response:
    """The form of a channel of one's own."""
    return shown(look, _channel(look, own=True), {})


@router.post("/new")
def add_own_channel(look: Looking, form: _Said) -> Response:
    """Keep it, or say on the form what is wrong."""
    return _added(look, form, own=True)


@router.get("/places/new")
def new_channel(look: Looking) -> Response:
    """The form of a channel of a bureau or a school."""
    look.caller.require(Permission.manage_notifications)
    return shown(look, _channel(look, own=False), {"language": look.lang.code, "tickets": "yes"})


@router.post("/places/new")
def add_channel(look: Looking, form: _Said) -> Response:
    """Keep it, or say on the form what is wrong."""
    look.caller.require(Permission.manage_notifications)
    return _added(look, form, own=False)


@router.get("/duty")
def duty_rosters(look: Looking) -> Response:
    """Who is on duty, bureau by bureau."""
    return look.show("duty", rosters(look))


@router.get("/duty/{code}")
def duty_form(look: Looking, code: str) -> Response:
    """The form of a bureau's week."""
    desk, bureau = _bureau(look, code)
    row = roster(look, bureau, desk)
    values = {f"day{day}": text for day, (_, text) in enumerate(row.days)}
    return shown(look, _duty(look, bureau, row.name), values)


@router.post("/duty/{code}")
def set_duty(look: Looking, code: str, form: _Said) -> Response:
    """Keep a bureau's week, or say on the form what is wrong."""
    desk, bureau = _bureau(look, code)
    filled = _duty(look, bureau, roster(look, bureau, desk).name)
    return kept(look, filled, form.said, lambda: desk.set(code, shifts_of(form.said)))


@router.post("/{channel_id}/{act}")
def act_on_channel(channel_id: str, act: _Act, look: Looking) -> Response:
    """Pause, resume, take away, or have a test message sent.

    Raises:
        NotFound: no such channel of the reader's or of their places.
    """
    desk = desk_of(look)
    found = desk.get(channel_id)
    back = _HOME if found.user_id is not None else _PLACES
    acts: dict[str, Callable[[], object]] = {
        "pause": lambda: desk.pause(found, look.now),
        "resume": lambda: desk.resume(found),
        "remove": lambda: desk.remove(found, look.now),
        "test": lambda: desk.test(found, look.now),
    }
    acts[act]()
    return RedirectResponse(back, 303)


def _added(look: Look, form: AnyForm, *, own: bool) -> Response:
    filled = _channel(look, own=own)

    def act() -> None:
        body = cast(ChannelForm, body_of(ChannelForm, filled.fields, form.said))
        if body.kind is not ChannelKind.service and not body.secret.strip():
            raise Invalid(field="secret", reason="-")
        owner = Owner(user_id=look.caller.id) if own else owner_of(look.session, body.at or "")
        language = body.language if body.language in LANGUAGES else look.lang.code
        values = body.model_dump(exclude={"at", "language"})
        box = look.request.app.state.secret_box
        desk_of(look).add(owner, Wanted(language=language, **values), box, look.now)

    return kept(look, filled, form.said, act)


def _bureau(look: Look, code: str) -> tuple[DutyDesk, Organisation]:
    scope = look.caller.require(Permission.manage_notifications)
    bureau = OrganisationRepository(look.session, scope).get(code)
    if bureau is None:
        raise NotFound(what="organisation", key=code)
    return DutyDesk(look.session, scope), bureau


def _wishes(look: Look) -> PlainForm:
    return _form(look, N_("What you are told"), f"{_HOME}/wishes", _HOME, wishes_fields(look))


def _channel(look: Look, *, own: bool) -> PlainForm:
    back = _HOME if own else _PLACES
    title = N_("A channel of your own") if own else N_("A channel of a place")
    return _form(look, title, f"{back}/new", back, channel_fields(look, own=own))


def _duty(look: Look, bureau: Organisation, name: str) -> PlainForm:
    title = look.lang.gettext(N_("Duty roster of {place}")).format(place=name)
    path = f"{_DUTY}/{bureau.code}"
    return _form(look, title, path, _DUTY, roster_fields(look, bureau))


def _form(look: Look, title: str, action: str, back: str, fields: Sequence[Field]) -> PlainForm:
    return PlainForm(
        title=look.lang.gettext(title),
        crumbs=((look.lang.gettext(N_("Notifications")), _HOME),),
        action=action,
        fields=fields,
        back=back,
    )
