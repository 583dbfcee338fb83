"""Who may be sent a report: people who log in, have an address, and may see the place."""

from collections.abc import Sequence

from sqlmodel import Session

from controller.auth.caller import Caller
from controller.auth.permissions import Permission
from inventory.errors import N_, Invalid
from inventory.models import User
from inventory.repositories.people import UserRepository
from inventory.scope import Scope

#: Why somebody is not sent a report.
NO_ADDRESS, OUT_OF_SCOPE, DISABLED = "no_address", "out_of_scope", "disabled"
_EVERYTHING = Scope.everything()


class RecipientUnfit(Invalid):
    """Nobody of that log-in may see the place, or has an address."""

    code = "recipient_unfit"
    message = N_("“{key}” may not see this place, or has no e-mail address.")


def obstacle(session: Session, user: User, path: str) -> str:
    """Why somebody is not sent a report of the place of that path; empty where nothing is."""
    if user.disabled_at is not None:
        return DISABLED
    if not user.email:
        return NO_ADDRESS
    return "" if may_read(session, user, path) else OUT_OF_SCOPE


def may_read(
    session: Session, user: User, path: str, permission: Permission = Permission.read
) -> bool:
    """Whether somebody may read all of a place, as their grants stand now."""
    grants = UserRepository(session, _EVERYTHING).grants_of(user)
    caller = Caller(
        user.id,
        user.login,
        user.name,
        user.language,
        tuple((one.role, one.scope_path) for one in grants),
    )
    return caller.may(permission, path)


def recipients_called(session: Session, logins: Sequence[str], path: str) -> list[User]:
    """The people of these log-ins.

    Raises:
        RecipientUnfit: one is not known or may not be sent it; which of them is not told.
    """
    users = UserRepository(session, _EVERYTHING)
    found = []
    for login in dict.fromkeys(logins):
        user = users.by_login(login)
        if user is None or obstacle(session, user, path):
            raise RecipientUnfit(key=login)
        found.append(user)
    return found


def eligible(session: Session, scope: Scope, path: str) -> Sequence[User]:
    """People known within a scope who may be sent reports of a place, by log-in."""
    users = UserRepository(session, scope).all()
    return [one for one in users if not obstacle(session, one, path)]
