"""Weekly rosters of bureaus: who is told what happens, by log-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from alerts.notify.audience import Audience
from alerts.notify.keeping import Shift, admit_bureau, roster_of, set_roster
from alerts.notify.times import clock_of
from controller.notifying import READERS
from inventory.errors import N_, Invalid
from inventory.models import User
from inventory.repositories.people import UserRepository
from inventory.scope import Scope


class DutyUnfit(Invalid):
    """Somebody cannot be on duty there."""

    code = "duty_unfit"
    message = N_("“{key}” is not known or may not read the alerts of this bureau.")


class ShiftOf(NamedTuple):
    """A shift with the log-in of who has it; minutes of the day."""

    weekday: int
    starts: int
    ends: int
    login: str

    @property
    def text(self) -> str:
        return f"{clock_of(self.starts)}–{clock_of(self.ends)} {self.login}"


@dataclass(frozen=True, slots=True)
class DutyDesk:
    """Rosters of bureaus within a scope."""

    session: Session
    scope: Scope

    def of(self, code: str) -> Sequence[ShiftOf]:
        """The shifts of a bureau.

        Raises:
            NotFound, OutOfScope: of the bureau.
        """
        admit_bureau(self.session, self.scope, code)
        return [
            ShiftOf(
                one.weekday,
                one.starts,
                one.ends,
                self.session.get_one(User, one.user_id).login,
            )
            for one in roster_of(self.session, code)
        ]

    def set(self, code: str, shifts: Sequence[ShiftOf]) -> None:
        """Let these be its shifts.

        Raises:
            DutyUnfit: somebody is not known, or may not read its alerts; which is not told.
            Invalid: a day or a time that is none, or too many.
            NotFound, OutOfScope: of the bureau.
        """
        bureau = admit_bureau(self.session, self.scope, code)
        users = UserRepository(self.session, Scope.everything())
        audience = Audience(self.session, READERS, mails=False)
        ids: dict[str, str] = {}
        for login in dict.fromkeys(one.login for one in shifts):
            user = users.by_login(login)
            if user is None or not audience.may_see(user, bureau.path):
                raise DutyUnfit(key=login)
            ids[login] = user.id
        set_roster(
            self.session,
            self.scope,
            code,
            [Shift(one.weekday, one.starts, one.ends, ids[one.login]) for one in shifts],
        )
