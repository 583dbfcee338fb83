"""Imports that go on while their owners look at something else, reload the page, or log in again.

A run is a row beside its file (``inventory.exchange.kept_runs``) and a thread in one controller
(``watches``). With SQLite no row can be noted while the register is written.
"""

import logging
from typing import NamedTuple

from sqlmodel import Session

from controller.exchange.reports import report_out
from controller.exchange.running import Acting, carry_out
from controller.exchange.watches import Cancelled, Step, Watch, Watches
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
        self._watches = Watches("import", _AT_ONCE, shared=shared)

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
        job = _Job(upload.id, order, scope, acting, lang)
        self._watches.begin(
            upload.id,
            Step("read", 0, 0),
            lambda step: self._note(upload.id, step),
            lambda watch: self._work(job, watch),
        )

    def cancel(self, upload_id: str) -> None:
        """Have a run end before it writes; one that has written stays.

        It waits for no transaction of a run of this controller.
        """
        if not self._watches.end(upload_id) and self._watches.shared:
            with unit_of_work(self._factory) as session:
                ask_to_end(session, upload_id)

    def state(self, run: ImportRun) -> RunState:
        """What has become of a run; one whose controller is gone has failed."""
        return self._watches.state(run.upload_id, run.state, run.seen_at)

    def step(self, run: ImportRun) -> Step:
        """How far it is."""
        return self._watches.step(run.upload_id, Step(run.phase, run.done, run.total))

    def close(self) -> None:
        """End what runs; nothing of it is written."""
        self._watches.close()

    def _work(self, job: _Job, watch: Watch) -> None:
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
        except Cancelled:
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
