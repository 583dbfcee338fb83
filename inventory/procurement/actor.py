"""Who takes a step, and as what."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from inventory.errors import NotFound, OutOfScope
from inventory.models import Role, School
from inventory.models.procurement_ledger import Right
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with the grants that carry one right.

    Args:
        id: of the user.
        right: what the step needs.
        grants: role and path prefix, of those roles alone that carry ``right``.
    """

    id: str
    right: Right
    grants: tuple[tuple[Role, str], ...]

    @property
    def scope(self) -> Scope:
        """Where the person has the right."""
        return Scope.of(path for _, path in self.grants)

    def school(self, session: Session, code: str) -> School:
        """A school where the person has the right.

        Raises:
            NotFound: there is none.
            OutOfScope: it is not theirs.
        """
        school = session.get(School, code)
        if school is None:
            raise NotFound(what="school", key=code)
        if not self.scope.covers(school.path):
            raise OutOfScope(key=code)
        return school

    def roles_at(self, path: str) -> Collection[Role]:
        """The roles whose grants cover a path, in the order of the grants."""
        return [role for role, prefix in self.grants if path.startswith(prefix)]

    def role_at(self, path: str) -> Role:
        """The role the person acts in there.

        Raises:
            OutOfScope: none.
        """
        for role in self.roles_at(path):
            return role
        raise OutOfScope(key=path)
