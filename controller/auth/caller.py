"""The person or program behind a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from controller.auth.permissions import ROLES, Permission
from controller.errors import PermissionDenied
from inventory.models import Role
from inventory.repositories.people import (
    ApiTokenRepository,
    UserRepository,
    WebSessionRepository,
)
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """A user with their grants, as of this request.

    Args:
        grants: role and the path prefix it holds under.
        session: hash of the browser session's token; empty for API tokens.
    """

    id: str
    login: str
    name: str
    language: str
    grants: tuple[tuple[Role, str], ...]
    session: str = ""

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for role, _ in self.grants)

    def scope(self, permission: Permission) -> Scope:
        """Where the caller may do this; empty where nowhere."""
        return Scope.of(path for role, path in self.grants if permission in ROLES[role])

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """Whether the caller may do this at ``path``, or anywhere at all."""
        scope = self.scope(permission)
        return bool(scope.prefixes) if path is None else scope.covers(path)

    def require(self, permission: Permission) -> Scope:
        """The scope of this permission.

        Raises:
            PermissionDenied: the caller has it nowhere.
        """
        scope = self.scope(permission)
        if not scope.prefixes:
            raise PermissionDenied
        return scope


def caller_of_token(session: Session, token_hash: str, now: datetime) -> Caller | None:
    """Whom an API token acts as; ``None`` for unknown, expired, or a disabled user."""
    token = ApiTokenRepository(session, Scope.everything()).get(token_hash, now)
    return None if token is None else _caller(session, token.user_id)


def caller_of_browser(
    session: Session, token_hash: str, now: datetime
) -> tuple[Caller, timedelta] | None:
    """Whose browser it is, and how long the session would last without another request."""
    found = WebSessionRepository(session, Scope.everything()).get(token_hash, now)
    if found is None:
        return None
    caller = _caller(session, found.user_id, token_hash)
    return None if caller is None else (caller, found.expires_at - now)


def prolong(session: Session, token_hash: str, now: datetime, length: timedelta) -> None:
    """Let a browser session last ``length`` from now."""
    found = WebSessionRepository(session, Scope.everything()).get(token_hash, now)
    if found is not None:
        found.expires_at = now + length


def _caller(session: Session, user_id: str, browser: str = "") -> Caller | None:
    users = UserRepository(session, Scope.everything())
    user = users.get(user_id)
    if user is None or user.disabled_at is not None:
        return None
    grants = tuple((grant.role, grant.scope_path) for grant in users.grants_of(user))
    return Caller(user.id, user.login, user.name, user.language, grants, browser)
