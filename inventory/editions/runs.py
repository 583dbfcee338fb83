"""How far the work on an edition is that is done in the background."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from inventory.models import EditionRun, RunState


def begin_run(session: Session, edition_id: str, phase: str, now: datetime) -> None:
    """Note that work on an edition has begun, in place of what was noted before."""
    session.merge(
        EditionRun(
            edition_id=edition_id,
            state=RunState.running,
            phase=phase,
            done=0,
            total=0,
            cancel_asked=False,
            seen_at=now,
            fault="",
        )
    )
    session.flush()


def note_run(session: Session, edition_id: str, done: int, total: int, now: datetime) -> bool:
    """Note how far it is; returns whether somebody has asked to end it."""
    session.execute(
        update(EditionRun)
        .where(col(EditionRun.edition_id) == edition_id)
        .values(done=done, total=total, seen_at=now)
    )
    asked = select(EditionRun.cancel_asked).where(EditionRun.edition_id == edition_id)
    return bool(session.exec(asked).one_or_none())


def end_run(
    session: Session, edition_id: str, state: RunState, now: datetime, fault: str = ""
) -> None:
    """Note what became of it."""
    session.execute(
        update(EditionRun)
        .where(col(EditionRun.edition_id) == edition_id)
        .values(state=state, seen_at=now, fault=fault[:500])
    )


def ask_to_end_run(session: Session, edition_id: str) -> None:
    """Have it end, wherever it is done."""
    session.execute(
        update(EditionRun).where(col(EditionRun.edition_id) == edition_id).values(cancel_asked=True)
    )
