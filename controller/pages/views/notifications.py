"""Notifications on pages: one's own wishes and channels, those of places, rosters, logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from pydantic import Field as Limits

from alerts.models import Severity
from alerts.notify.channels import NOT_ADMITTED, NOT_TAKEN, UNKNOWN_HOST
from alerts.notify.claims import GONE, NOT_ALLOWED, OVER
from alerts.notify.keeping import LONGEST_DIGEST, ChannelDesk, LogRow, wishes_of
from alerts.notify.models import (
    ChannelKind,
    Follow,
    NoticeKind,
    NoticeState,
    NotifyChannel,
    NotifyPreference,
)
from alerts.notify.service import SERVICES
from alerts.notify.times import clock_of, minutes_of
from controller.auth.permissions import Permission
from controller.language import LANGUAGES, N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options
from controller.pages.views.notice_subjects import Subject, subjects
from controller.pages.views.record_form import Field, choices_of
from controller.words.terms import SEVERITIES
from inventory.models import Organisation, School, User

FOLLOWS: Mapping[Follow, str] = {
    Follow.duty: N_("My tickets, and my hours on duty"),
    Follow.mine: N_("My tickets only"),
    Follow.everything: N_("Everything where I may read alerts"),
    Follow.nothing: N_("Nothing"),
}
KINDS: Mapping[ChannelKind, str] = {
    ChannelKind.service: N_("WeCom, DingTalk, SMS and others"),
    ChannelKind.webhook: N_("Signed webhook"),
    ChannelKind.alertmanager: N_("Webhook as Alertmanager sends it"),
}
NOTICES: Mapping[NoticeKind, str] = {
    NoticeKind.alert_opened: N_("Alert"),
    NoticeKind.alert_cleared: N_("Alert is over"),
    NoticeKind.list_grown: N_("List has grown"),
    NoticeKind.ticket_opened: N_("New ticket"),
    NoticeKind.ticket_assigned: N_("Ticket assigned"),
    NoticeKind.ticket_put_back: N_("Put back into the queue"),
    NoticeKind.ticket_prioritised: N_("Priority set"),
    NoticeKind.ticket_waiting: N_("Ticket waits"),
    NoticeKind.ticket_resolved: N_("Ticket resolved"),
    NoticeKind.ticket_reopened: N_("Ticket reopened"),
    NoticeKind.ticket_closed: N_("Ticket closed"),
    NoticeKind.ticket_commented: N_("Comment on a ticket"),
    NoticeKind.ticket_escalated: N_("Ticket escalated"),
    NoticeKind.test: N_("Test"),
}
STATES: Mapping[NoticeState, tuple[str, str]] = {
    NoticeState.waiting: (N_("Waiting to be sent"), "warn"),
    NoticeState.sent: (N_("Sent"), "good"),
    NoticeState.failed: (N_("Not delivered"), "bad"),
    NoticeState.skipped: (N_("Left out"), "idle"),
}
#: Why one was left out or was not taken; what else a server says is shown as it is.
REASONS: Mapping[str, str] = {
    OVER: N_("it was over before it was told"),
    GONE: N_("the channel is not there any more"),
    NOT_ALLOWED: N_("may not see the place any more"),
    UNKNOWN_HOST: N_("nobody knows this host now"),
    NOT_ADMITTED: N_("webhooks may not go to this address"),
    NOT_TAKEN: N_("the service did not take it"),
}
_Text = Annotated[str, StringConstraints(max_length=2_000)]
_YES, _NO = "yes", "no"


class WishesForm(BaseModel):
    """Somebody's wishes as they are typed."""

    follow: Follow = Follow.duty
    least: Severity = Severity.warning
    by_mail: bool = True
    quiet_from: _Text = ""
    quiet_to: _Text = ""
    loud_at_night: bool = False
    digest_minutes: Annotated[int, Limits(ge=0, le=LONGEST_DIGEST)] = 0


class ChannelForm(BaseModel):
    """A channel as it is typed."""

    at: str | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    kind: ChannelKind
    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    secret: Annotated[str, StringConstraints(max_length=200)] = ""
    language: str | None = None
    least: Severity = Severity.warning
    tickets: bool = True


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel in the reader's words."""

    row: NotifyChannel
    place: str
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in the reader's words."""

    row: LogRow
    kind: str
    about: Subject | None
    to: str
    state: str
    tone: str
    detail: str


@dataclass(frozen=True, slots=True)
class NotificationsView:
    """Channels and their log; of a person with the wishes, which places have none.

    Args:
        is_own: they are the reader's, not those of places.
        keeps_places: the reader keeps channels of places, too.
        can_mail: a mail server is named.
        address: the reader's, empty where there is none.
        facts: what the reader wants, label and text.
    """

    is_own: bool
    keeps_places: bool
    can_mail: bool
    address: str
    facts: Sequence[tuple[str, str]]
    channels: Sequence[ChannelRow]
    log: Sequence[NoticeRow]


def desk_of(look: Look) -> ChannelDesk:
    """Channels as the reader may keep them."""
    scope = look.caller.scope(Permission.manage_notifications)
    return ChannelDesk(look.session, scope, look.caller.id)


def own_view(look: Look) -> NotificationsView:
    """What the reader is told, and how."""
    desk = desk_of(look)
    return _view(look, desk, own=True, facts=_facts(look, wishes_of(look.session, look.caller.id)))


def places_view(look: Look) -> NotificationsView:
    """Channels of places.

    Raises:
        PermissionDenied: the reader keeps none.
    """
    look.caller.require(Permission.manage_notifications)
    return _view(look, desk_of(look), own=False, facts=())


def wishes_fields(look: Look) -> Sequence[Field]:
    """The form of one's wishes."""
    return (
        Field("follow", N_("Tell me of"), "choice", choices=choices_of(look, FOLLOWS)),
        Field("least", N_("From this severity on"), "choice", choices=_severities(look),
              hint=N_("Tickets of your own are told whatever their severity.")),
        Field("by_mail", N_("By e-mail"), "choice", choices=_yes_or_no(look)),
        Field("quiet_from", N_("Quiet from"), longest=5,
              hint=N_("A time such as 22:00; empty: never quiet.")),
        Field("quiet_to", N_("Quiet until"), longest=5,
              hint=N_("What happens meanwhile is told then, in one message.")),
        Field("loud_at_night", N_("Tell what is critical at once, always"), "choice",
              choices=_yes_or_no(look)),
        Field("digest_minutes", N_("Gather messages for so many minutes"), "number",
              hint=N_("0: each at once; 60: once an hour.")),
    )  # fmt: skip


def wishes_values(row: NotifyPreference) -> Mapping[str, str]:
    """What the form holds."""
    return {
        "follow": row.follow.value,
        "least": row.least.value,
        "by_mail": _YES if row.by_mail else _NO,
        "quiet_from": "" if row.quiet_from is None else clock_of(row.quiet_from),
        "quiet_to": "" if row.quiet_to is None else clock_of(row.quiet_to),
        "loud_at_night": _YES if row.loud_at_night else _NO,
        "digest_minutes": str(row.digest_minutes),
    }


def wish(row: NotifyPreference, said: WishesForm) -> NotifyPreference:
    """The wishes as they were typed.

    Raises:
        Invalid: a time that is none.
    """
    row.follow, row.least, row.by_mail = said.follow, said.least, said.by_mail
    row.quiet_from = minutes_of(said.quiet_from) if said.quiet_from else None
    row.quiet_to = minutes_of(said.quiet_to) if said.quiet_to else None
    row.loud_at_night, row.digest_minutes = said.loud_at_night, said.digest_minutes
    return row


def channel_fields(look: Look, *, own: bool) -> Sequence[Field]:
    """The form of a new channel."""
    services = look.lang.gettext(
        N_("Of a service as Apprise writes it, wecombot://KEY for example ({known}).")
    ).format(known=", ".join(sorted(SERVICES)))
    fields = [
        Field("name", N_("Name"), needed=True, longest=100),
        Field("kind", N_("Kind"), "choice", choices=choices_of(look, KINDS)),
        Field("url", N_("Address"), needed=True, longest=2_000, hint=services),
        Field("secret", N_("Secret that signs webhooks"), longest=200,
              hint=N_("Needed for webhooks: their receiver checks signatures with it.")),
    ]  # fmt: skip
    if own:
        return fields
    places = _places(look)
    return (
        Field("at", N_("Bureau or school"), "choice", needed=True, choices=places),
        *fields,
        Field("language", N_("Language"), "choice", choices=list(LANGUAGES.items())),
        Field("least", N_("From this severity on"), "choice", choices=_severities(look)),
        Field("tickets", N_("Steps of tickets, too"), "choice", choices=_yes_or_no(look)),
    )


def _view(
    look: Look, desk: ChannelDesk, *, own: bool, facts: Sequence[tuple[str, str]]
) -> NotificationsView:
    user = look.session.get(User, look.caller.id)
    return NotificationsView(
        is_own=own,
        keeps_places=look.caller.may(Permission.manage_notifications),
        can_mail=bool(look.request.app.state.settings.smtp_host),
        address=user.email if user is not None else "",
        facts=facts,
        channels=[_channel(look, one) for one in (desk.own() if own else desk.of_places())],
        log=_log(look, desk.log(own=own)),
    )


def _facts(look: Look, row: NotifyPreference) -> Sequence[tuple[str, str]]:
    say = look.lang.gettext
    quiet = (
        say(N_("never"))
        if row.quiet_from is None or row.quiet_to is None
        else f"{clock_of(row.quiet_from)} – {clock_of(row.quiet_to)}"
    )
    gathered = (
        say(N_("each at once"))
        if not row.digest_minutes
        else look.lang.span(row.digest_minutes * 60)
    )
    return (
        (say(N_("Tell me of")), say(FOLLOWS[row.follow])),
        (say(N_("From this severity on")), say(SEVERITIES[row.least])),
        (say(N_("By e-mail")), say(N_("Yes")) if row.by_mail else say(N_("No"))),
        (say(N_("Quiet hours")), quiet),
        (say(N_("Gathered")), gathered),
    )


def _channel(look: Look, row: NotifyChannel) -> ChannelRow:
    say = look.lang.gettext
    told = [say(SEVERITIES[row.least])]
    if row.tickets:
        told.append(say(N_("Tickets")))
    return ChannelRow(row, _place(look, row), say(KINDS[row.kind]), " · ".join(told))


def _place(look: Look, row: NotifyChannel) -> str:
    found: School | Organisation
    if row.school_code is not None:
        found = look.session.get_one(School, row.school_code)
    elif row.organisation_code is not None:
        found = look.session.get_one(Organisation, row.organisation_code)
    else:
        return ""
    return (look.lang.code != "zh_CN" and found.name_en) or found.name


def _log(look: Look, rows: Sequence[LogRow]) -> list[NoticeRow]:
    about = subjects(look, rows)
    return [_notice(look, one, about.get(one.notice.event_id)) for one in rows]


def _notice(look: Look, row: LogRow, about: Subject | None) -> NoticeRow:
    say = look.lang.gettext
    text, tone = STATES[row.notice.state]
    known = REASONS.get(row.notice.detail)
    return NoticeRow(
        row=row,
        kind=say(NOTICES[row.notice.kind]),
        about=about,
        to=row.channel.name if row.channel is not None else say(N_("E-mail")),
        state=say(text),
        tone=tone,
        detail=say(known) if known is not None else row.notice.detail,
    )


def _places(look: Look) -> Sequence[tuple[str, str]]:
    """Bureaus the reader keeps; of whoever keeps no bureau, their schools."""
    scope = look.caller.require(Permission.manage_notifications)
    bureaus = bureau_options(look, scope)
    if bureaus:
        return bureaus
    codes = [prefix.rstrip("/").rpartition("/")[2] for prefix in scope.prefixes]
    schools = [look.session.get(School, code) for code in codes]
    return [(one.code, one.name) for one in schools if one is not None]


def _severities(look: Look) -> Sequence[tuple[str, str]]:
    return [(one.value, look.lang.gettext(SEVERITIES[one])) for one in Severity]


def _yes_or_no(look: Look) -> Sequence[tuple[str, str]]:
    return [(_YES, look.lang.gettext(N_("Yes"))), (_NO, look.lang.gettext(N_("No")))]
