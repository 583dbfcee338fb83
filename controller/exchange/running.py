"""An import on its way: a thread does it, and whoever waits is told how far it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import NamedTuple

from sqlmodel import Session

from controller.exchange.words import vocabularies
from inventory.database import SessionFactory, unit_of_work
from inventory.exchange.importing import Order, import_file
from inventory.exchange.outcome import Report
from inventory.scope import Scope

_LOOK_SECONDS = 0.2


class Progress(NamedTuple):
    """How far it is: a phase (``read``, ``compare``, ``write``); ``total`` 0 is not known yet."""

    phase: str
    done: int
    total: int


def running(
    factory: SessionFactory, order: Order, scope: Scope, acting: Callable[[Session], Session]
) -> Iterator[Progress | Report]:
    """Do it in one transaction; the last one told is the report.

    It goes on to its end when nobody listens any more.

    Args:
        factory: makes the session.
        order: what is to be done.
        scope: where the caller may write.
        acting: says to the session whose work it is.

    Raises:
        InventoryError: the file is refused.
    """
    steps: SimpleQueue[Progress] = SimpleQueue()

    def work() -> Report:
        with unit_of_work(factory) as session:
            return import_file(
                acting(session),
                scope,
                order,
                vocabularies(),
                lambda phase, done, total: steps.put(Progress(phase, done, total)),
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
