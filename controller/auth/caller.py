"""The person or program behind a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from controller.auth.permissions import ROLES, Permission
from controller.errors import PermissionDenied
from inventory.models import Role
from inventory.repositories.people import (
    ApiTokenRepository,
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
    holder = ApiTokenRepository(session, Scope.everything()).holder(token_hash, now)
    return None if holder is None else Caller(*holder)


def caller_of_browser(
    session: Session, token_hash: str, now: datetime
) -> tuple[Caller, timedelta] | None:
    """Whose browser it is, and how long the session would last without another request."""
    found = WebSessionRepository(session, Scope.everything()).holder(token_hash, now)
    if found is None:
        return None
    holder, expires_at = found
    return Caller(*holder, session=token_hash), expires_at - now


def prolong(session: Session, token_hash: str, now: datetime, length: timedelta) -> None:
    """Let a browser session last ``length`` from now."""
    found = WebSessionRepository(session, Scope.everything()).get(token_hash, now)
    if found is not None:
        found.expires_at = now + length
