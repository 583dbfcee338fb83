"""Questions about users, their grants, log-ins and tokens.

Logging in happens before anybody has a scope: the controller's authentication asks these
repositories within ``Scope.everything()``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, exists, or_, true
from sqlmodel import col, select

from inventory.errors import OutOfScope
from inventory.models import ApiToken, Grant, LoginFailure, Role, User, WebSession
from inventory.repositories.scoped import Page, Repository, window
from inventory.scope import Scope


class Holder(NamedTuple):
    """Whose a token or a log-in is, with role and path of each of their grants."""

    id: str
    login: str
    name: str
    language: str
    grants: tuple[tuple[Role, str], ...]


_COLUMNS: Any = (User.id, User.login, User.name, User.language, Grant.role, Grant.scope_path)
#: A row for each grant. Every request asks this, so the statements are made once.
_HOLDER: Any = (
    select(*_COLUMNS)
    .outerjoin(Grant, col(Grant.user_id) == col(User.id))
    .where(col(User.disabled_at).is_(None))
    .order_by(col(Grant.role), col(Grant.scope_path))
)
_OF_TOKEN: Any = _HOLDER.join(ApiToken, col(ApiToken.user_id) == col(User.id)).where(
    col(ApiToken.token_hash) == bindparam("hash"),
    col(ApiToken.expires_at).is_(None) | (col(ApiToken.expires_at) > bindparam("now")),
)
_OF_SESSION: Any = (
    _HOLDER.add_columns(col(WebSession.expires_at))
    .join(WebSession, col(WebSession.user_id) == col(User.id))
    .where(col(WebSession.token_hash) == bindparam("hash"))
    .where(col(WebSession.expires_at) > bindparam("now"))
)


class _PeopleRepository(Repository):
    def _holding(self, statement: Any, token_hash: str, now: datetime) -> Sequence[Any]:
        """Rows of whose something is, with a grant within the scope each."""
        if not self._sees_everything:
            statement = statement.where(self._scope.condition(col(Grant.scope_path)))
        return self._session.execute(statement, {"hash": token_hash, "now": now}).all()

    def _visible(self, user_id: object) -> ColumnElement[bool]:
        """SQL for "this user holds a grant within the scope"."""
        if self._sees_everything:
            return true()
        return exists().where(
            col(Grant.user_id) == user_id, self._scope.condition(col(Grant.scope_path))
        )

    def _admit_user(self, user_id: str) -> None:
        """Let a row of this user be written.

        Raises:
            OutOfScope: the user holds no grant within the scope.
        """
        query = select(User.id).where(User.id == user_id, self._visible(col(User.id)))
        if self._session.exec(query).one_or_none() is None:
            raise OutOfScope(key=user_id)


class UserRepository(_PeopleRepository):
    """Users who hold at least one grant within the caller's scope."""

    def get(self, user_id: str) -> User | None:
        return self._session.exec(
            select(User).where(User.id == user_id, self._visible(col(User.id)))
        ).one_or_none()

    def by_login(self, login: str) -> User | None:
        return self._session.exec(
            select(User).where(User.login == login, self._visible(col(User.id)))
        ).one_or_none()

    def all(self) -> Sequence[User]:
        return self._session.exec(
            select(User).where(self._visible(col(User.id))).order_by(col(User.login))
        ).all()

    def named(self, user_ids: Sequence[str]) -> Sequence[User]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(User)
            .where(self._visible(col(User.id)), col(User.id).in_(user_ids))
            .order_by(col(User.login))
        ).all()

    def page(self, *, search: str = "", offset: int = 0, limit: int = 50) -> Page[User]:
        """Users whose login or name contains ``search``."""
        query = select(User).where(self._visible(col(User.id)))
        if search.strip():
            text = search.strip()
            query = query.where(
                or_(
                    col(User.login).icontains(text, autoescape=True),
                    col(User.name).icontains(text, autoescape=True),
                )
            )
        rows = self._session.exec(window(query.order_by(col(User.login)), offset, limit)).all()
        return Page(rows, self._count(query))

    def with_role(self, role: Role, path: str) -> Sequence[User]:
        """Who holds this role for ``path``: a grant on it or on something above it, enabled."""
        above = [path[: i + 1] for i, letter in enumerate(path) if letter == "/"]
        holds = exists().where(
            col(Grant.user_id) == col(User.id),
            col(Grant.role) == role,
            col(Grant.scope_path).in_(above),
        )
        return self._session.exec(
            select(User)
            .where(self._visible(col(User.id)), holds, col(User.disabled_at).is_(None))
            .order_by(col(User.login))
        ).all()

    def grants_of(self, user: User) -> Sequence[Grant]:
        """The user's grants within the scope."""
        return self._session.exec(
            select(Grant)
            .where(Grant.user_id == user.id, self._scope.condition(col(Grant.scope_path)))
            .order_by(col(Grant.role), col(Grant.scope_path))
        ).all()

    def scope_of(self, user: User, *, roles: Sequence[Role] | None = None) -> Scope:
        """What the user may see (with ``roles``: may see in one of these roles)."""
        return Scope.of(
            grant.scope_path
            for grant in self.grants_of(user)
            if roles is None or grant.role in roles
        )

    def add(self, user: User, grants: Sequence[tuple[Role, str]] = ()) -> User:
        """Keep a user with ``(role, scope path)`` grants.

        Raises:
            OutOfScope: a grant reaches beyond the scope, or there is none to place the user by.
        """
        if not grants and not self._sees_everything:
            raise OutOfScope(key=user.login)
        for _, path in grants:
            self._admit_path(path)
        self._save(user)
        for role, path in grants:
            self.grant(user, role, path)
        return user

    def grant(self, user: User, role: Role, path: str) -> Grant:
        """Give a user a role within ``path``.

        Raises:
            OutOfScope: ``path`` reaches beyond the caller's own scope.
        """
        self._admit_path(path)
        return self._save(Grant(user_id=user.id, role=role, scope_path=path))

    def _admit_path(self, path: str) -> None:
        if not self._scope.covers(path):
            raise OutOfScope(key=path)


class WebSessionRepository(_PeopleRepository):
    """Log-ins of browsers."""

    def get(self, token_hash: str, now: datetime) -> WebSession | None:
        """The log-in behind a cookie, unless it has expired."""
        return self._session.exec(
            select(WebSession).where(
                WebSession.token_hash == token_hash,
                WebSession.expires_at > now,
                self._visible(col(WebSession.user_id)),
            )
        ).one_or_none()

    def holder(self, token_hash: str, now: datetime) -> tuple[Holder, datetime] | None:
        """Whose the log-in behind a cookie is, and when it expires, unless it has."""
        rows = self._holding(_OF_SESSION, token_hash, now)
        found = _holder(rows)
        return None if found is None else (found, rows[0].expires_at)

    def add(self, web_session: WebSession) -> WebSession:
        """Keep a log-in.

        Raises:
            OutOfScope: the user holds no grant within the scope.
        """
        self._admit_user(web_session.user_id)
        return self._save(web_session)

    def end(self, token_hash: str) -> None:
        """Log out."""
        self._session.execute(
            delete(WebSession).where(
                col(WebSession.token_hash) == token_hash, self._visible(col(WebSession.user_id))
            )
        )

    def end_all(self, user_id: str) -> None:
        """Log a user out everywhere, as after a change of password."""
        self._session.execute(
            delete(WebSession).where(
                col(WebSession.user_id) == user_id, self._visible(col(WebSession.user_id))
            )
        )

    def forget_expired(self, now: datetime) -> None:
        self._session.execute(
            delete(WebSession).where(
                col(WebSession.expires_at) <= now, self._visible(col(WebSession.user_id))
            )
        )


class ApiTokenRepository(_PeopleRepository):
    """Bearer tokens of programs."""

    def holder(self, token_hash: str, now: datetime) -> Holder | None:
        """Whose the token with this SHA-256 is, unless it has expired."""
        return _holder(self._holding(_OF_TOKEN, token_hash, now))

    def of_user(self, user_id: str) -> Sequence[ApiToken]:
        return self._session.exec(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, self._visible(col(ApiToken.user_id)))
            .order_by(col(ApiToken.created_at), col(ApiToken.token_hash))
        ).all()

    def add(self, token: ApiToken) -> ApiToken:
        """Keep a token.

        Raises:
            OutOfScope: the user holds no grant within the scope.
        """
        self._admit_user(token.user_id)
        return self._save(token)

    def revoke(self, token_hash: str) -> None:
        self._session.execute(
            delete(ApiToken).where(
                col(ApiToken.token_hash) == token_hash, self._visible(col(ApiToken.user_id))
            )
        )


class LoginFailureRepository(Repository):
    """Log-ins that did not succeed; nobody's, for nobody is logged in yet."""

    def times(self, address: str, login_hash: str | None = None) -> list[datetime]:
        """When tries from an address failed, all or those of one name; oldest first."""
        query = select(LoginFailure.at).where(LoginFailure.address == address)
        if login_hash is not None:
            query = query.where(LoginFailure.login_hash == login_hash)
        return list(self._session.exec(query.order_by(col(LoginFailure.at))).all())

    def add(self, login_hash: str, address: str, at: datetime) -> None:
        """Count one."""
        self._save(LoginFailure(login_hash=login_hash, address=address, at=at))

    def end(self, login_hash: str, address: str) -> None:
        """Forget those of a name from an address."""
        self._session.execute(
            delete(LoginFailure).where(
                col(LoginFailure.address) == address, col(LoginFailure.login_hash) == login_hash
            )
        )

    def forget(self, *, before: datetime, address: str | None = None) -> None:
        """Forget old ones, of one address or of all."""
        old = col(LoginFailure.at) <= before
        if address is not None:
            old &= col(LoginFailure.address) == address
        self._session.execute(delete(LoginFailure).where(old))


def _holder(rows: Sequence[Any]) -> Holder | None:
    if not rows:
        return None
    # Somebody without any grant has one row, without a role.
    grants = tuple((row.role, row.scope_path) for row in rows if row.role is not None)
    row = rows[0]
    return Holder(row.id, row.login, row.name, row.language, grants)
