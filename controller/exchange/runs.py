"""Imports that go on while their owners look at something else, reload the page, or log in again.

A run is a row beside its file (``inventory.exchange.kept_runs``) and a thread in one controller.
That one knows best how far it is; the others read it in the row, where it is noted every second.
With SQLite there is one controller only, and while it writes the register no row can be noted.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event
from typing import NamedTuple

from sqlmodel import Session

from controller.exchange.reports import report_out
from controller.exchange.running import Acting, Step, carry_out
from controller.language import Language
from inventory.database import SessionFactory, unit_of_work
from inventory.errors import InventoryError
from inventory.exchange.kept_runs import (
    RunsAlready,
    ask_to_end,
    begin_run,
    end_run,
    note_step,
    run_of,
)
from inventory.exchange.order import Order
from inventory.exchange.outcome import Report
from inventory.models import ImportRun, ImportUpload, RunState
from inventory.models.base import utc_now
from inventory.scope import Scope

logger = logging.getLogger(__name__)
#: Runs at a time; the others wait for their turn.
_AT_ONCE = 2
_NOTED_EVERY = 1.0
#: A run of another controller that says nothing for so long has gone down with it.
_SILENT = timedelta(minutes=5)
#: How long whoever begins a run waits for it: small files are done by then.
_PATIENCE = 1.0


class _Cancelled(Exception):
    """Somebody has asked to end it."""


class _Watch:
    """How far one run of this controller is, and whether it shall end."""

    def __init__(self, upload_id: str, noted: Callable[[str, Step], bool] | None) -> None:
        self.step = Step("read", 0, 0)
        self.ends = Event()
        self._upload_id = upload_id
        self._noted = noted
        self._noted_at = time.monotonic()

    def told(self, phase: str, done: int, total: int) -> None:
        """Remember it.

        Raises:
            _Cancelled: it shall end.
        """
        self.step = Step(phase, done, total)
        if self._noted is not None and time.monotonic() - self._noted_at >= _NOTED_EVERY:
            if self._noted(self._upload_id, self.step):
                self.ends.set()
            self._noted_at = time.monotonic()
        self.check()

    def check(self) -> None:
        if self.ends.is_set():
            raise _Cancelled


class _Job(NamedTuple):
    upload_id: str
    order: Order
    scope: Scope
    acting: Acting
    lang: Language


class Runs:
    """The runs of one controller.

    Args:
        factory: makes sessions.
        shared: whether other controllers work on the same database.
    """

    def __init__(self, factory: SessionFactory, *, shared: bool) -> None:
        self._factory = factory
        self._shared = shared
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="import")
        self._watches: dict[str, _Watch] = {}

    def begin(
        self,
        upload: ImportUpload,
        order: Order,
        scope: Scope,
        acting: Acting,
        *,
        choices: str,
        lang: Language,
    ) -> None:
        """Begin to try a file, or to bring it; returns soon, and often it is done by then.

        Args:
            upload: the kept file.
            order: what is to be done with it.
            scope: where its owner may write.
            acting: says to a session whose work it is.
            choices: JSON that the page needs to be shown again.
            lang: of the report.

        Raises:
            RunsAlready: it is being worked on.
        """
        if upload.id in self._watches:
            # Said at once: a transaction would wait for that very run.
            raise RunsAlready(key=upload.name)
        with unit_of_work(self._factory) as session:
            before = run_of(session, upload.id)
            if before is not None and self.state(before) is RunState.running:
                raise RunsAlready(key=upload.name)
            begin_run(session, upload, choices, utc_now(), is_dry=order.dry_run)
        watch = _Watch(upload.id, self._note if self._shared else None)
        self._watches[upload.id] = watch
        job = _Job(upload.id, order, scope, acting, lang)
        future = self._pool.submit(self._work, job, watch)
        future.add_done_callback(lambda _done: self._forget(upload.id, watch))
        wait((future,), _PATIENCE)

    def cancel(self, upload_id: str) -> None:
        """Have a run end before it writes; one that has written stays.

        It waits for no transaction of a run of this controller.
        """
        watch = self._watches.get(upload_id)
        if watch is not None:
            watch.ends.set()
        elif self._shared:
            with unit_of_work(self._factory) as session:
                ask_to_end(session, upload_id)

    def state(self, run: ImportRun) -> RunState:
        """What has become of a run; one whose controller is gone has failed."""
        if run.state is not RunState.running or run.upload_id in self._watches:
            return run.state
        is_silent = utc_now() - run.seen_at > _SILENT
        return RunState.running if self._shared and not is_silent else RunState.failed

    def step(self, run: ImportRun) -> Step:
        """How far it is."""
        watch = self._watches.get(run.upload_id)
        return Step(run.phase, run.done, run.total) if watch is None else watch.step

    def close(self) -> None:
        """End what runs; nothing of it is written."""
        for watch in list(self._watches.values()):
            watch.ends.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, job: _Job, watch: _Watch) -> None:
        upload_id, order, scope, acting, lang = job

        def at_end(session: Session, report: Report) -> None:
            watch.check()
            # Written with the register itself: whoever finds it done finds all of it.
            if not report.written:
                return
            text = report_out(lang, report).model_dump_json()
            end_run(session, upload_id, RunState.done, text, utc_now(), written=True)

        try:
            watch.check()
            report = carry_out(
                self._factory, order, scope, acting, progress=watch.told, at_end=at_end
            )
        except _Cancelled:
            self._end(upload_id, RunState.cancelled, "")
        except InventoryError as error:
            refusal = lang.gettext(error.message).format(**error.arguments)
            self._end(upload_id, RunState.refused, refusal)
        except Exception:
            logger.exception("import of %s failed; nothing was written", order.layout)
            self._end(upload_id, RunState.failed, "")
        else:
            if not report.written:
                text = report_out(lang, report).model_dump_json()
                self._end(upload_id, RunState.done, text)

    def _note(self, upload_id: str, step: Step) -> bool:
        with unit_of_work(self._factory) as session:
            return note_step(session, upload_id, step, utc_now())

    def _end(self, upload_id: str, state: RunState, outcome: str) -> None:
        with unit_of_work(self._factory) as session:
            end_run(session, upload_id, state, outcome, utc_now(), written=False)

    def _forget(self, upload_id: str, watch: _Watch) -> None:
        if self._watches.get(upload_id) is watch:
            del self._watches[upload_id]
