"""How often somebody may tell something: by link, and by address.

Counted in the database, so that several controllers count together. Of addresses only a keyed
hash is kept. A school's people share one address, so it gets more.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from alerts.models import ReportAttempt

WINDOW = timedelta(hours=1)
#: Tries within the window.
OF_A_LINK = 20
OF_AN_ADDRESS = 120


def address_hash(key: bytes, address: str) -> str:
    """What is kept of an address."""
    return hmac.new(key, address.encode("utf-8", "replace"), "sha256").hexdigest()


def attempt(session: Session, subject: str, address: str, now: datetime) -> float:
    """Seconds to wait before the next try is looked at; 0 when this one may be, and is counted.

    Args:
        session: one that writes; commit it before the try is looked at.
        subject: id of what the link is about.
        address: its hash.
        now: aware.
    """
    _take_turns(session, subject, address)
    by_link = col(ReportAttempt.subject) == subject
    by_address = col(ReportAttempt.address_hash) == address
    wait = max(
        _wait(session, by_link, OF_A_LINK, now), _wait(session, by_address, OF_AN_ADDRESS, now)
    )
    if wait <= 0:
        session.add(ReportAttempt(subject=subject, address_hash=address, at=now))
        session.flush()
    return max(0.0, wait)


def forget_attempts(session: Session, now: datetime) -> None:
    """Housekeeping: tries that count no more."""
    session.execute(delete(ReportAttempt).where(col(ReportAttempt.at) <= now - WINDOW))


def _wait(session: Session, whose: Any, allowed: int, now: datetime) -> float:
    """Until the oldest of so many tries counts no more."""
    of_late = col(ReportAttempt.at) > now - WINDOW
    youngest = col(ReportAttempt.at).desc()
    query = select(ReportAttempt.at).where(whose, of_late).order_by(youngest).limit(allowed)
    tries = session.exec(query).all()
    return 0.0 if len(tries) < allowed else (tries[-1] + WINDOW - now).total_seconds()


def _take_turns(session: Session, *names: str) -> None:
    """Tries of one link or address come one after the other; SQLite's writers do anyway."""
    if session.connection().dialect.name == "postgresql":
        for name in sorted(names):
            key = func.hashtextextended(f"campus-fleet report {name}", 0)
            session.execute(func.pg_advisory_xact_lock(key).select())
