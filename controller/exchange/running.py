"""An import from its file to its report, and how far it is for whoever waits."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from sqlmodel import Session

from controller.exchange.tables import IMPORTERS
from controller.exchange.watches import Step
from controller.exchange.words import vocabularies
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.exchange.importing import bring, layout_of, mapping_for, read_file
from inventory.exchange.mapping import Table
from inventory.exchange.order import Order, Progress
from inventory.exchange.outcome import Report
from inventory.scope import Scope

_LOOK_SECONDS = 0.2
#: Says to a session whose work it is.
Acting = Callable[[Session], Session]


def carry_out(
    factory: SessionFactory,
    order: Order,
    scope: Scope,
    acting: Acting,
    *,
    progress: Progress = lambda *_: None,
    at_end: Callable[[Session, Report], None] = lambda *_: None,
) -> Report:
    """Do it. The file is read before a transaction begins, so that others can write meanwhile.

    Args:
        factory: makes sessions.
        order: what is to be done.
        scope: where the caller may write.
        acting: says to the session whose work it is.
        progress: told how far it is; what it raises ends the import, and nothing is written.
        at_end: what else belongs to the transaction, or raises to have nothing written.

    Raises:
        InventoryError: the file is refused.
    """
    with read_only(factory) as session:
        layout = layout_of(session, order.layout)

    def matched(table: Table) -> dict[str, str]:
        with read_only(factory) as session:
            return mapping_for(session, order, table)

    read = read_file(order, layout, matched, vocabularies(), progress)
    make = IMPORTERS[order.layout]
    # A dry run that only reads keeps no writer waiting, however long it takes.
    begin = read_only if order.dry_run and getattr(make, "only_reads", False) else unit_of_work
    with begin(factory) as session:
        report = bring(acting(session), scope, read, make, progress)
        at_end(session, report)
    return report


def running(
    factory: SessionFactory, order: Order, scope: Scope, acting: Acting
) -> Iterator[Step | Report]:
    """The same told as it goes; the last one told is the report.

    It goes on to its end when nobody listens any more.

    Raises:
        InventoryError: the file is refused.
    """
    steps: SimpleQueue[Step] = SimpleQueue()

    def work() -> Report:
        return carry_out(
            factory, order, scope, acting, progress=lambda *step: steps.put(Step(*step))
        )

    pool = ThreadPoolExecutor(1, thread_name_prefix="import")
    try:
        future = pool.submit(work)
        while not (future.done() and steps.empty()):
            try:
                yield steps.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
        yield future.result()
    finally:
        pool.shutdown(wait=False)
