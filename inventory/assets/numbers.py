"""Numbers of new devices, which are looked for in the register before they are given out."""

from sqlalchemy import text
from sqlmodel import Session

_LOCK = 0x666C656574


def stand_in_line(session: Session) -> None:
    """Let nobody else make devices of numbers until this transaction ends.

    Two at once could both find one number free. On SQLite writers stand in line anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
