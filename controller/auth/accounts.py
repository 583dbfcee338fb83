"""Queries about how people are known: log-ins, browser sessions, API tokens, grants.

They run before anybody's scope is known, so they take none.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from inventory.models import ApiToken, Grant, Role, User, WebSession


class Accounts:
    """Reads and writes accounts; flushes, never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def user_with_login(self, login: str) -> User | None:
        return self._session.exec(select(User).where(col(User.login) == login)).first()

    def grants_of(self, user_id: str) -> tuple[tuple[Role, str], ...]:
        rows = self._session.exec(select(Grant).where(col(Grant.user_id) == user_id))
        return tuple((grant.role, grant.scope_path) for grant in rows)

    def browser_session(self, token_hash: str, now: datetime) -> tuple[WebSession, User] | None:
        """A session that has not expired, with its user, unless the user is disabled."""
        web_session = self._session.get(WebSession, token_hash)
        if web_session is None or web_session.expires_at <= now:
            return None
        user = self._enabled(web_session.user_id)
        return None if user is None else (web_session, user)

    def user_of_token(self, token_hash: str, now: datetime) -> User | None:
        """The user an API token acts as."""
        token = self._session.get(ApiToken, token_hash)
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        return self._enabled(token.user_id)

    def keep_browser_session(self, web_session: WebSession) -> None:
        self._session.add(web_session)
        self._session.flush()

    def prolong(self, token_hash: str, until: datetime) -> None:
        web_session = self._session.get(WebSession, token_hash)
        if web_session is not None:
            web_session.expires_at = until
            self._session.flush()

    def forget_browser_session(self, token_hash: str) -> None:
        self._session.exec(delete(WebSession).where(col(WebSession.token_hash) == token_hash))

    def forget_sessions_expired_at(self, now: datetime) -> int:
        """How many browser sessions were over and are gone."""
        gone = self._session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now))
        return int(gone.rowcount)

    def keep_token(self, token: ApiToken) -> None:
        self._session.add(token)
        self._session.flush()

    def rehash(self, user_id: str, password_hash: str) -> None:
        user = self._session.get(User, user_id)
        if user is not None:
            user.password_hash = password_hash
            self._session.flush()

    def _enabled(self, user_id: str) -> User | None:
        user = self._session.get(User, user_id)
        return None if user is None or user.disabled_at is not None else user
