"""Large workbooks that are written in the background, so that nobody waits for a silent answer.

XlsxWriter sends nothing before its end, which for a city's register is half a minute: proxies take
such a server for dead. A run is a row of ``export_run``, where the file waits to be fetched by its
owner, from whichever controller they ask.
"""

import logging
from tempfile import TemporaryFile
from typing import IO, Protocol

from controller.exchange.watches import Cancelled, Step, Watch, Watches
from inventory.database import SessionFactory, unit_of_work
from inventory.exchange.kept_exports import (
    ask_to_end_export,
    begin_export,
    end_export,
    note_rows,
)
from inventory.exchange.xlsx.writer import Written
from inventory.models import ExportRun, RunState
from inventory.models.base import utc_now

logger = logging.getLogger(__name__)
#: Rows of a workbook that is answered at once: about a second of work.
MOST_AT_ONCE = 5_000
#: Runs at a time; the others wait for their turn.
_AT_ONCE = 1
_PHASE = "write"


class Writable(Protocol):
    """A file that takes its time."""

    def count(self) -> int:
        """Rows there will be."""
        ...

    def write(self, file: IO[bytes], written: Written) -> None:
        """Write it; ``written`` is told how many rows are, and what it raises ends the writing."""
        ...


class Exports:
    """The workbooks one controller writes in the background.

    Args:
        factory: makes sessions.
        shared: whether other controllers work on the same database.
    """

    def __init__(self, factory: SessionFactory, *, shared: bool) -> None:
        self._factory = factory
        self._watches = Watches("export", _AT_ONCE, shared=shared)

    def begin(self, user_id: str, export: Writable, name: str) -> str:
        """Begin to write a workbook; returns the id of the run soon, and often it is done by then.

        Args:
            user_id: who may fetch it.
            export: what is written.
            name: of the file.
        """
        total = export.count()
        with unit_of_work(self._factory) as session:
            run_id = begin_export(session, user_id, name, total, utc_now())
        self._watches.begin(
            run_id,
            Step(_PHASE, 0, total),
            lambda step: self._note(run_id, step),
            lambda watch: self._work(run_id, export, total, watch),
        )
        return run_id

    def cancel(self, run_id: str) -> None:
        """Have a run end; nothing of it is kept."""
        if not self._watches.end(run_id) and self._watches.shared:
            with unit_of_work(self._factory) as session:
                ask_to_end_export(session, run_id)

    def state(self, run: ExportRun) -> RunState:
        """What has become of a run; one whose controller is gone has failed."""
        return self._watches.state(run.id, run.state, run.seen_at)

    def step(self, run: ExportRun) -> Step:
        """How far it is."""
        return self._watches.step(run.id, Step(_PHASE, run.done, run.total))

    def close(self) -> None:
        """End what runs; nothing of it is kept."""
        self._watches.close()

    def _work(self, run_id: str, export: Writable, total: int, watch: Watch) -> None:
        content = b""
        try:
            watch.check()
            with TemporaryFile() as file:
                export.write(file, lambda rows: watch.told(_PHASE, rows, max(rows, total)))
                watch.check()
                file.seek(0)
                content = file.read()
            state = RunState.done
        except Cancelled:
            state = RunState.cancelled
        except Exception:
            logger.exception("a workbook could not be written")
            state = RunState.failed
        with unit_of_work(self._factory) as session:
            end_export(session, run_id, state, content, utc_now())

    def _note(self, run_id: str, step: Step) -> bool:
        with unit_of_work(self._factory) as session:
            return note_rows(session, run_id, step.done, utc_now())
