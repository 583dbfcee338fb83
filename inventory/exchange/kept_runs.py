"""Runs of kept files, one a file: whoever comes back finds how far it is, and what became of it."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from inventory.errors import N_, Conflict
from inventory.models import ImportRun, ImportUpload, RunState


class RunsAlready(Conflict):
    """A file is tried or brought in one go at a time."""

    code = "import_runs_already"
    message = N_("“{key}” is being worked on already.")


def run_of(session: Session, upload_id: str) -> ImportRun | None:
    """The last run of a file."""
    return session.get(ImportRun, upload_id)


def begin_run(
    session: Session, upload: ImportUpload, choices: str, now: datetime, *, is_dry: bool
) -> None:
    """Note that a file is being tried, or brought; what became of it before is forgotten."""
    session.merge(
        ImportRun(
            upload_id=upload.id,
            user_id=upload.user_id,
            choices=choices,
            is_dry=is_dry,
            state=RunState.running,
            seen_at=now,
        )
    )
    session.flush()


def note_step(session: Session, upload_id: str, step: tuple[str, int, int], now: datetime) -> bool:
    """Note how far a run is; returns whether somebody has asked to end it."""
    phase, done, total = step
    session.execute(
        update(ImportRun)
        .where(col(ImportRun.upload_id) == upload_id)
        .values(phase=phase, done=done, total=total, seen_at=now)
    )
    asked = session.exec(select(ImportRun.cancel_asked).where(ImportRun.upload_id == upload_id))
    return bool(asked.one_or_none())


def ask_to_end(session: Session, upload_id: str) -> None:
    """Have a run end before it writes."""
    session.execute(
        update(ImportRun).where(col(ImportRun.upload_id) == upload_id).values(cancel_asked=True)
    )


def end_run(
    session: Session, upload_id: str, state: RunState, outcome: str, now: datetime, *, written: bool
) -> None:
    """Note what became of a run; a file that is in the register is kept no longer."""
    session.execute(
        update(ImportRun)
        .where(col(ImportRun.upload_id) == upload_id)
        .values(state=state, outcome=outcome, seen_at=now)
    )
    if written:
        session.execute(
            update(ImportUpload).where(col(ImportUpload.id) == upload_id).values(content=b"")
        )
