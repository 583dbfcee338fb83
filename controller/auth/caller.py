"""The person or program behind a request."""

from dataclasses import dataclass

from controller.auth.permissions import ROLES, Permission
from controller.errors import PermissionDenied
from inventory.models import Role, User
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

    @classmethod
    def of(cls, user: User, grants: tuple[tuple[Role, str], ...], session: str = "") -> "Caller":
        return cls(user.id, user.login, user.name, user.language, grants, session)

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
