"""Duty rosters on pages: a bureau's week, a line a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.notify.audience import Audience
from alerts.notify.times import minutes_of
from controller.auth.permissions import Permission
from controller.duty import DutyDesk, ShiftOf
from controller.language import N_
from controller.notifying import READERS
from controller.pages.look import Look
from controller.pages.views.names import bureau_name, names_of_logins
from controller.pages.views.record_form import Field
from inventory.errors import Invalid
from inventory.models import Organisation
from inventory.repositories import OrganisationRepository
from inventory.repositories.people import UserRepository
from inventory.scope import Scope

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_SHIFT_PARTS = 2


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A bureau's week: who is on duty when, a text a day."""

    code: str
    name: str
    days: Sequence[tuple[str, str]]
    is_empty: bool


def rosters(look: Look) -> Sequence[RosterRow]:
    """Rosters of all bureaus the reader keeps.

    Raises:
        PermissionDenied: the reader keeps none.
    """
    scope = look.caller.require(Permission.manage_notifications)
    desk = DutyDesk(look.session, scope)
    bureaus = OrganisationRepository(look.session, scope).all()
    logins = [shift.login for one in bureaus for shift in desk.of(one.code)]
    people = names_of_logins(look, logins)
    return [roster(look, one, desk, people) for one in bureaus]


def roster(
    look: Look, bureau: Organisation, desk: DutyDesk, people: Mapping[str, str] | None = None
) -> RosterRow:
    """One bureau's week; without ``people``, who have names by log-in, as it is typed."""
    shifts = [
        one._replace(login=(people or {}).get(one.login, one.login)) for one in desk.of(bureau.code)
    ]
    days = [
        (look.lang.gettext(name), ", ".join(one.text for one in shifts if one.weekday == day))
        for day, name in enumerate(WEEKDAYS)
    ]
    return RosterRow(bureau.code, bureau_name(look, bureau), days, not shifts)


def roster_fields(look: Look, bureau: Organisation) -> Sequence[Field]:
    """The form of a bureau's week, a line a day."""
    audience = Audience(look.session, READERS, mails=False)
    users = UserRepository(look.session, Scope.everything()).all()
    able = [one for one in users if audience.may_see(one, bureau.path)]
    known = [f"{one.login} ({one.name})" if one.name else one.login for one in able]
    hint = look.lang.gettext(
        N_("For example 08:00-18:00 {login}, 18:00-24:00 {login}. Who may be on duty: {known}")
    ).format(login=able[0].login if able else "lin", known=", ".join(known) or "—")
    return [
        Field(f"day{day}", name, longest=500, hint=hint if day == 0 else "")
        for day, name in enumerate(WEEKDAYS)
    ]


def shifts_of(said: Mapping[str, str]) -> Sequence[ShiftOf]:
    """The shifts that were typed.

    Raises:
        Invalid: a line that is not understood.
    """
    found = []
    for day in range(len(WEEKDAYS)):
        text = said.get(f"day{day}", "").translate(str.maketrans("，、；;–—", ",,,,--"))
        for part in filter(None, map(str.strip, text.split(","))):
            times, _, login = part.partition(" ")
            ends = times.split("-")
            if len(ends) != _SHIFT_PARTS or not login.strip():
                raise Invalid(field=f"day{day}", reason=part[:60])
            found.append(ShiftOf(day, minutes_of(ends[0]), minutes_of(ends[1]), login.strip()))
    return found
