"""Ticket numbers, and the lock that goes with them."""

from sqlalchemy import text
from sqlmodel import Session

# One statement on both databases; the row stays locked until the transaction ends.
_TAKE = text(
    "INSERT INTO ticket_number (id, last) VALUES (1, :count)"
    " ON CONFLICT (id) DO UPDATE SET last = ticket_number.last + excluded.last RETURNING last"
)


def take_numbers(session: Session, count: int) -> range:
    """The next ``count`` ticket numbers, from 1 upwards, without gaps.

    Other transactions that want numbers wait until this one ends; a rolled-back one gives its
    numbers back.
    """
    last: int = session.connection().execute(_TAKE, {"count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def lock_judgement(session: Session) -> None:
    """Wait until no other transaction judges or numbers tickets, and keep others waiting."""
    take_numbers(session, 0)
