"""Slows down guessing: failed log-ins are counted by name and address, and by address alone.

They are counted in the database, so that several controllers count together and a restart forgets
nothing. Of names only a hash is kept: people type passwords there by mistake.
"""

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session

from controller.auth.tokens import token_hash
from inventory.database import SessionFactory, unit_of_work
from inventory.repositories.people import LoginFailureRepository
from inventory.scope import Scope

#: A school's people often share one address, so the address alone gets this many times more.
ADDRESS_FACTOR = 10
_MAX_ADDRESS = 64


class Throttle:
    """Failures within a sliding window. Time is passed in, aware. Blocks.

    Args:
        sessions: where they are counted.
        attempts: failures of one name from one address before it has to wait.
        window: seconds a failure counts.
    """

    def __init__(self, sessions: SessionFactory, attempts: int, window: float) -> None:
        self.attempts = attempts
        self.window = timedelta(seconds=window)
        self._sessions = sessions

    def attempt(self, login: str, address: str, now: datetime) -> float:
        """Seconds to wait before the next try is looked at; 0 when it may be looked at now.

        A try counts as failed until :meth:`succeeded` says otherwise, so that many at once do
        not slip through together.
        """
        name, address = token_hash(login), address[:_MAX_ADDRESS]
        with unit_of_work(self._sessions) as session:
            _take_turns(session, address)
            failures = LoginFailureRepository(session, Scope.everything())
            failures.forget(before=now - self.window, address=address)
            wait = max(
                self._wait(failures.times(address, name), self.attempts, now),
                self._wait(failures.times(address), self.attempts * ADDRESS_FACTOR, now),
            )
            if wait <= 0:
                failures.add(name, address, now)
        return max(0.0, wait)

    def succeeded(self, login: str, address: str) -> None:
        """The last try was right: the name's failures are forgotten, the try does not count."""
        with unit_of_work(self._sessions) as session:
            LoginFailureRepository(session, Scope.everything()).end(
                token_hash(login), address[:_MAX_ADDRESS]
            )

    def _wait(self, failures: list[datetime], allowed: int, now: datetime) -> float:
        """Until the oldest of so many failures counts no more."""
        if len(failures) < allowed:
            return 0.0
        return (failures[-allowed] + self.window - now).total_seconds()


def _take_turns(session: Session, address: str) -> None:
    """Tries from one address come one after the other; SQLite's writers do anyway."""
    if session.connection().dialect.name == "postgresql":
        key = func.hashtextextended(f"campus-fleet log-in {address}", 0)
        session.execute(func.pg_advisory_xact_lock(key).select())


def forget_failures(session: Session, now: datetime) -> None:
    """Housekeeping: failures from addresses that never tried again."""
    LoginFailureRepository(session, Scope.everything()).forget(before=now - timedelta(days=1))
