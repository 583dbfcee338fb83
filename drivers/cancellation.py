"""Cancellations that a library loses.

``asyncio.wait_for`` before Python 3.12 hands out a result that came together with a cancellation,
and the cancellation is gone: whoever was to end goes on. icmplib and aiomqtt wait that way.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeded() -> Iterator[None]:
    """A cancellation that came during the body is raised at its end, if it was lost on the way.

    Raises:
        asyncio.CancelledError: the task was cancelled meanwhile, whatever came of the body.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        # A timeout around us cancels the same way, and takes it back at its own end.
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError
