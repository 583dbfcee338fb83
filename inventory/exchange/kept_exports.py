"""Workbooks that are written while their owners do something else, and wait to be fetched."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from inventory.ids import new_id
from inventory.models import ExportRun, RunState

#: Workbooks of one person that are kept; an older one that is finished makes room.
MOST_KEPT = 3


def begin_export(session: Session, user_id: str, name: str, total: int, now: datetime) -> str:
    """Note that a workbook is being written; the id to ask for it.

    Args:
        session: of one transaction.
        user_id: whose it is.
        name: of the file.
        total: rows it will have.
        now: the time.
    """
    finished = (
        select(ExportRun.id)
        .where(ExportRun.user_id == user_id, ExportRun.state != RunState.running)
        .order_by(col(ExportRun.seen_at).desc())
        .offset(MOST_KEPT - 1)
    )
    old = session.exec(finished).all()
    session.execute(delete(ExportRun).where(col(ExportRun.id).in_(old)))
    run = ExportRun(id=new_id("x"), user_id=user_id, name=name, total=total, seen_at=now)
    session.add(run)
    session.flush()
    return run.id


def export_of(session: Session, user_id: str, run_id: str) -> ExportRun | None:
    """A run this person began, without the file."""
    return session.exec(
        select(ExportRun)
        .where(ExportRun.id == run_id, ExportRun.user_id == user_id)
        .options(defer(ExportRun.content))  # type: ignore[arg-type]  # a column of the class
    ).one_or_none()


def written_file(session: Session, run_id: str) -> bytes:
    """The file of a run that is done; empty otherwise."""
    found = session.exec(select(ExportRun.content).where(ExportRun.id == run_id)).one_or_none()
    return found or b""


def note_rows(session: Session, run_id: str, done: int, now: datetime) -> bool:
    """Note how many rows are written; returns whether somebody has asked to end it."""
    session.execute(
        update(ExportRun).where(col(ExportRun.id) == run_id).values(done=done, seen_at=now)
    )
    asked = session.exec(select(ExportRun.cancel_asked).where(ExportRun.id == run_id))
    return bool(asked.one_or_none())


def ask_to_end_export(session: Session, run_id: str) -> None:
    """Have a run end, wherever it is written."""
    session.execute(update(ExportRun).where(col(ExportRun.id) == run_id).values(cancel_asked=True))


def end_export(
    session: Session, run_id: str, state: RunState, content: bytes, now: datetime
) -> None:
    """Note what became of a run, and keep its file."""
    session.execute(
        update(ExportRun)
        .where(col(ExportRun.id) == run_id)
        .values(state=state, content=content, seen_at=now)
    )
