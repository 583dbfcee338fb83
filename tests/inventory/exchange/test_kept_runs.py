"""What is kept of a run beside its file."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from inventory.exchange.kept import KEPT, forget_uploads, keep_upload, upload_of
from inventory.exchange.kept_runs import ask_to_end, begin_run, end_run, note_step, run_of
from inventory.exchange.tables import Source
from inventory.models import ImportRun, RunState

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def test_a_run_says_how_far_it_is_and_hears_that_it_shall_end(session: Session) -> None:
    upload_id = keep_upload(session, "u-1", "devices", Source("a.csv", b"x"), NOW)
    upload = upload_of(session, "u-1", upload_id)
    assert upload is not None
    begin_run(session, upload, "{}", NOW, is_dry=False)
    assert not note_step(session, upload_id, ("compare", 3, 9), NOW)
    ask_to_end(session, upload_id)
    assert note_step(session, upload_id, ("write", 4, 9), NOW + timedelta(seconds=1))
    session.expire_all()
    run = run_of(session, upload_id)
    assert run is not None
    assert (run.phase, run.done, run.total, run.state) == ("write", 4, 9, RunState.running)
    end_run(session, upload_id, RunState.done, "{}", NOW, written=True)
    session.expire_all()
    # What is in the register is kept no longer; what became of it is.
    assert upload.content == b""
    assert run.state is RunState.done
    # Another try begins anew.
    begin_run(session, upload, "{}", NOW, is_dry=True)
    session.expire_all()
    again = run_of(session, upload_id)
    assert again is not None
    assert (again.state, again.cancel_asked, again.done) == (RunState.running, False, 0)


def test_runs_are_forgotten_with_their_files(session: Session) -> None:
    upload_id = keep_upload(session, "u-1", "devices", Source("a.csv", b"x"), NOW)
    upload = upload_of(session, "u-1", upload_id)
    assert upload is not None
    begin_run(session, upload, "{}", NOW, is_dry=True)
    forget_uploads(session, NOW + KEPT + timedelta(seconds=1))
    session.expire_all()
    assert session.exec(select(ImportRun)).all() == []
    assert upload_of(session, "u-1", upload_id) is None
